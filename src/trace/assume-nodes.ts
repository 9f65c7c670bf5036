import type { Resources } from '../resources/index.ts'
import { endpointSliceOf, nodeAt } from '../targets/index.ts'

/** The load balancer as its targets see it: like all addresses here one of those kept for documentation. */
export const loadBalancerAddress = '192.0.2.1'
const nodeAddresses = ['192.0.2.11', '192.0.2.12']
const podAddress = '192.0.2.21'

/** Adds nodes and pods where there are none, as manifests seldom hold them; and says so. */
export function assumeNodes(resources: Resources, region: string): { resources: Resources; assumptions: string[] } {
  if (resources.list('Node').length > 0) {
    return { resources, assumptions: [] }
  }
  const slices =
    resources.list('EndpointSlice').length > 0
      ? []
      : resources.list('Service').map(service => endpointSliceOf(service, podAddress))
  return {
    resources: resources.with([...nodeAddresses.map((address, index) => nodeAt(address, index, region)), ...slices]),
    assumptions: [`${nodeAddresses.length} ready nodes, and a ready pod behind each Service`]
  }
}
