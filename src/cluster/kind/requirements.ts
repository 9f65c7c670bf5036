/** What an edge in kind needs before anything is made: tools, a load balancer among the values, definitions of kinds. */

import { Failure, usageFailure } from '../../failure.ts'
import { findHelm } from '../../render/index.ts'
import type { KubernetesObject } from '../../resources/index.ts'
import { missingTools } from '../tool.ts'
import { controllerGatewayAPI, type Definitions, gatewayAPI } from './definitions.ts'
import { isAPIGateway, isLoadBalancerGateway } from './gateway-api.ts'
import type { ChartEdges } from './istio.ts'

/** The tools that an edge in kind needs beside helm, which the render finds or brings. */
const tools = ['docker', 'kind', 'kubectl', 'istioctl'] as const

/** @throws Failure exit 3 with everything that is missing. */
export async function requireEverything(): Promise<void> {
  const findings = await missingTools(tools)
  await findHelm().catch((error: unknown) => {
    if (!(error instanceof Failure)) {
      throw error
    }
    findings.push(...error.findings)
  })
  if (findings.length > 0) {
    throw new Failure(3, findings)
  }
}

/** @throws Failure exit 2 where the values ask for no load balancer at all. */
export function requireLoadBalancer({ loadBalancers }: ChartEdges): void {
  if (loadBalancers.every(type => type === 'none')) {
    throw usageFailure({
      code: 'LOAD_BALANCER_NONE',
      message: 'the values ask for no load balancer, so there is none to bring up',
      path: 'loadBalancer.type',
      expected: 'application, network or classic',
      actual: 'none',
      hint: 'set loadBalancer.type to application'
    })
  }
}

/** What brings kinds that the chart's objects are of, and the value that asks for them. */
export function neededDefinitions(objects: readonly KubernetesObject[]): { needed: Definitions[]; path: string } {
  return objects.some(isLoadBalancerGateway)
    ? { needed: [gatewayAPI, controllerGatewayAPI], path: 'loadBalancer.api' }
    : { needed: objects.some(isAPIGateway) ? [gatewayAPI] : [], path: 'gateway.provider' }
}
