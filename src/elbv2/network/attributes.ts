/**
 * Attributes of Network Load Balancers, their listeners and target groups: AWS's keys, defaults and values, and what they mean.
 * (User guide: "Network Load Balancers", "Listeners", "Target groups"; API: LoadBalancerAttribute, TargetGroupAttribute.)
 *
 * @module
 */

import type { KeyValue, TargetGroupSpec } from '../../model/index.ts'
import {
  type AttributeDefinition,
  flag,
  integer,
  listenerAttributeDefinitions,
  loadBalancerAttributeDefinitions,
  oneOf,
  targetGroupAttributeDefinitions,
  text
} from '../attribute-definitions.ts'
import { type AttributeProblem, ignore, logsWithoutBucket, type Problems, readAttributes } from '../attributes.ts'

const crossZone = 'load_balancing.cross_zone.enabled'

export const networkLoadBalancerAttributeDefinitions: Readonly<Record<string, AttributeDefinition>> = {
  'access_logs.s3.enabled': flag(false),
  'access_logs.s3.bucket': text(),
  'access_logs.s3.prefix': text(),
  'deletion_protection.enabled': flag(false),
  [crossZone]: flag(false),
  'dns_record.client_routing_policy': oneOf(
    'any_availability_zone',
    'partial_availability_zone_affinity',
    'availability_zone_affinity'
  ),
  'ipv6.deny_all_igw_traffic': flag(false),
  'secondary_ips.auto_assigned.per_subnet': integer(0, 0, 7),
  'zonal_shift.config.enabled': flag(false)
}

export interface NetworkLoadBalancerAttributes {
  /** Whether targets in other zones than the node's get flows. */
  crossZone: boolean
}

export function networkLoadBalancerAttributes(
  given: readonly KeyValue[],
  ipAddressType: string,
  onProblem: Problems = ignore
): NetworkLoadBalancerAttributes {
  const denial = 'ipv6.deny_all_igw_traffic'
  if (ipAddressType === 'ipv4' && given.some(({ key }) => key === denial)) {
    onProblem({
      key: denial,
      actual: denial,
      expected: 'a load balancer with IPv6 addresses',
      message: `Load balancer attribute key '${denial}' is not supported on load balancers with IP address type 'ipv4'`
    })
  }
  const value = readAttributes('Load balancer', networkLoadBalancerAttributeDefinitions, given, onProblem, key =>
    key in loadBalancerAttributeDefinitions
      ? `Load balancer attribute key '${key}' is not supported on load balancers with type 'network'`
      : `Load balancer attribute key '${key}' is not recognized`
  )
  for (const problem of logsWithoutBucket(value, ['access_logs'])) {
    onProblem(problem)
  }
  return { crossZone: value(crossZone) === 'true' }
}

const idleTimeout = 'tcp.idle_timeout.seconds'

/** Of TCP listeners; others have none. */
export const networkListenerAttributeDefinitions: Readonly<Record<string, AttributeDefinition>> = {
  [idleTimeout]: integer(350, 60, 6000)
}

/** Milliseconds after which a flow that is silent is forgotten; fixed but for TCP listeners. */
const fixedIdleTimeouts: Record<string, number> = { TLS: 350_000, UDP: 120_000, QUIC: 120_000 }

/** Whether a listener, or a target group, is one for TCP, or for datagrams. */
export function carries(protocol: string, transport: 'TCP' | 'UDP'): boolean {
  return transport === 'TCP' ? protocol.startsWith('TCP') : protocol.endsWith('UDP') || protocol.endsWith('QUIC')
}

/** Of a listener's TCP or TLS flows, in milliseconds. */
export function networkIdleTimeout(given: readonly KeyValue[], protocol: string, onProblem: Problems = ignore): number {
  const known = carries(protocol, 'TCP') ? networkListenerAttributeDefinitions : {}
  const value = readAttributes('Listener', known, given, onProblem, key =>
    key in networkListenerAttributeDefinitions || key in listenerAttributeDefinitions
      ? `Listener attribute key '${key}' is not supported on listeners with protocol '${protocol}'`
      : `Listener attribute key '${key}' is not recognized`
  )
  return idleTimeout in known ? Number(value(idleTimeout)) * 1000 : fixedIdleTimeouts[protocol]!
}

/** Of UDP flows, in milliseconds. */
export const udpIdleTimeout = fixedIdleTimeouts.UDP!

const stickiness = 'stickiness.enabled'
const preserveClientIP = 'preserve_client_ip.enabled'
const proxyProtocol = 'proxy_protocol_v2.enabled'
/** Takes effect where it is set; AWS's documentation and answers do not have it otherwise. */
export const headerPlacement = 'proxy_protocol_v2.client_to_server.header_placement'
const deregistrationDelay = 'deregistration_delay.timeout_seconds'
const terminationAfterDelay = 'deregistration_delay.connection_termination.enabled'
const terminationWhenUnhealthy = 'target_health_state.unhealthy.connection_termination.enabled'
const unhealthyDraining = 'target_health_state.unhealthy.draining_interval_seconds'
const dnsFailover = 'target_group_health.dns_failover.minimum_healthy_targets'
const unhealthyRouting = 'target_group_health.unhealthy_state_routing.minimum_healthy_targets'

type GroupKind = Pick<TargetGroupSpec, 'targetType' | 'protocol'>

/** Of a target group of a Network Load Balancer: by its protocol and what its targets are. */
export function networkTargetGroupAttributeDefinitions({
  targetType,
  protocol
}: GroupKind): Record<string, AttributeDefinition> {
  const datagrams = carries(protocol, 'UDP')
  const keeps = datagrams || targetType === 'instance'
  return {
    [deregistrationDelay]: integer(300, 0, 3600),
    [terminationAfterDelay]: flag(datagrams),
    [stickiness]: flag(false),
    'stickiness.type': oneOf('source_ip'),
    [crossZone]: oneOf('use_load_balancer_configuration', 'true', 'false'),
    [preserveClientIP]: datagrams ? oneOf('true') : flag(keeps),
    [proxyProtocol]: flag(false),
    [headerPlacement]: oneOf('on_first_ack_with_payload', 'on_first_ack'),
    [terminationWhenUnhealthy]: datagrams ? oneOf('false') : flag(true),
    [unhealthyDraining]: integer(0, 0, 360_000),
    [`${dnsFailover}.count`]: integer(1, 1, 1000, 'off'),
    [`${dnsFailover}.percentage`]: integer('off', 1, 100, 'off'),
    [`${unhealthyRouting}.count`]: integer(1, 1, 1000),
    [`${unhealthyRouting}.percentage`]: integer('off', 1, 100, 'off')
  }
}

/** How many healthy targets there have to be, by number and by share in percent. */
export interface MinimumHealthy {
  count: number
  percentage?: number
}

/** Durations in milliseconds. */
export interface NetworkTargetGroupAttributes {
  deregistrationDelay: number
  /** Whether flows to a deregistered target are cut at the end of the delay. */
  terminatesAfterDelay: boolean
  /** Whether flows to an unhealthy target are cut. */
  terminatesWhenUnhealthy: boolean
  /** How long flows to an unhealthy target live on where they are not cut at once; 0 for as long as they last. */
  unhealthyDraining: number
  /** Whether a client's flows go to one target, by its address. */
  sticky: boolean
  /** Whether targets see the client's address. */
  preserveClientIP: boolean
  /** When the PROXY protocol's header is sent; absent where none is. */
  proxyProtocol?: 'on_first_ack' | 'on_first_ack_with_payload'
  /** Whether targets in other zones than the load balancer's node get flows. */
  crossZone: boolean
  /** Fewer healthy targets than this, and all targets get flows. */
  minimumHealthy: MinimumHealthy
  /** Whether unhealthy targets get flows where none is healthy; default true. Classic Load Balancers end them. */
  failsOpen?: boolean
  /** Fewer healthy targets than this in a zone, and the zone's address is left out of DNS. */
  minimumForDNS: MinimumHealthy
}

/** @param loadBalancer whose setting counts where the target group has none of its own. */
export function networkTargetGroupAttributes(
  given: readonly KeyValue[],
  kind: GroupKind,
  loadBalancer: NetworkLoadBalancerAttributes,
  onProblem: Problems = ignore
): NetworkTargetGroupAttributes {
  const value = readAttributes('Target group', networkTargetGroupAttributeDefinitions(kind), given, onProblem, key =>
    key in targetGroupAttributeDefinitions
      ? 'The provided target group attribute is not supported'
      : `Target group attribute key '${key}' is not recognized`
  )
  for (const problem of conflicts(value)) {
    onProblem(problem)
  }
  return {
    deregistrationDelay: Number(value(deregistrationDelay)) * 1000,
    terminatesAfterDelay: value(terminationAfterDelay) === 'true',
    terminatesWhenUnhealthy: value(terminationWhenUnhealthy) === 'true',
    unhealthyDraining: Number(value(unhealthyDraining)) * 1000,
    sticky: value(stickiness) === 'true',
    preserveClientIP: value(preserveClientIP) === 'true',
    ...(value(proxyProtocol) === 'true'
      ? { proxyProtocol: value(headerPlacement) as 'on_first_ack' | 'on_first_ack_with_payload' }
      : {}),
    crossZone:
      value(crossZone) === 'use_load_balancer_configuration' ? loadBalancer.crossZone : value(crossZone) === 'true',
    minimumHealthy: minimum(value, unhealthyRouting),
    minimumForDNS: minimum(value, dnsFailover)
  }
}

/** What targets learn of a client: its address as the other end of the connection, a PROXY header before the bytes. */
export function clientAtTargets(
  spec: TargetGroupSpec
): Pick<NetworkTargetGroupAttributes, 'preserveClientIP' | 'proxyProtocol'> {
  return networkTargetGroupAttributes(spec.targetGroupAttributes ?? [], spec, { crossZone: false })
}

function minimum(value: (key: string) => string, key: string): MinimumHealthy {
  const [count, percentage] = [value(`${key}.count`), value(`${key}.percentage`)]
  return {
    count: count === 'off' ? 0 : Number(count),
    ...(percentage === 'off' ? {} : { percentage: Number(percentage) })
  }
}

/** A zone has to be out of DNS before it sends flows to unhealthy targets. */
function conflicts(value: (key: string) => string): AttributeProblem[] {
  return ['count', 'percentage'].flatMap(unit => {
    const [dns, routing] = [value(`${dnsFailover}.${unit}`), value(`${unhealthyRouting}.${unit}`)]
    if (dns === 'off' || routing === 'off' || Number(dns) >= Number(routing)) {
      return []
    }
    const key = `${dnsFailover}.${unit}`
    return [
      {
        key,
        actual: `${key}=${dns}`,
        expected: `${key}=${routing} or more`,
        message: `The threshold for DNS failover '${dns}' cannot be below the one for unhealthy state routing '${routing}'`
      }
    ]
  })
}
