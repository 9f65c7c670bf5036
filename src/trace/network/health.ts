import {
  type LoadBalancerDescription,
  networkSuccessCodes,
  observe,
  registering,
  successCodes,
  type Target,
  type TargetHealth
} from '../../elbv2/index.ts'
import { findService, type StackPlan } from '../../model/index.ts'
import type { TracedTarget } from '../load-balancer.ts'
import { observedTargets } from '../observed.ts'
import type { Tracer } from '../tracer.ts'
import type { Destination } from './front.ts'

/** The load balancer as targets see it where the client's address is not kept. */
export const loadBalancerAddress = '192.0.2.1'
const failed = { passed: false, reason: 'Target.FailedHealthChecks' } as const

/** What a health check meets at a target: TCP only connects, and kube-proxy answers at a port of its own. */
function checkOf(
  tracer: Tracer,
  plan: StackPlan,
  target: Target,
  { healthCheck, targetType, proxyVersion }: Destination
) {
  const { backends } = tracer
  const port = healthCheck.port === 'traffic-port' ? target.port : healthCheck.port
  const at = { targetType, address: target.address, port }
  const asked = `${healthCheck.protocol} on port ${port}`
  const [namespace = '', name = ''] = plan.id.split('/')
  const service = findService(tracer.resources, namespace, name)
  if (targetType === 'instance' && (port === service?.spec?.healthCheckNodePort || port === 10_256)) {
    const isTold = proxyVersion > 0 && healthCheck.protocol !== 'TCP'
    const because = isTold
      ? `${asked} reaches kube-proxy, which answers 400 to a PROXY header`
      : `${asked} reaches kube-proxy, which answers for nodes with a pod`
    return { port, passed: !isTold, because }
  }
  if (healthCheck.protocol === 'TCP') {
    const nobody = backends.refusalAt(at)?.reason
    return { port, passed: nobody === undefined, because: `${asked}: ${nobody ?? 'something listens'}` }
  }
  const { answer } = backends.answer(
    {
      ...at,
      protocol: healthCheck.protocol === 'HTTP' ? 'HTTP' : 'HTTPS',
      peer: loadBalancerAddress,
      maxVersion: 'TLSv1.2',
      ...(proxyVersion > 0 && { proxyHeader: true })
    },
    {
      method: 'GET',
      path: healthCheck.path ?? '/',
      authority: `${target.address}:${port}`,
      headers: [['Host', `${target.address}:${port}`]],
      version: '1.1'
    }
  )
  const { from, status } = answer
  const isWanted = successCodes(healthCheck.matcher?.httpCode ?? networkSuccessCodes)
  // Of SSL a handshake is all that is asked.
  const isAnswered = from !== 'nobody' && status !== undefined && (healthCheck.protocol === 'SSL' || isWanted(status))
  const passed = from === 'service' || isAnswered
  return { port, passed, because: `${asked}: ${status ?? ''} ${answer.reason}`.trim() }
}

/** A target with what answers its health check, and how. */
type CheckedTarget = TracedTarget & { because: string }

/** The targets with the health that their checks come to. */
export function targetsWithHealth(tracer: Tracer, plan: StackPlan, destination: Destination): CheckedTarget[] {
  const checked = destination.targets.map(target => {
    const { port, passed, because } = checkOf(tracer, plan, target, destination)
    let health: TargetHealth = registering()
    const { healthyThresholdCount, unhealthyThresholdCount } = destination.healthCheck
    for (let check = 0; check < Math.max(healthyThresholdCount, unhealthyThresholdCount); check++) {
      health = observe(health, passed ? { passed: true } : failed, destination.healthCheck)
    }
    const { failures: _, successes: __, ...told } = health
    return { target, healthCheckPort: String(port), health: told, because }
  })
  return withCandidates(checked, destination)
}

/** The targets as a running load balancer tells of them; undefined where none does. */
export function targetsAsObserved(
  observed: LoadBalancerDescription | undefined,
  destination: Destination
): TracedTarget[] | undefined {
  const targets = observedTargets(observed, destination.id)
  return targets && withCandidates(targets, destination)
}

/** States of targets that get no new connections, whatever the others are. */
const leftOut: readonly TargetHealth['state'][] = ['draining', 'unhealthy.draining', 'unused', 'unavailable']

/** Tells which targets may get connections: the healthy ones, or all where there is none and the load balancer fails open. */
function withCandidates<One extends Omit<TracedTarget, 'candidate'>>(
  targets: readonly One[],
  { failsOpen }: Destination
): (One & { candidate: boolean })[] {
  const hasHealthy = targets.some(({ health }) => health.state === 'healthy')
  return targets.map(one => ({
    ...one,
    candidate: one.health.state === 'healthy' || (!hasHealthy && failsOpen && !leftOut.includes(one.health.state))
  }))
}
