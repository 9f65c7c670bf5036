import type { Finding } from '../../failure.ts'
import type { GroupPlan, Plan } from './plan.ts'

/** Whether a group has a load balancer: a stack, and a member that it is for. */
export function hasLoadBalancer({ stack, members }: GroupPlan): boolean {
  return stack !== undefined && members.length > 0
}

/** What the controller would say of a group that it cannot plan. */
export function planFailed(message: string): Finding {
  return {
    code: 'PLAN_FAILED',
    severity: 'error',
    message,
    hint: 'the controller would say the same in an event; mend it and run again'
  }
}

/** Objects without an Ingress of the controller's. */
export const noLoadBalancer: Finding = {
  code: 'LOAD_BALANCER_NONE',
  severity: 'error',
  message: 'no Ingress among the objects gets a load balancer',
  hint: "name manifests with an Ingress whose class is the controller's, such as ingressClassName: alb"
}

/** Why groups and Ingresses have no load balancer: those of the others run, as with the controller. */
export function planFailures({ groups, unloadable }: Plan): Finding[] {
  const errors = [...groups.flatMap(({ error }) => error ?? []), ...unloadable.map(({ error }) => error)]
  return [...new Set(errors)]
    .map(planFailed)
    .concat(errors.length === 0 && !groups.some(hasLoadBalancer) ? noLoadBalancer : [])
}
