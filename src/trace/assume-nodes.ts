import type { EndpointAddresses } from '../targets/index.ts'

/** The load balancer as its targets see it: like all addresses here one of those kept for documentation. */
export const loadBalancerAddress = '192.0.2.1'

/** The last of the documentation's addresses that pods get; those of more pods are of the network kept for benchmarks. */
const documented = 200

/** Where nodes and pods are that are not among the objects. */
export const assumedAddresses: EndpointAddresses = {
  nodes: ['192.0.2.11', '192.0.2.12'],
  podAt: index =>
    index < documented
      ? `192.0.2.${21 + index}`
      : `198.18.${((index - documented) >> 8) & 255}.${(index - documented) & 255}`
}
