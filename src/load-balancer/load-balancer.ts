import type { LoadBalancer, LoadBalancerOptions, LoadBalancerType } from '../elbv2/index.ts'
import { ApplicationLoadBalancer } from './application-load-balancer.ts'
import { NetworkLoadBalancer } from './network/network-load-balancer.ts'

/**
 * Makes a load balancer that listens nowhere yet; `apply` gives it its configuration.
 *
 * @param type of the stack's load balancers that it is to be; default `application`.
 */
export function createLoadBalancer(options: LoadBalancerOptions, type: LoadBalancerType = 'application'): LoadBalancer {
  return type === 'network' ? new NetworkLoadBalancer(options) : new ApplicationLoadBalancer(options)
}
