/**
 * Attributes of Network Load Balancers, their TCP listeners and their target groups: keys, defaults and values.
 * (API: LoadBalancerAttribute, ListenerAttribute, TargetGroupAttribute.)
 *
 * @module
 */

import { type AttributeDefinition, targetGroupAttributeDefinitions } from '../../../elbv2/index.ts'

function oneOf(fallback: string, ...others: string[]): AttributeDefinition {
  return { default: fallback, allows: value => [fallback, ...others].includes(value) }
}

function flag(fallback: boolean): AttributeDefinition {
  return oneOf(String(fallback), String(!fallback))
}

function text(): AttributeDefinition {
  return { default: '', allows: () => true }
}

function seconds(fallback: number, lowest: number, highest: number): AttributeDefinition {
  return {
    default: String(fallback),
    allows: value => /^\d{1,9}$/.test(value) && Number(value) >= lowest && Number(value) <= highest
  }
}

export const networkLoadBalancerAttributes: Readonly<Record<string, AttributeDefinition>> = {
  'access_logs.s3.enabled': flag(false),
  'access_logs.s3.bucket': text(),
  'access_logs.s3.prefix': text(),
  'deletion_protection.enabled': flag(false),
  'load_balancing.cross_zone.enabled': flag(false),
  'dns_record.client_routing_policy': oneOf(
    'any_availability_zone',
    'availability_zone_affinity',
    'partial_availability_zone_affinity'
  ),
  'ipv6.deny_all_igw_traffic': flag(false),
  'secondary_ips.auto_assigned.per_subnet': seconds(0, 0, 7),
  'zonal_shift.config.enabled': flag(false)
}

export const networkListenerAttributes: Readonly<Record<string, AttributeDefinition>> = {
  'tcp.idle_timeout.seconds': seconds(350, 60, 6000)
}

const isDatagram = /^(UDP|TCP_UDP|QUIC|TCP_QUIC)$/

/** Of a target group that a Network Load Balancer forwards to: defaults depend on its protocol and type. */
export function networkTargetGroupAttributes({
  TargetType,
  Protocol = 'TCP'
}: {
  TargetType: string
  Protocol?: string
}): Record<string, AttributeDefinition> {
  const health = Object.entries(targetGroupAttributeDefinitions).filter(([key]) =>
    key.startsWith('target_group_health.')
  )
  if (TargetType === 'alb') {
    return Object.fromEntries(health)
  }
  const datagrams = isDatagram.test(Protocol)
  return {
    'deregistration_delay.timeout_seconds': targetGroupAttributeDefinitions['deregistration_delay.timeout_seconds']!,
    'deregistration_delay.connection_termination.enabled': flag(datagrams),
    'stickiness.enabled': flag(false),
    'stickiness.type': oneOf('source_ip'),
    'proxy_protocol_v2.enabled': flag(false),
    'preserve_client_ip.enabled': flag(TargetType === 'instance' || datagrams),
    'load_balancing.cross_zone.enabled': targetGroupAttributeDefinitions['load_balancing.cross_zone.enabled']!,
    'target_health_state.unhealthy.connection_termination.enabled': flag(!datagrams),
    'target_health_state.unhealthy.draining_interval_seconds': seconds(0, 0, 360_000),
    ...Object.fromEntries(health)
  }
}
