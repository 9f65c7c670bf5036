/**
 * What a port of a gateway does, for those who draw it: servers, the routes of their hosts, and where those lead.
 *
 * @module
 */

import type { GatewayAnswer } from './contract.ts'
import { describeServer } from './describe-server.ts'
import { type Destination, type DestinationContext, destinationsOf } from './destination.ts'
import type { Chain } from './layer4.ts'
import type { Route } from './route.ts'
import type { Server, VirtualHost } from './server.ts'

/** A route of a port. */
export interface PortRoute {
  /** `VirtualService shop/web http[0].match[1]`, `VirtualService shop/db tcp[0]` */
  name: string
  /** What it looks at: requests, or connections that are passed on unread, by their server name or whatever they are. */
  reads: 'requests' | 'server names' | 'nothing'
  /** `*`, wildcards or names: of hosts, or of server names; empty where it looks at nothing. */
  domains: string[]
  /** `uri prefix /api`; empty where it takes everything. */
  conditions: string[]
  /** What it answers by itself, in words; absent where it has destinations. */
  own?: string
  destinations: Destination[]
}

/** Servers that share their routes. */
export interface PortRoutes {
  servers: NonNullable<GatewayAnswer['server']>[]
  routes: PortRoute[]
}

function ownAnswer({ spec: { redirect, directResponse } }: Route): string | undefined {
  if (redirect) {
    const { redirectCode = 301, scheme, authority, port, uri } = redirect
    const place = [scheme && `${scheme}://`, authority, port && `:${port}`, uri].filter(Boolean).join('')
    return `redirect ${redirectCode}${place ? ` to ${place}` : ''}`
  }
  return directResponse && `answer ${directResponse.status}`
}

function portRoute(route: Route, domains: string[], context: DestinationContext): PortRoute {
  const own = ownAnswer(route)
  return {
    name: route.name,
    reads: 'requests',
    domains,
    conditions: route.conditions.map(({ text }) => text),
    ...(own !== undefined && { own }),
    destinations: own === undefined ? destinationsOf(route.spec.route, context) : []
  }
}

/** The routes of connections that a server passes on, each once with all the server names that it is for. */
function passedRoutes(chains: readonly Chain[], reads: PortRoute['reads'], context: DestinationContext): PortRoute[] {
  const routes = new Map<string, PortRoute>()
  for (const { serverName, route } of chains) {
    if (!route) {
      continue
    }
    const known = routes.get(route.name)
    if (known) {
      known.domains.push(serverName)
    } else {
      const destinations = destinationsOf(route.destinations, { ...context, passed: true })
      const domains = reads === 'nothing' ? [] : [serverName]
      routes.set(route.name, { name: route.name, reads, domains, conditions: [], destinations })
    }
  }
  return [...routes.values()]
}

/** A server of TLS whose connections are passed on, with its chains among those of its port. */
export function portChains(server: Server, chains: readonly Chain[], context: DestinationContext): PortRoutes {
  const own = chains.filter(chain => chain.server === server)
  return { servers: [describeServer(server)], routes: passedRoutes(own, 'server names', context) }
}

/** A plain server whose connections are passed on, with the route that takes them all. */
export function portConnections(server: Server, route: Chain['route'], context: DestinationContext): PortRoutes {
  const chains = route ? [{ server, serverName: '*', route }] : []
  return { servers: [describeServer(server)], routes: passedRoutes(chains, 'nothing', context) }
}

/** The servers with the routes of their hosts, each route once with all the hosts that it is for. */
export function portRoutes(
  servers: readonly Server[],
  hosts: readonly VirtualHost[],
  context: DestinationContext
): PortRoutes {
  const routes = new Map<string, { route: Route; domains: string[] }>()
  for (const { domain, routes: ofHost } of hosts) {
    for (const route of ofHost) {
      const known = routes.get(route.name) ?? { route, domains: [] }
      known.domains.push(domain)
      routes.set(route.name, known)
    }
  }
  return {
    servers: servers.map(describeServer),
    routes: [...routes.values()].map(({ route, domains }) => portRoute(route, domains, context))
  }
}
