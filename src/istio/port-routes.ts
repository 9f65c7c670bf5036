/**
 * What a port of a gateway does, for those who draw it: servers, the routes of their hosts, and where those lead.
 *
 * @module
 */

import type { GatewayAnswer } from './contract.ts'
import { describeServer } from './describe-server.ts'
import { type Destination, type DestinationContext, destinationsOf } from './destination.ts'
import type { Route } from './route.ts'
import type { Server, VirtualHost } from './server.ts'

/** A route of a port. */
export interface PortRoute {
  /** `VirtualService shop/web http[0].match[1]` */
  name: string
  /** `*`, wildcards or names. */
  domains: string[]
  /** `uri prefix /api`; empty where it takes everything. */
  conditions: string[]
  /** What it answers by itself, in words; absent where it has destinations. */
  own?: string
  destinations: Destination[]
}

/** Servers that share their routes; servers that route no HTTP have none. */
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
    domains,
    conditions: route.conditions.map(({ text }) => text),
    ...(own !== undefined && { own }),
    destinations: own === undefined ? destinationsOf(route.spec.route, context) : []
  }
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
