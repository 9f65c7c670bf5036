/**
 * Whether pods have a sidecar, as far as the objects tell (Istio: pkg/kube/inject), and what those that have one demand of
 * their callers.
 *
 * @module
 */

import type { KubernetesObject, Resources, Service } from '../resources/index.ts'
import { byAge } from './istio.ts'
import { whyRefused } from './refusal.ts'
import { meshConfigOf, selects, type WorkloadObject, workloadsOf } from './topology.ts'

export interface PodKind {
  labels: Record<string, string>
  annotations: Record<string, string>
  hasProxy: boolean
  replicas: number
}

function podKindOf({ spec }: WorkloadObject): PodKind {
  const { metadata = {}, spec: pod } = spec?.template ?? {}
  return {
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    hasProxy: pod?.containers?.some(({ name }) => name === 'istio-proxy') ?? false,
    replicas: spec?.replicas ?? 1
  }
}

interface PodObject extends KubernetesObject {
  spec?: { containers?: { name?: string }[] }
}

/** The kinds of pods that a Service selects, as far as what makes them is among the objects. */
export function podKindsOf({ metadata, spec }: Service, resources: Resources): PodKind[] {
  const { selector } = spec ?? {}
  if (!selector || Object.keys(selector).length === 0) {
    return []
  }
  const own = metadata.namespace ?? 'default'
  const made = workloadsOf(resources)
    .filter(workload => (workload.metadata.namespace ?? 'default') === own)
    .map(podKindOf)
  const pods = (resources.list('Pod') as PodObject[])
    .filter(pod => (pod.metadata.namespace ?? 'default') === own)
    .map(({ metadata: { labels = {}, annotations = {} }, spec: pod }) => ({
      labels,
      annotations,
      hasProxy: pod?.containers?.some(({ name }) => name === 'istio-proxy') ?? false,
      replicas: 1
    }))
  return [...made, ...pods].filter(({ labels }) => selects(selector, labels))
}

const injectKey = 'sidecar.istio.io/inject'

/** `unknown` where the objects say nothing. */
export function sidecarOf(service: Service, resources: Resources): 'yes' | 'no' | 'unknown' {
  const kinds = podKindsOf(service, resources)
  const own = service.metadata.namespace ?? 'default'
  const namespace = resources.list('Namespace').find(({ metadata }) => metadata.name === own)
  const { labels = {} } = namespace?.metadata ?? {}
  const ofNamespace =
    labels['istio-injection'] === 'disabled'
      ? 'no'
      : labels['istio-injection'] === 'enabled' || labels['istio.io/rev']
        ? 'yes'
        : namespace
          ? 'no'
          : 'unknown'
  const [first] = kinds
  if (!first) {
    return ofNamespace
  }
  if (first.hasProxy) {
    return 'yes'
  }
  const asked = first.labels[injectKey] ?? first.annotations[injectKey]
  if (asked !== undefined) {
    return asked === 'true' && labels['istio-injection'] !== 'disabled' ? 'yes' : 'no'
  }
  return first.labels['istio.io/rev'] ? 'yes' : ofNamespace
}

interface PeerAuthentication extends KubernetesObject {
  spec?: {
    selector?: { matchLabels?: Record<string, string> }
    mtls?: { mode?: string }
    portLevelMtls?: Record<string, { mode?: string }>
  }
}

/** The mode of mutual TLS that the sidecars of a Service's pods demand on a port of theirs, and the object that says so. */
export function mutualTLSOf(
  service: Service,
  podPort: number,
  resources: Resources
): { mode: string; policy?: KubernetesObject } {
  const own = service.metadata.namespace ?? 'default'
  const root = meshConfigOf(resources).rootNamespace ?? 'istio-system'
  const labels = podKindsOf(service, resources)[0]?.labels ?? service.spec?.selector ?? {}
  const policies = (resources.list('PeerAuthentication') as PeerAuthentication[])
    .filter(policy => whyRefused(policy).length === 0)
    .sort(byAge)
  function find(namespace: string, isForWorkload: boolean): PeerAuthentication | undefined {
    return policies.find(({ metadata, spec }) => {
      const selector = spec?.selector?.matchLabels
      const selective = Object.keys(selector ?? {}).length > 0
      return (
        (metadata.namespace ?? 'default') === namespace &&
        selective === isForWorkload &&
        (!isForWorkload || selects(selector, labels))
      )
    })
  }
  const levels = [find(own, true), find(own, false), find(root, false)].filter(level => level !== undefined)
  const ofPort = levels[0]?.spec?.portLevelMtls?.[String(podPort)]?.mode
  if (ofPort && ofPort !== 'UNSET') {
    return { mode: ofPort, policy: levels[0]! }
  }
  const policy = levels.find(({ spec }) => spec?.mtls?.mode && spec.mtls.mode !== 'UNSET')
  return policy ? { mode: policy.spec!.mtls!.mode!, policy } : { mode: 'PERMISSIVE' }
}
