import type { IngressClassParams, Service } from '../../resources/index.ts'
import { readStringMap } from '../annotation/parser.ts'
import { keyOf } from '../build/cluster-objects.ts'
import { checkManagedTags, mergeMaps, noTags, type TagMap, withDefaultTags } from '../build/tags.ts'
import { sortedStrings } from '../go/format.ts'
import { ModelError } from '../model-error.ts'
import type { Tags } from '../stack/stack.ts'
import type { Member } from './group/ingress-group.ts'
import type { BuildTask } from './task.ts'

/** LBC: buildIngressClassResourceTags. */
function classTags(task: BuildTask, params: IngressClassParams | undefined): TagMap {
  const ofClass = params?.spec?.tags
  if (!ofClass?.length) {
    return noTags
  }
  const tags = new Map(ofClass.map(({ key, value = '' }) => [key, value]))
  checkManagedTags(task, tags, `failed build tags for IngressClassParams ${params?.metadata.name}`)
  return tags
}

/** Tags of a single Ingress; those of IngressClassParams win (LBC: buildIngressResourceTags). @throws ModelError */
function ingressTags(task: BuildTask, { ingress, params }: Member): TagMap {
  const annotated = readStringMap('tags', ingress)?.value ?? noTags
  checkManagedTags(task, annotated, `failed build tags for Ingress ${keyOf(ingress)}`)
  return mergeMaps(classTags(task, params), annotated)
}

/** Tags of what a group shares: load balancer, managed security group, listeners (LBC: buildIngressGroupResourceTags). @throws ModelError */
export function groupTags(task: BuildTask, members: Member[]): Tags | undefined {
  const tags = new Map<string, string>()
  for (const member of members) {
    const own = ingressTags(task, member)
    for (const key of own.size > 1 ? sortedStrings(own.keys()) : own.keys()) {
      const value = own.get(key)!
      const existing = tags.get(key)
      if (existing !== undefined && existing !== value) {
        throw new ModelError(`conflicting tag ${key}: ${existing} | ${value}`)
      }
      tags.set(key, value)
    }
  }
  return withDefaultTags(task, tags)
}

/** LBC: buildListenerRuleTags. @throws ModelError */
export function ruleTags(task: BuildTask, member: Member): Tags | undefined {
  return withDefaultTags(task, ingressTags(task, member))
}

/** Those of the Service win over those of the Ingress (LBC: buildIngressBackendResourceTags). @throws ModelError */
export function targetGroupTags(task: BuildTask, { ingress, params }: Member, service: Service): Tags | undefined {
  const ofService = readStringMap('tags', service)?.value ?? noTags
  const ofIngress = readStringMap('tags', ingress)?.value ?? noTags
  const annotated = mergeMaps(ofService, ofIngress)
  checkManagedTags(task, annotated, `failed build tags for Ingress ${keyOf(ingress)} and Service ${keyOf(service)}`)
  return withDefaultTags(task, mergeMaps(classTags(task, params), annotated))
}
