import { type Configuration, sslPolicy } from '../elbv2/index.ts'
import type { EndpointAddresses } from '../targets/index.ts'

/** The load balancer as its targets see it: like all addresses here one of those kept for documentation. */
const loadBalancerAddress = '192.0.2.1'

/**
 * The load balancer as its targets meet it. To targets it speaks TLS 1.3 only where one of its listeners has a policy with it
 * (user guide: "SSL certificates for your Application Load Balancer", security policies).
 */
export function loadBalancerPeer({ listeners }: Configuration): { peer: string; maxVersion: 'TLSv1.2' | 'TLSv1.3' } {
  const isNew = listeners.some(
    ({ protocol, sslPolicy: name }) => protocol === 'HTTPS' && sslPolicy(name).maxVersion === 'TLSv1.3'
  )
  return { peer: loadBalancerAddress, maxVersion: isNew ? 'TLSv1.3' : 'TLSv1.2' }
}

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
