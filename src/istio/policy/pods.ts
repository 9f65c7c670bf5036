import { objectName, type Resources, type Service } from '../../resources/index.ts'
import { mutualTLSOf, podKindsOf, sidecarOf } from '../injection.ts'
import { policiesOfDestination } from './not-evaluated.ts'

/** What the sidecars of pods make of a connection that comes to them without the mesh, as a load balancer's does. */
export interface PodVerdict {
  /** Why they cut it. */
  refused?: string
  assumptions: string[]
  notEvaluated: string[]
}

/** Judges a connection of a load balancer's to the pods of a Service. */
export function judgePods(service: Service, podPort: number, resources: Resources): PodVerdict {
  const sidecar = sidecarOf(service, resources)
  if (sidecar === 'no') {
    return { assumptions: [], notEvaluated: [] }
  }
  const { namespace = 'default' } = service.metadata
  const labels = podKindsOf(service, resources)[0]?.labels ?? service.spec?.selector ?? {}
  const who = `the pods of ${objectName(service)}`
  const notEvaluated = service.spec?.selector ? policiesOfDestination({ namespace, labels }, who, resources) : []
  const { mode, policy } = mutualTLSOf(service, podPort, resources)
  if (mode !== 'STRICT') {
    return { assumptions: [], notEvaluated }
  }
  return {
    refused: `${objectName(policy!)} demands mutual TLS of the mesh (STRICT), which no load balancer speaks`,
    assumptions: sidecar === 'unknown' ? [`a sidecar in ${who}`] : [],
    notEvaluated
  }
}
