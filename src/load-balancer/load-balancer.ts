import type { LoadBalancer, LoadBalancerOptions, LoadBalancerType } from '../elbv2/index.ts'
import { ApplicationLoadBalancer } from './application-load-balancer.ts'
import { ClassicLoadBalancer } from './classic/classic-load-balancer.ts'
import { NetworkLoadBalancer } from './network/network-load-balancer.ts'

/**
 * Makes a load balancer that listens nowhere yet; `apply` gives it its configuration.
 *
 * @param type of the stack's load balancers that it is to be; default `application`.
 */
export function createLoadBalancer(options: LoadBalancerOptions, type: LoadBalancerType = 'application'): LoadBalancer {
  const kinds = { application: ApplicationLoadBalancer, network: NetworkLoadBalancer, classic: ClassicLoadBalancer }
  return new kinds[type](options)
}
