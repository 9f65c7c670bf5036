/**
 * What AWS asks of the target groups that actions forward to.
 *
 * @module
 */

import { ServiceError } from '../../protocol/service-error.ts'
import type { Action } from '../../protocol/shapes/elbv2.ts'
import {
  listenerOfRule,
  loadBalancerOfListener,
  loadBalancersByTargetGroup,
  targetGroupsIn
} from '../../state/relations.ts'
import type { LoadBalancer, TargetGroup } from '../../state/state.ts'
import type { Call } from '../call.ts'
import { requireRoom } from './quota.ts'

/** Protocols of target groups by that of a Network Load Balancer's listener. (User guide: "Listener configuration".) */
const networkProtocols: Readonly<Record<string, readonly string[]>> = {
  TCP: ['TCP', 'TCP_UDP'],
  TLS: ['TLS', 'TCP'],
  UDP: ['UDP', 'TCP_UDP'],
  TCP_UDP: ['TCP_UDP'],
  QUIC: ['QUIC'],
  TCP_QUIC: ['TCP_QUIC']
}

function fits({ Type }: LoadBalancer, listenerProtocol: string, { Protocol, TargetType }: TargetGroup): boolean {
  if (Type === 'application') {
    return TargetType === 'lambda' || Protocol === 'HTTP' || Protocol === 'HTTPS'
  }
  return (networkProtocols[listenerProtocol] ?? []).includes(Protocol ?? '')
}

/**
 * Checks the target groups of a listener's default actions, or of a rule's.
 *
 * @throws {ServiceError} for one that is not there, does not fit, or belongs to another load balancer, and for too many.
 */
export function checkForwarding(
  call: Call,
  actions: readonly Action[],
  { loadBalancer, protocol }: { loadBalancer: LoadBalancer; protocol: string }
): void {
  const wanted = [...new Set(targetGroupsIn(actions))]
  const users = loadBalancersByTargetGroup(call.state)
  const taken: string[] = []
  for (const arn of wanted) {
    const targetGroup = call.find('targetGroups', arn)
    if (!targetGroup) {
      throw new ServiceError('TargetGroupNotFound', `Target group '${arn}' not found`)
    }
    if (!fits(loadBalancer, protocol, targetGroup)) {
      throw new ServiceError(
        'IncompatibleProtocols',
        `The listener and the following target groups have incompatible protocols: ${arn}`
      )
    }
    if (targetGroup.VpcId !== undefined && targetGroup.VpcId !== loadBalancer.VpcId) {
      throw new ServiceError(
        'InvalidConfigurationRequest',
        `The load balancer and target group '${arn}' must be in the same VPC`
      )
    }
    if ([...(users.get(arn) ?? [])].some(user => user !== loadBalancer.LoadBalancerArn)) {
      taken.push(arn)
    }
  }
  if (taken.length > 0) {
    throw new ServiceError(
      'TargetGroupAssociationLimit',
      `The following target groups cannot be associated with more than one load balancer: ${taken.join(', ')}`
    )
  }
  const used = new Set([
    ...wanted,
    ...[...users].filter(([, owners]) => owners.has(loadBalancer.LoadBalancerArn)).map(([arn]) => arn)
  ])
  if (loadBalancer.Type === 'application') {
    requireRoom(call, 'target-groups-per-application-load-balancer', used.size, {
      code: 'TooManyUniqueTargetGroupsPerLoadBalancer',
      what: `unique target groups on load balancer '${loadBalancer.LoadBalancerArn}'`
    })
  }
}

/** The load balancer that a rule's listener belongs to. */
export function loadBalancerOfRule(call: Call, ruleARN: string): LoadBalancer {
  return call.find('loadBalancers', loadBalancerOfListener(listenerOfRule(ruleARN)))!
}
