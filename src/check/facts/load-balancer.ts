import { Failure } from '../../failure.ts'
import { applicationLoadBalancer, type GroupPlan } from '../../model/index.ts'
import type { TracedLoadBalancer, Tracer } from '../../trace/index.ts'

/** The load balancer of a group; undefined where the controller makes none, or AWS refuses it, which rules tell. */
export function loadBalancerOf(tracer: Tracer, group: GroupPlan | undefined): TracedLoadBalancer | undefined {
  if (!group || !applicationLoadBalancer(group.stack)) {
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
