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

const knownPodKinds = new WeakMap<Resources, ReadonlyMap<string, PodKind[]>>()

/** What pods of a namespace with a label are found by. */
function labelled(namespace = 'default', key: string, value: string): string {
  return `${namespace} ${key}=${value}`
}

/** The kinds of pods that are among the objects, by namespace and each of their labels. */
function podKindsByLabel(resources: Resources): ReadonlyMap<string, PodKind[]> {
  const known = knownPodKinds.get(resources)
  if (known) {
    return known
  }
  const made = workloadsOf(resources).map(workload => ({ object: workload, kind: podKindOf(workload) }))
  const pods = (resources.list('Pod') as PodObject[]).map(object => ({
    object,
    kind: {
      labels: object.metadata.labels ?? {},
      annotations: object.metadata.annotations ?? {},
      hasProxy: object.spec?.containers?.some(({ name }) => name === 'istio-proxy') ?? false,
      replicas: 1
    }
  }))
  const byLabel = new Map<string, PodKind[]>()
  for (const { object, kind } of [...made, ...pods]) {
    for (const [key, value] of Object.entries(kind.labels)) {
      const label = labelled(object.metadata.namespace, key, value)
      const alike = byLabel.get(label) ?? []
      alike.push(kind)
      byLabel.set(label, alike)
    }
  }
  knownPodKinds.set(resources, byLabel)
  return byLabel
}

/** The kinds of pods that a Service selects, as far as what makes them is among the objects. */
export function podKindsOf({ metadata, spec }: Service, resources: Resources): PodKind[] {
  const { selector = {} } = spec ?? {}
  const [pair] = Object.entries(selector)
  if (!pair) {
    return []
  }
  const alike = podKindsByLabel(resources).get(labelled(metadata.namespace, ...pair)) ?? []
  return alike.filter(({ labels }) => selects(selector, labels))
}

const injectKey = 'sidecar.istio.io/inject'

/** Ports of an annotation of Istio's; a star for all. */
function portsOf(text: string): string[] {
  return text.split(',').map(port => port.trim())
}

/**
 * Whether connections to a port of a Service's pods go around their sidecar (Istio: the annotations of traffic.sidecar.istio.io).
 */
export function bypassesSidecar(service: Service, podPort: number, resources: Resources): boolean {
  const annotations: Record<string, string> = podKindsOf(service, resources)[0]?.annotations ?? {}
  const excluded = portsOf(annotations['traffic.sidecar.istio.io/excludeInboundPorts'] ?? '')
  const included = portsOf(annotations['traffic.sidecar.istio.io/includeInboundPorts'] ?? '*')
  return excluded.includes(String(podPort)) || !(included.includes('*') || included.includes(String(podPort)))
}

/** Label of namespaces and pods that says whether the node's proxy takes their connections (istio.io: Ambient, Add workloads). */
const ambientKey = 'istio.io/dataplane-mode'

function namespaceOf({ metadata }: Service, resources: Resources): KubernetesObject | undefined {
  return resources.list('Namespace').find(({ metadata: { name } }) => name === (metadata.namespace ?? 'default'))
}

/** What takes the connections of a Service's pods: a sidecar, the node's proxy, nothing; `unknown` where the objects say nothing. */
export function proxyOf(service: Service, resources: Resources): 'sidecar' | 'ambient' | 'no' | 'unknown' {
  const sidecar = sidecarOf(service, resources)
  const asked =
    podKindsOf(service, resources)[0]?.labels[ambientKey] ??
    namespaceOf(service, resources)?.metadata.labels?.[ambientKey]
  // A pod with a sidecar keeps it.
  return sidecar === 'yes' ? 'sidecar' : asked === 'ambient' ? 'ambient' : asked === 'none' ? 'no' : sidecar
}

/** `unknown` where the objects say nothing. */
function sidecarOf(service: Service, resources: Resources): 'yes' | 'no' | 'unknown' {
  const kinds = podKindsOf(service, resources)
  const namespace = namespaceOf(service, resources)
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

/** What pods demand of their callers on a port, and what says so. */
export interface MutualTLS {
  mode: string
  policy?: KubernetesObject
  /** Where the policy says it. */
  path?: (string | number)[]
}

/** The mode of mutual TLS that the proxies of a Service's pods demand on a port of theirs. */
export function mutualTLSOf(service: Service, podPort: number, resources: Resources): MutualTLS {
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
    return { mode: ofPort, policy: levels[0]!, path: ['spec', 'portLevelMtls', String(podPort), 'mode'] }
  }
  const policy = levels.find(({ spec }) => spec?.mtls?.mode && spec.mtls.mode !== 'UNSET')
  return policy ? { mode: policy.spec!.mtls!.mode!, policy, path: ['spec', 'mtls', 'mode'] } : { mode: 'PERMISSIVE' }
}
