import { sortedStrings } from '../go/format.ts'
import { ModelError } from '../model-error.ts'
import type { Tags } from '../stack/stack.ts'
import type { StackTask } from './task.ts'

export type TagMap = ReadonlyMap<string, string>

export const noTags: TagMap = new Map()

/** Maps merged so that earlier ones win (LBC: algorithm.MergeStringMap). Most plans have no tags at all: nothing is copied then. */
export function mergeMaps(...maps: TagMap[]): TagMap {
  const filled = maps.filter(({ size }) => size > 0)
  return filled.length < 2 ? (filled[0] ?? noTags) : new Map(filled.toReversed().flatMap(map => [...map]))
}

/** A map as the object of a stack; undefined where it is empty, as Go's `omitempty` leaves it out. */
export function objectOf(map: TagMap): Tags | undefined {
  return map.size === 0 ? undefined : Object.fromEntries(sortedStrings(map.keys()).map(key => [key, map.get(key)!]))
}

/** LBC: validateTagCollisionWithExternalManagedTags. @throws ModelError, with what failed before it. */
export function checkManagedTags({ environment }: StackTask, tags: TagMap, prefix?: string): void {
  const { externalManagedTags } = environment.controller
  if (externalManagedTags.length === 0) {
    return
  }
  const managed = sortedStrings(tags.keys()).find(key => externalManagedTags.includes(key))
  if (managed === undefined) {
    return
  }
  const message = `external managed tag key ${managed} cannot be specified`
  throw new ModelError(prefix === undefined ? message : `${prefix}: ${message}`)
}

/** Tags with the default ones of the flag. */
export function withDefaultTags({ environment }: StackTask, tags: TagMap): Tags | undefined {
  const { defaultTags, featureGates } = environment.controller
  const defaults = new Map(Object.entries(defaultTags))
  return objectOf(featureGates.EnableDefaultTagsLowPriority ? mergeMaps(tags, defaults) : mergeMaps(defaults, tags))
}
