/**
 * What a stack means to its Classic Load Balancer: listeners of requests and of flows in the terms of the other kinds, in front of
 * instances that one health check is made of.
 *
 * @module
 */

import {
  applicationLoadBalancerID,
  type ClassicListener,
  type ClassicLoadBalancerSpec,
  classicLoadBalancer,
  type Stack
} from '../../model/index.ts'
import { listenerAttributes, loadBalancerAttributes, targetGroupAttributes } from '../attributes.ts'
import type { Configuration, ListenerConfiguration } from '../configuration.ts'
import { type Admission, admissionOf } from '../network/admission.ts'
import { networkTargetGroupAttributes } from '../network/attributes.ts'
import type { NetworkListenerConfiguration, NetworkTargetGroupConfiguration } from '../network/configuration.ts'
import { refusedStack } from '../refused-stack.ts'
import { defaultSSLPolicy, isSSLPolicy } from '../ssl-policy.ts'
import type { TargetGroupConfiguration } from '../target-group.ts'
import { type ClassicHealthCheck, classicHealthCheck } from './health-check.ts'
import { classicViolations } from './limits.ts'

/** The instances of a Classic Load Balancer: one health check tells of them, whatever the listener. */
export interface InstancesConfiguration {
  id: string
  name: string
  healthCheck: ClassicHealthCheck
  /** Whether health checks begin with a PROXY header, as connections do. */
  proxyProtocol: boolean
  attributes: { deregistrationDelay: number }
  inUse: true
}

interface ListenerOf<Listener, TargetGroup> {
  port: number
  protocol: ClassicListener['protocol']
  instancePort: number
  listener: Listener
  targetGroup: TargetGroup
}

/** A port that reads requests. */
export type RequestListener = ListenerOf<ListenerConfiguration, TargetGroupConfiguration> & { kind: 'requests' }
/** A port that hands bytes through. */
export type FlowListener = ListenerOf<NetworkListenerConfiguration, NetworkTargetGroupConfiguration> & { kind: 'flows' }

export interface ClassicConfiguration {
  id: string
  name: string
  scheme: 'internal' | 'internet-facing'
  /** By ascending port. */
  listeners: (RequestListener | FlowListener)[]
  instances: InstancesConfiguration
  /** What listeners of requests go by. */
  requests: Configuration
  /** Whether every connection to an instance begins with a PROXY header. */
  proxyProtocol: boolean
  admission: Admission
}

/** Seconds that draining takes where it is turned on without a time. (API: ConnectionDraining.) */
const defaultDraining = 300

/** What a target group of an Application Load Balancer would be, with what a Classic one does otherwise. */
const requestGroup = {
  ...targetGroupAttributes([]),
  algorithm: 'least_outstanding_requests',
  // Without an instance in service it answers 503.
  failsOpen: false
} as const

/** What is HTTP on both sides, or bytes on both. */
function readsRequests(protocol: ClassicListener['protocol']): protocol is 'HTTP' | 'HTTPS' {
  return protocol === 'HTTP' || protocol === 'HTTPS'
}

/**
 * Compiles a stack.
 *
 * @throws {Failure} with everything in the stack that AWS would refuse as a Classic Load Balancer's configuration.
 */
export function compileClassicConfiguration(stack: Stack): ClassicConfiguration {
  const spec = classicLoadBalancer(stack)
  const violations = classicViolations(stack)
  const healthCheck = spec && classicHealthCheck(spec)
  if (!spec || !healthCheck || violations.length > 0) {
    throw refusedStack(stack, 'Classic', violations)
  }
  const { name, scheme, proxyProtocol } = spec
  const listeners = spec.listeners
    .map(listener => (readsRequests(listener.protocol) ? ofRequests(listener, spec) : ofFlows(listener, spec)))
    .sort((one, other) => one.port - other.port)
  return {
    id: stack.id,
    name,
    scheme,
    listeners,
    instances: {
      id: applicationLoadBalancerID,
      name,
      healthCheck,
      proxyProtocol,
      attributes: { deregistrationDelay: drainingOf(spec) },
      inUse: true
    },
    requests: requestsOf(stack.id, spec, listeners),
    proxyProtocol,
    admission: admissionOf(stack, spec)
  }
}

function drainingOf({ attributes: { connectionDraining } }: ClassicLoadBalancerSpec): number {
  return connectionDraining.enabled ? (connectionDraining.timeout ?? defaultDraining) * 1000 : 0
}

function idleTimeoutOf({ attributes }: ClassicLoadBalancerSpec): number {
  return attributes.connectionSettings.idleTimeout * 1000
}

function requestsOf(
  id: string,
  spec: ClassicLoadBalancerSpec,
  listeners: readonly (RequestListener | FlowListener)[]
): Configuration {
  const ofRequests = listeners.filter(one => one.kind === 'requests')
  return {
    id,
    kind: 'classic',
    name: spec.name,
    scheme: spec.scheme,
    attributes: {
      ...loadBalancerAttributes([]),
      idleTimeout: idleTimeoutOf(spec),
      clientKeepAlive: Number.POSITIVE_INFINITY,
      preserveHost: true,
      http2: false
    },
    listeners: ofRequests.map(({ listener }) => listener),
    targetGroups: new Map(ofRequests.map(({ targetGroup }) => [targetGroup.id, targetGroup]))
  }
}

/** What a listener of either kind leads to, by the port and what is spoken there. */
function groupOf({ instancePort, instanceProtocol }: ClassicListener, { name }: ClassicLoadBalancerSpec) {
  const id = `${instanceProtocol}:${instancePort}`
  return { id, arn: id, name, targetType: 'instance', inUse: true } as const
}

function certificatesOf({ sslCertificateID }: ClassicListener): string[] {
  return sslCertificateID === undefined ? [] : [sslCertificateID]
}

/** Policies of the classic set that no other load balancer has are older than the default, and work as that does. */
function policyOf({ sslNegotiationPolicy = defaultSSLPolicy }: ClassicListener): string {
  return isSSLPolicy(sslNegotiationPolicy) ? sslNegotiationPolicy : defaultSSLPolicy
}

function ofRequests(listener: ClassicListener, spec: ClassicLoadBalancerSpec): RequestListener {
  const { loadBalancerPort: port, instancePort, instanceProtocol } = listener
  const protocol = listener.protocol as 'HTTP' | 'HTTPS'
  const group = groupOf(listener, spec)
  return {
    kind: 'requests',
    port,
    protocol,
    instancePort,
    listener: {
      port,
      protocol,
      rules: [
        {
          priority: 'default',
          conditions: [],
          transforms: [],
          action: { routing: { kind: 'forward', targetGroups: [{ id: group.id, weight: 1 }] } }
        }
      ],
      certificateARNs: certificatesOf(listener),
      sslPolicy: policyOf(listener),
      attributes: listenerAttributes([])
    },
    targetGroup: {
      ...group,
      protocol: instanceProtocol as 'HTTP' | 'HTTPS',
      protocolVersion: 'HTTP1',
      healthCheck: unasked,
      attributes: {
        ...requestGroup,
        crossZone: spec.attributes.crossZoneLoadBalancing.enabled,
        deregistrationDelay: drainingOf(spec)
      }
    }
  }
}

function ofFlows(listener: ClassicListener, spec: ClassicLoadBalancerSpec): FlowListener {
  const { loadBalancerPort: port, instancePort, instanceProtocol } = listener
  const group = groupOf(listener, spec)
  const crossZone = spec.attributes.crossZoneLoadBalancing.enabled
  const protocol = instanceProtocol === 'SSL' ? 'TLS' : 'TCP'
  return {
    kind: 'flows',
    port,
    protocol: listener.protocol,
    instancePort,
    listener: {
      port,
      protocol: listener.protocol === 'SSL' ? 'TLS' : 'TCP',
      targetGroups: [{ id: group.id, weight: 1 }],
      sticky: false,
      certificateARNs: certificatesOf(listener),
      sslPolicy: policyOf(listener),
      protocols: [],
      idleTimeout: idleTimeoutOf(spec),
      closes: true
    },
    targetGroup: {
      ...group,
      protocol,
      healthCheck: unasked,
      attributes: {
        ...networkTargetGroupAttributes([], { targetType: 'instance', protocol }, { crossZone }),
        deregistrationDelay: drainingOf(spec),
        terminatesAfterDelay: true,
        terminatesWhenUnhealthy: false,
        preserveClientIP: false,
        failsOpen: false
      }
    }
  }
}

/** Of what leads to instances: their own health check is asked in its place. */
const unasked = {
  port: 'traffic-port',
  protocol: 'TCP',
  intervalSeconds: 30,
  timeoutSeconds: 5,
  healthyThresholdCount: 2,
  unhealthyThresholdCount: 2
} as const
