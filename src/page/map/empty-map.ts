import type { EdgeMap } from '../contract.ts'

/** The map of nothing: before there is any load balancer, on either side. */
export const emptyMap: EdgeMap = {
  loadBalancers: [],
  nodes: [],
  links: [],
  findings: [],
  assumptions: [],
  failures: [],
  manifests: {}
}
