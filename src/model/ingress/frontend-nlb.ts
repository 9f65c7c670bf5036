/**
 * A Network Load Balancer in front of the ALB, with one listener and one target group of type `alb` for each of its ports
 * (LBC: buildFrontendNlbModel).
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util'
import { readBool, readStringList, readStringMap } from '../annotation/parser.ts'
import { attributeList } from '../build/attributes.ts'
import { checkRoutingPolicy } from '../build/routing-policy.ts'
import { resolveSecurityGroups } from '../build/security-groups.ts'
import { objectOf } from '../build/tags.ts'
import { addResource, explain } from '../build/task.ts'
import { formatMap, formatSlice } from '../go/format.ts'
import { ModelError } from '../model-error.ts'
import type { FrontendTargetGroup, LoadBalancerSpec, Tags } from '../stack/stack.ts'
import { buildFrontendListeners, frontendID } from './frontend-nlb-listeners.ts'
import { collectSettings } from './group/setting.ts'
import type { ListenPorts } from './listen-ports.ts'
import { chooseScheme } from './load-balancer.ts'
import { listedSecurityGroups } from './security-groups.ts'
import { chooseSubnets, sameMembers } from './subnets.ts'
import { groupTags } from './tags.ts'
import type { BuildTask } from './task.ts'

const longestNameStart = 28

/** LBC: buildEnableFrontendNlbViaAnnotation. @throws ModelError */
function isEnabled({ group }: BuildTask): boolean {
  const values = new Set(group.members.flatMap(({ ingress }) => readBool('enable-frontend-nlb', ingress)?.value ?? []))
  if (values.size > 1) {
    throw new ModelError('conflicting enable frontend NLB values')
  }
  return values.has(true)
}

/** The addresses that each member gives. */
function allocationLists({ group }: BuildTask): string[][] {
  return group.members.flatMap(({ ingress }) => {
    const annotation = readStringList('frontend-nlb-eip-allocations', ingress)
    return annotation ? [annotation.value] : []
  })
}

/** LBC: validateEIPAllocations. The order does not count, and an empty list gives none. @throws ModelError */
function chooseAllocations(task: BuildTask, scheme: string): string[] {
  const [chosen, ...others] = allocationLists(task)
  if (chosen && scheme !== 'internet-facing') {
    throw new ModelError('EIP allocations can only be set for internet facing load balancers')
  }
  const different = others.find(other => !sameMembers(other, chosen!))
  if (different) {
    throw new ModelError(
      `all EIP allocations for the ingress group must be the same: ${formatSlice(chosen!)} | ${formatSlice(different)}`
    )
  }
  return chosen ?? []
}

/** LBC: buildFrontendNlbSubnetMappings. @throws ModelError */
function buildSubnets(task: BuildTask, scheme: string): LoadBalancerSpec['subnetMapping'] {
  const { ipAddressType } = task.loadBalancer!
  const { length: addresses } = allocationLists(task)[0] ?? []
  const use = { type: 'network', scheme, ipAddressType, addresses } as const
  const { value: subnets } = chooseSubnets(task, 'frontend-nlb-subnets', use)
  const allocations = chooseAllocations(task, scheme)
  if (allocations.length > 0 && allocations.length !== subnets.length) {
    throw new ModelError(`count of EIP allocations (${allocations.length}) and subnets (${subnets.length}) must match`)
  }
  return subnets.map((subnetID, index) => ({
    subnetID,
    ...(allocations.length > 0 && { allocationID: allocations[index]! })
  }))
}

/** LBC: getFrontendNlbAttributes. Once a member gives some, members after it that give none are a conflict. @throws ModelError */
function buildAttributes({ group }: BuildTask): LoadBalancerSpec['loadBalancerAttributes'] {
  let chosen: ReadonlyMap<string, string> | undefined
  for (const { ingress } of group.members) {
    const own = readStringMap('frontend-nlb-attributes', ingress)?.value
    if (chosen && !(own && isDeepStrictEqual(own, chosen))) {
      throw new ModelError(`conflicting frontend NLB attributes: ${formatMap(chosen)} | ${formatMap(own ?? new Map())}`)
    }
    chosen ??= own
  }
  if (chosen) {
    checkRoutingPolicy(chosen)
  }
  return chosen && attributeList(chosen)
}

/** Its own tags, which then are all it has, be there none, else those of the ALB (LBC: buildFrontendNlbTags). @throws ModelError */
function chooseTags(task: BuildTask): Tags | undefined {
  const [own, ...others] = task.group.members.flatMap(({ ingress }) => {
    const annotation = readStringMap('frontend-nlb-tags', ingress)
    return annotation ? [annotation.value] : []
  })
  const different = others.find(other => !isDeepStrictEqual(other, own))
  if (different) {
    throw new ModelError(`conflicting frontend NLB tags: ${formatMap(own!)} | ${formatMap(different)}`)
  }
  return own ? objectOf(own) : groupTags(task, task.group.members)
}

/** LBC: buildFrontendNlbSpec. @returns its tags, which its listeners have too. @throws ModelError */
function buildLoadBalancer(task: BuildTask): Tags | undefined {
  const alb = task.loadBalancer!
  const scheme = chooseScheme(task, collectSettings(task.group.members, 'frontend-nlb-scheme'))
  const listed = listedSecurityGroups(task, 'frontend-nlb-security-groups')
  const securityGroups = listed ? resolveSecurityGroups(task, listed.value) : alb.securityGroups
  const subnetMapping = buildSubnets(task, scheme.value)
  const tags = chooseTags(task)
  const attributes = buildAttributes(task)
  addResource(task, 'AWS::ElasticLoadBalancingV2::LoadBalancer', frontendID, {
    spec: {
      name: `${alb.name.slice(0, longestNameStart)}-nlb`,
      type: 'network',
      scheme: scheme.value,
      ipAddressType: alb.ipAddressType,
      subnetMapping,
      ...(securityGroups && { securityGroups }),
      ...(attributes && { loadBalancerAttributes: attributes }),
      ...(tags && { tags })
    }
  })
  explain(task, frontendID, 'scheme', scheme.value, scheme.source)
  return tags
}

/** Builds the frontend NLB where members ask for one. @returns its target groups, by name. @throws ModelError */
export function buildFrontendNLB(
  task: BuildTask,
  portsByMember: ListenPorts['byMember']
): Record<string, FrontendTargetGroup> {
  if (!isEnabled(task)) {
    return {}
  }
  const tags = buildLoadBalancer(task)
  const targetGroups = buildFrontendListeners(task, portsByMember, tags)
  return Object.fromEntries(targetGroups.map(targetGroup => [targetGroup.Name, targetGroup]))
}
