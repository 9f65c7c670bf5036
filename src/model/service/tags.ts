import { noTags, type TagMap, withDefaultTags } from '../build/tags.ts'
import { sortedStrings } from '../go/format.ts'
import { ModelError } from '../model-error.ts'
import type { Tags } from '../stack/stack.ts'
import { readStringMap } from './annotations.ts'
import type { ServiceTask } from './task.ts'

const suffix = 'aws-load-balancer-additional-resource-tags'

/** The tags of every resource of a Service's stack (LBC: buildAdditionalResourceTags). @throws ModelError */
export function serviceTags(task: ServiceTask): Tags | undefined {
  const annotated: TagMap = readStringMap(suffix, task.service)?.value ?? noTags
  const { externalManagedTags } = task.environment.controller
  const managed = sortedStrings(annotated.keys()).find(key => externalManagedTags.includes(key))
  if (managed !== undefined) {
    throw new ModelError(`external managed tag key ${managed} cannot be specified on Service`)
  }
  return withDefaultTags(task, annotated)
}
