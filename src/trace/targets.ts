import type { TargetHealthDescription } from '../elbv2/index.ts'
import { applicationLoadBalancer, buildPlan, type Environment, type StackPlan, stackPlansOf } from '../model/index.ts'
import type { Resources } from '../resources/index.ts'
import { Tracer } from './tracer.ts'

/** A target with the health that it comes to. */
export interface PredictedTarget extends TargetHealthDescription {
  group: string
  targetGroup: string
  /** What answers the health check, and how. */
  because: string
}

/** The targets of all load balancers that the objects get, each with the health that its checks come to. */
export function predictTargets(resources: Resources, environment: Environment): PredictedTarget[] {
  const tracer = new Tracer(resources, environment, buildPlan(resources, environment))
  return stackPlansOf(tracer.plan).flatMap(group => predictTargetsOf(tracer, group))
}

/** The targets of one load balancer; none where the group has none. */
export function predictTargetsOf(tracer: Tracer, group: StackPlan): PredictedTarget[] {
  if (applicationLoadBalancer(group.stack)?.type !== 'application') {
    return []
  }
  const { configuration, targetsOf } = tracer.loadBalancerOf(group)
  return [...configuration.targetGroups.values()].flatMap(targetGroup =>
    targetGroup.inUse
      ? targetsOf(targetGroup).map(({ target, health, healthCheckPort, because = '' }) => ({
          group: group.id,
          targetGroup: targetGroup.name,
          target,
          healthCheckPort,
          because,
          ...health
        }))
      : []
  )
}
