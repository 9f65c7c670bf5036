/**
 * Connections that a gateway passes on without looking at what is in them: TLS by its server name, and TCP
 * (Istio: buildGatewayNetworkFiltersFromTLSRoutes and …FromTCPRoutes).
 *
 * @module
 */

import { objectName, type Resources } from '../resources/index.ts'
import { isSubset, sanitizedHost } from './host.ts'
import type { Layer4Match, RouteDestination } from './istio.ts'
import { passesTLS, type Server, terminatesHTTPS, virtualServicesFor } from './server.ts'
import type { ResolvedVirtualService } from './virtual-service.ts'
import type { Workload } from './workload.ts'

/** What takes the connections of some server names. */
export interface Chain {
  server: Server
  /** Lower case; `*` takes also those without a name. */
  serverName: string
  /** Where the connection is passed on; absent where HTTP is routed. */
  route?: { name: string; destinations: RouteDestination[] }
}

function gatewayOf({ gateway: { metadata } }: Server): string {
  return `${metadata.namespace ?? 'default'}/${metadata.name}`
}

/** Whether a server has a host that the VirtualService is for. */
function sharesHost({ gateway, spec }: Server, { hosts, namespace }: ResolvedVirtualService): boolean {
  return spec.hosts
    .map(host => sanitizedHost(host, gateway.metadata.namespace ?? 'default'))
    .filter(host => !host.includes('/') || host.startsWith(`${namespace}/`))
    .map(host => host.split('/').at(-1)!)
    .some(host => hosts.some(one => isSubset(host, one) || isSubset(one, host)))
}

function isFor({ port, gateways }: Layer4Match, server: Server): boolean {
  return (!port || port === server.spec.port.number) && (!gateways?.length || gateways.includes(gatewayOf(server)))
}

/** The TCP route of a server: the first whose match holds, whatever the server name. */
export function tcpRouteOf(server: Server, workload: Workload, resources: Resources): Chain['route'] {
  for (const virtualService of virtualServicesFor(gatewayOf(server), workload, resources)) {
    if (!sharesHost(server, virtualService)) {
      continue
    }
    for (const [index, { match = [], route = [] }] of virtualService.tcp.entries()) {
      if (route.length > 0 && (match.length === 0 || match.some(one => isFor(one, server)))) {
        return { name: `${virtualService.name} tcp[${index}]`, destinations: route }
      }
    }
  }
  return undefined
}

/**
 * The chains of TLS routes. istiod leaves a match out as a whole where one of its names is taken by a match before it, of any server
 * of the port (Istio: tlsHostsByPort).
 */
function passedChains(server: Server, taken: Set<string>, workload: Workload, resources: Resources): Chain[] {
  const chains: Chain[] = []
  for (const virtualService of virtualServicesFor(gatewayOf(server), workload, resources)) {
    const { name, tls } = virtualService
    const routes = sharesHost(server, virtualService) ? tls : []
    for (const [index, { match = [], route = [] }] of routes.entries()) {
      for (const { sniHosts = [] } of route.length === 0 ? [] : match.filter(one => isFor(one, server))) {
        const names = [...new Set(sniHosts.map(serverName => serverName.toLowerCase()))]
        if (names.some(one => taken.has(one))) {
          continue
        }
        for (const serverName of names) {
          taken.add(serverName)
          chains.push({ server, serverName, route: { name: `${name} tls[${index}]`, destinations: route } })
        }
      }
    }
  }
  return chains
}

/** Everything that takes TLS connections of a port, as istiod hands it to Envoy. */
export function chainsOf(servers: readonly Server[], workload: Workload, resources: Resources): Chain[] {
  const taken = new Set<string>()
  return servers.flatMap((server): Chain[] => {
    if (passesTLS(server.spec)) {
      // AUTO_PASSTHROUGH is for the names that other clusters' sidecars use, which no client of a load balancer does.
      return server.spec.tls?.mode === 'AUTO_PASSTHROUGH' ? [] : passedChains(server, taken, workload, resources)
    }
    const names = [...new Set(server.spec.hosts.map(host => host.split('/').at(-1)!.toLowerCase()))]
    if (terminatesHTTPS(server.spec)) {
      return names.map(serverName => ({ server, serverName }))
    }
    const route = tcpRouteOf(server, workload, resources)
    return route ? names.map(serverName => ({ server, serverName, route })) : []
  })
}

/** A second server of a port for one server name. */
export interface Conflict {
  server: Server
  serverName: string
  reason: string
}

/**
 * Why Envoy refuses the listener of a port with all that is in it: two chains are for one server name. istiod compares hosts with
 * their namespaces, `team/a.example.com` with `a.example.com`, which are one name to Envoy (istio#16573, istio#13717).
 */
export function conflictOf(chains: readonly Chain[]): Conflict | undefined {
  const owners = new Map<string, Server>()
  for (const { serverName, server } of chains) {
    const owner = owners.get(serverName)
    if (owner) {
      const [one, other] = [owner, server].map(({ gateway }) => objectName(gateway))
      const reason = `Envoy refuses all of the port: ${one} and ${one === other ? 'another server of it' : other} are both for the server name ${serverName}, which istiod does not see as they name it with different namespaces, or by a route`
      return { server, serverName, reason }
    }
    owners.set(serverName, server)
  }
  return undefined
}

/** The chain that a connection with that server name gets; the most specific name wins. */
export function chainFor(chains: readonly Chain[], serverName: string | undefined): Chain | undefined {
  const name = serverName?.toLowerCase()
  const exact = chains.find(chain => chain.serverName === name)
  if (exact) {
    return exact
  }
  const wildcards = chains
    .filter(
      chain => name !== undefined && chain.serverName.startsWith('*.') && name.endsWith(chain.serverName.slice(1))
    )
    .sort((a, b) => b.serverName.length - a.serverName.length)
  return wildcards[0] ?? chains.find(chain => chain.serverName === '*')
}

/** The server of several that a host belongs to: the first where none is for it. */
export function serverFor(servers: readonly Server[], host: string): Server {
  const chains = servers.flatMap(server =>
    server.spec.hosts.map(one => ({ server, serverName: one.split('/').at(-1)!.toLowerCase() }))
  )
  return chainFor(chains, host)?.server ?? servers[0]!
}
