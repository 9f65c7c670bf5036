import type { IngressClassParams, Service } from '../../resources/index.ts'
import { readStringMap } from '../annotation/parser.ts'
import { sortedStrings } from '../go/format.ts'
import { ModelError, withErrorPrefix } from '../model-error.ts'
import type { Tags } from '../stack/stack.ts'
import { keyOf } from './cluster-objects.ts'
import type { Member } from './group/ingress-group.ts'
import type { BuildTask } from './task.ts'

type TagMap = ReadonlyMap<string, string>

const noTags: TagMap = new Map()

/** Maps merged so that earlier ones win (LBC: algorithm.MergeStringMap). Most plans have no tags at all: nothing is copied then. */
export function mergeMaps(...maps: TagMap[]): TagMap {
  const filled = maps.filter(({ size }) => size > 0)
  return filled.length < 2 ? (filled[0] ?? noTags) : new Map(filled.toReversed().flatMap(map => [...map]))
}

/** A map as the object of a stack; undefined where it is empty, as Go's `omitempty` leaves it out. */
export function objectOf(map: TagMap): Tags | undefined {
  return map.size === 0 ? undefined : Object.fromEntries(sortedStrings(map.keys()).map(key => [key, map.get(key)!]))
}

/** LBC: validateTagCollisionWithExternalManagedTags. */
function checkManagedTags({ environment }: BuildTask, tags: TagMap, prefix: string): void {
  const { externalManagedTags } = environment.controller
  if (externalManagedTags.length === 0) {
    return
  }
  const managed = sortedStrings(tags.keys()).find(key => externalManagedTags.includes(key))
  if (managed === undefined) {
    return
  }
  withErrorPrefix(prefix, () => {
    throw new ModelError(`external managed tag key ${managed} cannot be specified`)
  })
}

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

function withDefaultTags({ environment }: BuildTask, tags: TagMap): Tags | undefined {
  const { defaultTags, featureGates } = environment.controller
  const defaults = new Map(Object.entries(defaultTags))
  return objectOf(featureGates.EnableDefaultTagsLowPriority ? mergeMaps(tags, defaults) : mergeMaps(defaults, tags))
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
