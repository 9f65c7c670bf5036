import { Failure } from '../../failure.ts'
import {
  applicationLoadBalancer,
  type ClassicLoadBalancerSpec,
  classicLoadBalancer,
  type LoadBalancerSpec,
  type StackPlan
} from '../../model/index.ts'
import type { TracedLoadBalancer, Tracer } from '../../trace/index.ts'

/** The application load balancer of a plan; undefined where the controller makes none, or AWS refuses it, which rules tell. */
export function loadBalancerOf(tracer: Tracer, group: StackPlan | undefined): TracedLoadBalancer | undefined {
  if (!group || applicationLoadBalancer(group.stack)?.type !== 'application') {
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

/** The Network or Classic Load Balancer of a plan, which hands bytes on. */
export function networkLoadBalancerOf({ stack }: StackPlan): LoadBalancerSpec | ClassicLoadBalancerSpec | undefined {
  const spec = applicationLoadBalancer(stack)
  return spec?.type === 'network' ? spec : classicLoadBalancer(stack)
}
