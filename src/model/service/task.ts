/**
 * What the building of one Service's stack works on and hands from step to step (LBC, pkg/service: defaultModelBuildTask).
 *
 * @module
 */
import type { Resources, Service } from '../../resources/index.ts'
import { namespaceOf } from '../build/cluster-objects.ts'
import { createStackTask, type StackTask } from '../build/task.ts'
import type { Environment, Subnet } from '../environment/environment.ts'
import type { ServiceIdentity } from '../stack/names.ts'
import type { LoadBalancerSpec } from '../stack/stack.ts'

export interface ServiceTask extends StackTask {
  /** The Service that has the load balancer. */
  readonly service: Service
  /** Where the load balancer has nodes, once they are chosen. */
  subnets: Subnet[]
  /** The load balancer, once it is built. */
  loadBalancer?: LoadBalancerSpec
}

export function createServiceTask(resources: Resources, environment: Environment, service: Service): ServiceTask {
  return { ...createStackTask(resources, environment), service, subnets: [] }
}

/** A Service as names are made of it. */
export function identityOf(service: Service): ServiceIdentity {
  const { name, uid = '' } = service.metadata
  return { namespace: namespaceOf(service), name, uid }
}
