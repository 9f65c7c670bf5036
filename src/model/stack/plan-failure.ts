import type { Finding } from '../../failure.ts'
import { type Plan, type StackPlan, stackPlansOf } from './plan.ts'
import { specsOf } from './specs.ts'

/** Whether there is a load balancer in a plan's stack: that of a group whose last member has left is empty. */
export function hasLoadBalancer({ stack }: Pick<StackPlan, 'stack'>): boolean {
  return specsOf(stack, 'loadBalancer').length + specsOf(stack, 'classicLoadBalancer').length > 0
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

/** Objects that ask for no load balancer. */
export const noLoadBalancer: Finding = {
  code: 'LOAD_BALANCER_NONE',
  severity: 'error',
  message: 'no Ingress, Service or Gateway among the objects gets a load balancer',
  hint: "name manifests with an Ingress, a Service of type LoadBalancer or a Gateway whose class is the controller's: ingressClassName: alb, loadBalancerClass: service.k8s.aws/nlb, gatewayClassName: one of gateway.k8s.aws/alb or /nlb"
}

/** Why objects have no load balancer: those of the others run, as with the controller. */
export function planFailures(plan: Plan): Finding[] {
  const plans = stackPlansOf(plan)
  const errors = [...plans.flatMap(({ error }) => error ?? []), ...plan.unloadable.map(({ error }) => error)]
  return [...new Set(errors)]
    .map(planFailed)
    .concat(errors.length === 0 && !plans.some(hasLoadBalancer) ? noLoadBalancer : [])
}
