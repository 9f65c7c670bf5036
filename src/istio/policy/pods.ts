import { type KubernetesObject, objectName, type Resources, type Service } from '../../resources/index.ts'
import { bypassesSidecar, mutualTLSOf, podKindsOf, proxyOf } from '../injection.ts'
import { policiesOfDestination } from './not-evaluated.ts'

/** What the proxies of pods make of a connection that comes to them without the mesh, as a load balancer's does. */
export interface PodVerdict {
  /** Why they cut it. */
  refused?: string
  assumptions: string[]
  notEvaluated: string[]
}

/** A policy by which pods cut connections that are not of the mesh. */
export interface StrictTLS {
  policy: KubernetesObject
  path: (string | number)[]
  /** Whether the pods have a proxy that holds them to it, or nobody knows. */
  isSure: boolean
  /** The proxy, in words. */
  proxy: string
}

/** The policy by which the pods of a Service cut plain connections to a port of theirs; undefined where they take them. */
export function strictTLSOf(service: Service, podPort: number, resources: Resources): StrictTLS | undefined {
  const proxy = proxyOf(service, resources)
  const { mode, policy, path } = mutualTLSOf(service, podPort, resources)
  const isAround = proxy !== 'ambient' && bypassesSidecar(service, podPort, resources)
  if (proxy === 'no' || mode !== 'STRICT' || isAround) {
    return undefined
  }
  return {
    policy: policy!,
    path: path!,
    isSure: proxy !== 'unknown',
    proxy: proxy === 'ambient' ? "the node's proxy (ztunnel)" : 'their sidecar'
  }
}

/** Judges a connection of a load balancer's to the pods of a Service. */
export function judgePods(service: Service, podPort: number, resources: Resources): PodVerdict {
  const proxy = proxyOf(service, resources)
  if (proxy === 'no') {
    return { assumptions: [], notEvaluated: [] }
  }
  const { namespace = 'default' } = service.metadata
  const labels = podKindsOf(service, resources)[0]?.labels ?? service.spec?.selector ?? {}
  const who = `the pods of ${objectName(service)}`
  const notEvaluated = service.spec?.selector ? policiesOfDestination({ namespace, labels }, who, resources) : []
  const strict = strictTLSOf(service, podPort, resources)
  if (!strict) {
    return { assumptions: [], notEvaluated }
  }
  return {
    refused: `${objectName(strict.policy)} demands mutual TLS of the mesh (STRICT), which no load balancer speaks`,
    assumptions: strict.isSure ? [] : [`a sidecar in ${who}`],
    notEvaluated
  }
}
