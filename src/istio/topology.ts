/**
 * What a gateway's pods were told of the proxies in front of them.
 *
 * @module
 */

import { parse } from 'yaml'
import {
  gatewayOfService,
  istioOperators,
  type KubernetesObject,
  madeAnnotations,
  objectName,
  overlaysOf,
  type Resources,
  type Service
} from '../resources/index.ts'

/** `gatewayTopology` of a proxy configuration (istio.io/api: mesh/v1alpha1 Topology). */
export interface Topology {
  /** Default 0: nobody is believed. */
  trustedProxies: number
  /** Whether the traffic ports demand the PROXY protocol; `unknown` where what makes the pods is not among the objects. */
  proxyProtocol: boolean | 'unknown'
  /** What would say how many proxies are trusted and is not among the objects, where nothing that is there says it. */
  unknown?: string
}

interface ProxyConfig {
  gatewayTopology?: { numTrustedProxies?: number; proxyProtocol?: unknown }
}

/** Who else may be asked about requests, or told of them; of the kinds those that decide whether a request may pass. */
export interface ExtensionProvider {
  name?: string
  envoyExtAuthzHttp?: unknown
  envoyExtAuthzGrpc?: unknown
}

/** What of the mesh's configuration decides on requests (istio.io/api: mesh/v1alpha1 MeshConfig). */
export interface MeshConfig {
  defaultConfig?: ProxyConfig
  pathNormalization?: { normalization?: string }
  rootNamespace?: string
  ingressClass?: string
  ingressControllerMode?: string
  ingressSelector?: string
  ingressService?: string
  extensionProviders?: ExtensionProvider[]
}

/** The pod annotation whose YAML wins over the mesh's `defaultConfig`. */
const proxyConfigAnnotation = 'proxy.istio.io/config'

/** The name of the gateway that an IstioOperator makes unless it says another. */
const defaultGateway = 'istio-ingressgateway'

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Text that is no YAML configures nothing: the gateway would refuse to start, which is for a check to say. */
function parseConfig(text: unknown): Record<string, unknown> {
  if (typeof text !== 'string') {
    return {}
  }
  try {
    const value: unknown = parse(text)
    return isMapping(value) ? value : {}
  } catch {
    return {}
  }
}

interface Mount {
  name?: string
  mountPath?: string
}

export interface WorkloadObject extends KubernetesObject {
  spec?: {
    replicas?: number
    template?: {
      metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }
      spec?: { containers?: { name?: string; image?: string; volumeMounts?: Mount[] }[]; volumes?: unknown[] }
    }
  }
}

const workloadKinds = new Set(['Deployment', 'DaemonSet', 'StatefulSet'])

interface Workloads {
  all: readonly WorkloadObject[]
  /** Those whose pods have a label, by `key=value`. */
  byLabel: ReadonlyMap<string, WorkloadObject[]>
}

const knownWorkloads = new WeakMap<Resources, Workloads>()

function readWorkloads(resources: Resources): Workloads {
  const all = resources.all().filter(({ kind }) => workloadKinds.has(kind)) as WorkloadObject[]
  const byLabel = new Map<string, WorkloadObject[]>()
  for (const workload of all) {
    for (const [key, value] of Object.entries(workload.spec?.template?.metadata?.labels ?? {})) {
      const label = `${key}=${value}`
      const alike = byLabel.get(label) ?? []
      alike.push(workload)
      byLabel.set(label, alike)
    }
  }
  return { all, byLabel }
}

/** Looked for once, as every Service asks. */
function knownWorkloadsOf(resources: Resources): Workloads {
  const known = knownWorkloads.get(resources) ?? readWorkloads(resources)
  knownWorkloads.set(resources, known)
  return known
}

/** The objects that make pods. */
export function workloadsOf(resources: Resources): readonly WorkloadObject[] {
  return knownWorkloadsOf(resources).all
}

/** The first object that makes pods which a selector chooses, of those that `isOf` takes. */
export function firstMaker(
  selector: Record<string, string>,
  resources: Resources,
  isOf: (workload: WorkloadObject) => boolean = () => true
): WorkloadObject | undefined {
  const { all, byLabel } = knownWorkloadsOf(resources)
  const [pair] = Object.entries(selector)
  const candidates = pair ? (byLabel.get(`${pair[0]}=${pair[1]}`) ?? []) : all
  return candidates.find(one => isOf(one) && selects(selector, one.spec?.template?.metadata?.labels))
}

/** Whether a selector chooses what carries the labels; an empty one chooses everything. */
export function selects(selector: Record<string, string> = {}, labels: Record<string, string> = {}): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value)
}

/** Label of pods, and of namespaces for theirs, with the revision of istiod that configures them. */
const revisionLabel = 'istio.io/rev'

/**
 * The ConfigMap with the mesh's configuration: that of a revision is `istio-REVISION`, of the default one `istio` (Istio:
 * getMeshConfigMapName). Where a revision is not known, the only one that is there counts; of several none.
 */
export function meshConfigMapOf(resources: Resources, revision?: string): KubernetesObject | undefined {
  const found = resources
    .list('ConfigMap')
    .filter(
      ({ metadata: { name }, data }) =>
        (name === 'istio' || name.startsWith('istio-')) &&
        typeof (data as { mesh?: unknown } | undefined)?.mesh === 'string'
    )
  const wanted = revision === undefined || revision === 'default' ? 'istio' : `istio-${revision}`
  const named = found.find(({ metadata }) => metadata.name === wanted)
  return named ?? (revision === undefined && found.length === 1 ? found[0] : undefined)
}

function meshOf(configMap: KubernetesObject | undefined): MeshConfig {
  return parseConfig((configMap?.data as { mesh?: unknown } | undefined)?.mesh) as MeshConfig
}

const knownMeshes = new WeakMap<Resources, MeshConfig>()

/** The mesh's configuration: of an IstioOperator, of its ConfigMap, the later over the earlier; read once, as every policy asks. */
export function meshConfigOf(resources: Resources): MeshConfig {
  const known = knownMeshes.get(resources) ?? readMeshConfig(resources)
  knownMeshes.set(resources, known)
  return known
}

function readMeshConfig(resources: Resources): MeshConfig {
  const operators = istioOperators(resources).map(({ operator }) => operator.spec?.meshConfig ?? {})
  return Object.assign({}, ...operators, meshOf(meshConfigMapOf(resources))) as MeshConfig
}

/** The workload that makes the pods behind a Service. */
function makerOf({ metadata: { namespace }, spec }: Service, resources: Resources): WorkloadObject | undefined {
  const { selector } = spec ?? {}
  return selector && Object.keys(selector).length > 0
    ? firstMaker(selector, resources, one => one.metadata.namespace === namespace)
    : undefined
}

/** The revision that configures the pods behind a Service: their own label's, else their namespace's. */
export function revisionOf(service: Service, resources: Resources): string | undefined {
  const own = makerOf(service, resources)?.spec?.template?.metadata?.labels?.[revisionLabel]
  return own ?? resources.find('Namespace', service.metadata.namespace ?? 'default')?.metadata.labels?.[revisionLabel]
}

/** The pod annotations that an IstioOperator gives a gateway; undefined where no operator makes it. */
function operatorConfigs({ metadata: { name } }: Service, resources: Resources): ProxyConfig[] | undefined {
  const made = istioOperators(resources).flatMap(({ operator }) => {
    const components = operator.spec?.components?.ingressGateways ?? []
    const own = components.filter(component => (component.name ?? defaultGateway) === name)
    return own.length === 0 && name === defaultGateway ? [{}] : own
  })
  return made.length === 0
    ? undefined
    : made.map(({ k8s }) => {
        const { podAnnotations } = (k8s ?? {}) as { podAnnotations?: Record<string, string> }
        return parseConfig(podAnnotations?.[proxyConfigAnnotation]) as ProxyConfig
      })
}

/** What istiod writes on the pods that it makes for a Gateway of the Gateway API: the Gateway's annotations, and its parameters'. */
function gatewayAPIConfigs(service: Service, resources: Resources): ProxyConfig[] {
  const gateway = gatewayOfService(service, resources)
  if (!gateway) {
    return []
  }
  const overlaid = overlaysOf(gateway, 'deployment', resources).map(
    ({ spec }) => (spec as WorkloadObject['spec'])?.template?.metadata?.annotations
  )
  const annotations: Record<string, string> = Object.assign(madeAnnotations(gateway), ...overlaid)
  return [parseConfig(annotations[proxyConfigAnnotation]) as ProxyConfig]
}

/**
 * The topology of the pods behind a gateway Service: their annotation, else the mesh's configuration, else Istio's default. Where
 * one of the two is not among the objects and the other says nothing, the default is no more than assumed.
 */
export function topologyOf(service: Service, resources: Resources): Topology {
  const maker = makerOf(service, resources)
  const operated = operatorConfigs(service, resources)
  const ofPods = [
    ...(operated ?? []),
    ...gatewayAPIConfigs(service, resources),
    ...(maker ? [parseConfig(maker.spec?.template?.metadata?.annotations?.[proxyConfigAnnotation]) as ProxyConfig] : [])
  ]
  const configMap = meshConfigMapOf(resources, revisionOf(service, resources))
  const operators = istioOperators(resources).map(({ operator }) => (operator.spec?.meshConfig ?? {}) as MeshConfig)
  const ofMesh = [...operators, ...(configMap ? [meshOf(configMap)] : [])].map(
    ({ defaultConfig = {} }) => defaultConfig
  )
  const topology = Object.assign(
    {},
    ...[...ofMesh, ...ofPods].map(({ gatewayTopology }) => gatewayTopology ?? {})
  ) as NonNullable<ProxyConfig['gatewayTopology']>
  const missing = [
    ...(ofPods.length === 0 ? [`what makes the pods of ${objectName(service)}`] : []),
    ...(ofMesh.length === 0 ? ["the mesh's configuration (ConfigMap istio, or an IstioOperator)"] : [])
  ]
  return {
    trustedProxies: topology.numTrustedProxies ?? 0,
    proxyProtocol: topology.proxyProtocol !== undefined || (ofPods.length === 0 && 'unknown'),
    ...(topology.numTrustedProxies === undefined && missing.length > 0 && { unknown: missing.join(' and ') })
  }
}
