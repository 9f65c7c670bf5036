import { annotationName } from './annotations.ts'
import type { Ingress, IngressBackend, Service, ServicePort } from './kubernetes.ts'
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

function backendsOf({ spec }: Ingress): IngressBackend[] {
  const rules = Array.isArray(spec?.rules) ? spec.rules : []
  const paths = rules.flatMap(({ http }) => (Array.isArray(http?.paths) ? http.paths : []))
  return [spec?.defaultBackend, ...paths.map(({ backend }) => backend)].filter(backend => backend !== undefined)
}

/** A Service that is as its Ingress takes it to be. */
function assume(
  name: string,
  namespace: string,
  { name: portName, number }: { name?: string; number?: number },
  statusPort: ServicePort[]
): Service {
  if (name === gatewayName) {
    const selector = { app: gatewayName, istio: 'ingressgateway' }
    const status = statusPort.find(({ nodePort }) => nodePort !== undefined)
    const ports = gatewayPorts.map(one => (one.port === 15_021 ? { ...one, ...status, port: one.port } : one))
    return {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace, labels: selector },
      spec: { type: 'NodePort', selector, ports }
    }
  }
  const port = { port: number ?? 80, name: portName ?? `port-${number}` }
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { type: 'NodePort', ports: [port, ...statusPort] }
  }
}

/**
 * The port that a health check asks, which its Service has to have: of Istio's gateways the status port. A number of the range of
 * node ports was copied from the Service in the cluster.
 */
function statusPortOf({ metadata: { annotations = {} } }: Ingress): ServicePort[] {
  const name = annotations[annotationName('healthcheck-port')] ?? ''
  if (/^3[0-2][0-9]{3}$/.test(name) && Number(name) <= 32_767 && annotations[annotationName('target-type')] !== 'ip') {
    return [{ name: 'status-port', port: 15_021, targetPort: 15_021, nodePort: Number(name) }]
  }
  return isPortName(name) && name !== 'traffic-port' ? [{ name, port: 15021 }] : []
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

/**
 * The Services that Ingresses send to and nobody gave: an Ingress often stands alone in its file. Where its namespace has other
 * Services among the objects, or one of that name is elsewhere, a missing one is a mistake, and not assumed.
 */
export function assumedServices(resources: Resources): Service[] {
  const services = resources.list('Service')
  const namespaces = new Set(services.map(({ metadata }) => metadata.namespace ?? 'default'))
  const names = new Set(services.map(({ metadata }) => metadata.name))
  const assumed = new Map<string, Service>()
  for (const ingress of resources.list('Ingress')) {
    const namespace = ingress.metadata.namespace ?? 'default'
    for (const { service } of backendsOf(ingress)) {
      const port = service?.port
      const isKnown = !service?.name || names.has(service.name) || namespaces.has(namespace)
      if (isKnown || port?.name === useAnnotation || !isReference(service.name, port ?? {})) {
        continue
      }
      const key = `${namespace}/${service.name}`
      const before = assumed.get(key)
      const one = assume(service.name, namespace, port ?? {}, statusPortOf(ingress))
      const ports = [...(before?.spec?.ports ?? []), ...(one.spec?.ports ?? [])]
      const distinct = [...new Map(ports.map(each => [each.name, each])).values()]
      assumed.set(key, { ...one, spec: { ...one.spec, ports: distinct } })
    }
  }
  return [...assumed.values()]
}
