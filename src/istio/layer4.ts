/**
 * Connections that a gateway passes on without looking at what is in them: TLS by its server name, and TCP
 * (Istio: buildGatewayNetworkFiltersFromTLSRoutes and …FromTCPRoutes).
 *
 * @module
 */

import type { Resources } from '../resources/index.ts'
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

function passedChains(server: Server, workload: Workload, resources: Resources): Chain[] {
  return virtualServicesFor(gatewayOf(server), workload, resources)
    .filter(virtualService => sharesHost(server, virtualService))
    .flatMap(({ name, tls }) =>
      tls.flatMap(({ match = [], route = [] }, index) =>
        route.length === 0
          ? []
          : match
              .filter(one => isFor(one, server))
              .flatMap(({ sniHosts = [] }) =>
                sniHosts.map(serverName => ({
                  server,
                  serverName: serverName.toLowerCase(),
                  route: { name: `${name} tls[${index}]`, destinations: route }
                }))
              )
      )
    )
}

/** Everything that takes TLS connections of a port; of several for one name the first counts. */
export function chainsOf(servers: readonly Server[], workload: Workload, resources: Resources): Chain[] {
  const all = servers.flatMap((server): Chain[] => {
    if (passesTLS(server.spec)) {
      // AUTO_PASSTHROUGH is for the names that other clusters' sidecars use, which no client of a load balancer does.
      return server.spec.tls?.mode === 'AUTO_PASSTHROUGH' ? [] : passedChains(server, workload, resources)
    }
    const names = server.spec.hosts.map(host => host.split('/').at(-1)!.toLowerCase())
    if (terminatesHTTPS(server.spec)) {
      return names.map(serverName => ({ server, serverName }))
    }
    const route = tcpRouteOf(server, workload, resources)
    return route ? names.map(serverName => ({ server, serverName, route })) : []
  })
  return [...new Map(all.toReversed().map(chain => [chain.serverName, chain])).values()].toReversed()
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
