import type { LoadBalancerDescription } from '../elbv2/index.ts'
import type { TracedTarget } from './load-balancer.ts'

/**
 * The targets of a target group as a running load balancer tells of them; undefined where none does.
 *
 * @param id of the target group.
 */
export function observedTargets(
  description: LoadBalancerDescription | undefined,
  id: string
): Omit<TracedTarget, 'candidate'>[] | undefined {
  return description?.targetGroups
    .find(group => group.id === id)
    ?.targets.map(({ target, healthCheckPort, state, reason, description: text }) => ({
      target,
      healthCheckPort,
      health: { state, ...(reason && { reason }), ...(text && { description: text }) }
    }))
}
