/**
 * What Istio's ingress gateway does with a connection and a request. Pure: the embedded cluster's stand-in and `trace` ask the
 * same, and the end-to-end tests hold both against real Istio.
 *
 * Not told: retries, time-outs, mirrors, what EnvoyFilters and plug-ins do; the last are named in the answer.
 *
 * @module
 */

import { objectName, type Resources, type Service, type ServicePort } from '../resources/index.ts'
import type {
  Accepted,
  Branch,
  GatewayAnswer,
  GatewayConnection,
  GatewayOptions,
  GatewayRequest,
  Outcome
} from './contract.ts'
import { credentialOf, handshakeProblem } from './credential.ts'
import { type Destination, destinationsOf } from './destination.ts'
import { followRoute } from './follow-route.ts'
import { parentAnnotation } from './gateway-api.ts'
import type { FormatFacts } from './header-operation.ts'
import { clientOf, headerValue, trustHeaders } from './headers.ts'
import { hostOf, mostSpecific, withoutNamespace } from './host.ts'
import { type Chain, chainFor, chainsOf, tcpRouteOf } from './layer4.ts'
import { answerStatus, type OwnAnswer, ownResponse } from './own-response.ts'
import { normalizePath, type PathNormalization } from './path.ts'
import { authenticate } from './policy/authentication.ts'
import { authorize } from './policy/authorization.ts'
import { notEvaluatedFor, policiesOfDestination } from './policy/not-evaluated.ts'
import { policiesFor } from './policy/selection.ts'
import { roleOf } from './port.ts'
import { findRoute } from './route.ts'
import {
  isHTTP,
  type MergedServers,
  type Server,
  serversFor,
  terminatesHTTPS,
  type VirtualHost,
  virtualHostsOf,
  virtualServicesFor,
  type Workload
} from './server.ts'
import { meshConfigOf, selects, type Topology, topologyOf, workloadsOf } from './topology.ts'

const nothing = { assumptions: [], notEvaluated: [] }

/** The answer to a request over a connection that nobody takes. */
type Unserved = Extract<Accepted, { kind: 'refused' | 'reset' }>

/** An ingress gateway: the pods behind a Service. */
export class IngressGateway {
  readonly service: Service
  readonly topology: Topology
  readonly #resources: Resources
  readonly #workload: Workload
  readonly #options: GatewayOptions
  readonly #normalization: PathNormalization
  /** By the Service's port. */
  readonly #merged = new Map<ServicePort, MergedServers & { chains: Chain[] }>()
  /** By the first of the servers that share them. */
  readonly #virtualHosts = new Map<Server, VirtualHost[]>()
  /** What is for the gateway's pods and was not looked at. */
  readonly #notEvaluated: string[]

  constructor(service: Service, resources: Resources, options: GatewayOptions = {}) {
    this.service = service
    this.topology = topologyOf(service, resources)
    this.#resources = resources
    this.#options = options
    this.#workload = workloadOf(service, resources)
    this.#normalization = (meshConfigOf(resources).pathNormalization?.normalization ?? 'BASE') as PathNormalization
    this.#notEvaluated = notEvaluatedFor(this.#workload, 'the gateway', resources)
  }

  /** Where a connection to a port of the Service leads. */
  accept(port: ServicePort, { tls }: GatewayConnection): Accepted {
    if (roleOf(port) === 'status') {
      return tls ? { kind: 'reset', reason: 'the status port speaks plain HTTP only' } : { kind: 'status' }
    }
    const merged = this.#serversOf(port)
    const [plain] = merged.plain
    const tcp = plain && !isHTTP(plain.spec) ? tcpRouteOf(plain, this.#workload, this.#resources) : undefined
    const listens = merged.chains.length > 0 || (plain && (isHTTP(plain.spec) || tcp))
    if (!listens) {
      return this.#refuse(port, merged)
    }
    const first = plain ?? merged.tls[0]!
    if (this.topology.proxyProtocol) {
      const reason = 'the gateway demands the PROXY protocol, which the load balancer does not speak'
      return { kind: 'reset', server: first, reason }
    }
    const chain = tls && chainFor(merged.chains, tls.serverName)
    if (chain) {
      return this.#acceptTLS(chain, tls)
    }
    if (plain && tcp) {
      return { kind: 'passed', server: plain, route: tcp }
    }
    if (!tls) {
      return plain
        ? { kind: 'server', servers: merged.plain, tls: false }
        : { kind: 'reset', server: first, reason: `plain HTTP to port ${port.port}, which speaks TLS` }
    }
    if (merged.chains.length === 0) {
      return { kind: 'reset', server: first, reason: `TLS to port ${port.port}, which speaks plain HTTP` }
    }
    const hosts = merged.chains.map(({ serverName }) => serverName).join(', ')
    const asked = tls.serverName ? `the server name ${tls.serverName}` : 'no server name (SNI)'
    const reason = `the connection has ${asked}, and the servers are only for ${hosts}${describeSkipped(merged)}`
    return { kind: 'reset', server: first, reason }
  }

  #refuse(port: ServicePort, { plain, tls, skipped }: MergedServers): Accepted {
    const [server] = [...plain, ...tls]
    if (server) {
      const field = server.spec.tls ? 'tls or tcp' : 'tcp'
      const reason = `no ${field} route of a VirtualService is for the ${server.spec.port.protocol} server of port ${port.port}, so the pods do not listen`
      return { kind: 'refused', server, reason }
    }
    return {
      kind: 'refused',
      reason: `no Istio Gateway that selects the pods of ${objectName(this.service)} has a server for port ${port.port}, so the pods do not listen${describeSkipped({ skipped })}`
    }
  }

  #acceptTLS({ server, route }: Chain, tls: NonNullable<GatewayConnection['tls']>): Accepted {
    if (route && /PASSTHROUGH$/.test(server.spec.tls?.mode ?? 'PASSTHROUGH')) {
      return { kind: 'passed', server, route }
    }
    const credential = credentialOf(server, this.#workload, this.#resources, this.#options.complete ?? false)
    if (credential.problem) {
      return { kind: 'reset', server, reason: `the server has no certificate: ${credential.problem}` }
    }
    const problem = handshakeProblem(server, tls, this.#workload, this.#resources)
    if (problem) {
      return { kind: 'reset', server, reason: problem }
    }
    return route
      ? { kind: 'passed', server, route, credential }
      : { kind: 'server', servers: [server], tls: true, credential }
  }

  /** What becomes of a request over a connection. */
  answer(port: ServicePort, connection: GatewayConnection, request: GatewayRequest): GatewayAnswer {
    const accepted = this.accept(port, connection)
    switch (accepted.kind) {
      case 'status':
        return { considered: [], outcome: answerStatus(request), ...nothing }
      case 'server':
        return this.route(accepted, connection, request, port)
      case 'passed':
        return this.pass(accepted, request)
      default:
        return this.#unserved(accepted)
    }
  }

  #unserved({ kind, reason, server }: Unserved): GatewayAnswer {
    return {
      ...(server && { server: describeServer(server) }),
      considered: [],
      outcome: { kind, reason },
      assumptions: [],
      notEvaluated: this.#notEvaluated
    }
  }

  /** What becomes of a request over a connection that is passed on without being looked at. */
  pass({ server, route }: Extract<Accepted, { kind: 'passed' }>, request: GatewayRequest): GatewayAnswer {
    const { method, path, headers } = request
    const destinations = destinationsOf(route.destinations, {
      resources: this.#resources,
      namespace: this.#workload.namespace,
      port: server.spec.port.number,
      complete: this.#options.complete ?? false
    })
    const branches = destinations.map((destination): Branch => {
      const { problem, host, port, share } = destination
      return {
        share,
        text: `${host}:${port}`,
        outcome: problem
          ? { kind: 'reset', reason: problem.reason }
          : {
              kind: 'service',
              destinations,
              destination,
              request: { method, path, headers },
              answerHeaders: all => all
            }
      }
    })
    const policies = policiesFor('AuthorizationPolicy', this.#workload, this.#resources)
    return this.#choose({ server: describeServer(server), considered: [], route: route.name }, branches, destinations, [
      ...policies.map(policy => `${objectName(policy)} selects the gateway, and the connection is passed on unread`)
    ])
  }

  /**
   * What an answer hinges on and the objects do not tell: whether the gateway trusts the load balancer in front of it, where that
   * makes another answer.
   */
  unsureOf(
    port: ServicePort,
    connection: GatewayConnection,
    request: GatewayRequest,
    outcome: Outcome
  ): string | undefined {
    const { unknown } = this.topology
    const accepted = unknown === undefined ? undefined : this.accept(port, connection)
    if (accepted?.kind !== 'server') {
      return undefined
    }
    const trusting = this.route(accepted, connection, request, port, 1)
    return comesToTheSame(outcome, trusting.outcome)
      ? undefined
      : `the gateway trusts no proxy in front of it (gatewayTopology.numTrustedProxies), on which this answer hinges: not among the objects is ${unknown}`
  }

  /**
   * What becomes of a request that a server of the gateway has.
   *
   * @param trustedProxies where they are not the topology's.
   */
  route(
    { servers, tls }: Extract<Accepted, { kind: 'server' }>,
    connection: GatewayConnection,
    request: GatewayRequest,
    port?: ServicePort,
    trustedProxies = this.topology.trustedProxies
  ): GatewayAnswer {
    function own(status: number, reason: string, rest: Partial<OwnAnswer> = {}): Pick<GatewayAnswer, 'outcome'> {
      return { outcome: ownResponse(request, { status, reason, ...rest }) }
    }
    // Plain servers of a port share their routes; the one that is told is the one for the host.
    const server = describeServer(serverFor(servers, hostOf(request.authority)))
    const found = { server, considered: [], assumptions: [], notEvaluated: this.#notEvaluated }
    if (request.version === '1.0') {
      return { ...found, ...own(426, 'Envoy takes no HTTP/1.0') }
    }
    const path = normalizePath(request.path, this.#normalization)
    if (path === undefined) {
      return { ...found, ...own(400, `Envoy takes no path like ${request.path}`) }
    }
    const facts = this.#factsOf(request, path, connection, tls, trustedProxies)
    const policy = this.#judge(facts, connection, port)
    const judged = { ...found, notEvaluated: [...this.#notEvaluated, ...policy.notEvaluated] }
    if (policy.answer) {
      return { ...judged, ...own(policy.answer.status, policy.answer.reason, policy.answer) }
    }
    const hosts = this.#hostsOf(servers)
    const name = hostOf(request.authority)
    const domain = mostSpecific(
      hosts.map(host => host.domain),
      name
    )
    const host = hosts.find(one => one.domain === domain)
    if (!host) {
      return { ...judged, ...own(404, `no VirtualService of this Gateway is for the host ${name}`) }
    }
    const described = { ...judged, virtualHost: host.domain }
    if (host.httpsRedirect && facts.scheme !== 'https') {
      const reason = `the server redirects to HTTPS, and X-Forwarded-Proto is ${facts.scheme} (trusted proxies: ${trustedProxies})`
      return { ...described, ...own(301, reason, { headers: [['location', `https://${request.authority}${path}`]] }) }
    }
    const { route, considered } = findRoute(host.routes, facts)
    if (!route) {
      return { ...described, considered, ...own(404, `no route of ${host.domain} takes ${request.method} ${path}`) }
    }
    const followed = followRoute(route, {
      request,
      facts,
      tls,
      port: servers[0]!.spec.port.number,
      namespace: this.#workload.namespace,
      resources: this.#resources,
      complete: this.#options.complete ?? false
    })
    const { branches, destinations, notEvaluated } = followed
    return this.#choose({ server, virtualHost: host.domain, considered, route: route.name }, branches, destinations, [
      ...policy.notEvaluated,
      ...notEvaluated
    ])
  }

  #factsOf(
    request: GatewayRequest,
    path: string,
    { peer }: GatewayConnection,
    tls: boolean,
    trustedProxies: number
  ): FormatFacts {
    const { method, authority, version = '1.1' } = request
    const trusted = trustHeaders(request.headers, { trustedProxies, peer, tls })
    return {
      method,
      path,
      authority,
      version,
      peer,
      headers: [...trusted, ['x-request-id', this.#options.requestID?.() ?? 'made by the gateway']],
      client: clientOf(request.headers, { trustedProxies, peer }),
      scheme: headerValue(trusted, 'x-forwarded-proto')!
    }
  }

  /** What the policies for the gateway's pods say: tokens come first (Istio: the order of its filters). */
  #judge(
    facts: FormatFacts,
    { tls }: GatewayConnection,
    port: ServicePort | undefined
  ): { answer?: OwnAnswer; notEvaluated: string[] } {
    const caller = authenticate(this.#workload, facts, this.#resources)
    if (caller.kind === 'refused') {
      const { body, policy } = caller
      const realm = `${facts.scheme}://${facts.authority}${facts.path}`
      const headers: [string, string][] = [['www-authenticate', `Bearer realm="${realm}", error="invalid_token"`]]
      return { answer: { status: 401, reason: `${policy} takes no such token`, body, headers }, notEvaluated: [] }
    }
    const unverified =
      caller.kind === 'token' ? [`whether the token is valid, which the keys of ${caller.policy} decide`] : []
    const { denied, notEvaluated } = authorize(
      this.#workload,
      {
        ...facts,
        port: Number(port?.targetPort ?? port?.port ?? 0),
        ...(tls?.serverName && { serverName: tls.serverName }),
        ...(caller.kind === 'token' && { claims: caller.claims })
      },
      this.#resources
    )
    return {
      ...(denied && { answer: { status: 403, reason: denied, body: 'RBAC: access denied' } }),
      notEvaluated: [...unverified, ...notEvaluated]
    }
  }

  /** One of the branches, by chance or the likeliest, with what the pods behind it add to what is not known. */
  #choose(
    answer: Pick<GatewayAnswer, 'server' | 'virtualHost' | 'considered' | 'route'>,
    branches: Branch[],
    destinations: readonly Destination[],
    notEvaluated: readonly string[]
  ): GatewayAnswer {
    const sorted = branches.toSorted((one, other) => other.share - one.share)
    const chosen = chooseBranch(branches, this.#options.random?.()) ?? sorted[0]!
    const ofPods = destinations.filter(({ problem }) => !problem).flatMap(one => this.#policiesOf(one))
    const all = [...this.#notEvaluated, ...notEvaluated, ...destinations.flatMap(one => one.notEvaluated), ...ofPods]
    return {
      ...answer,
      ...(sorted.length > 1 && { branches: sorted }),
      outcome: chosen.outcome,
      assumptions: [...new Set(destinations.flatMap(({ assumptions }) => assumptions))],
      notEvaluated: [...new Set(all)]
    }
  }

  #policiesOf({ host }: Destination): string[] {
    const [name = '', namespace = ''] = host.split('.')
    const service = host.endsWith('.svc.cluster.local') ? this.#resources.find('Service', name, namespace) : undefined
    return service?.spec?.selector
      ? policiesOfDestination(
          { namespace, labels: service.spec.selector },
          `the pods of ${name}.${namespace}`,
          this.#resources
        )
      : []
  }

  #serversOf(port: ServicePort): MergedServers & { chains: Chain[] } {
    const known = this.#merged.get(port)
    if (known) {
      return known
    }
    const merged = serversFor(port, this.#workload, this.#resources)
    const found = { ...merged, chains: chainsOf(merged.tls, this.#workload, this.#resources) }
    this.#merged.set(port, found)
    return found
  }

  /** The hosts for which a port of the Service has routes, with the paths that their routes ask for. */
  hostsOn(port: ServicePort): { domain: string; paths: string[] }[] {
    const { plain, tls } = this.#serversOf(port)
    const routed = plain.filter(({ spec }) => isHTTP(spec))
    const groups =
      routed.length > 0 ? [routed] : tls.filter(({ spec }) => terminatesHTTPS(spec)).map(server => [server])
    return groups
      .flatMap(group => this.#hostsOf(group))
      .map(({ domain, routes }) => ({
        domain,
        paths: routes.flatMap(({ match }) => match?.uri?.exact ?? match?.uri?.prefix ?? [])
      }))
  }

  /** The hosts of the servers on a port of the Service, routes or not; those too whose VirtualServices go with a server left out. */
  serverHostsOn(port: ServicePort): string[] {
    const { plain, tls, skipped } = this.#serversOf(port)
    const lost = skipped.flatMap(({ server: { gateway } }) =>
      virtualServicesFor(keyOf(gateway), this.#workload, this.#resources).flatMap(({ hosts }) => hosts)
    )
    return [...[...plain, ...tls].flatMap(({ spec }) => spec.hosts.map(withoutNamespace)), ...lost]
  }

  /** The servers of Gateways that are for a port of the Service: those that count, and those left out with the reason. */
  serversOn(port: ServicePort): MergedServers {
    return this.#serversOf(port)
  }

  /** Labels of the pods. */
  get labels(): Readonly<Record<string, string>> {
    return this.#workload.labels
  }

  #hostsOf(servers: Server[]): VirtualHost[] {
    const known = this.#virtualHosts.get(servers[0]!) ?? virtualHostsOf(servers, this.#workload, this.#resources)
    this.#virtualHosts.set(servers[0]!, known)
    return known
  }
}

/** Whether two outcomes are one to the client: the same application, or the same answer. */
function comesToTheSame(one: Outcome, other: Outcome): boolean {
  if (one.kind === 'response' && other.kind === 'response') {
    return (
      one.status === other.status && headerValue(one.headers, 'location') === headerValue(other.headers, 'location')
    )
  }
  if (one.kind === 'service' && other.kind === 'service') {
    return one.destination.host === other.destination.host && one.destination.port === other.destination.port
  }
  return one.kind === other.kind
}

/** One of the branches by their shares. @param random from 0 up to, but not including, 1; undefined chooses none. */
function chooseBranch(branches: readonly Branch[], random: number | undefined): Branch | undefined {
  let left = (random ?? 1) * 100
  return branches.find(({ share }) => {
    const isChosen = left < share
    left -= share
    return isChosen
  })
}

function serverFor(servers: readonly Server[], host: string): Server {
  const chains = servers.flatMap(server =>
    server.spec.hosts.map(one => ({ server, serverName: one.split('/').at(-1)!.toLowerCase() }))
  )
  return chainFor(chains, host)?.server ?? servers[0]!
}

/** The labels of the pods: those of what makes them where it is known, else what their Service selects. */
function workloadOf(service: Service, resources: Resources): Workload {
  const { namespace = 'default', name, labels = {} } = service.metadata
  const { selector, ports = [] } = service.spec ?? {}
  const maker = workloadsOf(resources).find(
    ({ metadata, spec }) =>
      selector && metadata.namespace === namespace && selects(selector, spec?.template?.metadata?.labels)
  )
  return {
    namespace,
    name,
    ports,
    labels: { ...labels, ...selector, ...maker?.spec?.template?.metadata?.labels },
    ...(maker && { maker })
  }
}

function describeSkipped({ skipped }: Pick<MergedServers, 'skipped'>): string {
  return skipped.map(({ server, reason }) => `; the server of ${nameOf(server)} does not count: ${reason}`).join('')
}

function keyOf({ metadata: { name, namespace = 'default' } }: Server['gateway']): string {
  return `${namespace}/${name}`
}

function nameOf({ gateway }: Server): string {
  return gateway.metadata.annotations?.[parentAnnotation] ?? objectName(gateway)
}

function describeServer(server: Server): NonNullable<GatewayAnswer['server']> {
  const { spec } = server
  return {
    gateway: nameOf(server),
    port: spec.port.number,
    protocol: spec.port.protocol,
    hosts: spec.hosts,
    ...(spec.tls?.mode && { tlsMode: spec.tls.mode })
  }
}
