/**
 * What stands at a target: which Service port, and what answers there.
 *
 * @module
 */

import {
  assumeRoutes,
  type GatewayAnswer,
  type GatewayRequest,
  IngressGateway,
  isGateway,
  roleOf,
  sampleService
} from '../istio/index.ts'
import { objectName, type Resources, type Service, type ServicePort } from '../resources/index.ts'
import { podPort } from '../targets/index.ts'

/** The port of a Service at which a target's port ends. */
export interface ServicePlace {
  service: Service
  port: ServicePort
}

/** What answers at a target. */
export interface BackendAnswer {
  /** `Service namespace/name`; absent where no Service has the port. */
  service?: string
  servicePort?: { name?: string; port: number; nodePort?: number; targetPort?: number | string }
  /** Where the Service is an ingress gateway. */
  gateway?: Omit<GatewayAnswer, 'outcome'>
  answer: BackendOutcome
}

export interface BackendOutcome {
  /** `gateway` answers by itself, `service` is the application, `nobody` leaves the load balancer without an answer. */
  from: 'gateway' | 'service' | 'nobody'
  /** Absent where only the application knows. */
  status?: number
  headers?: [name: string, value: string][]
  body?: string
  reason: string
  /** The application as `host:port`. */
  service?: string
  /** The request as the application sees it. */
  request?: { method: string; path: string; headers: [name: string, value: string][] }
}

/** Everything behind the load balancer, to be asked what a connection to a target meets. */
export class Backends {
  readonly #resources: Resources
  readonly #gateways = new Map<Service, IngressGateway>()
  /** What was taken to be there. */
  readonly assumptions: string[]

  constructor(resources: Resources) {
    const assumed = assumeRoutes(resources)
    this.#resources = assumed.resources
    this.assumptions = assumed.assumptions
  }

  /** The Service port behind a port of a node, or of a pod for ip targets. */
  placeOf(targetType: string, port: number): ServicePlace | undefined {
    for (const service of this.#resources.list('Service')) {
      for (const one of service.spec?.ports ?? []) {
        if (targetType === 'ip' ? podPort(one) === port : one.nodePort === port) {
          return { service, port: one }
        }
      }
    }
    return undefined
  }

  /** The ingress gateway behind a port of a node, or of a pod for ip targets; undefined where something else is. */
  gatewayAt(targetType: string, port: number): { gateway: IngressGateway; port: ServicePort } | undefined {
    const place = this.placeOf(targetType, port)
    return place && isGateway(place.service, this.#resources)
      ? { gateway: this.#gatewayOf(place.service), port: place.port }
      : undefined
  }

  /** Whether a health check asks a port of a gateway whose routes are assumed, so that nobody knows whether one takes it. */
  healthNeedsRoutes(targetType: string, port: string): boolean {
    const found = this.assumptions.length > 0 ? this.gatewayAt(targetType, Number(port)) : undefined
    return found !== undefined && roleOf(found.port) !== 'status'
  }

  #gatewayOf(service: Service): IngressGateway {
    const gateway = this.#gateways.get(service) ?? new IngressGateway(service, this.#resources)
    this.#gateways.set(service, gateway)
    return gateway
  }

  /** What a request to a port of a target meets. */
  answer(
    {
      targetType,
      targetPort,
      protocol,
      peer
    }: { targetType: string; targetPort: number; protocol: 'HTTP' | 'HTTPS'; peer: string },
    request: GatewayRequest
  ): BackendAnswer {
    const place = this.placeOf(targetType, targetPort)
    if (!place) {
      return {
        answer: {
          from: 'nobody',
          reason: `no Service has ${targetType === 'ip' ? 'the target port' : 'the node port'} ${targetPort}`
        }
      }
    }
    const { service, port } = place
    const { name, port: number, nodePort, targetPort: podTarget } = port
    const found = {
      service: objectName(service),
      servicePort: {
        ...(name && { name }),
        port: number,
        ...(nodePort && { nodePort }),
        ...(podTarget !== undefined && { targetPort: podTarget })
      }
    }
    if (!isGateway(service, this.#resources)) {
      return { ...found, answer: answerOfApplication(place, protocol, request) }
    }
    const gateway = this.#gatewayOf(service)
    // The load balancer sends no server name and has no certificate.
    const { outcome, ...how } = gateway.answer(port, { peer, ...(protocol === 'HTTPS' && { tls: {} }) }, request)
    return { ...found, gateway: how, answer: outcomeOf(outcome) }
  }
}

function answerOfApplication(
  { service, port }: ServicePlace,
  protocol: 'HTTP' | 'HTTPS',
  { method, path, headers }: GatewayRequest
): BackendOutcome {
  const name = `${service.metadata.name}.${service.metadata.namespace ?? 'default'}:${port.port}`
  if ((roleOf(port) === 'tls') !== (protocol === 'HTTPS')) {
    return {
      from: 'nobody',
      reason: `${protocol} to ${name}, which speaks ${protocol === 'HTTPS' ? 'plain HTTP' : 'TLS'}`
    }
  }
  return { from: 'service', service: name, reason: `${name} answers`, request: { method, path, headers } }
}

function outcomeOf(outcome: GatewayAnswer['outcome']): BackendOutcome {
  switch (outcome.kind) {
    case 'refused':
    case 'reset':
      return { from: 'nobody', reason: outcome.reason }
    case 'response':
      return {
        from: 'gateway',
        status: outcome.status,
        headers: outcome.headers,
        body: outcome.body,
        reason: outcome.reason
      }
    case 'service': {
      const { host, port } = outcome.destination
      return {
        from: 'service',
        // Only the sample is known to answer, whatever is asked.
        ...(host.startsWith(`${sampleService}.`) && { status: 200 }),
        service: `${host}:${port}`,
        reason: `${host}:${port} answers`,
        request: outcome.request
      }
    }
  }
}
