/**
 * What Istio's ingress gateway does with a connection and a request. Pure: the embedded cluster's stand-in and `trace` ask the
 * same, and the end-to-end tests hold both against real Istio.
 *
 * Not told: CORS, retries, time-outs, mirrors, AuthorizationPolicies, EnvoyFilters, TCP and TLS routes.
 *
 * @module
 */

import { objectName, type Resources, type Service, type ServicePort } from '../resources/index.ts'
import { chooseDestination, type Destination, destinationsOf } from './destination.ts'
import { type HeaderPairs, headerValue, operateOnHeaders, trustHeaders } from './headers.ts'
import { hostOf, mostSpecific } from './host.ts'
import type { Headers } from './istio.ts'
import { roleOf } from './port.ts'
import { type ConsideredRoute, findRoute, type RouteFacts, redirectLocation, rewritePath } from './route.ts'
import {
  type Credential,
  chainFor,
  credentialOf,
  isHTTP,
  type Server,
  serversFor,
  terminatesTLS,
  type VirtualHost,
  virtualHostsOf,
  type Workload
} from './server.ts'
import { selects, type Topology, topologyOf, workloadsOf } from './topology.ts'

/** A connection to a port of the gateway. */
export interface GatewayConnection {
  /** Absent for a plain one. */
  tls?: { serverName?: string; clientCertificate?: boolean }
  /** Address of the other end. */
  peer: string
}

export interface GatewayRequest {
  method: string
  /** Path and query. */
  path: string
  /** Host header or `:authority`. */
  authority: string
  headers: HeaderPairs
  /** Default `1.1`. */
  version?: '1.0' | '1.1' | '2.0'
}

/** Where a connection leads: to a server, or nowhere. */
export type Accepted =
  | { kind: 'status' }
  | { kind: 'server'; servers: Server[]; tls: boolean; credential?: Credential }
  /** `refused`: nobody listens; `reset`: closed without an answer. */
  | { kind: 'refused' | 'reset'; reason: string; server?: Server }

/** What becomes of a request. */
export type Outcome =
  | { kind: 'refused' | 'reset'; reason: string }
  | { kind: 'response'; status: number; headers: HeaderPairs; body: string; reason: string }
  | {
      kind: 'service'
      destinations: Destination[]
      /** The one that this request goes to. */
      destination: Destination
      /** As the Service sees it. */
      request: { method: string; path: string; headers: HeaderPairs }
      /** The gateway's changes to the headers of the answer. */
      answerHeaders(headers: HeaderPairs): HeaderPairs
    }

/** What becomes of a request, and why. */
export interface GatewayAnswer {
  /** `Gateway namespace/name`, with the server's port and hosts: absent on the status port and where nobody listens. */
  server?: { gateway: string; port: number; protocol: string; hosts: string[]; tlsMode?: string }
  /** The domain of the virtual host that the request's host chose. */
  virtualHost?: string
  considered: ConsideredRoute[]
  /** The route that took the request. */
  route?: string
  outcome: Outcome
}

export interface GatewayOptions {
  /** The objects are all that there is: Services and Secrets that are not among them do not exist. Default false. */
  complete?: boolean
  /** 0 ≤ n < 1, default 0: which of several destinations a request goes to. */
  random?(): number
}

const SERVER_NAME = 'istio-envoy'

/** gRPC status for an answer of the gateway's own (Envoy: httpToGrpcStatus). */
const GRPC_STATUS: Record<number, number> = { 400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14 }

/** An ingress gateway: the pods behind a Service. */
export class IngressGateway {
  readonly service: Service
  readonly topology: Topology
  readonly #resources: Resources
  readonly #workload: Workload
  readonly #options: GatewayOptions
  /** By the first of the servers that share them. */
  readonly #virtualHosts = new Map<Server, VirtualHost[]>()

  constructor(service: Service, resources: Resources, options: GatewayOptions = {}) {
    this.service = service
    this.topology = topologyOf(service, resources)
    this.#resources = resources
    this.#options = options
    this.#workload = workloadOf(service, resources)
  }

  /** Where a connection to a port of the Service leads. */
  accept(port: ServicePort, { tls }: GatewayConnection): Accepted {
    if (roleOf(port) === 'status')
      return tls ? { kind: 'reset', reason: 'the status port speaks plain HTTP only' } : { kind: 'status' }
    const servers = serversFor(port, this.#workload, this.#resources)
    const [first] = servers
    if (!first)
      return {
        kind: 'refused',
        reason: `no Istio Gateway that selects the pods of ${objectName(this.service)} has a server for port ${port.port}, so the pods do not listen`
      }
    if (this.topology.proxyProtocol)
      return {
        kind: 'reset',
        server: first,
        reason: 'the gateway demands the PROXY protocol, which the load balancer does not speak'
      }
    if (isHTTP(first.spec))
      return tls
        ? { kind: 'reset', server: first, reason: `TLS to port ${port.port}, which speaks plain HTTP` }
        : { kind: 'server', servers, tls: false }
    if (!first.spec.tls)
      return {
        kind: 'reset',
        server: first,
        reason: `the server is for ${first.spec.port.protocol} without TLS, where no HTTP is routed`
      }
    if (!tls) return { kind: 'reset', server: first, reason: `plain HTTP to port ${port.port}, which speaks TLS` }
    return this.#acceptTLS(servers, tls)
  }

  #acceptTLS(
    servers: Server[],
    { serverName, clientCertificate = false }: NonNullable<GatewayConnection['tls']>
  ): Accepted {
    const server = chainFor(servers, serverName)
    if (!server) {
      const hosts = servers.flatMap(({ spec }) => spec.hosts).join(', ')
      const asked = serverName ? `the server name ${serverName}` : 'no server name (SNI)'
      return {
        kind: 'reset',
        server: servers[0]!,
        reason: `the connection has ${asked}, and the servers are only for ${hosts}`
      }
    }
    if (!terminatesTLS(server.spec))
      return {
        kind: 'reset',
        server,
        reason: `the server passes TLS through (mode ${server.spec.tls?.mode ?? 'PASSTHROUGH'}), and without a server name no route takes the connection`
      }
    const credential = credentialOf(server, this.#workload, this.#resources, this.#options.complete ?? false)
    if (credential.problem)
      return { kind: 'reset', server, reason: `the server has no certificate: ${credential.problem}` }
    if (/^(ISTIO_)?MUTUAL$/.test(server.spec.tls?.mode ?? '') && !clientCertificate)
      return {
        kind: 'reset',
        server,
        reason: `the server demands a client certificate (mode ${server.spec.tls!.mode}), which the load balancer never presents`
      }
    return { kind: 'server', servers: [server], tls: true, credential }
  }

  /** What becomes of a request over a connection. */
  answer(port: ServicePort, connection: GatewayConnection, request: GatewayRequest): GatewayAnswer {
    const accepted = this.accept(port, connection)
    if (accepted.kind === 'status') return { considered: [], outcome: answerStatus(request) }
    if (accepted.kind !== 'server') {
      const { kind, reason, server } = accepted
      return { ...(server && { server: describeServer(server) }), considered: [], outcome: { kind, reason } }
    }
    return this.route(accepted, connection, request)
  }

  /** What becomes of a request that a server of the gateway has. */
  route(
    { servers, tls }: Extract<Accepted, { kind: 'server' }>,
    { peer }: GatewayConnection,
    request: GatewayRequest
  ): GatewayAnswer {
    const server = describeServer(servers[0]!)
    const own = (status: number, reason: string, headers: HeaderPairs = [], body = '') =>
      ownResponse(request, status, reason, headers, body)
    if (request.version === '1.0') return { server, considered: [], outcome: own(426, 'Envoy takes no HTTP/1.0') }
    const headers = trustHeaders(request.headers, { trustedProxies: this.topology.trustedProxies, peer, tls })
    const { method, path, authority } = request
    const facts: RouteFacts = { method, path, authority, headers, scheme: headerValue(headers, 'x-forwarded-proto')! }
    const hosts = this.#hostsOf(servers)
    const domain = mostSpecific(
      hosts.map(host => host.domain),
      hostOf(authority)
    )
    const host = hosts.find(one => one.domain === domain)
    if (!host)
      return {
        server,
        considered: [],
        outcome: own(404, `no VirtualService of this Gateway is for the host ${hostOf(authority)}`)
      }
    const found = { server, virtualHost: host.domain }
    if (host.httpsRedirect && facts.scheme !== 'https')
      return {
        ...found,
        considered: [],
        outcome: own(
          301,
          `the server redirects to HTTPS, and X-Forwarded-Proto is ${facts.scheme} (trusted proxies: ${this.topology.trustedProxies})`,
          [['location', `https://${hostOf(authority)}${path}`]]
        )
      }
    const { route, considered } = findRoute(host.routes, facts)
    if (!route) return { ...found, considered, outcome: own(404, `no route of ${host.domain} takes ${method} ${path}`) }
    const answer = { ...found, considered, route: route.name }
    const { spec } = route
    const abort = spec.fault?.abort
    if (abort?.httpStatus && this.#random() * 100 < (abort.percentage?.value ?? 100))
      return { ...answer, outcome: own(abort.httpStatus, 'the route injects a fault', [], 'fault filter abort') }
    if (spec.redirect)
      return {
        ...answer,
        outcome: own(spec.redirect.redirectCode || 301, 'the route redirects', [
          ['location', redirectLocation(route, facts, servers[0]!.spec.port.number, tls)]
        ])
      }
    if (spec.directResponse) {
      const { status, body } = spec.directResponse
      const text = body?.string ?? Buffer.from(body?.bytes ?? '', 'base64').toString()
      return { ...answer, outcome: own(status, 'the route answers directly', [], text) }
    }
    const destinations = destinationsOf(spec, {
      resources: this.#resources,
      virtualService: route.virtualService,
      port: servers[0]!.spec.port.number,
      complete: this.#options.complete ?? false
    })
    const destination = chooseDestination(destinations, this.#random())
    if (!destination) return { ...answer, outcome: own(503, 'the route has no destination') }
    if (destination.problem) return { ...answer, outcome: own(503, destination.problem) }
    // The destination's operations come before the route's (Envoy: the most specific first).
    const operations = [spec.route?.[destination.place]?.headers, spec.headers]
    const rewritten = spec.rewrite?.authority ?? authorityOf(spec.headers) ?? authorityOf(operations[0]) ?? authority
    return {
      ...answer,
      outcome: {
        kind: 'service',
        destinations,
        destination,
        request: {
          method,
          path: rewritePath(route, path),
          headers: operateOnHeaders(
            headers.map(([name, value]) => [name, name.toLowerCase() === 'host' ? rewritten : value]),
            operations.map(operation => operation?.request)
          )
        },
        answerHeaders: given =>
          operateOnHeaders(
            given,
            operations.map(operation => operation?.response)
          )
      }
    }
  }

  #hostsOf(servers: Server[]): VirtualHost[] {
    const known = this.#virtualHosts.get(servers[0]!) ?? virtualHostsOf(servers, this.#workload, this.#resources)
    this.#virtualHosts.set(servers[0]!, known)
    return known
  }

  #random(): number {
    return this.#options.random?.() ?? 0
  }
}

/** A host among the headers to set rewrites the authority (Istio: TranslateHeadersOperations). */
const authorityOf = (headers: Headers | undefined): string | undefined =>
  Object.entries({ ...headers?.request?.add, ...headers?.request?.set }).find(([name]) =>
    /^(host|:authority)$/i.test(name)
  )?.[1]

/** The labels of the pods: those of what makes them where it is known, else what their Service selects. */
function workloadOf(service: Service, resources: Resources): Workload {
  const { namespace = 'default', labels = {} } = service.metadata
  const { selector, ports = [] } = service.spec ?? {}
  const maker = workloadsOf(resources).find(
    ({ metadata, spec }) =>
      selector && metadata.namespace === namespace && selects(selector, spec?.template?.metadata?.labels)
  )
  return { namespace, ports, labels: { ...labels, ...selector, ...maker?.spec?.template?.metadata?.labels } }
}

const describeServer = ({ gateway, spec }: Server): NonNullable<GatewayAnswer['server']> => ({
  gateway: objectName(gateway),
  port: spec.port.number,
  protocol: spec.port.protocol,
  hosts: spec.hosts,
  ...(spec.tls?.mode && { tlsMode: spec.tls.mode })
})

function ownResponse(
  request: GatewayRequest,
  status: number,
  reason: string,
  headers: HeaderPairs,
  body: string
): Outcome {
  const isGRPC = /^application\/grpc($|[+;])/.test(headerValue(request.headers, 'content-type') ?? '')
  const server: HeaderPairs = [['server', SERVER_NAME]]
  if (isGRPC)
    return {
      kind: 'response',
      status: 200,
      headers: [
        ...server,
        ['content-type', 'application/grpc'],
        ['grpc-status', String(GRPC_STATUS[status] ?? 2)],
        ...headers
      ],
      body: '',
      reason
    }
  return {
    kind: 'response',
    status,
    headers: [...(body ? ([['content-type', 'text/plain']] as HeaderPairs) : []), ...headers, ...server],
    body,
    reason
  }
}

/** As Envoy's bootstrap routes the status port: the readiness path, and nothing else. */
function answerStatus(request: GatewayRequest): Outcome {
  const ready = request.path.startsWith('/healthz/ready')
  return ownResponse(
    request,
    ready ? 200 : 404,
    ready ? 'the gateway is ready' : 'the status port answers /healthz/ready only',
    [],
    ''
  )
}
