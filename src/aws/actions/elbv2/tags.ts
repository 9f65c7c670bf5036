import { ServiceError } from '../../protocol/service-error.ts'
import type { Elbv2Operations, Tag } from '../../protocol/shapes/elbv2.ts'
import { isKnownResource } from '../../state/relations.ts'
import type { Actions, Call } from '../call.ts'
import { invalid, kindOf, notFound } from './lookup.ts'

/** Tags that a resource may have. (User guide: "Tag restrictions".) */
const mostTags = 50
/** ARNs of one DescribeTags. (API: DescribeTags.) */
const mostResources = 20

/** @throws {ServiceError} for a key that stands there twice, or is AWS's own. */
function readTags(tags: readonly Tag[] = []): Record<string, string> {
  const keys = tags.map(({ Key }) => Key)
  const repeated = keys.find((key, index) => keys.indexOf(key) !== index)
  if (repeated !== undefined) {
    throw new ServiceError('DuplicateTagKeys', `Tag key was specified more than once: ${repeated}`)
  }
  const reserved = keys.find(key => /^aws:/i.test(key))
  if (reserved !== undefined) {
    throw invalid(`The tag key '${reserved}' cannot begin with 'aws:'`)
  }
  if (tags.length > mostTags) {
    throw tooMany()
  }
  return Object.fromEntries(tags.map(({ Key, Value = '' }) => [Key, Value]))
}

function tooMany(): ServiceError {
  return new ServiceError(
    'TooManyTags',
    'The quota for the number of tags that can be assigned to a load balancer has been reached'
  )
}

/** Sets a new resource's tags; one without any has no entry. */
export function putTags(call: Call, arn: string, tags: readonly Tag[] | undefined): void {
  const read = readTags(tags)
  if (Object.keys(read).length > 0) {
    call.put('tags', arn, read)
  }
}

function checkResources(call: Call, arns: readonly string[]): void {
  for (const arn of arns) {
    const kind = kindOf(arn)
    if (kind === undefined) {
      throw invalid(`'${arn}' is not a valid load balancer ARN`)
    }
    if (!isKnownResource(call.state, arn)) {
      throw notFound(kind)
    }
  }
}

export const tagActions: Actions<Pick<Elbv2Operations, 'AddTags' | 'RemoveTags' | 'DescribeTags'>> = {
  AddTags({ ResourceArns, Tags }, call) {
    checkResources(call, ResourceArns)
    const added = readTags(Tags)
    for (const arn of ResourceArns) {
      const tags = { ...call.tagsOf(arn), ...added }
      if (Object.keys(tags).length > mostTags) {
        throw tooMany()
      }
      call.put('tags', arn, tags)
    }
    return {}
  },
  RemoveTags({ ResourceArns, TagKeys }, call) {
    checkResources(call, ResourceArns)
    for (const arn of ResourceArns) {
      const kept = Object.entries(call.tagsOf(arn)).filter(([key]) => !TagKeys.includes(key))
      call.put('tags', arn, Object.fromEntries(kept))
    }
    return {}
  },
  DescribeTags({ ResourceArns }, call) {
    if (ResourceArns.length > mostResources) {
      throw invalid(
        `1 validation error detected: Value '[${ResourceArns.join(', ')}]' at 'resourceArns' failed to satisfy constraint: Member must have length less than or equal to ${mostResources}`
      )
    }
    checkResources(call, ResourceArns)
    return { TagDescriptions: ResourceArns.map(arn => ({ ResourceArn: arn, Tags: call.tagList(arn) })) }
  }
}
