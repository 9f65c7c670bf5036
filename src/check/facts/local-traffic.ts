import type { Change } from '../../failure.ts'
import type { Service } from '../../resources/index.ts'
import type { FrontListener } from './front-door.ts'

/** Whether nodes without a pod of the Service drop what the listener sends them, of which kube-proxy's health check alone tells. */
export function leavesOutNodes({ spec }: Service, { targetGroup }: FrontListener): boolean {
  return spec?.externalTrafficPolicy === 'Local' && targetGroup?.targetType === 'instance'
}

/** What makes every node pass connections on. */
export function toCluster({ spec }: Service): Change[] {
  return [
    { path: ['spec', 'externalTrafficPolicy'], value: 'Cluster' },
    ...(spec?.healthCheckNodePort === undefined
      ? []
      : [{ path: ['spec', 'healthCheckNodePort'], remove: true as const }])
  ]
}
