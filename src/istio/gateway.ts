/**
 * What Istio's ingress gateway does with a connection and a request. Pure: the embedded cluster's stand-in and `trace` ask the
 * same, and the end-to-end tests hold both against real Istio.
 *
 * Not told: how long a Service takes, whether it fails, what EnvoyFilters and plug-ins do; the last, and what the gateway does about
 * the first, are named in the answer.
 *
 * @module
 */

import { objectName, type Resources, type Service, type ServicePort } from '../resources/index.ts'
import { chooseBranch } from './branch.ts'
import { conductOf } from './conduct.ts'
import { acceptConnection, type GatewayFacts, type PortServers, portServersOf, proxyProtocolOn } from './connection.ts'
import type {
  Accepted,
  Branch,
  GatewayAnswer,
  GatewayConnection,
  GatewayOptions,
  GatewayRequest,
  Outcome
} from './contract.ts'
import { describeServer } from './describe-server.ts'
import type { Destination } from './destination.ts'
import { followPassed } from './follow-passed.ts'
import { followRoute, headersOfLocalReply } from './follow-route.ts'
import type { FormatFacts } from './header-operation.ts'
import { clientOf, headerValue, trustHeaders } from './headers.ts'
import { hostOf, mostSpecific, withoutNamespace } from './host.ts'
import { chainsOf, serverFor, tcpRouteOf } from './layer4.ts'
import { considerLeftOut, type LeftOutRoute, leftOutRoutes } from './left-out.ts'
import { answerStatus, type OwnAnswer, ownResponse } from './own-response.ts'
import { normalizePath, type PathNormalization } from './path.ts'
import { judgeRequest } from './policy/judge.ts'
import { notEvaluatedFor, policiesOfDestination } from './policy/not-evaluated.ts'
import { policiesFor } from './policy/selection.ts'
import { type PortRoutes, portChains, portConnections, portRoutes } from './port-routes.ts'
import type { ProxyProtocol } from './proxy-protocol.ts'
import { findRoute } from './route.ts'
import { isHTTP, type Server, terminatesHTTPS, type VirtualHost, virtualHostsOf, virtualServicesFor } from './server.ts'
import { meshConfigOf, type Topology, topologyOf } from './topology.ts'
import { workloadOf } from './workload.ts'

const nothing = { assumptions: [], notEvaluated: [] }

/** The answer to a request over a connection that nobody takes. */
type UnservedConnection = Extract<Accepted, { kind: 'refused' | 'reset' | 'malformed' }>

/** An ingress gateway: the pods behind a Service. */
export class IngressGateway {
  readonly service: Service
  readonly topology: Topology
  readonly #facts: GatewayFacts
  readonly #options: GatewayOptions
  readonly #normalization: PathNormalization
  /** By the Service's port. */
  readonly #merged = new Map<ServicePort, PortServers>()
  /** By the first of the servers that share them. */
  readonly #virtualHosts = new Map<Server, VirtualHost[]>()
  /** By the same. */
  readonly #leftOut = new Map<Server, LeftOutRoute[]>()
  /** What is for the gateway's pods and was not looked at. */
  readonly #notEvaluated: string[]

  constructor(service: Service, resources: Resources, options: GatewayOptions = {}) {
    this.service = service
    this.topology = topologyOf(service, resources)
    this.#options = options
    const { complete = false } = options
    const workload = workloadOf(service, resources)
    this.#facts = { service, workload, resources, complete, proxyProtocol: this.topology.proxyProtocol }
    this.#normalization = (meshConfigOf(resources).pathNormalization?.normalization ?? 'BASE') as PathNormalization
    this.#notEvaluated = notEvaluatedFor(workload, 'gateway', 'the gateway', resources)
  }

  /** Where a connection to a port of the Service leads. */
  accept(port: ServicePort, connection: GatewayConnection): Accepted {
    return acceptConnection(port, this.#serversOf(port), connection, this.#facts)
  }

  /** What a port of the Service makes of a header of the PROXY protocol. */
  proxyProtocolOn(port: ServicePort): ProxyProtocol {
    return proxyProtocolOn(port, this.#facts)
  }

  /** Whether the pods may be told to take a PROXY header off by what is not among the objects. */
  mayReadProxyHeader(port: ServicePort): boolean {
    return this.topology.proxyProtocol === 'unknown' && this.proxyProtocolOn(port) === undefined
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

  #unserved({ kind, reason, hint, server }: UnservedConnection): GatewayAnswer {
    return {
      ...(server && { server: describeServer(server) }),
      considered: [],
      outcome:
        kind === 'malformed'
          ? { kind: 'response', status: 400, headers: [], body: '', reason }
          : { kind, reason, ...(hint !== undefined && { hint }) },
      assumptions: [],
      notEvaluated: this.#notEvaluated
    }
  }

  /** What becomes of a request over a connection that is passed on without being looked at. */
  pass({ server, route }: Extract<Accepted, { kind: 'passed' }>, request: GatewayRequest): GatewayAnswer {
    const { workload, resources } = this.#facts
    const { branches, destinations } = followPassed(server, route.destinations, request, this.#facts)
    const policies = policiesFor('AuthorizationPolicy', workload, resources)
    return this.#choose({ server: describeServer(server), considered: [], route: route.name }, branches, destinations, [
      ...policies.map(policy => `${objectName(policy)} selects the gateway, and the connection is passed on unread`)
    ])
  }

  /**
   * What an answer hinges on and the objects do not tell: whether the gateway takes a PROXY header off, and whether it trusts the
   * load balancer in front of it, where that makes another answer.
   */
  unsureOf(
    port: ServicePort,
    connection: GatewayConnection,
    request: GatewayRequest,
    outcome: Outcome
  ): string | undefined {
    const { unknown } = this.topology
    if (connection.proxied && this.mayReadProxyHeader(port)) {
      return `the gateway takes no PROXY header off (gatewayTopology.proxyProtocol), on which this answer hinges: not among the objects is what makes the pods of ${objectName(this.service)}`
    }
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
    const { workload, resources, complete } = this.#facts
    const policy = judgeRequest(workload, facts, connection, port, resources)
    const judged = { ...found, notEvaluated: [...this.#notEvaluated, ...policy.notEvaluated] }
    const hosts = this.#hostsOf(servers)
    const name = hostOf(request.authority)
    const domain = mostSpecific(
      hosts.map(host => host.domain),
      name
    )
    const host = hosts.find(one => one.domain === domain)
    if (policy.answer) {
      const { route } = host && !isRedirected(host, facts) ? findRoute(host.routes, facts) : {}
      const headers = [...(policy.answer.headers ?? []), ...(route ? headersOfLocalReply(route, facts) : [])]
      return { ...judged, ...own(policy.answer.status, policy.answer.reason, { ...policy.answer, headers }) }
    }
    const leftOut = this.#leftOutOf(servers)
    if (!host) {
      const lost = considerLeftOut(leftOut, facts, name, { domain })
      return { ...judged, ...lost, ...own(404, `no VirtualService or route of this Gateway is for the host ${name}`) }
    }
    const described = { ...judged, virtualHost: host.domain }
    if (isRedirected(host, facts)) {
      const reason = `the server redirects to HTTPS, and X-Forwarded-Proto is ${facts.scheme} (trusted proxies: ${trustedProxies})`
      return { ...described, ...own(301, reason, { headers: [['location', `https://${request.authority}${path}`]] }) }
    }
    const { route, considered: tried } = findRoute(host.routes, facts)
    const lost = considerLeftOut(leftOut, facts, name, { domain, route })
    const considered = [...lost.considered, ...tried]
    if (!route) {
      return {
        ...described,
        ...lost,
        considered,
        ...own(404, `no route of ${host.domain} takes ${request.method} ${path}`)
      }
    }
    const followed = followRoute(route, {
      request,
      facts,
      tls,
      port: servers[0]!.spec.port.number,
      namespace: workload.namespace,
      resources,
      complete
    })
    const { branches, destinations, notEvaluated } = followed
    const conduct = destinations.length > 0 ? conductOf(route.spec) : []
    const how = {
      server,
      virtualHost: host.domain,
      considered,
      route: route.name,
      ...(conduct.length > 0 && { conduct })
    }
    const answer = this.#choose(how, branches, destinations, [...policy.notEvaluated, ...notEvaluated])
    return { ...answer, assumptions: [...lost.assumptions, ...answer.assumptions] }
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

  /** One of the branches, by chance or the likeliest, with what the pods behind it add to what is not known. */
  #choose(
    answer: Pick<GatewayAnswer, 'server' | 'virtualHost' | 'considered' | 'route' | 'conduct'>,
    branches: Branch[],
    destinations: readonly Destination[],
    notEvaluated: readonly string[]
  ): GatewayAnswer {
    const sorted = branches.toSorted((one, other) => other.share - one.share)
    const chosen = chooseBranch(branches, this.#options.random?.())
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
    const service = host.endsWith('.svc.cluster.local')
      ? this.#facts.resources.find('Service', name, namespace)
      : undefined
    return service?.spec?.selector
      ? policiesOfDestination(
          { namespace, labels: service.spec.selector },
          `the pods of ${name}.${namespace}`,
          this.#facts.resources
        )
      : []
  }

  #serversOf(port: ServicePort): PortServers {
    const { workload, resources } = this.#facts
    const servers = this.#merged.get(port) ?? portServersOf(port, workload, resources)
    this.#merged.set(port, servers)
    return servers
  }

  /** The hosts for which a port of the Service has routes, with the paths that their routes ask for. */
  hostsOn(port: ServicePort): { domain: string; paths: string[] }[] {
    const { plain, tls, chains } = this.#serversOf(port)
    const routed = plain.filter(({ spec }) => isHTTP(spec))
    const groups =
      routed.length > 0 ? [routed] : tls.filter(({ spec }) => terminatesHTTPS(spec)).map(server => [server])
    const http = groups
      .flatMap(group => this.#hostsOf(group))
      .map(({ domain, routes }) => ({
        domain,
        paths: routes.flatMap(({ match }) => match?.uri?.exact ?? match?.uri?.prefix ?? [])
      }))
    // A connection that is passed on is asked for by its server name, which is the route's and not the server's.
    const passed = chains.flatMap(({ serverName, route }) => (route ? [{ domain: serverName, paths: [] }] : []))
    return [...http, ...passed]
  }

  /** The hosts of the servers on a port of the Service, routes or not; those too whose VirtualServices go with a server left out. */
  serverHostsOn(port: ServicePort): string[] {
    const { plain, tls, skipped } = this.#serversOf(port)
    const { workload, resources } = this.#facts
    const lost = skipped.flatMap(({ server: { gateway } }) =>
      virtualServicesFor(`${gateway.metadata.namespace ?? 'default'}/${gateway.metadata.name}`, workload, resources)
    )
    const own = [...plain, ...tls].flatMap(({ spec }) => spec.hosts.map(withoutNamespace))
    return [...own, ...lost.flatMap(({ hosts }) => hosts)]
  }

  /** The servers of Gateways that are for a port of the Service: those that count, and those left out with the reason. */
  serversOn(port: ServicePort): PortServers {
    return this.#serversOf(port)
  }

  /** What a port of the Service does: servers that share routes, with those routes in the order in which they are tried. */
  routesOn(port: ServicePort): PortRoutes[] {
    const { plain, tls } = this.#serversOf(port)
    const { workload, resources, complete } = this.#facts
    const shared = plain.filter(({ spec }) => isHTTP(spec))
    const alone = [...plain, ...tls].filter(server => !shared.includes(server)).map(server => [server])
    const chains = chainsOf(tls, workload, resources)
    return [...(shared.length > 0 ? [shared] : []), ...alone].map(servers => {
      const [server] = servers as [Server]
      const { spec } = server
      const context = { resources, namespace: workload.namespace, port: spec.port.number, complete }
      if (isHTTP(spec) || terminatesHTTPS(spec)) {
        return portRoutes(servers, this.#hostsOf(servers), context)
      }
      return plain.includes(server)
        ? portConnections(server, tcpRouteOf(server, workload, resources), context)
        : portChains(server, chains, context)
    })
  }

  /** Labels of the pods. */
  get labels(): Readonly<Record<string, string>> {
    return this.#facts.workload.labels
  }

  #leftOutOf(servers: Server[]): LeftOutRoute[] {
    const { workload, resources } = this.#facts
    const known = this.#leftOut.get(servers[0]!) ?? leftOutRoutes(servers, workload, resources)
    this.#leftOut.set(servers[0]!, known)
    return known
  }

  #hostsOf(servers: Server[]): VirtualHost[] {
    const { workload, resources } = this.#facts
    const known = this.#virtualHosts.get(servers[0]!) ?? virtualHostsOf(servers, workload, resources)
    this.#virtualHosts.set(servers[0]!, known)
    return known
  }
}

/** Whether a server redirects a request to HTTPS. */
function isRedirected({ httpsRedirect }: VirtualHost, { scheme }: FormatFacts): boolean {
  return httpsRedirect && scheme !== 'https'
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
