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

interface WorkloadObject extends KubernetesObject {
  spec?: {
    template?: { metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> } }
  }
}

/** The objects that make pods. */
export function workloadsOf(resources: Resources): WorkloadObject[] {
  return resources.all().filter(({ kind }) => kind === 'Deployment' || kind === 'DaemonSet') as WorkloadObject[]
}

/** Whether a selector chooses what carries the labels; an empty one chooses everything. */
export function selects(selector: Record<string, string> = {}, labels: Record<string, string> = {}): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value)
}

/** The topology of the pods behind a gateway Service: their annotation, else the mesh's configuration, else Istio's default. */
export function topologyOf(service: Service, resources: Resources): Topology {
  const { name, namespace } = service.metadata
  const configs: ProxyConfig[] = []
  for (const { operator } of istioOperators(resources)) {
    const { meshConfig, components } = operator.spec ?? {}
    configs.push(((meshConfig as { defaultConfig?: ProxyConfig } | undefined)?.defaultConfig ?? {}) as ProxyConfig)
    for (const component of components?.ingressGateways ?? []) {
      if ((component.name ?? 'istio-ingressgateway') === name) {
        const { podAnnotations } = (component.k8s ?? {}) as { podAnnotations?: Record<string, string> }
        configs.push(parseConfig(podAnnotations?.[proxyConfigAnnotation]))
      }
    }
  }
  for (const configMap of resources.list('ConfigMap')) {
    if (configMap.metadata.name === 'istio') {
      configs.push(
        (parseConfig((configMap.data as { mesh?: unknown } | undefined)?.mesh).defaultConfig ?? {}) as ProxyConfig
      )
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
