import type { TargetHealthDescription } from '../elbv2/index.ts'
import { applicationLoadBalancer, buildPlan, type Environment, type StackPlan, stackPlansOf } from '../model/index.ts'
import type { Resources } from '../resources/index.ts'
import { frontsOf } from './network/front.ts'
import { targetsWithHealth } from './network/health.ts'
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
    return predictNetworkTargets(tracer, group)
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

/** The targets of a Network or Classic Load Balancer, those of a target group once, however many listeners lead to it. */
function predictNetworkTargets(tracer: Tracer, plan: StackPlan): PredictedTarget[] {
  const byID = Map.groupBy(
    frontsOf(tracer, plan).flatMap(({ destinations }) => destinations),
    ({ id }) => id
  )
  return [...byID.values()]
    .map(([first]) => first!)
    .flatMap(destination =>
      targetsWithHealth(tracer, plan, destination).map(({ target, health, healthCheckPort, because }) => ({
        group: plan.id,
        targetGroup: destination.name,
        target,
        healthCheckPort,
        because,
        ...health
      }))
    )
}
