export { assumedOfTargets, configurationOf, podPortsAsked } from './asked-ports.ts'
export { assumeEndpoints, type EndpointAddresses, isBacked, nodeAt, slicesByService } from './assume-endpoints.ts'
export { dnsNameOf } from './dns-name.ts'
export { domainsOf } from './domains.ts'
export {
  agentPort,
  describeListener,
  type PodListener,
  podListener,
  podPorts,
  statusPort
} from './pod-port.ts'
export { isLoopback, withoutUnreachable } from './reach.ts'
export { eligibleNodes, gateOf, hasPodTargets, instanceID, servicesOfTargetGroups, targetsOf } from './targets.ts'
export { hasEndpoints, podPort, protocolOf } from './workload.ts'
