/**
 * Target groups. (API: CreateTargetGroup, DescribeTargetGroups, ModifyTargetGroup, DeleteTargetGroup.)
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import { networkTargetGroupViolations, targetGroupNameViolations, targetGroupViolations } from '../../../elbv2/index.ts'
import { ServiceError } from '../../protocol/service-error.ts'
import type * as elbv2 from '../../protocol/shapes/elbv2.ts'
import { loadBalancersByTargetGroup } from '../../state/relations.ts'
import { targetGroupSpec } from '../../state/stack.ts'
import type { TargetGroup } from '../../state/state.ts'
import type { Actions, Call } from '../call.ts'
import { changedHealthCheck, healthCheckOf } from './health-check.ts'
import { invalid, kindOf, paged, require, select } from './lookup.ts'
import { requireRoom } from './quota.ts'
import { putTags } from './tags.ts'

/** @throws {ServiceError} in AWS's words for a name that it does not take. */
function checkName(name: string): void {
  const [violation] = targetGroupNameViolations(name)
  if (violation) {
    throw invalid(violation.message)
  }
}

/** Protocols of target groups by what their targets are. */
function protocolsOf(type: TargetGroup['TargetType']): readonly string[] {
  return type === 'alb' ? ['TCP'] : ['HTTP', 'HTTPS', 'TCP', 'TLS', 'UDP', 'TCP_UDP', 'GENEVE', 'QUIC', 'TCP_QUIC']
}

function checkPlace(
  call: Call,
  { TargetType = 'instance', Protocol, Port, VpcId }: elbv2.CreateTargetGroupInput
): void {
  const members = { protocol: Protocol, port: Port, 'VPC ID': VpcId }
  for (const [words, value] of Object.entries(members)) {
    if (TargetType === 'lambda' && value !== undefined) {
      const subject = `${words[0]!.toUpperCase()}${words.slice(1)}`
      throw invalid(`${subject} cannot be specified for target groups with target type 'lambda'`)
    }
    if (TargetType !== 'lambda' && value === undefined) {
      throw invalid(`A ${words} must be specified`)
    }
  }
  if (Protocol !== undefined && !protocolsOf(TargetType).includes(Protocol)) {
    throw invalid(`Protocol '${Protocol}' is not supported with target type '${TargetType}'`)
  }
  if (VpcId !== undefined && !call.find('vpcs', VpcId)) {
    throw invalid(`The VPC ID '${VpcId}' is not found`)
  }
}

function make(input: elbv2.CreateTargetGroupInput, call: Call): TargetGroup {
  const { Name, TargetType = 'instance', Protocol, Port, VpcId, TargetControlPort } = input
  const isHTTP = Protocol === 'HTTP' || Protocol === 'HTTPS'
  const { ProtocolVersion = 'HTTP1', IpAddressType = 'ipv4' } = input
  if (!isHTTP && input.ProtocolVersion !== undefined) {
    throw invalid(`Protocol version is not supported for target groups with protocol '${Protocol}'`)
  }
  if (isHTTP && !['HTTP1', 'HTTP2', 'GRPC'].includes(ProtocolVersion)) {
    throw invalid(`Protocol version '${ProtocolVersion}' must be one of 'HTTP1, HTTP2, GRPC'`)
  }
  return {
    TargetGroupArn: call.arn('elasticloadbalancing', `targetgroup/${Name}/${call.digits(16)}`),
    TargetGroupName: Name,
    ...(Protocol !== undefined && { Protocol }),
    ...(Port !== undefined && { Port }),
    ...(VpcId !== undefined && { VpcId }),
    ...healthCheckOf(input),
    TargetType,
    IpAddressType,
    ...(isHTTP && { ProtocolVersion }),
    ...(TargetControlPort !== undefined && { TargetControlPort })
  }
}

/** @throws {ServiceError} with what `elbv2` has against a target group of its kind. */
function judge(call: Call, targetGroup: TargetGroup): void {
  const { Protocol, TargetType } = targetGroup
  if (TargetType === 'lambda') {
    return
  }
  const violationsOf =
    Protocol === 'HTTP' || Protocol === 'HTTPS' ? targetGroupViolations : networkTargetGroupViolations
  const [violation] = violationsOf(targetGroupSpec(call.state, targetGroup))
  if (violation) {
    throw invalid(violation.message)
  }
}

/** A target group as DescribeTargetGroups has it. */
function describer(call: Call): (targetGroup: TargetGroup) => elbv2.TargetGroup {
  const users = loadBalancersByTargetGroup(call.state)
  return targetGroup => ({ ...targetGroup, LoadBalancerArns: [...(users.get(targetGroup.TargetGroupArn) ?? [])] })
}

function settingsOf({ TargetGroupArn: _arn, ...settings }: TargetGroup) {
  return settings
}

type TargetGroupOperations = Pick<
  elbv2.Elbv2Operations,
  'CreateTargetGroup' | 'DescribeTargetGroups' | 'ModifyTargetGroup' | 'DeleteTargetGroup'
>

export const targetGroupActions: Actions<TargetGroupOperations> = {
  CreateTargetGroup(input, call) {
    const { Name } = input
    checkName(Name)
    checkPlace(call, input)
    const targetGroup = make(input, call)
    judge(call, targetGroup)
    const known = call.all('targetGroups').find(({ TargetGroupName }) => TargetGroupName === Name)
    if (known) {
      if (!isDeepStrictEqual(settingsOf(known), settingsOf(targetGroup))) {
        throw new ServiceError(
          'DuplicateTargetGroupName',
          `A target group with the same name '${Name}' exists, but with different settings`
        )
      }
      return { TargetGroups: [describer(call)(known)] }
    }
    requireRoom(call, 'target-groups', call.all('targetGroups').length + 1, {
      code: 'TooManyTargetGroups',
      what: 'target groups'
    })
    call.put('targetGroups', targetGroup.TargetGroupArn, targetGroup)
    putTags(call, targetGroup.TargetGroupArn, input.Tags)
    return { TargetGroups: [describer(call)(targetGroup)] }
  },

  DescribeTargetGroups(input, call) {
    const { LoadBalancerArn, TargetGroupArns, Names } = input
    const given = [LoadBalancerArn !== undefined, Boolean(TargetGroupArns?.length), Boolean(Names?.length)]
    if (given.filter(Boolean).length > 1) {
      throw invalid(
        'Target group names, target group ARNs, and a load balancer ARN cannot be specified at the same time'
      )
    }
    const describe = describer(call)
    const selected = select(call, 'targetGroups', {
      arns: TargetGroupArns,
      names: Names,
      nameOf: ({ TargetGroupName }) => TargetGroupName
    }).map(describe)
    const found =
      LoadBalancerArn === undefined
        ? selected
        : selected.filter(({ LoadBalancerArns = [] }) =>
            LoadBalancerArns.includes(require(call, 'loadBalancers', LoadBalancerArn).LoadBalancerArn)
          )
    const { items, marker } = paged(call, found, ({ TargetGroupArn = '' }) => TargetGroupArn, input)
    return { TargetGroups: items, ...marker }
  },

  ModifyTargetGroup(input, call) {
    const targetGroup = require(call, 'targetGroups', input.TargetGroupArn)
    if (input.HealthCheckEnabled === false && targetGroup.TargetType !== 'lambda') {
      throw invalid(`Health check enabled must be true for target groups with target type '${targetGroup.TargetType}'`)
    }
    const changed = { ...targetGroup, ...changedHealthCheck(targetGroup, input) }
    judge(call, changed)
    call.put('targetGroups', changed.TargetGroupArn, changed)
    return { TargetGroups: [describer(call)(changed)] }
  },

  DeleteTargetGroup({ TargetGroupArn: arn }, call) {
    if (kindOf(arn) !== 'targetGroups') {
      throw invalid(`'${arn}' is not a valid target group ARN`)
    }
    if (loadBalancersByTargetGroup(call.state).has(arn)) {
      throw new ServiceError('ResourceInUse', `Target group '${arn}' is currently in use by a listener or a rule`)
    }
    for (const table of ['targetGroups', 'targets', 'attributes', 'tags'] as const) {
      call.remove(table, arn)
    }
    return {}
  }
}
