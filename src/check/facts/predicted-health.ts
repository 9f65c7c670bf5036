import type { TargetGroupConfiguration } from '../../elbv2/index.ts'
import { Failure } from '../../failure.ts'
import { applicationLoadBalancer, type GroupPlan, keyOf } from '../../model/index.ts'
import { type PredictedTarget, predictTargetsOf, type TracedLoadBalancer, type Tracer } from '../../trace/index.ts'
import type { Context } from '../context.ts'
import type { Backend } from './backend.ts'

/** The load balancer of a group; undefined where the controller makes none, or AWS refuses it, which rules tell. */
export function loadBalancerOf(tracer: Tracer, group: GroupPlan): TracedLoadBalancer | undefined {
  if (!applicationLoadBalancer(group.stack)) {
    return undefined
  }
  try {
    return tracer.loadBalancerOf(group)
  } catch (error) {
    if (error instanceof Failure) {
      return undefined
    }
    throw error
  }
}

/** What becomes of the targets of a target group. */
export interface PredictedGroup {
  targetGroup: TargetGroupConfiguration
  /** The first of its targets: they are alike. */
  target: PredictedTarget
  fails: boolean
  /** The health check asks a port of a gateway whose routes are not among the objects: nobody knows whether one answers. */
  asksRoutes: boolean
}

/** The target groups that are in use and have targets, each with the health that its checks come to. */
export function* predictedGroups(
  tracer: Tracer,
  { group, configuration }: TracedLoadBalancer
): Generator<PredictedGroup> {
  const byName = Map.groupBy(predictTargetsOf(tracer, group), ({ targetGroup }) => targetGroup)
  for (const [name, targets] of byName) {
    const [target] = targets
    const targetGroup = [...configuration.targetGroups.values()].find(one => one.name === name)
    if (target && targetGroup) {
      yield {
        targetGroup,
        target,
        fails: targets.every(({ state }) => state === 'unhealthy'),
        asksRoutes: tracer.backends.healthNeedsRoutes({
          targetType: targetGroup.targetType,
          address: target.target.address,
          port: Number(target.healthCheckPort)
        })
      }
    }
  }
}

/** Whether a target group is one of a backend's. */
export function isOf({ targetGroup }: PredictedGroup, { ingress, service }: Backend): boolean {
  return targetGroup.id.startsWith(`${keyOf(ingress)}-${service.metadata.name}:`)
}

/** What becomes of the targets of a backend; undefined where its load balancer is not made, or has no target for it. */
export function predictedHealthOf(context: Context, backend: Backend): PredictedGroup | undefined {
  const group = context.groupOf(backend.ingress)
  const loadBalancer = group && loadBalancerOf(context.tracer, group)
  return loadBalancer && [...predictedGroups(context.tracer, loadBalancer)].find(one => isOf(one, backend))
}
