import { annotationName } from './annotations.ts'
import { type Gateway, type GatewayClass, gatewayConfigurationGroup, type HTTPRoute } from './gateway-api.ts'
import type { Ingress, IngressBackend, KubernetesObject, Service, ServicePort } from './kubernetes.ts'
import { missingServiceOf } from './missing-service.ts'
import type { Resources } from './resources.ts'

/** The port of a backend that says that an annotation holds the action. */
const useAnnotation = 'use-annotation'

/** The name that Istio's own installations give the ingress gateway's Service. */
const gatewayName = 'istio-ingressgateway'

/** The ports of Istio's ingress gateway (istio.io: the profile `default`). */
const gatewayPorts: ServicePort[] = [
  { name: 'status-port', port: 15021, targetPort: 15021 },
  { name: 'http2', port: 80, targetPort: 8080 },
  { name: 'https', port: 443, targetPort: 8443 }
]

/** The ports of Istio's own Service with the one that an Ingress names, which one that somebody made may have. */
function gatewayPortsWith({ name, number }: { name?: string; number?: number }): ServicePort[] {
  if (gatewayPorts.some(one => (name === undefined ? one.port === number : one.name === name))) {
    return gatewayPorts
  }
  if (name === undefined) {
    return [...gatewayPorts, { name: `port-${number}`, port: number!, targetPort: number! }]
  }
  const meant = /https|tls/.test(name) ? 'https' : 'http2'
  return gatewayPorts.map(one => (one.name === meant ? { ...one, name } : one))
}

/** A port by its name, with its node port where an Ingress says it. */
function describePort({ name, port, nodePort }: ServicePort): string {
  return `${name ?? port}${nodePort === undefined ? '' : ` at node port ${nodePort}`}`
}

/** What is assumed of a Service, in a sentence. */
export function describeAssumedService({ metadata, spec }: Service): string {
  const ports = spec?.ports ?? []
  const named = gatewayPorts.map(({ name }) => name)
  const isOwn = metadata.name !== gatewayName || ports.every(({ name }) => named.includes(name))
  const own = isOwn ? '' : `; Istio's own has ${named.join(', ')}`
  return `Service ${metadata.namespace}/${metadata.name} of type NodePort with ${ports.map(describePort).join(', ')}, which an Ingress or a route sends to and which is not among the objects${own}`
}

function backendsOf({ spec }: Ingress): IngressBackend[] {
  const rules = Array.isArray(spec?.rules) ? spec.rules : []
  const paths = rules.flatMap(({ http }) => (Array.isArray(http?.paths) ? http.paths : []))
  return [spec?.defaultBackend, ...paths.map(({ backend }) => backend)].filter(backend => backend !== undefined)
}

/** A reference to a port of a Service. */
interface PortReference {
  name?: string
  number?: number
}

/** Istio's own gateway Service, with the port that is asked for. */
function assumeGateway(namespace: string, reference: PortReference, statusPort: ServicePort[]): Service {
  const selector = { app: gatewayName, istio: 'ingressgateway' }
  const nodePort = statusPort.find(one => one.nodePort !== undefined)?.nodePort
  const ports = gatewayPortsWith(reference).map(one =>
    one.port === statusPortNumber && nodePort !== undefined ? { ...one, nodePort } : one
  )
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: gatewayName, namespace, labels: selector },
    spec: { type: 'NodePort', selector, ports }
  }
}

/** The numbers that ports of these names have by custom. */
const customary: Record<string, number> = { http: 80, https: 443 }

/** A Service that is as those take it to be who send to it: each port has a number of its own. */
function assume(name: string, namespace: string, references: readonly Reference[]): Service {
  const numbers = new Set(references.flatMap(({ port }) => port.number ?? []))
  const unnamed = new Set(numbers)
  const named = new Map<string, number>()
  for (const portName of new Set(references.flatMap(({ port }) => port.name ?? []))) {
    let number = customary[portName] ?? 80
    // Whoever asks for 80 and who asks for http mean one port.
    if (!(portName in customary && unnamed.delete(number))) {
      while (numbers.has(number)) {
        number = Math.max(8080, number + 1)
      }
    }
    named.set(portName, number)
    numbers.add(number)
  }
  const ports: ServicePort[] = [
    ...[...named].map(([one, port]) => ({ port, name: one })),
    ...[...unnamed].map(port => ({ port, name: `port-${port}` }))
  ]
  if (ports.length === 0) {
    ports.push({ port: 80, name: 'http' })
  }
  for (const { statusPort } of references) {
    ports.push(...statusPort.filter(one => ports.every(other => other.name !== one.name && other.port !== one.port)))
  }
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { type: 'NodePort', ports } }
}

/** Where Istio's gateways say whether they are ready. */
const statusPortNumber = 15_021

/**
 * The port that a health check asks, which its Service has to have: of Istio's gateways the status port, of others one that is named.
 * A number of the range of node ports was copied from the Service in the cluster.
 */
function statusPortOf({ metadata: { annotations = {} } }: Ingress): ServicePort[] {
  const name = annotations[annotationName('healthcheck-port')] ?? ''
  const asksGateway = annotations[annotationName('healthcheck-path')]?.startsWith('/healthz/ready') ?? false
  const isInstance = annotations[annotationName('target-type')] !== 'ip'
  if (/^3[0-2][0-9]{3}$/.test(name) && Number(name) <= 32_767 && isInstance) {
    const own = asksGateway ? { name: 'status-port', port: statusPortNumber } : { name: 'health', port: 8081 }
    return [{ ...own, targetPort: own.port, nodePort: Number(name) }]
  }
  const isStatus = asksGateway || name.includes('status')
  return isPortName(name) && name !== 'traffic-port' ? [{ name, port: isStatus ? statusPortNumber : 8081 }] : []
}

/** As the API server takes it (IANA_SVC_NAME). */
function isPortName(name: string): boolean {
  return /^(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/.test(name)
}

/** Whether a reference is well-formed; what the API server refuses is assumed of nobody. */
function isReference(name: unknown, { name: portName, number }: { name?: unknown; number?: unknown }): boolean {
  const isName = typeof name === 'string' && /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)
  const byName = typeof portName === 'string' && isPortName(portName) && number === undefined
  const byNumber = portName === undefined && Number.isInteger(number) && Number(number) > 0 && Number(number) < 65536
  return isName && (byName || byNumber)
}

/** A Service that something sends to. */
interface Reference {
  namespace: string
  name: string
  port: PortReference
  /** What its health check asks. */
  statusPort: ServicePort[]
}

/** A member of an object of JSON, by its name in any case (Go: encoding/json). */
function memberOf(value: unknown, name: string): unknown {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return entries.find(([key]) => key.toLowerCase() === name)?.[1]
}

/** A port that an action names: a text of digits is a number (LBC: normalizeServicePortForBackwardsCompatibility). */
function portOf(servicePort: unknown): { name?: string; number?: number } {
  const text = String(servicePort)
  return /^[0-9]{1,5}$/.test(text) ? { number: Number(text) } : { name: text }
}

/** The Services that an action forwards to; the plan tells what is wrong with one that cannot be read. */
function actionServices(action: string | undefined): { name: string; port: { name?: string; number?: number } }[] {
  try {
    const forward = memberOf(JSON.parse(action ?? '{}'), 'forwardconfig')
    const targetGroups = memberOf(forward, 'targetgroups')
    return (Array.isArray(targetGroups) ? targetGroups : []).flatMap(one => {
      const name = memberOf(one, 'servicename')
      const port = memberOf(one, 'serviceport')
      return typeof name === 'string' && port !== undefined ? [{ name, port: portOf(port) }] : []
    })
  } catch {
    return []
  }
}

function ingressReferences(resources: Resources): Reference[] {
  return resources.list('Ingress').flatMap(ingress => {
    const { namespace = 'default', annotations = {} } = ingress.metadata
    const statusPort = statusPortOf(ingress)
    return backendsOf(ingress)
      .flatMap(({ service }) => {
        if (!service?.name) {
          return []
        }
        return service.port?.name === useAnnotation
          ? actionServices(annotations[annotationName(`actions.${service.name}`)])
          : [{ name: service.name, port: service.port ?? {} }]
      })
      .map(reference => ({ ...reference, namespace, statusPort }))
  })
}

const routeKinds = ['HTTPRoute', 'GRPCRoute', 'TCPRoute', 'TLSRoute', 'UDPRoute']

function listOf<Item>(value: readonly Item[] | undefined): readonly Item[] {
  return Array.isArray(value) ? value : []
}

/** The Services of routes at Gateways of the AWS Load Balancer Controller. */
function routeReferences(resources: Resources, gatewayClasses: readonly KubernetesObject[]): Reference[] {
  const classes = new Set(
    [...resources.list('GatewayClass'), ...gatewayClasses]
      .filter(({ spec }) =>
        String((spec as GatewayClass['spec'])?.controllerName).startsWith(`${gatewayConfigurationGroup}/`)
      )
      .map(({ metadata }) => metadata.name)
  )
  const gateways = new Set(
    (resources.list('Gateway') as Gateway[])
      .filter(({ spec }) => classes.has(spec?.gatewayClassName ?? ''))
      .map(({ metadata: { namespace = 'default', name } }) => `${namespace}/${name}`)
  )
  const routes = gateways.size > 0 ? routeKinds.flatMap(kind => resources.list(kind) as HTTPRoute[]) : []
  return routes.flatMap(({ metadata: { namespace = 'default' }, spec }) =>
    listOf(spec?.parentRefs).some(parent => gateways.has(`${parent?.namespace ?? namespace}/${parent?.name}`))
      ? listOf(spec?.rules)
          .flatMap(rule => listOf(rule?.backendRefs))
          .filter(
            backend => (backend?.kind ?? 'Service') === 'Service' && (backend?.namespace ?? namespace) === namespace
          )
          .map(({ name, port }) => ({
            namespace,
            name,
            port: port === undefined ? {} : { number: port },
            statusPort: []
          }))
      : []
  )
}

/**
 * The Services that Ingresses and routes send to and nobody gave: an Ingress often stands alone in its file, or beside one of its
 * Services. One that is missed where it should be is a mistake, and not assumed.
 *
 * @param gatewayClasses that are assumed.
 */
export function assumedServices(resources: Resources, gatewayClasses: readonly KubernetesObject[] = []): Service[] {
  const references = [...ingressReferences(resources), ...routeReferences(resources, gatewayClasses)].filter(
    ({ namespace, name, port }) =>
      resources.find('Service', name, namespace) === undefined &&
      isReference(name, port) &&
      !missingServiceOf(resources, namespace, name)
  )
  return [...Map.groupBy(references, ({ namespace, name }) => `${namespace}/${name}`).values()].map(same => {
    const [{ namespace, name }] = same as [Reference]
    if (name !== gatewayName) {
      return assume(name, namespace, same)
    }
    const ports = same.flatMap(({ port, statusPort }) => assumeGateway(namespace, port, statusPort).spec?.ports ?? [])
    const gateway = assumeGateway(namespace, {}, [])
    const distinct = [...new Map(ports.map(one => [one.name, one])).values()]
    return { ...gateway, spec: { ...gateway.spec, ports: distinct } }
  })
}
