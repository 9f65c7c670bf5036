/**
 * What a gateway's pods were told of the proxies in front of them.
 *
 * @module
 */

import { parse } from 'yaml'
import { istioOperators, type KubernetesObject, type Resources, type Service } from '../resources/index.ts'

/** `gatewayTopology` of a proxy configuration (istio.io/api: mesh/v1alpha1 Topology). */
export interface Topology {
  /** Default 0: nobody is believed. */
  trustedProxies: number
  /** The traffic ports demand the PROXY protocol. */
  proxyProtocol: boolean
}

interface ProxyConfig {
  gatewayTopology?: { numTrustedProxies?: number; proxyProtocol?: unknown }
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
}

/** The pod annotation whose YAML wins over the mesh's `defaultConfig`. */
const proxyConfigAnnotation = 'proxy.istio.io/config'

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

/** The objects that make pods. */
export function workloadsOf(resources: Resources): WorkloadObject[] {
  return resources
    .all()
    .filter(({ kind }) => ['Deployment', 'DaemonSet', 'StatefulSet'].includes(kind)) as WorkloadObject[]
}

/** Whether a selector chooses what carries the labels; an empty one chooses everything. */
export function selects(selector: Record<string, string> = {}, labels: Record<string, string> = {}): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value)
}

/** The mesh's configuration: of an IstioOperator, of its ConfigMap, the later over the earlier. */
export function meshConfigOf(resources: Resources): MeshConfig {
  const operators = istioOperators(resources).map(({ operator }) => operator.spec?.meshConfig ?? {})
  const configMaps = resources
    .list('ConfigMap')
    .filter(({ metadata }) => metadata.name === 'istio')
    .map(({ data }) => parseConfig((data as { mesh?: unknown } | undefined)?.mesh))
  return Object.assign({}, ...operators, ...configMaps) as MeshConfig
}

function topologiesOfOperators({ metadata: { name } }: Service, resources: Resources): ProxyConfig[] {
  return istioOperators(resources).flatMap(({ operator }) => {
    const { meshConfig, components } = operator.spec ?? {}
    const own = (components?.ingressGateways ?? [])
      .filter(component => (component.name ?? 'istio-ingressgateway') === name)
      .map(({ k8s }) => (k8s ?? {}) as { podAnnotations?: Record<string, string> })
      .map(({ podAnnotations }) => parseConfig(podAnnotations?.[proxyConfigAnnotation]) as ProxyConfig)
    return [((meshConfig as MeshConfig | undefined)?.defaultConfig ?? {}) as ProxyConfig, ...own]
  })
}

/** The topology of the pods behind a gateway Service: their annotation, else the mesh's configuration, else Istio's default. */
export function topologyOf(service: Service, resources: Resources): Topology {
  const { namespace } = service.metadata
  const configs: ProxyConfig[] = topologiesOfOperators(service, resources)
  for (const configMap of resources.list('ConfigMap')) {
    if (configMap.metadata.name === 'istio') {
      const { defaultConfig = {} } = parseConfig((configMap.data as { mesh?: unknown } | undefined)?.mesh) as MeshConfig
      configs.push(defaultConfig)
    }
  }
  for (const { metadata, spec } of workloadsOf(resources)) {
    const { labels, annotations } = spec?.template?.metadata ?? {}
    if (metadata.namespace === namespace && service.spec?.selector && selects(service.spec.selector, labels)) {
      configs.push(parseConfig(annotations?.[proxyConfigAnnotation]))
    }
  }
  const topology = Object.assign({}, ...configs.map(({ gatewayTopology }) => gatewayTopology ?? {})) as NonNullable<
    ProxyConfig['gatewayTopology']
  >
  return { trustedProxies: topology.numTrustedProxies ?? 0, proxyProtocol: topology.proxyProtocol !== undefined }
}
