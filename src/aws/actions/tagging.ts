/**
 * Resource Groups Tagging: what has tags, whatever service it is of.
 *
 * @module
 */

import { ServiceError } from '../protocol/service-error.ts'
import type { FailureInfo, TaggingOperations } from '../protocol/shapes/tagging.ts'
import { isKnownResource } from '../state/relations.ts'
import type { Actions, Call } from './call.ts'

interface Resource {
  arn: string
  /** Where its tags are kept. */
  key: string
}

/** The things of EC2 that have tags, by the table and the word in their ARNs. */
const ec2Types = {
  securityGroups: 'security-group',
  subnets: 'subnet',
  vpcs: 'vpc',
  instances: 'instance'
} as const

function resourcesOf(call: Call): Resource[] {
  const { state } = call
  const ofBalancing = [state.loadBalancers, state.listeners, state.rules, state.targetGroups, state.trustStores]
  return [
    ...ofBalancing.flatMap(table => Object.keys(table)).map(arn => ({ arn, key: arn })),
    ...Object.keys(state.certificates).map(arn => ({ arn, key: arn })),
    ...(Object.keys(ec2Types) as (keyof typeof ec2Types)[]).flatMap(table =>
      Object.keys(state[table]).map(id => ({ arn: call.arn('ec2', `${ec2Types[table]}/${id}`), key: id }))
    )
  ].filter(({ key }) => Object.hasOwn(state.tags, key))
}

/** Whether an ARN is of a type: `elasticloadbalancing:loadbalancer/app`, or a service's name. */
function isOfType(arn: string, type: string): boolean {
  const [service = '', resource] = type.split(/:(.*)/s)
  const [, , own, , , ...rest] = arn.split(':')
  const path = rest.join(':')
  return (
    own === service && (resource === undefined || path.startsWith(`${resource}/`) || path.startsWith(`${resource}:`))
  )
}

/** What an ARN of any service is kept under, or undefined where nothing has it. */
function keyOf(call: Call, arn: string): string | undefined {
  if (isKnownResource(call.state, arn) || Object.hasOwn(call.state.certificates, arn)) {
    return arn
  }
  const id = arn.split('/').at(-1) ?? ''
  return (Object.keys(ec2Types) as (keyof typeof ec2Types)[]).some(
    table => Object.hasOwn(call.state[table], id) && arn === call.arn('ec2', `${ec2Types[table]}/${id}`)
  )
    ? id
    : undefined
}

/** Changes the tags of those that are there, and tells the others. */
function changeTags(call: Call, arns: readonly string[], change: (key: string) => void) {
  const failed: Record<string, FailureInfo> = {}
  for (const arn of arns) {
    const key = keyOf(call, arn)
    if (key === undefined) {
      failed[arn] = { StatusCode: 400, ErrorCode: 'InvalidParameterException', ErrorMessage: 'Resource does not exist' }
    } else {
      change(key)
    }
  }
  return { FailedResourcesMap: failed }
}

export const taggingActions: Actions<TaggingOperations> = {
  GetResources(input, call) {
    const { TagFilters = [], ResourceTypeFilters = [], ResourceARNList = [], ResourcesPerPage = 50 } = input
    if (ResourceARNList.length > 0 && (TagFilters.length > 0 || ResourceTypeFilters.length > 0)) {
      throw new ServiceError(
        'InvalidParameterException',
        'ResourceARNList cannot be specified together with TagFilters or ResourceTypeFilters'
      )
    }
    const found = resourcesOf(call).filter(({ arn, key }) => {
      const tags = call.tagsOf(key)
      return (
        (ResourceARNList.length === 0 || ResourceARNList.includes(arn)) &&
        (ResourceTypeFilters.length === 0 || ResourceTypeFilters.some(type => isOfType(arn, type))) &&
        TagFilters.every(
          ({ Key = '', Values = [] }) =>
            Object.hasOwn(tags, Key) && (Values.length === 0 || Values.includes(tags[Key]!))
        )
      )
    })
    const token = input.PaginationToken === '' ? undefined : input.PaginationToken
    const code = 'PaginationTokenExpiredException'
    const page = call.page(found, ({ arn }) => arn, { token, size: ResourcesPerPage, code })
    return {
      PaginationToken: page.next ?? '',
      ResourceTagMappingList: page.items.map(({ arn, key }) => ({ ResourceARN: arn, Tags: call.tagList(key) }))
    }
  },
  TagResources: ({ ResourceARNList, Tags }, call) =>
    changeTags(call, ResourceARNList, key => call.put('tags', key, { ...call.tagsOf(key), ...Tags })),
  UntagResources: ({ ResourceARNList, TagKeys }, call) =>
    changeTags(call, ResourceARNList, key => {
      const kept = Object.entries(call.tagsOf(key)).filter(([name]) => !TagKeys.includes(name))
      call.put('tags', key, Object.fromEntries(kept))
    }),
  GetTagKeys: (_input, call) => ({
    PaginationToken: '',
    TagKeys: [...new Set(resourcesOf(call).flatMap(({ key }) => Object.keys(call.tagsOf(key))))].toSorted()
  }),
  GetTagValues: ({ Key }, call) => ({
    PaginationToken: '',
    TagValues: [...new Set(resourcesOf(call).flatMap(({ key }) => call.tagsOf(key)[Key] ?? []))].toSorted()
  })
}
