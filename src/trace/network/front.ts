import { classicHealthCheck, clientAtTargets, type Target } from '../../elbv2/index.ts'
import {
  applicationLoadBalancerID,
  type ClassicLoadBalancerSpec,
  classicLoadBalancer,
  type HealthCheckConfig,
  type ListenerSpec,
  referencedID,
  type StackPlan,
  specOf,
  type Token
} from '../../model/index.ts'
import type { Tracer } from '../tracer.ts'

/** A port that clients reach, of either kind of load balancer. */
export interface Front {
  port: number
  protocol: string
  /** Whether TLS ends here. */
  decrypts: boolean
  certificates: string[]
  /** Whether a target gets HTTP, which a Classic Load Balancer reads. */
  readsHTTP: boolean
  destinations: Destination[]
}

export interface Destination {
  id: string
  name: string
  targetType: 'instance' | 'ip'
  /** What targets are spoken to. */
  protocol: string
  encrypts: boolean
  share: number
  healthCheck: Omit<HealthCheckConfig, 'protocol' | 'intervalSeconds' | 'timeoutSeconds'> & { protocol: string }
  /** Whether targets see the client's address as the other end of the connection. */
  keepsClient: boolean
  /** 0: no PROXY header. */
  proxyVersion: 0 | 1 | 2
  targets: readonly Target[]
  /** Whether all targets get connections where none is healthy. */
  failsOpen: boolean
}

function networkFront(tracer: Tracer, plan: StackPlan, spec: ListenerSpec): Front {
  const tuples = spec.defaultActions.flatMap(({ forwardConfig }) => forwardConfig?.targetGroups ?? [])
  const total = tuples.reduce((sum, { weight = 1 }) => sum + weight, 0)
  const targets = tracer.targetsOf(plan.stack!)
  function destination({ targetGroupARN, weight = 1 }: { targetGroupARN: Token; weight?: number }): Destination[] {
    const id = referencedID(targetGroupARN) ?? String(targetGroupARN)
    const group = specOf(plan.stack, 'targetGroup', id)
    const told = group && clientAtTargets(group)
    return group && told && weight > 0
      ? [
          {
            id,
            name: group.name,
            targetType: group.targetType as 'instance' | 'ip',
            protocol: group.protocol,
            encrypts: group.protocol === 'TLS',
            share: (weight / total) * 100,
            healthCheck: group.healthCheckConfig,
            keepsClient: told.preserveClientIP,
            proxyVersion: told.proxyProtocol === undefined ? 0 : 2,
            targets: targets.get(id) ?? [],
            failsOpen: true
          }
        ]
      : []
  }
  return {
    port: spec.port,
    protocol: spec.protocol,
    decrypts: spec.protocol === 'TLS',
    certificates: spec.certificates?.map(({ certificateARN }) => certificateARN) ?? [],
    readsHTTP: false,
    destinations: tuples.flatMap(destination)
  }
}

/** AWS refuses what cannot be read: nothing is asked, and nothing passes. */
const unreadableHealthCheck: Destination['healthCheck'] = {
  protocol: 'TCP',
  port: 0,
  healthyThresholdCount: 2,
  unhealthyThresholdCount: 2
}

function classicFront(
  tracer: Tracer,
  plan: StackPlan,
  spec: ClassicLoadBalancerSpec,
  {
    loadBalancerPort,
    protocol,
    instancePort,
    instanceProtocol,
    sslCertificateID
  }: ClassicLoadBalancerSpec['listeners'][number]
): Front {
  const isHTTP = protocol === 'HTTP' || protocol === 'HTTPS'
  return {
    port: loadBalancerPort,
    protocol,
    decrypts: protocol === 'SSL' || protocol === 'HTTPS',
    certificates: sslCertificateID === undefined ? [] : [sslCertificateID],
    readsHTTP: isHTTP,
    destinations: [
      {
        id: spec.name,
        name: spec.name,
        targetType: 'instance',
        protocol: instanceProtocol,
        encrypts: instanceProtocol === 'SSL' || instanceProtocol === 'HTTPS',
        share: 100,
        healthCheck: classicHealthCheck(spec) ?? unreadableHealthCheck,
        keepsClient: false,
        proxyVersion: spec.proxyProtocol ? 1 : 0,
        targets: (tracer.targetsOf(plan.stack!).get(applicationLoadBalancerID) ?? []).map(target => ({
          ...target,
          port: instancePort
        })),
        failsOpen: false
      }
    ]
  }
}

/** The ports of the load balancer of a Service or Gateway that is no Application Load Balancer. */
export function frontsOf(tracer: Tracer, plan: StackPlan): Front[] {
  const classic = classicLoadBalancer(plan.stack)
  if (classic) {
    return classic.listeners.map(listener => classicFront(tracer, plan, classic, listener))
  }
  return Object.values(plan.stack?.resources['AWS::ElasticLoadBalancingV2::Listener'] ?? {}).map(({ spec }) =>
    networkFront(tracer, plan, spec)
  )
}
