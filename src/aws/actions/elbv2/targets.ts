/**
 * Targets and their health. (API: RegisterTargets, DeregisterTargets, DescribeTargetHealth.)
 *
 * @module
 */

import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { notInUse, notRegistered } from '../../../elbv2/index.ts'
import { ServiceError } from '../../protocol/service-error.ts'
import type * as elbv2 from '../../protocol/shapes/elbv2.ts'
import { listenersOf, loadBalancersByTargetGroup } from '../../state/relations.ts'
import type { TargetGroup } from '../../state/state.ts'
import type { Actions, Call } from '../call.ts'
import { invalid, require } from './lookup.ts'
import { requireRoom } from './quota.ts'

function isSame(one: elbv2.TargetDescription, other: elbv2.TargetDescription): boolean {
  return one.Id === other.Id && one.Port === other.Port
}

function registeredIn(call: Call, arn: string): readonly elbv2.TargetDescription[] {
  return call.find('targets', arn) ?? []
}

function refuseTargets(targets: readonly { Id: string }[], reason: string): void {
  if (targets.length > 0) {
    const ids = targets.map(({ Id }) => `'${Id}'`).join(', ')
    throw new ServiceError('InvalidTarget', `The following targets ${reason}: ${ids}`)
  }
}

/** Instances of the VPC that are there and run; AWS tells of all others in one sentence. */
function checkInstances(call: Call, targets: readonly elbv2.TargetDescription[], { VpcId }: TargetGroup): void {
  const malformed = targets.find(({ Id }) => !/^i-[0-9a-zA-Z-]+$/.test(Id))
  if (malformed) {
    throw invalid(`Instance ID '${malformed.Id}' is not valid`)
  }
  const instances = targets.map(({ Id }) => ({ Id, instance: call.find('instances', Id) }))
  refuseTargets(
    instances.filter(({ instance }) => instance?.State?.Name !== 'running'),
    'are not in a running state and cannot be registered'
  )
  refuseTargets(
    instances.filter(({ instance }) => instance?.VpcId !== VpcId),
    `are not in the target group VPC '${VpcId}'`
  )
}

/** The zone of the VPC's subnet that an address lies in. */
function zoneWithin(call: Call, vpcID: string | undefined, address: string): string | undefined {
  const parsed = ipaddr.parse(address)
  return call
    .all('subnets')
    .filter(({ VpcId }) => VpcId === vpcID)
    .find(({ CidrBlock, Ipv6CidrBlockAssociationSet = [] }) =>
      [CidrBlock, ...Ipv6CidrBlockAssociationSet.map(({ Ipv6CidrBlock }) => Ipv6CidrBlock)].some(block => {
        const range = block === undefined ? undefined : ipaddr.parseCIDR(block)
        return range !== undefined && range[0].kind() === parsed.kind() && parsed.match(range)
      })
    )?.AvailabilityZone
}

/** An address with its zone. Loopback, which no VPC has, is taken as it is: what answers there is this machine. */
function readAddress(
  call: Call,
  target: elbv2.TargetDescription,
  { VpcId, IpAddressType }: TargetGroup
): elbv2.TargetDescription {
  const { Id, AvailabilityZone } = target
  if (isIP(Id) !== (IpAddressType === 'ipv6' ? 6 : 4)) {
    throw invalid(`The IP address '${Id}' is not a valid ${IpAddressType === 'ipv6' ? 'IPv6' : 'IPv4'} address`)
  }
  const zone = zoneWithin(call, VpcId, Id)
  if (zone !== undefined) {
    if (AvailabilityZone === 'all') {
      throw invalid(
        `The IP address '${Id}' is within the VPC, and cannot have its Availability Zone overridden to 'all' from '${zone}'`
      )
    }
    return { ...target, AvailabilityZone: AvailabilityZone ?? zone }
  }
  if (AvailabilityZone === undefined && !/^(127\.|::1$)/.test(Id)) {
    throw invalid(`The Availability Zone is required for IP address '${Id}' because it is not in the VPC`)
  }
  return target
}

/** An application load balancer as the target of a Network Load Balancer has to listen on the port. */
function checkLoadBalancers(call: Call, targets: readonly elbv2.TargetDescription[]): void {
  for (const { Id, Port } of targets) {
    const { Type, LoadBalancerArn } = require(call, 'loadBalancers', Id)
    if (Type !== 'application') {
      throw new ServiceError('InvalidTarget', `Target '${Id}' must be an Application Load Balancer`)
    }
    if (!listenersOf(call.state, LoadBalancerArn).some(listener => listener.Port === Port)) {
      throw new ServiceError(
        'InvalidTarget',
        `The target port '${Port}' must match the port of a listener on load balancer '${Id}'`
      )
    }
  }
}

function readTargets(
  call: Call,
  given: readonly elbv2.TargetDescription[],
  targetGroup: TargetGroup
): elbv2.TargetDescription[] {
  const targets = given.map(target => withPort(target, targetGroup))
  switch (targetGroup.TargetType) {
    case 'instance':
      checkInstances(call, targets, targetGroup)
      return targets
    case 'ip':
      return targets.map(target => readAddress(call, target, targetGroup))
    case 'alb':
      checkLoadBalancers(call, targets)
      return targets
    default:
      return targets
  }
}

/** A target that names no port has the target group's. */
function withPort(target: elbv2.TargetDescription, { Port }: TargetGroup): elbv2.TargetDescription {
  const port = target.Port ?? Port
  return port === undefined ? target : { ...target, Port: port }
}

function unknownTarget(targetGroup: TargetGroup, target: elbv2.TargetDescription): elbv2.TargetHealthDescription {
  const { state, reason, description } = notRegistered()
  return {
    Target: target,
    HealthCheckPort: checkPort(targetGroup, target),
    TargetHealth: { State: state, Reason: reason!, Description: description! }
  }
}

function checkPort({ HealthCheckPort = 'traffic-port' }: TargetGroup, { Port }: elbv2.TargetDescription): string {
  return HealthCheckPort === 'traffic-port' ? String(Port) : HealthCheckPort
}

/** Health of all targets of a target group, those that drain among them. */
function healthOf(call: Call, targetGroup: TargetGroup): elbv2.TargetHealthDescription[] {
  const arn = targetGroup.TargetGroupArn
  const users = [...(loadBalancersByTargetGroup(call.state).get(arn) ?? [])]
  const running = users.flatMap(user => call.describe(user)?.targetGroups ?? []).find(({ id }) => id === arn)
  const registered = registeredIn(call, arn)
  const unused = notInUse()
  const known = registered.map((target): elbv2.TargetHealthDescription => {
    const told = running?.targets.find(
      ({ target: { id, port }, state }) => id === target.Id && port === target.Port && state !== 'draining'
    )
    const { state, reason, description } = told ?? (users.length === 0 ? unused : registration)
    return {
      Target: target,
      HealthCheckPort: checkPort(targetGroup, target),
      TargetHealth: {
        State: state,
        ...(reason !== undefined && { Reason: reason }),
        ...(description !== undefined && { Description: description })
      }
    }
  })
  const draining = (running?.targets ?? []).flatMap(
    ({ target: { id, port }, healthCheckPort, state, reason, description }) => {
      const target = { Id: id, Port: port }
      return state !== 'draining' || registered.some(one => isSame(one, target))
        ? []
        : [
            {
              Target: target,
              HealthCheckPort: healthCheckPort,
              TargetHealth: { State: state, Reason: reason!, Description: description! }
            }
          ]
    }
  )
  return [...known, ...draining]
}

/** Where nothing that runs tells of a target: its load balancer does not check it (yet). */
const registration = {
  state: 'initial',
  reason: 'Elb.RegistrationInProgress',
  description: 'Target registration is in progress'
} as const

type TargetOperations = Pick<elbv2.Elbv2Operations, 'RegisterTargets' | 'DeregisterTargets' | 'DescribeTargetHealth'>

export const targetActions: Actions<TargetOperations> = {
  RegisterTargets({ TargetGroupArn, Targets }, call) {
    const targetGroup = require(call, 'targetGroups', TargetGroupArn)
    const added = readTargets(call, Targets, targetGroup)
    const before = registeredIn(call, TargetGroupArn)
    const targets = [...before]
    for (const target of added) {
      if (!targets.some(one => isSame(one, target))) {
        targets.push(target)
      }
    }
    requireRoom(call, 'targets-per-target-group', targets.length, {
      code: 'TooManyTargets',
      what: `targets in target group '${TargetGroupArn}'`
    })
    if (targets.length > before.length) {
      call.put('targets', TargetGroupArn, targets)
    }
    return {}
  },

  DeregisterTargets({ TargetGroupArn, Targets }, call) {
    const targetGroup = require(call, 'targetGroups', TargetGroupArn)
    const removed = Targets.map(target => withPort(target, targetGroup))
    const kept = registeredIn(call, TargetGroupArn).filter(target => !removed.some(one => isSame(one, target)))
    call.put('targets', TargetGroupArn, kept)
    return {}
  },

  DescribeTargetHealth({ TargetGroupArn, Targets }, call) {
    const targetGroup = require(call, 'targetGroups', TargetGroupArn)
    const all = healthOf(call, targetGroup)
    if (!Targets || Targets.length === 0) {
      return { TargetHealthDescriptions: all }
    }
    const asked = Targets.map(target => withPort(target, targetGroup))
    return {
      TargetHealthDescriptions: asked.map(
        target => all.find(({ Target }) => Target && isSame(Target, target)) ?? unknownTarget(targetGroup, target)
      )
    }
  }
}
