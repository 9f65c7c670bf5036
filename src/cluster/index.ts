export { EmbeddedCluster, type EmbeddedClusterOptions } from './embedded/embedded-cluster.ts'
export { eligibleNodes, instanceID, targetsOf } from './targets.ts'
