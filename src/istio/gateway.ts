/**
 * What Istio's ingress gateway does with a connection and a request. Pure: the embedded cluster's stand-in and `trace` ask the
 * same, and the end-to-end tests hold both against real Istio.
 *
 * Not told: CORS, retries, time-outs, mirrors, AuthorizationPolicies, EnvoyFilters, TCP and TLS routes.
 *
 * @module
 */

import { objectName, type Resources, type Service, type ServicePort } from '../resources/index.ts'
import type { Accepted, GatewayAnswer, GatewayConnection, GatewayOptions, GatewayRequest } from './contract.ts'
import { followRoute } from './follow-route.ts'
import { type HeaderPairs, headerValue, trustHeaders } from './headers.ts'
import { hostOf, mostSpecific, withoutNamespace } from './host.ts'
import { answerStatus, ownResponse } from './own-response.ts'
import { roleOf } from './port.ts'
import { findRoute, type RouteFacts } from './route.ts'
import {
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
    if (roleOf(port) === 'status') {
      return tls ? { kind: 'reset', reason: 'the status port speaks plain HTTP only' } : { kind: 'status' }
    }
    const servers = serversFor(port, this.#workload, this.#resources)
    const [first] = servers
    if (!first) {
      return {
        kind: 'refused',
        reason: `no Istio Gateway that selects the pods of ${objectName(this.service)} has a server for port ${port.port}, so the pods do not listen`
      }
    }
    if (this.topology.proxyProtocol) {
      return {
        kind: 'reset',
        server: first,
        reason: 'the gateway demands the PROXY protocol, which the load balancer does not speak'
      }
    }
    if (isHTTP(first.spec)) {
      return tls
        ? { kind: 'reset', server: first, reason: `TLS to port ${port.port}, which speaks plain HTTP` }
        : { kind: 'server', servers, tls: false }
    }
    if (!first.spec.tls) {
      return {
        kind: 'reset',
        server: first,
        reason: `the server is for ${first.spec.port.protocol} without TLS, where no HTTP is routed`
      }
    }
    if (!tls) {
      return { kind: 'reset', server: first, reason: `plain HTTP to port ${port.port}, which speaks TLS` }
    }
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
    if (!terminatesTLS(server.spec)) {
      return {
        kind: 'reset',
        server,
        reason: `the server passes TLS through (mode ${server.spec.tls?.mode ?? 'PASSTHROUGH'}), and without a server name no route takes the connection`
      }
    }
    const credential = credentialOf(server, this.#workload, this.#resources, this.#options.complete ?? false)
    if (credential.problem) {
      return { kind: 'reset', server, reason: `the server has no certificate: ${credential.problem}` }
    }
    if (/^(ISTIO_)?MUTUAL$/.test(server.spec.tls?.mode ?? '') && !clientCertificate) {
      return {
        kind: 'reset',
        server,
        reason: `the server demands a client certificate (mode ${server.spec.tls!.mode}), which the load balancer never presents`
      }
    }
    return { kind: 'server', servers: [server], tls: true, credential }
  }

  /** What becomes of a request over a connection. */
  answer(port: ServicePort, connection: GatewayConnection, request: GatewayRequest): GatewayAnswer {
    const accepted = this.accept(port, connection)
    if (accepted.kind === 'status') {
      return { considered: [], outcome: answerStatus(request) }
    }
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
    // Plain servers of a port share their routes; the one that is told is the one for the host.
    const server = describeServer(chainFor(servers, hostOf(request.authority)) ?? servers[0]!)
    function own(status: number, reason: string, headers: HeaderPairs = [], body = '') {
      return ownResponse(request, status, reason, headers, body)
    }
    if (request.version === '1.0') {
      return { server, considered: [], outcome: own(426, 'Envoy takes no HTTP/1.0') }
    }
    const headers = trustHeaders(request.headers, { trustedProxies: this.topology.trustedProxies, peer, tls })
    const { method, path, authority } = request
    const facts: RouteFacts = { method, path, authority, headers, scheme: headerValue(headers, 'x-forwarded-proto')! }
    const hosts = this.#hostsOf(servers)
    const domain = mostSpecific(
      hosts.map(host => host.domain),
      hostOf(authority)
    )
    const host = hosts.find(one => one.domain === domain)
    if (!host) {
      return {
        server,
        considered: [],
        outcome: own(404, `no VirtualService of this Gateway is for the host ${hostOf(authority)}`)
      }
    }
    const found = { server, virtualHost: host.domain }
    if (host.httpsRedirect && facts.scheme !== 'https') {
      return {
        ...found,
        considered: [],
        outcome: own(
          301,
          `the server redirects to HTTPS, and X-Forwarded-Proto is ${facts.scheme} (trusted proxies: ${this.topology.trustedProxies})`,
          [['location', `https://${hostOf(authority)}${path}`]]
        )
      }
    }
    const { route, considered } = findRoute(host.routes, facts)
    if (!route) {
      return { ...found, considered, outcome: own(404, `no route of ${host.domain} takes ${method} ${path}`) }
    }
    const outcome = followRoute(route, facts, {
      request,
      tls,
      port: servers[0]!.spec.port.number,
      resources: this.#resources,
      complete: this.#options.complete ?? false,
      random: () => this.#options.random?.() ?? 0
    })
    return { ...found, considered, route: route.name, outcome }
  }

  /** The hosts for which a port of the Service has routes, with the paths that their routes ask for. */
  hostsOn(port: ServicePort): { domain: string; paths: string[] }[] {
    const servers = serversFor(port, this.#workload, this.#resources)
    const plain = servers.filter(({ spec }) => isHTTP(spec))
    const groups = plain.length > 0 ? [plain] : servers.map(server => [server])
    return groups
      .flatMap(group => this.#hostsOf(group))
      .map(({ domain, routes }) => ({
        domain,
        paths: routes.flatMap(({ match }) => match?.uri?.exact ?? match?.uri?.prefix ?? [])
      }))
  }

  /** The hosts of the servers on a port of the Service, routes or not. */
  serverHostsOn(port: ServicePort): string[] {
    return serversFor(port, this.#workload, this.#resources).flatMap(({ spec }) => spec.hosts.map(withoutNamespace))
  }

  #hostsOf(servers: Server[]): VirtualHost[] {
    const known = this.#virtualHosts.get(servers[0]!) ?? virtualHostsOf(servers, this.#workload, this.#resources)
    this.#virtualHosts.set(servers[0]!, known)
    return known
  }
}

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

function describeServer({ gateway, spec }: Server): NonNullable<GatewayAnswer['server']> {
  return {
    gateway: objectName(gateway),
    port: spec.port.number,
    protocol: spec.port.protocol,
    hosts: spec.hosts,
    ...(spec.tls?.mode && { tlsMode: spec.tls.mode })
  }
}
