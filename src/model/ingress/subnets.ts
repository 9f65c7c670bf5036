import { isDeepStrictEqual } from 'node:util'
import type { KubernetesObject } from '../../resources/index.ts'
import { readStringList } from '../annotation/parser.ts'
import type { Setting } from '../build/setting.ts'
import {
  discoverSubnets,
  resolveListed,
  resolveSelected,
  roleTags,
  type SubnetSelector,
  type SubnetUse
} from '../build/subnets.ts'
import { fromAnnotation, fromField } from '../build/task.ts'
import type { Subnet } from '../environment/environment.ts'
import { compareStrings, formatSlice } from '../go/format.ts'
import { ModelError, withErrorPrefix } from '../model-error.ts'
import type { Member } from './group/ingress-group.ts'
import type { BuildTask } from './task.ts'

/** Whether two lists hold the same, whatever their order. */
export function sameMembers(left: string[], right: string[]): boolean {
  return [...left].sort(compareStrings).join() === [...right].sort(compareStrings).join()
}

function idsOf(subnets: Subnet[]): string[] {
  return subnets.map(({ id }) => id)
}

function settingFrom(object: KubernetesObject, subnets: Subnet[]): Setting<string[]> {
  return {
    value: idsOf(subnets),
    source: fromField(object, 'spec.subnets')
  }
}

/**
 * Chooses the subnets of a load balancer (LBC: buildLoadBalancerSubnetMappings, buildFrontendNlbSubnetMappings): those of
 * IngressClassParams, else those of the annotation `suffix`, else discovery. No load balancer exists beforehand.
 *
 * @throws ModelError
 */
export function chooseSubnets(task: BuildTask, suffix: string, use: SubnetUse): Setting<string[]> {
  const selectors: { member: Member; selector: SubnetSelector }[] = []
  const lists = task.group.members.flatMap(member => {
    const selector = use.type === 'application' ? member.params?.spec?.subnets : undefined
    if (selector) {
      selectors.push({ member, selector })
      return []
    }
    const annotation = readStringList(suffix, member.ingress)
    return annotation ? [annotation] : []
  })
  const [chosenSelector] = selectors
  const [chosenList] = lists
  if (chosenSelector) {
    if (chosenList) {
      throw new ModelError('conflicting subnet specifications: IngressClassParams versus annotation')
    }
    if (selectors.some(({ selector }) => !isDeepStrictEqual(selector, chosenSelector.selector))) {
      throw new ModelError('conflicting IngressClassParams subnet specifications')
    }
    return settingFrom(chosenSelector.member.params!, resolveSelected(task, chosenSelector.selector, use))
  }
  if (!chosenList) {
    const tag = roleTags[use.scheme]!
    const discovered =
      use.type === 'application'
        ? withErrorPrefix("couldn't auto-discover subnets", () => discoverSubnets(task, use))
        : discoverSubnets(task, use)
    return { value: idsOf(discovered), source: { key: `discovered by the tag ${tag}` } }
  }
  for (const other of lists) {
    if (!sameMembers(other.value, chosenList.value)) {
      throw new ModelError(`conflicting subnets: ${formatSlice(chosenList.value)} | ${formatSlice(other.value)}`)
    }
  }
  return { value: idsOf(resolveListed(task, chosenList.value, use)), source: fromAnnotation(chosenList) }
}
