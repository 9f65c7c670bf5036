export { type BindingOptions, bindingOf, defaultPortOffset } from './binding.ts'
export { dnsNameOf } from './dns-name.ts'
export { EmbeddedCluster, type EmbeddedClusterOptions } from './embedded/embedded-cluster.ts'
export { eligibleNodes, instanceID, targetsOf } from './targets.ts'
