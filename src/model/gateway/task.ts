import type { Resources } from '../../resources/index.ts'
import { keyOf, namespaceOf } from '../build/cluster-objects.ts'
import { createStackTask, type StackTask } from '../build/task.ts'
import type { Environment, Subnet } from '../environment/environment.ts'
import type { ServiceIdentity } from '../stack/names.ts'
import type { RuleSource } from '../stack/plan.ts'
import type { FrontendTargetGroup, LoadBalancerSpec } from '../stack/stack.ts'
import { gatewayControllers, type OwnGateway } from './configuration/gateway-class.ts'
import type { GatewayConfiguration } from './configuration/gateway-configuration.ts'
import type { LoadedRoutes } from './route/load-routes.ts'

/** What the building of one Gateway's stack works on and hands from step to step (LBC: baseModelBuilder). */
export interface GatewayTask extends StackTask {
  readonly own: OwnGateway
  readonly type: LoadBalancerSpec['type']
  readonly configuration: GatewayConfiguration
  readonly routes: LoadedRoutes
  readonly ruleSources: Map<string, RuleSource>
  /** Target groups that lead to another Gateway's load balancer, by name. */
  readonly frontend: Record<string, FrontendTargetGroup>
  /** Subnets of the load balancer, once they are chosen. */
  subnets: Subnet[]
  /** The load balancer, once it is built. */
  loadBalancer?: LoadBalancerSpec
}

export function createTask(
  resources: Resources,
  environment: Environment,
  own: OwnGateway,
  configuration: GatewayConfiguration,
  routes: LoadedRoutes
): GatewayTask {
  return {
    ...createStackTask(resources, environment),
    own,
    type: gatewayControllers[own.controller],
    configuration,
    routes,
    ruleSources: new Map(),
    frontend: {},
    subnets: []
  }
}

/** `namespace/name` of the Gateway: the stack's ID. */
export function gatewayKey({ own }: Pick<GatewayTask, 'own'>): string {
  return keyOf(own.gateway)
}

/** The Gateway as names are made of it. */
export function identityOf({ own }: Pick<GatewayTask, 'own'>): ServiceIdentity {
  const { metadata } = own.gateway
  return { namespace: namespaceOf(own.gateway), name: metadata.name, uid: metadata.uid ?? '' }
}
