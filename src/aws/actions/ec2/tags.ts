/**
 * Tags of EC2's things, by their IDs.
 *
 * @module
 */

import { ServiceError } from '../../protocol/service-error.ts'
import type { Ec2Operations, SecurityGroupRule, TagSpecification } from '../../protocol/shapes/ec2.ts'
import type { Actions, Call } from '../call.ts'
import { filtered, paged } from './filter.ts'
import { describeRule, rulesOf } from './permission.ts'

const mostTags = 50

/** The type of a thing by the beginning of its ID, with the error for one that is not there. */
const types: Readonly<Record<string, { type: string; code: string; words: string }>> = {
  sg: { type: 'security-group', code: 'InvalidGroup.NotFound', words: 'security group' },
  subnet: { type: 'subnet', code: 'InvalidSubnetID.NotFound', words: 'subnet ID' },
  vpc: { type: 'vpc', code: 'InvalidVpcID.NotFound', words: 'vpc ID' },
  i: { type: 'instance', code: 'InvalidInstanceID.NotFound', words: 'instance ID' },
  sgr: {
    type: 'security-group-rule',
    code: 'InvalidSecurityGroupRuleId.NotFound',
    words: 'security group rule ID'
  }
}

function typeOf(id: string) {
  return types[id.split('-')[0] ?? '']
}

/** The rules of all security groups: the outbound one that each begins with is its first. */
export function everyRule(call: Call): SecurityGroupRule[] {
  return call
    .all('securityGroups')
    .flatMap(group => [
      ...rulesOf(group.IpPermissionsEgress, call.accountID).map(rule => describeRule(rule, group, true)),
      ...rulesOf(group.IpPermissions, call.accountID).map(rule => describeRule(rule, group, false))
    ])
}

function isKnown(call: Call, id: string): boolean {
  const { state } = call
  if (id.startsWith('sgr-')) {
    return everyRule(call).some(({ SecurityGroupRuleId }) => SecurityGroupRuleId === id)
  }
  return [state.securityGroups, state.subnets, state.vpcs, state.instances].some(table => Object.hasOwn(table, id))
}

function requireAll(call: Call, ids: readonly string[]): void {
  const missing = ids.find(id => !isKnown(call, id))
  if (missing !== undefined) {
    const type = typeOf(missing)
    throw type
      ? new ServiceError(type.code, `The ${type.words} '${missing}' does not exist`)
      : new ServiceError('InvalidID', `The ID '${missing}' is not valid`)
  }
}

function setTags(call: Call, id: string, tags: readonly { Key?: string; Value?: string }[]): void {
  const reserved = tags.find(({ Key = '' }) => /^aws:/i.test(Key))
  if (reserved) {
    throw new ServiceError('InvalidParameterValue', "Tag keys starting with 'aws:' are reserved for internal use")
  }
  const next = { ...call.tagsOf(id), ...Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value])) }
  if (Object.keys(next).length > mostTags) {
    throw new ServiceError('TagLimitExceeded', 'The maximum number of Tags for a resource has been reached.')
  }
  call.put('tags', id, next)
}

/** Sets the tags that a new thing's specifications have for its type. */
export function putTags(
  call: Call,
  id: string,
  type: string,
  specifications: readonly TagSpecification[] | undefined
): void {
  const tags = (specifications ?? [])
    .filter(({ ResourceType }) => ResourceType === type)
    .flatMap(({ Tags = [] }) => Tags)
  if (tags.length > 0) {
    setTags(call, id, tags)
  }
}

/** A thing with its tags. */
export function taggedResult<Item extends object>(
  call: Call,
  item: Item,
  id: string
): Item & { Tags: { Key: string; Value: string }[] } {
  return { ...item, Tags: call.tagList(id) }
}

export const tagActions: Actions<Pick<Ec2Operations, 'CreateTags' | 'DeleteTags' | 'DescribeTags'>> = {
  CreateTags({ Resources, Tags }, call) {
    requireAll(call, Resources)
    for (const id of Resources) {
      setTags(call, id, Tags)
    }
    return {}
  },
  DeleteTags({ Resources, Tags }, call) {
    requireAll(call, Resources)
    for (const id of Resources) {
      // A tag with a value is deleted where it has that one; without any tag all are.
      const kept = Object.entries(call.tagsOf(id)).filter(
        ([key, value]) =>
          Tags !== undefined && !Tags.some(({ Key, Value }) => Key === key && (Value ?? value) === value)
      )
      call.put('tags', id, Object.fromEntries(kept))
    }
    return {}
  },
  DescribeTags(input, call) {
    const all = Object.keys(call.state.tags)
      .filter(id => isKnown(call, id))
      .flatMap(id => call.tagList(id).map(tag => ({ ...tag, ResourceId: id, ResourceType: typeOf(id)?.type ?? '' })))
    const found = filtered(call, all, input.Filters, {
      values: {
        'resource-id': ({ ResourceId }) => [ResourceId],
        'resource-type': ({ ResourceType }) => [ResourceType],
        key: ({ Key }) => [Key],
        value: ({ Value }) => [Value]
      },
      idOf: ({ ResourceId }) => ResourceId
    })
    const { items, token } = paged(call, found, ({ ResourceId, Key }) => `${ResourceId} ${Key}`, input)
    return { Tags: items, ...token }
  }
}
