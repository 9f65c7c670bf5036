/**
 * What stands at a target: which Service port, and what answers there.
 *
 * @module
 */

import {
  answerProxyPort,
  assumeRoutes,
  describeServer,
  type GatewayAnswer,
  type GatewayRequest,
  IngressGateway,
  isGateway,
  judgePods,
  type PodVerdict,
  proxyProtocolAt,
  roleOf,
  sampleService,
  type Unserved
} from '../istio/index.ts'
import { type EndpointSlice, objectName, type Resources, type Service, type ServicePort } from '../resources/index.ts'
import {
  describeListener,
  isBacked,
  type PodListener,
  podListener,
  podPort,
  protocolOf,
  slicesByService
} from '../targets/index.ts'

/** A port of a target, and how it is spoken to. */
export interface Connection {
  targetType: string
  /** Of the target. */
  address: string
  port: number
  protocol: 'HTTP' | 'HTTPS'
  /** Address of the load balancer. */
  peer: string
  /** The newest version of TLS that the load balancer speaks to targets. */
  maxVersion: 'TLSv1.2' | 'TLSv1.3'
  /** Of a handshake that the client makes itself, through the load balancer. */
  serverName?: string
  /** Whether the client that makes it presents a certificate, where it is asked for one. */
  clientCertificate?: boolean
  /** Whether a PROXY header comes before the bytes. */
  proxyHeader?: boolean
}

/** An ingress gateway, and the port of its Service. */
export interface GatewayPlace {
  gateway: IngressGateway
  port: ServicePort
}

/** What stands at a port of a target. */
type Place = { service: Service; listener: PodListener } | { service?: Service; nobody: string }

/** What answers at a target. */
export interface BackendAnswer {
  /** `Service namespace/name`; absent where no Service has the port. */
  service?: string
  servicePort?: { name?: string; port: number; nodePort?: number; targetPort?: number | string }
  /** In words, where no Service port leads to what answers: a port of the pods that only a health check asks. */
  podPort?: string
  /** Where the Service is an ingress gateway. */
  gateway?: Omit<GatewayAnswer, 'outcome' | 'branches' | 'assumptions' | 'notEvaluated'>
  /** Where chance decides: everything that may come of the request, the likeliest first. */
  branches?: BackendBranch[]
  answer: BackendOutcome
  /** What the answer hinges on and the objects do not tell; it is among the assumptions too. */
  unsure?: string
  /** What was taken to be there for this answer. */
  assumptions: string[]
  /** What may decide on the answer, and was not looked at. */
  notEvaluated: string[]
}

/** One of several things that may come of a request at a gateway, by chance. */
export interface BackendBranch {
  /** In percent. */
  share: number
  /** In few words. */
  text: string
  answer: BackendOutcome
}

const nothing = { assumptions: [], notEvaluated: [] }

export interface BackendOutcome {
  /** `gateway` answers by itself, `service` is the application, `nobody` leaves the load balancer without an answer. */
  from: 'gateway' | 'service' | 'nobody'
  /** Absent where only the application knows. */
  status?: number
  headers?: [name: string, value: string][]
  body?: string
  reason: string
  /** Of a gateway: it cannot reach the destination of its route. */
  unreachable?: true
  /** What mends that, where it is known. */
  hint?: string
  /** The application as `host:port`. */
  service?: string
  /** The request as the application sees it. */
  request?: { method: string; path: string; headers: [name: string, value: string][] }
}

/** Everything behind the load balancer, to be asked what a connection to a target meets. */
export class Backends {
  readonly #resources: Resources
  readonly #stated: Resources
  readonly #knowsTargets: boolean
  readonly #gateways = new Map<Service, IngressGateway>()
  readonly #applications = new Map<Service, Map<ServicePort | number, Application>>()
  readonly #slices: ReadonlyMap<Service, readonly EndpointSlice[]>
  /** Services by the addresses of their pods. */
  #byAddress: Map<string, Service[]> | undefined
  /** Ports of Services by the node ports that lead to them. */
  #byNodePort: Map<number, { service: Service; port: ServicePort }> | undefined
  /** What was taken to be there. */
  readonly assumptions: string[]

  /**
   * @param stated the objects without nodes and pods that were assumed: of those a gateway says itself what it assumes.
   * @param knowsTargets false: whatever answers at a target, no object tells of it.
   */
  constructor(resources: Resources, stated = resources, knowsTargets = true) {
    this.#knowsTargets = knowsTargets
    const assumed = assumeRoutes(resources)
    this.#resources = assumed.resources
    this.#stated = assumeRoutes(stated).resources
    this.#slices = slicesByService(assumed.resources)
    this.assumptions = assumed.assumptions
  }

  /** What a request to a port of a target meets. */
  answer(connection: Connection, request: GatewayRequest): BackendAnswer {
    if (!this.#knowsTargets) {
      return unknownAnswer(connection, request)
    }
    const place = this.#placeAt(connection)
    if ('nobody' in place) {
      return {
        ...(place.service && { service: objectName(place.service) }),
        answer: { from: 'nobody', reason: place.nobody },
        ...nothing
      }
    }
    const { service, listener } = place
    if (listener.kind === 'service') {
      return this.#atServicePort(listener.service, listener.port, connection, request)
    }
    const found = { service: objectName(service), podPort: describeListener(service, connection.port, listener) }
    if (listener.kind === 'container' || listener.kind === 'assumed') {
      return { ...found, ...answerOfApplication(this.#applicationAt(service, connection.port), connection, request) }
    }
    const unreadHeader =
      connection.proxyHeader === true && proxyProtocolAt(listener.kind, this.#resources) === undefined
    const outcome = answerProxyPort(listener.kind, { tls: connection.protocol === 'HTTPS', unreadHeader }, request)
    return { ...found, answer: outcomeOf(outcome), ...nothing }
  }

  /** Why nothing accepts a connection at a port of a target, with what mends it; undefined where something listens. */
  refusalAt(
    at: Pick<Connection, 'targetType' | 'address' | 'port'>
  ): (Unserved & Pick<GatewayAnswer, 'server'>) | undefined {
    if (!this.#knowsTargets) {
      return undefined
    }
    const place = this.#placeAt(at)
    if ('nobody' in place) {
      return { reason: place.nobody }
    }
    const found = this.gatewayAt(at)
    const accepted = found?.gateway.accept(found.port, { peer: at.address })
    if (accepted?.kind !== 'refused') {
      return undefined
    }
    const { reason, hint, server } = accepted
    return { reason, ...(hint !== undefined && { hint }), ...(server && { server: describeServer(server) }) }
  }

  /** The ingress gateway at a port of a target; undefined where something else is. */
  gatewayAt(at: Pick<Connection, 'targetType' | 'address' | 'port'>): GatewayPlace | undefined {
    const place = this.#placeAt(at)
    if ('nobody' in place || place.listener.kind !== 'service') {
      return undefined
    }
    const { service, port } = place.listener
    const gateway = this.gatewayOf(service)
    return gateway && { gateway, port }
  }

  /** The ingress gateway that a Service is; undefined for another one. */
  gatewayOf(service: Service): IngressGateway | undefined {
    return isGateway(service, this.#resources) ? this.#gatewayOf(service) : undefined
  }

  /** Whether a health check asks a port of a gateway whose routes are assumed, so that nobody knows whether one takes it. */
  healthNeedsRoutes(at: Pick<Connection, 'targetType' | 'address' | 'port'>): boolean {
    const found = this.assumptions.length > 0 ? this.gatewayAt(at) : undefined
    return found !== undefined && roleOf(found.port) !== 'status'
  }

  #gatewayOf(service: Service): IngressGateway {
    const gateway = this.#gateways.get(service) ?? new IngressGateway(service, this.#stated)
    this.#gateways.set(service, gateway)
    return gateway
  }

  #placeAt(at: Pick<Connection, 'targetType' | 'address' | 'port'>): Place {
    return at.targetType === 'ip' ? this.#atPod(at) : this.#atNode(at)
  }

  /** Behind a port of a node. */
  #atNode({ port }: Pick<Connection, 'port'>): Place {
    this.#byNodePort ??= byNodePort(this.#resources.list('Service'))
    const found = this.#byNodePort.get(port)
    if (!found) {
      return { nobody: `no Service has the node port ${port}` }
    }
    const { service } = found
    if (podPort(service, found.port, this.#resources) === undefined) {
      const nobody = `no container behind ${objectName(service)} has a port named ${found.port.targetPort}`
      return { service, nobody }
    }
    return isBacked(this.#slices.get(service) ?? [])
      ? { service, listener: { kind: 'service', ...found } }
      : { service, nobody: `no pod of ${objectName(service)} is ready` }
  }

  /** At a port of a pod: that of the Services whose endpoints have its address. */
  #atPod({ address, port }: Pick<Connection, 'address' | 'port'>): Place {
    const services = this.#servicesAt(address)
    for (const service of services) {
      const listener = podListener(service, port, this.#resources)
      if (listener) {
        return { service, listener }
      }
    }
    const [service] = services
    return service
      ? { service, nobody: `nothing listens on port ${port} of the pods of ${objectName(service)}` }
      : { nobody: `no Service has a pod at ${address}` }
  }

  /** What is known of an application at a port of its Service or its pods. */
  #applicationAt(service: Service, port: ServicePort | number): Application {
    const known = this.#applications.get(service) ?? new Map<ServicePort | number, Application>()
    this.#applications.set(service, known)
    const application = known.get(port) ?? applicationAt(service, port, this.#stated)
    known.set(port, application)
    return application
  }

  #servicesAt(address: string): readonly Service[] {
    if (!this.#byAddress) {
      this.#byAddress = new Map()
      for (const [service, slices] of this.#slices) {
        for (const one of slices.flatMap(({ endpoints = [] }) => endpoints.flatMap(({ addresses }) => addresses))) {
          this.#byAddress.set(one, [...(this.#byAddress.get(one) ?? []), service])
        }
      }
    }
    return this.#byAddress.get(address) ?? []
  }

  #atServicePort(
    service: Service,
    port: ServicePort,
    { protocol, peer, maxVersion, serverName, clientCertificate, proxyHeader }: Connection,
    request: GatewayRequest
  ): BackendAnswer {
    const { name, port: number, nodePort, targetPort } = port
    const found = {
      service: objectName(service),
      servicePort: {
        ...(name && { name }),
        port: number,
        ...(nodePort && { nodePort }),
        ...(targetPort !== undefined && { targetPort })
      }
    }
    if (!isGateway(service, this.#resources)) {
      return { ...found, ...answerOfApplication(this.#applicationAt(service, port), { protocol }, request) }
    }
    const gateway = this.#gatewayOf(service)
    // The load balancer itself sends no server name and has no certificate.
    const tls = {
      maxVersion,
      ...(serverName !== undefined && { serverName }),
      ...(clientCertificate && { clientCertificate })
    }
    const connection = { peer, ...(proxyHeader && { proxied: true }), ...(protocol === 'HTTPS' && { tls }) }
    const { outcome, branches, assumptions, notEvaluated, ...how } = gateway.answer(port, connection, request)
    const unsure = gateway.unsureOf(port, connection, request, outcome)
    return {
      ...found,
      gateway: how,
      ...(branches && {
        branches: branches.map(({ share, text, outcome: one }) => ({ share, text, answer: outcomeOf(one) }))
      }),
      answer: outcomeOf(outcome),
      ...(unsure !== undefined && { unsure }),
      assumptions: unsure === undefined ? assumptions : [...assumptions, unsure],
      notEvaluated
    }
  }
}

/** The first port of a Service for each node port. TCP and UDP have node ports of their own, of one number where a Service says so. */
function byNodePort(services: readonly Service[]): Map<number, { service: Service; port: ServicePort }> {
  const found = new Map<number, { service: Service; port: ServicePort }>()
  for (const service of services) {
    for (const port of service.spec?.ports ?? []) {
      const { nodePort, protocol = 'TCP' } = port
      if (nodePort !== undefined && protocol === 'TCP' && !found.has(nodePort)) {
        found.set(nodePort, { service, port })
      }
    }
  }
  return found
}

/** The answer of a target of which nothing but its address is known. */
function unknownAnswer({ address, port }: Connection, { method, path, headers }: GatewayRequest): BackendAnswer {
  const name = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
  const reason = `${name} answers, if anything listens there: what it is, the account does not tell`
  return { answer: { from: 'service', service: name, reason, request: { method, path, headers } }, ...nothing }
}

/** An application that is no gateway, whatever it is asked. */
interface Application {
  /** `name.namespace:port`. */
  name: string
  pods: PodVerdict
  /** What it is known to speak. */
  known: ReturnType<typeof protocolOf>
}

function applicationAt(service: Service, port: ServicePort | number, resources: Resources): Application {
  const number = typeof port === 'number' ? port : port.port
  const ofPod = typeof port === 'number' ? port : podPort(service, port, resources)
  return {
    name: `${service.metadata.name}.${service.metadata.namespace ?? 'default'}:${number}`,
    pods: judgePods(service, ofPod ?? number, resources),
    known: protocolOf(service, port, resources)
  }
}

/** An application speaks what it is known to speak, else what it is spoken to. */
function answerOfApplication(
  { name, pods: { refused, ...said }, known }: Application,
  { protocol }: Pick<Connection, 'protocol'>,
  { method, path, headers }: GatewayRequest
): Pick<BackendAnswer, 'answer' | 'assumptions' | 'notEvaluated'> {
  if (refused !== undefined) {
    return { answer: { from: 'nobody', reason: `the pods of ${name} cut the connection: ${refused}` }, ...said }
  }
  if (known && known.tls !== (protocol === 'HTTPS')) {
    const reason = `${protocol} to ${name}, which speaks ${known.tls ? 'TLS' : 'plain HTTP'}: ${known.because}`
    return { answer: { from: 'nobody', reason }, ...said }
  }
  const request = { method, path, headers }
  return { answer: { from: 'service', service: name, reason: `${name} answers`, request }, ...said }
}

function outcomeOf(outcome: GatewayAnswer['outcome']): BackendOutcome {
  switch (outcome.kind) {
    case 'refused':
    case 'reset':
      return { from: 'nobody', reason: outcome.reason, ...(outcome.hint !== undefined && { hint: outcome.hint }) }
    case 'response':
      return {
        from: 'gateway',
        status: outcome.status,
        headers: outcome.headers,
        body: outcome.body,
        reason: outcome.reason,
        ...(outcome.unreachable && { unreachable: true }),
        ...(outcome.hint !== undefined && { hint: outcome.hint })
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
