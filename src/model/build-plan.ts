import type { Resources } from '../resources/index.ts'
import type { Environment } from './environment/environment.ts'
import { planGateways } from './gateway/plan-gateways.ts'
import { planIngresses } from './ingress/plan-ingresses.ts'
import { planServices } from './service/plan-services.ts'
import type { Plan } from './stack/plan.ts'

/** What would be made of a set of objects: the stack of each load balancer, or the error that keeps it from being built. */
export function buildPlan(resources: Resources, environment: Environment): Plan {
  return {
    ...planIngresses(resources, environment),
    services: planServices(resources, environment),
    gateways: planGateways(resources, environment)
  }
}
