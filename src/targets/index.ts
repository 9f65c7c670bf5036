export { assumedOfTargets, podPortsAsked } from './asked-ports.ts'
export { assumeEndpoints, type EndpointAddresses, isBacked, nodeAt, slicesByService } from './assume-endpoints.ts'
export { dnsNameOf } from './dns-name.ts'
export { domainsOf } from './domains.ts'
export {
  describeListener,
  type PodListener,
  podListener,
  podPorts
} from './pod-port.ts'
export { isLoopback, withoutUnreachable } from './reach.ts'
export { eligibleNodes, gateOf, hasPodTargets, instanceID, internalAddress, targetsOf } from './targets.ts'
export { containerPortsOf, emptyWorkloadOf, missedWorkloadOf, podPort, protocolOf } from './workload.ts'
