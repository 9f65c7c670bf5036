/**
 * What a stack means to its Network Load Balancer.
 *
 * @module
 */

import {
  type Account,
  type HealthCheckConfig,
  type ListenerSpec,
  type NetworkProtocol,
  type Stack,
  specEntries,
  type TargetGroupSpec,
  targetGroupARN,
  targetGroupNameOf
} from '../../model/index.ts'
import { compileAction, type WeightedTargetGroup } from '../action.ts'
import { isOfNetwork, listenersOf, loadBalancerIn, networkViolations } from '../limits/stack.ts'
import { refusedStack, unknownAccount } from '../refused-stack.ts'
import { defaultSSLPolicy } from '../ssl-policy.ts'
import { type Admission, admissionOf } from './admission.ts'
import { alpnProtocols } from './alpn.ts'
import {
  type NetworkLoadBalancerAttributes,
  type NetworkTargetGroupAttributes,
  networkIdleTimeout,
  networkLoadBalancerAttributes,
  networkTargetGroupAttributes
} from './attributes.ts'

export interface NetworkListenerConfiguration {
  port: number
  protocol: NetworkProtocol
  targetGroups: readonly WeightedTargetGroup[]
  /** Whether a client's flows go to one target group, by its address. */
  sticky: boolean
  /** The default certificate is the first; empty but for TLS. */
  certificateARNs: string[]
  sslPolicy: string
  /** What is answered to a client's ALPN, the preferred first; empty where it is not answered. */
  protocols: readonly string[]
  /** Of TCP and TLS flows, in milliseconds. */
  idleTimeout: number
  /** Whether it closes connections by itself, as a Classic Load Balancer does, where a network one resets or forgets them. */
  closes?: boolean
}

export interface NetworkTargetGroupConfiguration {
  /** Resource ID in the stack, or the literal ARN of a target group outside it. */
  id: string
  arn: string
  name: string
  targetType: TargetGroupSpec['targetType']
  protocol: NetworkProtocol
  healthCheck: HealthCheckConfig
  attributes: NetworkTargetGroupAttributes
  /** Whether a listener forwards to it. */
  inUse: boolean
}

export interface NetworkConfiguration {
  id: string
  name: string
  scheme: 'internal' | 'internet-facing'
  /** By ascending port. */
  listeners: NetworkListenerConfiguration[]
  targetGroups: Map<string, NetworkTargetGroupConfiguration>
  admission: Admission
}

/** AWS's defaults, where the stack does not hold a target group's specification. (API: CreateTargetGroup.) */
const defaultHealthCheck: HealthCheckConfig = {
  port: 'traffic-port',
  protocol: 'TCP',
  intervalSeconds: 30,
  timeoutSeconds: 10,
  healthyThresholdCount: 5,
  unhealthyThresholdCount: 2
}

/**
 * Compiles a stack. The account is the one that the ARNs of its target groups name.
 *
 * @throws {Failure} with everything in the stack that AWS would refuse as a Network Load Balancer's configuration.
 */
export function compileNetworkConfiguration(stack: Stack, account: Account = unknownAccount): NetworkConfiguration {
  const found = loadBalancerIn(stack, 'network')
  const violations = networkViolations(stack)
  if (!found || violations.length > 0) {
    throw refusedStack(stack, 'Network', violations)
  }
  const [id, spec] = found
  const attributes = networkLoadBalancerAttributes(spec.loadBalancerAttributes ?? [], spec.ipAddressType)
  const listeners = listenersOf(stack, id).map(([, listener]) => compileListener(listener))
  return {
    id: stack.id,
    name: spec.name,
    scheme: spec.scheme,
    listeners,
    targetGroups: compileTargetGroups(stack, listeners, attributes, account),
    admission: admissionOf(stack, spec)
  }
}

function compileListener(spec: ListenerSpec): NetworkListenerConfiguration {
  const { port, certificates = [], sslPolicy = defaultSSLPolicy, listenerAttributes = [] } = spec
  const protocol = spec.protocol as NetworkProtocol
  const { routing } = compileAction(spec.defaultActions)
  const isTLS = protocol === 'TLS'
  return {
    port,
    protocol,
    targetGroups: routing.kind === 'forward' ? routing.targetGroups : [],
    sticky: routing.kind === 'forward' && routing.stickinessSeconds !== undefined,
    certificateARNs: isTLS ? certificates.map(({ certificateARN }) => certificateARN) : [],
    sslPolicy,
    protocols: isTLS ? alpnProtocols(spec.alpnPolicy) : [],
    idleTimeout: networkIdleTimeout(
      listenerAttributes.map(({ Key, Value }) => ({ key: Key, value: Value })),
      protocol
    )
  }
}

function compileTargetGroups(
  stack: Stack,
  listeners: readonly NetworkListenerConfiguration[],
  attributes: NetworkLoadBalancerAttributes,
  account: Account
): Map<string, NetworkTargetGroupConfiguration> {
  const inUse = new Set(listeners.flatMap(({ targetGroups }) => targetGroups.map(({ id }) => id)))
  const specs = new Map(specEntries(stack, 'targetGroup'))
  const found = new Map<string, NetworkTargetGroupConfiguration>()
  for (const [id, spec] of specs) {
    if (isOfNetwork(spec)) {
      found.set(id, {
        id,
        arn: id.startsWith('arn:') ? id : targetGroupARN(spec.name, account),
        name: spec.name,
        targetType: spec.targetType,
        protocol: spec.protocol as NetworkProtocol,
        healthCheck: spec.healthCheckConfig,
        attributes: networkTargetGroupAttributes(spec.targetGroupAttributes ?? [], spec, attributes),
        inUse: inUse.has(id)
      })
    }
  }
  // A literal ARN names a target group that exists apart from the stack; what it is like is not known here.
  for (const { protocol, targetGroups } of listeners) {
    for (const { id } of targetGroups.filter(group => !specs.has(group.id))) {
      found.set(id, foreignTargetGroup(id, protocol === 'TLS' ? 'TCP' : protocol, attributes))
    }
  }
  return found
}

function foreignTargetGroup(
  arn: string,
  protocol: NetworkProtocol,
  loadBalancer: NetworkLoadBalancerAttributes
): NetworkTargetGroupConfiguration {
  return {
    id: arn,
    arn,
    name: targetGroupNameOf(arn) ?? arn,
    targetType: 'instance',
    protocol,
    healthCheck: defaultHealthCheck,
    attributes: networkTargetGroupAttributes([], { targetType: 'instance', protocol }, loadBalancer),
    inUse: true
  }
}
