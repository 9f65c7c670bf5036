/**
 * Security groups and their rules.
 *
 * @module
 */

import { ServiceError } from '../../protocol/service-error.ts'
import type * as ec2 from '../../protocol/shapes/ec2.ts'
import { securityGroupOf } from '../../state/security-group.ts'
import type { SecurityGroup } from '../../state/state.ts'
import type { Actions, Call } from '../call.ts'
import { byID, type FilterValues, filtered, paged } from './filter.ts'
import {
  checkPermissions,
  describeRule,
  permissionsOf,
  type Rule,
  rulesOf,
  withoutRules,
  withRules
} from './permission.ts'
import { permissionFilters } from './permission-filter.ts'
import { everyRule, putTags, taggedResult } from './tags.ts'

type Direction = 'IpPermissions' | 'IpPermissionsEgress'

function notFound(id: string | undefined): ServiceError {
  return new ServiceError('InvalidGroup.NotFound', `The security group '${id}' does not exist`)
}

/** @throws {ServiceError} where there is no such group. */
function requireGroup(call: Call, { GroupId, GroupName }: { GroupId?: string; GroupName?: string }): SecurityGroup {
  if (GroupId === undefined && GroupName === undefined) {
    throw new ServiceError('MissingParameter', 'The request must contain the parameter groupName or groupId')
  }
  const found =
    GroupId === undefined
      ? call.all('securityGroups').find(one => one.GroupName === GroupName)
      : call.find('securityGroups', GroupId)
  if (!found) {
    throw notFound(GroupId ?? GroupName)
  }
  return found
}

/** What is given beside a list of permissions: one rule in members of its own. */
interface GivenRules {
  IpPermissions?: ec2.IpPermission[]
  IpProtocol?: string
  FromPort?: number
  ToPort?: number
  CidrIp?: string
}

function readRules(call: Call, { IpPermissions = [], IpProtocol, FromPort, ToPort, CidrIp }: GivenRules): Rule[] {
  const own =
    CidrIp === undefined
      ? []
      : [
          {
            ...(IpProtocol !== undefined && { IpProtocol }),
            ...(FromPort !== undefined && { FromPort }),
            ...(ToPort !== undefined && { ToPort }),
            IpRanges: [{ CidrIp }]
          }
        ]
  checkPermissions([...IpPermissions, ...own])
  const rules = rulesOf([...IpPermissions, ...own], call.accountID)
  if (rules.length === 0) {
    throw new ServiceError('MissingParameter', 'The request must contain the parameter ipPermissions')
  }
  const pair = rules.find(({ list, peer }) => list === 'UserIdGroupPairs' && !call.find('securityGroups', peer.GroupId))
  if (pair) {
    throw notFound(pair.peer.GroupId)
  }
  return rules
}

function authorize(
  call: Call,
  input: GivenRules & { GroupId?: string; GroupName?: string; TagSpecifications?: ec2.TagSpecification[] },
  direction: Direction
) {
  const group = requireGroup(call, input)
  const added = readRules(call, input)
  const rules = withRules(rulesOf(group[direction], call.accountID), added)
  call.put('securityGroups', group.GroupId, { ...group, [direction]: permissionsOf(rules) })
  return {
    Return: true,
    SecurityGroupRules: added.map(one => {
      const rule = describeRule(one, group, direction === 'IpPermissionsEgress')
      putTags(call, ruleID(rule), 'security-group-rule', input.TagSpecifications)
      return taggedResult(call, rule, ruleID(rule))
    })
  }
}

function revoke(
  call: Call,
  input: GivenRules & { GroupId?: string; GroupName?: string; SecurityGroupRuleIds?: string[] },
  direction: Direction
) {
  const group = requireGroup(call, input)
  const isEgress = direction === 'IpPermissionsEgress'
  const had = rulesOf(group[direction], call.accountID)
  const { SecurityGroupRuleIds = [] } = input
  const named = had.filter(rule =>
    SecurityGroupRuleIds.includes(describeRule(rule, group, isEgress).SecurityGroupRuleId ?? '')
  )
  if (named.length < SecurityGroupRuleIds.length) {
    throw new ServiceError('InvalidSecurityGroupRuleId.NotFound', 'One or more security group rule IDs do not exist')
  }
  const removed = SecurityGroupRuleIds.length > 0 ? named : readRules(call, input)
  const rules = withoutRules(had, removed)
  for (const rule of removed) {
    call.remove('tags', ruleID(describeRule(rule, group, isEgress)))
  }
  call.put('securityGroups', group.GroupId, { ...group, [direction]: permissionsOf(rules) })
  return { Return: true }
}

const groupFilters: FilterValues<SecurityGroup> = {
  'vpc-id': ({ VpcId }) => [VpcId],
  'group-id': ({ GroupId }) => [GroupId],
  'group-name': ({ GroupName }) => [GroupName],
  description: ({ Description }) => [Description],
  'owner-id': ({ OwnerId }) => [OwnerId],
  ...permissionFilters
}

/** Who uses a group: it cannot be deleted while somebody does. */
function isUsed(call: Call, id: string): boolean {
  const byGroup = call
    .all('securityGroups')
    .filter(({ GroupId }) => GroupId !== id)
    .some(({ IpPermissions, IpPermissionsEgress }) =>
      [...IpPermissions, ...IpPermissionsEgress].some(({ UserIdGroupPairs = [] }) =>
        UserIdGroupPairs.some(({ GroupId }) => GroupId === id)
      )
    )
  return (
    byGroup ||
    call.all('loadBalancers').some(({ SecurityGroups = [] }) => SecurityGroups.includes(id)) ||
    call.all('instances').some(({ SecurityGroups = [] }) => SecurityGroups.some(({ GroupId }) => GroupId === id))
  )
}

function idOf({ GroupId }: SecurityGroup): string {
  return GroupId
}

function ruleID({ SecurityGroupRuleId = '' }: ec2.SecurityGroupRule): string {
  return SecurityGroupRuleId
}

type SecurityGroupOperations = Pick<
  ec2.Ec2Operations,
  | 'CreateSecurityGroup'
  | 'DeleteSecurityGroup'
  | 'DescribeSecurityGroups'
  | 'DescribeSecurityGroupRules'
  | 'GetSecurityGroupsForVpc'
  | 'AuthorizeSecurityGroupIngress'
  | 'AuthorizeSecurityGroupEgress'
  | 'RevokeSecurityGroupIngress'
  | 'RevokeSecurityGroupEgress'
>

export const securityGroupActions: Actions<SecurityGroupOperations> = {
  CreateSecurityGroup({ GroupName, Description, VpcId, TagSpecifications }, call) {
    if (Description === '') {
      throw new ServiceError('MissingParameter', 'The request must contain the parameter GroupDescription')
    }
    const vpcID = VpcId ?? call.all('vpcs')[0]?.VpcId
    const vpc = call.find('vpcs', vpcID)
    if (!vpc) {
      throw new ServiceError('InvalidVpcID.NotFound', `The vpc ID '${vpcID}' does not exist`)
    }
    if (/^sg-/i.test(GroupName)) {
      throw new ServiceError(
        'InvalidParameterValue',
        `Value (${GroupName}) for parameter GroupName is invalid. Group names may not be in the format sg-*.`
      )
    }
    if (call.all('securityGroups').some(one => one.VpcId === vpc.VpcId && one.GroupName === GroupName)) {
      throw new ServiceError(
        'InvalidGroup.Duplicate',
        `The security group '${GroupName}' already exists for VPC '${vpc.VpcId}'`
      )
    }
    const given = { id: `sg-${call.digits(17)}`, name: GroupName, description: Description, vpcID: vpc.VpcId }
    const group = securityGroupOf(given, call.environment)
    call.put('securityGroups', group.GroupId, group)
    putTags(call, group.GroupId, 'security-group', TagSpecifications)
    return {
      GroupId: group.GroupId,
      ...(group.SecurityGroupArn !== undefined && { SecurityGroupArn: group.SecurityGroupArn }),
      Tags: call.tagList(group.GroupId)
    }
  },

  DeleteSecurityGroup(input, call) {
    const { GroupId, GroupName } = requireGroup(call, input)
    if (GroupName === 'default') {
      throw new ServiceError(
        'CannotDelete',
        `the specified group: "${GroupId}" name: "default" cannot be deleted by a user`
      )
    }
    if (isUsed(call, GroupId)) {
      throw new ServiceError('DependencyViolation', `resource ${GroupId} has a dependent object`)
    }
    call.remove('securityGroups', GroupId)
    call.remove('tags', GroupId)
    return { Return: true, GroupId }
  },

  DescribeSecurityGroups(input, call) {
    const { GroupIds, GroupNames = [], Filters } = input
    const named = byID(call.all('securityGroups'), GroupIds, idOf, {
      code: 'InvalidGroup.NotFound',
      words: 'security group'
    })
    const missing = GroupNames.find(name => !named.some(({ GroupName }) => GroupName === name))
    if (missing !== undefined) {
      throw notFound(missing)
    }
    const found = filtered(
      call,
      named.filter(({ GroupName }) => GroupNames.length === 0 || GroupNames.includes(GroupName)),
      Filters,
      { values: groupFilters, idOf }
    )
    const { items, token } = paged(call, found, idOf, input)
    return { SecurityGroups: items.map(one => taggedResult(call, one, idOf(one))), ...token }
  },

  DescribeSecurityGroupRules(input, call) {
    for (const { Name, Values = [] } of input.Filters ?? []) {
      const malformed = Name === 'group-id' ? Values.find(id => !/^sg-/.test(id)) : undefined
      if (malformed !== undefined) {
        throw new ServiceError('InvalidGroupId.Malformed', `The security group ID '${malformed}' is malformed`)
      }
    }
    const named = byID(everyRule(call), input.SecurityGroupRuleIds, ruleID, {
      code: 'InvalidSecurityGroupRuleId.NotFound',
      words: 'security group rule ID'
    })
    const found = filtered(call, named, input.Filters, {
      values: { 'group-id': ({ GroupId }) => [GroupId], 'security-group-rule-id': rule => [ruleID(rule)] },
      idOf: ruleID
    })
    const { items, token } = paged(call, found, ruleID, input)
    return { SecurityGroupRules: items.map(rule => taggedResult(call, rule, ruleID(rule))), ...token }
  },

  GetSecurityGroupsForVpc(input, call) {
    const groups = call.all('securityGroups').filter(({ VpcId }) => VpcId === input.VpcId)
    const found = filtered(call, groups, input.Filters, { values: groupFilters, idOf })
    const { items, token } = paged(call, found, idOf, input)
    return {
      SecurityGroupForVpcs: items.map(({ GroupId, GroupName, Description, OwnerId, VpcId }) => ({
        GroupId,
        GroupName,
        ...(Description !== undefined && { Description }),
        ...(OwnerId !== undefined && { OwnerId }),
        PrimaryVpcId: VpcId,
        Tags: call.tagList(GroupId)
      })),
      ...token
    }
  },

  AuthorizeSecurityGroupIngress: (input, call) => authorize(call, input, 'IpPermissions'),
  AuthorizeSecurityGroupEgress: (input, call) => authorize(call, input, 'IpPermissionsEgress'),
  RevokeSecurityGroupIngress: (input, call) => revoke(call, input, 'IpPermissions'),
  RevokeSecurityGroupEgress: (input, call) => revoke(call, input, 'IpPermissionsEgress')
}
