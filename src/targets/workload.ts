/**
 * The pods behind a Service, as far as the objects tell: what its selector picks among the objects that make pods.
 *
 * @module
 */

import { nearestName } from '../nearest-name.ts'
import {
  type KubernetesObject,
  objectName,
  type Resources,
  type Service,
  type ServicePort
} from '../resources/index.ts'

/** Of the objects that make pods no more is known than that they are YAML: each level may be anything. */
type Fields = Record<string, unknown>

interface PodTemplate {
  labels: Record<string, unknown>
  annotations: Record<string, unknown>
  /** Those that run for as long as the pod: sidecars among the init containers too. */
  containers: Fields[]
  /** What makes the pods; a Pod is one itself. */
  maker: KubernetesObject
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : []
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
  const isPod = object.kind === 'Pod' && object.apiVersion === 'v1'
  if (!isPod && !makers.has(object.kind)) {
    return undefined
  }
  const { metadata, spec } = isPod ? (object as Fields) : fieldsOf(fieldsOf(object.spec).template)
  const { labels, annotations } = fieldsOf(metadata)
  const { containers, initContainers } = fieldsOf(spec)
  const sidecars = listOf(initContainers).filter(({ restartPolicy }) => restartPolicy === 'Always')
  return {
    labels: fieldsOf(labels),
    annotations: fieldsOf(annotations),
    containers: [...listOf(containers), ...sidecars],
    maker: object
  }
}

/** By set of objects and namespace: a Service asks for every port that it has. */
const templates = new WeakMap<Resources, Map<string, PodTemplate[]>>()

function templatesIn(namespace: string, resources: Resources): PodTemplate[] {
  let known = templates.get(resources)
  if (!known) {
    known = new Map()
    templates.set(resources, known)
    for (const object of resources.all()) {
      const template = templateOf(object)
      if (template) {
        const beside = known.get(namespaceOf(object)) ?? []
        beside.push(template)
        known.set(namespaceOf(object), beside)
      }
    }
  }
  return known.get(namespace) ?? []
}

function namespaceOf({ metadata }: KubernetesObject): string {
  return metadata.namespace ?? 'default'
}

/** Whether two objects are of one namespace. */
function isBeside(one: KubernetesObject, other: KubernetesObject): boolean {
  return namespaceOf(one) === namespaceOf(other)
}

function picks(selector: Record<string, string>, labels: Record<string, unknown>): boolean {
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
  return templatesIn(namespaceOf(service), resources).filter(({ labels }) => picks(selector, labels))
}

/** Kinds that set the number of a workload's pods by what they measure. */
const scalers = ['HorizontalPodAutoscaler', 'ScaledObject']

/** Whether something among the objects sets the number of a workload's pods. */
function isScaled(maker: KubernetesObject, resources: Resources): boolean {
  return scalers
    .flatMap(kind => resources.list(kind))
    .some(
      scaler => fieldsOf(fieldsOf(scaler.spec).scaleTargetRef).name === maker.metadata.name && isBeside(scaler, maker)
    )
}

/** The workload by which a Service has no pods: all that it selects ask for none. Undefined where some may be there. */
export function emptyWorkloadOf(service: Service, resources: Resources): KubernetesObject | undefined {
  const makers = templatesBehind(service, resources).map(({ maker }) => maker)
  const areEmpty = makers.every(maker => fieldsOf(maker.spec).replicas === 0 && !isScaled(maker, resources))
  return areEmpty ? makers[0] : undefined
}

/** A workload that a Service does not select, and the labels of its pods. */
export interface MissedWorkload {
  maker: KubernetesObject
  labels: Record<string, unknown>
}

/** Whether two label values may have been meant to be one: `web` and `web-app`. */
function isNear(one: string, other: unknown): boolean {
  return (
    typeof other === 'string' &&
    (one.startsWith(`${other}-`) || other.startsWith(`${one}-`) || nearestName(one, [other]) !== undefined)
  )
}

/**
 * The workload that a Service seems to be for and does not select: of its name, or with its target port and nearly its labels, and of
 * no other Service. Undefined where the Service selects something, has endpoints among the objects, or several could be meant.
 */
export function missedWorkloadOf(service: Service, resources: Resources): MissedWorkload | undefined {
  const { name } = service.metadata
  const { selector = {}, ports = [] } = service.spec ?? {}
  const pairs = Object.entries(selector)
  const hasSlice = resources
    .list('EndpointSlice')
    .some(slice => isBeside(slice, service) && slice.metadata.labels?.['kubernetes.io/service-name'] === name)
  if (pairs.length === 0 || hasSlice || templatesBehind(service, resources).length > 0) {
    return undefined
  }
  const others = resources.list('Service').filter(other => other !== service && isBeside(other, service))
  const targets = new Set(ports.flatMap(({ port, targetPort = port }) => targetPort))
  const meant = templatesIn(namespaceOf(service), resources).filter(({ maker, labels, containers }) => {
    const isNamedAlike = maker.metadata.name === name && pairs.some(([key]) => labels[key] !== undefined)
    const isLabelledAlike = pairs.every(([key, value]) => labels[key] === value || isNear(value, labels[key]))
    const opened = containers.flatMap(container => listOf(container.ports))
    const hasPort = opened.some(one => [one.containerPort, one.name].some(port => targets.has(port as number | string)))
    return (
      (isNamedAlike || (isLabelledAlike && hasPort)) &&
      !others.some(({ spec }) => spec?.selector && picks(spec.selector, labels))
    )
  })
  const [only, ...more] = meant
  return only && more.length === 0 ? { maker: only.maker, labels: only.labels } : undefined
}

/** The ports that the containers behind a Service name. */
export function containerPortsOf(service: Service, resources: Resources): ContainerPort[] {
  return templatesBehind(service, resources).flatMap(({ containers }) =>
    containers.flatMap(({ name: container, ports }) =>
      listOf(ports).flatMap(({ name, containerPort, protocol = 'TCP' }) =>
        protocol === 'TCP' && typeof containerPort === 'number'
          ? [{ container: String(container), number: containerPort, ...(typeof name === 'string' && { name }) }]
          : []
      )
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
  for (const container of templatesBehind(service, resources).flatMap(({ containers }) => containers)) {
    const names = listOf(container.ports).flatMap(({ name, containerPort }) => (containerPort === number ? [name] : []))
    for (const kind of ['readinessProbe', 'livenessProbe', 'startupProbe']) {
      const { port: probed, scheme = 'HTTP' } = fieldsOf(fieldsOf(container[kind]).httpGet)
      if (probed !== undefined && (probed === number || names.includes(probed))) {
        const tls = scheme === 'HTTPS'
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
  return templatesBehind(service, resources).some(({ labels, annotations }) => {
    const inject = labels['sidecar.istio.io/inject'] ?? annotations['sidecar.istio.io/inject']
    return inject === undefined ? byNamespace : String(inject) === 'true'
  })
}

/** The Services whose pods are a Service's too: the same selector, or a selector that picks what makes the same pods. */
export function servicesOfSamePods(service: Service, resources: Resources): Service[] {
  const { selector } = service.spec ?? {}
  if (!selector || Object.keys(selector).length === 0) {
    return []
  }
  const own = new Set(templatesBehind(service, resources))
  return resources
    .list('Service')
    .filter(other => other !== service && hasEndpoints(other) && isBeside(other, service))
    .filter(other => {
      const theirs = other.spec?.selector ?? {}
      if (Object.keys(theirs).length === 0) {
        return false
      }
      const same = Object.keys(theirs).length === Object.keys(selector).length && picks(selector, theirs)
      return same || templatesBehind(other, resources).some(template => own.has(template))
    })
}

/**
 * What is taken to be so of the protocol of applications' ports, where a name or a number would make one think of TLS and nothing
 * says it.
 */
export function assumedProtocols(service: Service, resources: Resources): string[] {
  return (service.spec?.ports ?? []).flatMap(port => {
    const looksLikeTLS = /^(https|tls)(-|$)/.test(port.name ?? '') || [443, 8443].includes(port.port)
    return looksLikeTLS && hasEndpoints(service) && !protocolOf(service, port, resources)
      ? [
          `port ${port.name ?? port.port} of ${objectName(service)} speaks what it is spoken to: nothing says whether it is TLS`
        ]
      : []
  })
}
