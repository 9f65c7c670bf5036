/**
 * The pods behind a Service, as far as the objects tell: what its selector picks among the objects that make pods.
 *
 * @module
 */

import type { KubernetesObject, Resources, Service, ServicePort } from '../resources/index.ts'

interface HTTPProbe {
  httpGet?: { port?: number | string; scheme?: string }
}

interface Container {
  name?: string
  ports?: { name?: string; containerPort?: number; protocol?: string }[]
  readinessProbe?: HTTPProbe
  livenessProbe?: HTTPProbe
  startupProbe?: HTTPProbe
  restartPolicy?: string
}

interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }
  spec?: { containers?: Container[]; initContainers?: Container[] }
}

/** A port that a container says it listens on. */
export interface ContainerPort {
  container: string
  number: number
  name?: string
}

/** The kinds that make pods by a template; a Pod is one itself. */
const makers = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Rollout'])

function templateOf(object: KubernetesObject): PodTemplate | undefined {
  if (object.kind === 'Pod' && object.apiVersion === 'v1') {
    return object as unknown as PodTemplate
  }
  return makers.has(object.kind) ? (object.spec as { template?: PodTemplate } | undefined)?.template : undefined
}

function namespaceOf({ metadata }: KubernetesObject): string {
  return metadata.namespace ?? 'default'
}

/** Whether two objects are of one namespace. */
export function isBeside(one: KubernetesObject, other: KubernetesObject): boolean {
  return namespaceOf(one) === namespaceOf(other)
}

function picks(selector: Record<string, string>, labels: Record<string, string> = {}): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value)
}

/** Whether anything can stand behind a Service: an ExternalName is a name in DNS and no more. */
export function hasEndpoints({ spec }: Service): boolean {
  return spec?.type !== 'ExternalName'
}

/** What makes the pods that a Service selects; empty where it is not among the objects. */
export function templatesBehind(service: Service, resources: Resources): PodTemplate[] {
  const { selector } = service.spec ?? {}
  if (!selector || Object.keys(selector).length === 0) {
    return []
  }
  return resources
    .all()
    .filter(object => isBeside(object, service))
    .flatMap(object => templateOf(object) ?? [])
    .filter(({ metadata }) => picks(selector, metadata?.labels))
}

/** Containers that run for as long as the pod: sidecars among the init containers too. */
function containersOf({ spec }: PodTemplate): Container[] {
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  return [...(Array.isArray(spec?.containers) ? spec.containers : []), ...sidecars]
}

/** The ports that the containers behind a Service name. */
export function containerPortsOf(service: Service, resources: Resources): ContainerPort[] {
  return templatesBehind(service, resources)
    .flatMap(containersOf)
    .flatMap(({ name: container = '', ports }) =>
      (Array.isArray(ports) ? ports : []).flatMap(({ name, containerPort, protocol = 'TCP' }) =>
        protocol === 'TCP' && typeof containerPort === 'number'
          ? [{ container, number: containerPort, ...(name !== undefined && { name }) }]
          : []
      )
    )
}

/**
 * The port of a Service's pods. Kubernetes takes the Service's own number for an absent target port, and looks a name up in the
 * containers (pkg/api/v1/pod FindPort); undefined where they have none of that name. Where nobody knows the containers, the
 * Service's number is taken.
 */
export function podPort(service: Service, { port, targetPort }: ServicePort, resources: Resources): number | undefined {
  if (typeof targetPort !== 'string') {
    return targetPort ?? port
  }
  if (templatesBehind(service, resources).length === 0) {
    return port
  }
  return containerPortsOf(service, resources).find(({ name }) => name === targetPort)?.number
}

const tlsProtocols = new Set(['https', 'tls', 'kubernetes.io/https', 'kubernetes.io/wss'])
const plainProtocols = new Set(['http', 'http2', 'h2c', 'grpc', 'grpc-web', 'kubernetes.io/h2c', 'kubernetes.io/ws'])

/**
 * What is known of the protocol of a pod port: its Service's `appProtocol` says it, or a probe of the container that has it.
 * Names and numbers of ports say nothing: many applications leave TLS to the load balancer and keep `https` or 443.
 */
export function protocolOf(
  service: Service,
  port: ServicePort | number,
  resources: Resources
): { tls: boolean; because: string } | undefined {
  const appProtocol = typeof port === 'number' ? undefined : port.appProtocol?.toLowerCase()
  if (appProtocol !== undefined && (tlsProtocols.has(appProtocol) || plainProtocols.has(appProtocol))) {
    return { tls: tlsProtocols.has(appProtocol), because: `its appProtocol is ${appProtocol}` }
  }
  const number = typeof port === 'number' ? port : podPort(service, port, resources)
  for (const container of templatesBehind(service, resources).flatMap(containersOf)) {
    const names = (container.ports ?? []).flatMap(one => (one.containerPort === number && one.name ? [one.name] : []))
    for (const probe of [container.readinessProbe, container.livenessProbe, container.startupProbe]) {
      const { port: probed, scheme = 'HTTP' } = probe?.httpGet ?? {}
      if (probed !== undefined && (probed === number || names.includes(String(probed)))) {
        const tls = scheme.toUpperCase() === 'HTTPS'
        return { tls, because: `a probe of container ${container.name} asks it over ${tls ? 'HTTPS' : 'HTTP'}` }
      }
    }
  }
  return undefined
}

/** Whether Istio's sidecar is injected into the pods behind a Service, by their label or their namespace's. */
export function hasSidecar(service: Service, resources: Resources): boolean {
  const namespace = resources.find('Namespace', namespaceOf(service))?.metadata.labels ?? {}
  const byNamespace = namespace['istio-injection'] === 'enabled' || namespace['istio.io/rev'] !== undefined
  return templatesBehind(service, resources).some(({ metadata }) => {
    const inject = metadata?.labels?.['sidecar.istio.io/inject'] ?? metadata?.annotations?.['sidecar.istio.io/inject']
    return inject === undefined ? byNamespace : inject === 'true'
  })
}

/** The Services whose pods are a Service's too: the same selector, or a selector that picks what makes the same pods. */
export function servicesOfSamePods(service: Service, resources: Resources): Service[] {
  const { selector } = service.spec ?? {}
  if (!selector || Object.keys(selector).length === 0) {
    return []
  }
  const templates = new Set(templatesBehind(service, resources))
  return resources
    .list('Service')
    .filter(other => other !== service && hasEndpoints(other) && isBeside(other, service))
    .filter(other => {
      const theirs = other.spec?.selector ?? {}
      if (Object.keys(theirs).length === 0) {
        return false
      }
      const same = Object.keys(theirs).length === Object.keys(selector).length && picks(selector, theirs)
      return same || templatesBehind(other, resources).some(template => templates.has(template))
    })
}
