/**
 * Where a connection to a port of the gateway's pods leads, before any request is read.
 *
 * @module
 */

import { gatewayOfService, objectName, type Resources, type Service, type ServicePort } from '../resources/index.ts'
import type { Accepted, GatewayConnection, Unserved } from './contract.ts'
import { credentialOf, handshakeProblem } from './credential.ts'
import { describeSkipped } from './describe-server.ts'
import { parentAnnotation, unservedOn } from './gateway-api/listener.ts'
import { isSubset } from './host.ts'
import { type Chain, type Conflict, chainFor, chainsOf, conflictOf, tcpRouteOf } from './layer4.ts'
import { roleOf } from './port.ts'
import { proxyProtocolAt } from './proxy-port.ts'
import { type ProxyProtocol, proxyProtocolOf } from './proxy-protocol.ts'
import { isHTTP, type MergedServers, passesTLS, type Server, serversFor, terminatesHTTPS } from './server.ts'
import type { Topology } from './topology.ts'
import type { Workload } from './workload.ts'

/** What listens on a port of the pods. */
export interface PortServers extends MergedServers {
  chains: Chain[]
  /** Why Envoy refuses the port as a whole. */
  conflict?: Conflict
}

/** The gateway whose port it is. */
export interface GatewayFacts {
  service: Service
  workload: Workload
  resources: Resources
  /** The objects are all that there is. */
  complete: boolean
  /** Whether the traffic ports demand the PROXY protocol. */
  proxyProtocol: Topology['proxyProtocol']
}

export function portServersOf(port: ServicePort, workload: Workload, resources: Resources): PortServers {
  const merged = serversFor(port, workload, resources)
  const chains = chainsOf(merged.tls, workload, resources)
  const conflict = conflictOf(chains)
  return { ...merged, chains, ...(conflict !== undefined && { conflict }) }
}

/** Where a connection to a port of the Service leads. */
export function acceptConnection(
  port: ServicePort,
  merged: PortServers,
  { tls, proxied = false }: GatewayConnection,
  gateway: GatewayFacts
): Accepted {
  if (roleOf(port) === 'status') {
    if (proxied && !proxyProtocolOn(port, gateway)) {
      const reason = 'a PROXY header comes before the bytes, which the status port is not told to take off'
      return { kind: tls ? 'reset' : 'malformed', reason }
    }
    return tls ? { kind: 'reset', reason: 'the status port speaks plain HTTP only' } : { kind: 'status' }
  }
  const [plain] = merged.plain
  if (merged.conflict !== undefined) {
    return { kind: 'refused', server: plain ?? merged.tls[0]!, reason: merged.conflict.reason }
  }
  const tcp = plain && !isHTTP(plain.spec) ? tcpRouteOf(plain, gateway.workload, gateway.resources) : undefined
  const listens = merged.chains.length > 0 || (plain && (isHTTP(plain.spec) || tcp))
  if (!listens) {
    return refuse(port, merged, gateway)
  }
  const first = plain ?? merged.tls[0]!
  const expected = proxyProtocolOn(port, gateway)
  if (proxied ? expected === undefined : expected === 'demanded') {
    const reason = proxied
      ? 'a PROXY header comes before the bytes, which the gateway is not told to take off'
      : 'the gateway demands the PROXY protocol, which the load balancer does not speak'
    const hint = proxied
      ? "set gatewayTopology: { proxyProtocol: {} } in the gateway's proxy config, or let the load balancer send no PROXY header"
      : 'let the load balancer send the PROXY header, or remove gatewayTopology.proxyProtocol'
    const readsHeader = proxied && !tls && plain !== undefined && isHTTP(plain.spec)
    return { kind: readsHeader ? 'malformed' : 'reset', server: first, reason, hint }
  }
  const chain = tls && chainFor(merged.chains, tls.serverName)
  if (chain) {
    return acceptTLS(chain, tls, gateway)
  }
  if (plain && tcp) {
    return { kind: 'passed', server: plain, route: tcp }
  }
  if (!tls) {
    return plain
      ? { kind: 'server', servers: merged.plain, tls: false }
      : {
          kind: 'reset',
          server: first,
          reason: `plain HTTP to port ${port.port}, which speaks TLS`,
          hint: `let the load balancer speak TLS to port ${port.port}, or pass it through, or set protocol: HTTP without tls on ${describePlace(first)}`
        }
  }
  if (merged.chains.length === 0) {
    return {
      kind: 'reset',
      server: first,
      reason: `TLS to port ${port.port}, which speaks plain HTTP`,
      hint: `let the load balancer end TLS and speak plain HTTP to port ${port.port}, or let ${describePlace(first)} end it (protocol: HTTPS with a certificate)`
    }
  }
  const hosts = merged.chains.map(({ serverName }) => serverName).join(', ')
  const asked = tls.serverName ? `the server name ${tls.serverName}` : 'no server name (SNI)'
  const reason = `the connection has ${asked}, and the servers are only for ${hosts}${describeSkipped(merged)}`
  const { serverName } = tls
  const routeless = merged.tls.find(
    server => serverName !== undefined && !terminatesHTTPS(server.spec) && hasHost(server, serverName)
  )
  const hint = routeless
    ? withoutRoute(routeless, port, serverName).hint
    : `let a server of port ${port.port} be for ${serverName ?? "every host (hosts: ['*'])"}`
  return { kind: 'reset', server: routeless ?? first, reason, ...(hint !== undefined && { hint }) }
}

/** Whether a server is for a name. */
function hasHost({ spec }: Server, name: string): boolean {
  return spec.hosts.some(host => isSubset(name, host.split('/').at(-1)!))
}

/** The server, as a person finds it. */
function describePlace({ gateway, spec }: Server): string {
  return gateway.metadata.annotations?.[parentAnnotation] ?? `server ${spec.port.name} of ${objectName(gateway)}`
}

/** What a port of the Service makes of the PROXY protocol's header. */
export function proxyProtocolOn(
  port: ServicePort,
  { workload, resources, proxyProtocol }: GatewayFacts
): ProxyProtocol {
  if (roleOf(port) === 'status') {
    return proxyProtocolAt('status', resources)
  }
  return proxyProtocolOf(Number(port.targetPort ?? port.port), workload, { proxyProtocol }, resources)
}

/** The listeners for a port that are not programmed, each with its reason, as the end of a sentence. */
function describeUnserved(port: ServicePort, { service, resources }: GatewayFacts): string {
  return unservedOn(port, service, resources)
    .map(
      ({ owner, listener, reason }) =>
        `; listener ${listener.name} of ${objectName(owner)} is not programmed: ${reason}`
    )
    .join('')
}

function refuse(port: ServicePort, { plain, tls, skipped }: PortServers, gateway: GatewayFacts): Accepted {
  const [server] = [...plain, ...tls]
  if (server) {
    return { kind: 'refused', server, ...withoutRoute(server, port) }
  }
  const made = gatewayOfService(gateway.service, gateway.resources)
  return {
    kind: 'refused',
    reason: `no Istio Gateway that selects the pods of ${objectName(gateway.service)} has a server for port ${port.port}, so the pods do not listen${describeSkipped({ skipped })}${describeUnserved(port, gateway)}`,
    hint: made
      ? `give ${objectName(made)} a listener on port ${port.port} that can be served, or take the port out`
      : `give a Gateway whose selector chooses the pods of ${objectName(gateway.service)} a server with port.number: ${port.port}, or take the port out`
  }
}

/** Why a server that passes connections on does not listen: no route tells where to. */
function withoutRoute({ gateway, spec }: Server, { port }: ServicePort, serverName?: string): Unserved {
  const { protocol } = spec.port
  const listener = gateway.metadata.annotations?.[parentAnnotation]
  if (listener !== undefined) {
    const kind = passesTLS(spec) ? 'TLSRoute' : protocol === 'TLS' ? 'TLSRoute or TCPRoute' : 'TCPRoute'
    return {
      reason: `no ${kind} is attached to ${listener} (${protocol}, port ${port}), so the pods do not listen`,
      hint: `attach a ${kind}${serverName === undefined ? '' : ` for ${serverName}`} to ${listener}`
    }
  }
  const field = spec.tls ? 'tls or tcp' : 'tcp'
  const meansToEnd = spec.tls !== undefined && spec.tls.mode === undefined
  const passing = meansToEnd ? ', which passes TLS through as its tls.mode is not set' : ''
  const route = passesTLS(spec) ? 'a tls route (match.sniHosts)' : 'a tcp route'
  const bind = `bind a VirtualService with ${route} for ${serverName ?? spec.hosts.join(', ')} to ${objectName(gateway)}`
  return {
    reason: `no ${field} route of a VirtualService is for the ${protocol} server of port ${port}${passing}, so the pods do not listen`,
    hint: meansToEnd ? `set tls.mode: SIMPLE and a credentialName on the server, or ${bind}` : bind
  }
}

function acceptTLS(
  { server, route }: Chain,
  tls: NonNullable<GatewayConnection['tls']>,
  { workload, resources, complete }: GatewayFacts
): Accepted {
  if (route && passesTLS(server.spec)) {
    return { kind: 'passed', server, route }
  }
  const credential = credentialOf(server, workload, resources, complete)
  if (credential.problem) {
    return { kind: 'reset', server, reason: `the server has no certificate: ${credential.problem}` }
  }
  const problem = handshakeProblem(server, tls, workload, resources)
  if (problem) {
    return { kind: 'reset', server, reason: problem }
  }
  return route
    ? { kind: 'passed', server, route, credential }
    : { kind: 'server', servers: [server], tls: true, credential }
}
