export { dnsNameOf } from './dns-name.ts'
export { domainsOf } from './domains.ts'
export { endpointSliceOf, nodeAt, podPort } from './embedded-objects.ts'
export { eligibleNodes, gateOf, hasPodTargets, instanceID, targetsOf } from './targets.ts'
