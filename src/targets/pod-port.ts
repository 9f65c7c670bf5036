/**
 * What listens on a port of the pods behind a Service, whether or not a port of the Service leads there: health checks of ip
 * targets ask pods on any port.
 *
 * @module
 */

import { isGateway } from '../istio/index.ts'
import { objectName, type Resources, type Service, type ServicePort } from '../resources/index.ts'
import {
  assumedProtocols,
  containerPortsOf,
  hasEndpoints,
  hasSidecar,
  podPort,
  servicesOfSamePods,
  templatesBehind
} from './workload.ts'

/** Where Envoy answers readiness, and nothing else; in plain HTTP. */
const statusPort = 15021

/** Where Istio's agent answers readiness, metrics and the probes of applications; in plain HTTP. */
const agentPort = 15020

/** Where Envoy tells its own metrics; in plain HTTP. */
const metricsPort = 15090

/** The container that Istio's proxy and agent run in. */
const proxyContainer = 'istio-proxy'

/** What listens on a pod's port. */
export type PodListener =
  /** What a Service port leads to; it may be another Service's whose pods are the same. */
  | { kind: 'service'; service: Service; port: ServicePort }
  | { kind: 'status' | 'agent' | 'metrics' }
  | { kind: 'container'; container: string; name?: string }
  /** Nobody knows the pods, so that the port is taken to be open. */
  | { kind: 'assumed' }

/** What a Service says of the pods that are not among the objects cannot be held against a port. */
function isBeyondBelief(number: number): boolean {
  return number >= 30000 && number <= 32767
}

function ofIstio(number: number): PodListener | undefined {
  switch (number) {
    case statusPort:
      return { kind: 'status' }
    case agentPort:
      return { kind: 'agent' }
    case metricsPort:
      return { kind: 'metrics' }
    default:
      return undefined
  }
}

function ofService(service: Service, number: number, resources: Resources): PodListener | undefined {
  const port = service.spec?.ports?.find(one => podPort(service, one, resources) === number)
  return port && { kind: 'service', service, port }
}

/** What listens on a port of the pods behind a Service; undefined where nobody does. */
export function podListener(service: Service, number: number, resources: Resources): PodListener | undefined {
  if (!hasEndpoints(service)) {
    return undefined
  }
  const gateway = isGateway(service, resources)
  const named = ofService(service, number, resources)
  if (named) {
    return named
  }
  for (const other of servicesOfSamePods(service, resources)) {
    const found = ofService(other, number, resources)
    if (found) {
      return found
    }
  }
  const proxied = gateway || hasSidecar(service, resources) ? ofIstio(number) : undefined
  if (proxied) {
    return proxied
  }
  // What Envoy's own container lists is open only as far as a server of a Gateway is there.
  const container = containerPortsOf(service, resources).find(
    one => one.number === number && !(gateway && one.container === proxyContainer)
  )
  if (container) {
    return { kind: 'container', container: container.container, ...(container.name && { name: container.name }) }
  }
  const unknown = !gateway && templatesBehind(service, resources).length === 0 && !isBeyondBelief(number)
  return unknown ? { kind: 'assumed' } : undefined
}

/** The ports of the pods behind a Service on which something listens for sure; `asked` are others that may be. */
export function podPorts(service: Service, resources: Resources, asked: Iterable<number> = []): number[] {
  const named = [service, ...servicesOfSamePods(service, resources)].flatMap(one =>
    (one.spec?.ports ?? []).flatMap(port => podPort(one, port, resources) ?? [])
  )
  const contained = containerPortsOf(service, resources).map(({ number }) => number)
  const candidates = new Set([...named, ...contained, statusPort, agentPort, metricsPort, ...asked])
  return [...candidates].filter(number => {
    const listener = podListener(service, number, resources)
    // A port of Istio's on pods that nobody knows is open only where somebody asks for it.
    return listener && (listener.kind !== 'assumed' || [...asked].includes(number))
  })
}

/**
 * What is taken to be so of the Services that an Ingress sends to: of applications whether their ports speak TLS, and of pods that
 * nobody knows that they listen where a health check asks.
 *
 * @param asked the ports that health checks of ip targets ask by number.
 */
export function assumedOfPods(service: Service, resources: Resources, asked: Iterable<number> = []): string[] {
  if (isGateway(service, resources)) {
    return []
  }
  const listening = [...asked].filter(number => podListener(service, number, resources)?.kind === 'assumed')
  return [
    ...assumedProtocols(service, resources),
    ...listening.map(number => `the pods of ${objectName(service)} listen on port ${number}, which a health check asks`)
  ]
}

/** Who listens, in words. */
export function describeListener(service: Service, number: number, listener: PodListener): string {
  switch (listener.kind) {
    case 'service':
      return `port ${listener.port.name ?? listener.port.port} of ${objectName(listener.service)}`
    case 'status':
      return `Envoy's status port ${number} in the pods of ${objectName(service)}`
    case 'agent':
      return `Istio's agent on port ${number} in the pods of ${objectName(service)}`
    case 'metrics':
      return `Envoy's metrics on port ${number} in the pods of ${objectName(service)}`
    case 'container':
      return `port ${listener.name ? `${listener.name} (${number})` : number} of container ${listener.container} in the pods of ${objectName(service)}`
    case 'assumed':
      return `port ${number} in the pods of ${objectName(service)}, which are not among the objects`
  }
}
