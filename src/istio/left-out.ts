/**
 * Routes that delegate to a VirtualService which gives them nothing: istiod leaves them out, and goes on with the next.
 *
 * @module
 */

import type { Resources } from '../resources/index.ts'
import { hostsForNamespace, intersect, mostSpecific } from './host.ts'
import { type ConsideredRoute, findRoute, type Route, type RouteFacts, routesOf } from './route.ts'
import { type Server, virtualServicesFor } from './server.ts'
import type { Delegation } from './virtual-service.ts'
import type { Workload } from './workload.ts'

/** A route of a VirtualService of some servers that is left out. */
export interface LeftOutRoute {
  delegation: Delegation
  /** That the servers and the VirtualService have in common. */
  hosts: string[]
  /** What it would be, for its matches. */
  routes: Route[]
}

/** The routes that are left out on servers which share their routes. */
export function leftOutRoutes(servers: readonly Server[], workload: Workload, resources: Resources): LeftOutRoute[] {
  return servers.flatMap(({ gateway, spec }) => {
    const namespace = gateway.metadata.namespace ?? 'default'
    const key = `${namespace}/${gateway.metadata.name}`
    const context = { gateway: key, port: spec.port.number, labels: workload.labels, namespace: workload.namespace }
    return virtualServicesFor(key, workload, resources).flatMap(({ hosts, namespace: own, leftOut = [] }) =>
      leftOut.map(delegation => ({
        delegation,
        hosts: intersect(hostsForNamespace(spec.hosts, namespace, own), hosts),
        routes: routesOf({ http: [delegation.route], semantics: 'istio' }, context)
      }))
    )
  })
}

/** Whether a route stands before another one of its VirtualService. */
function isBefore(one: string, other: string): boolean {
  const [ofOne, ofOther] = [one, other].map(name => /^(.*? http)\[(\d+)\]/.exec(name))
  return ofOne?.[1] === ofOther?.[1] && Number(ofOne?.[2]) < Number(ofOther?.[2])
}

/**
 * What of the routes that are left out would have had a request: as routes that were considered, and the delegates that are taken
 * to be nowhere.
 *
 * @param found the host that has the request, and the route that takes it.
 */
export function considerLeftOut(
  all: readonly LeftOutRoute[],
  facts: RouteFacts,
  name: string,
  found: { domain: string | undefined; route?: Route | undefined }
): { considered: ConsideredRoute[]; assumptions: string[] } {
  const wouldHave = all.filter(({ delegation, hosts, routes }) => {
    const own = mostSpecific(hosts, name)
    const isFor = own !== undefined && mostSpecific([own, ...(found.domain ? [found.domain] : [])], name) === own
    const isLater = found.route !== undefined && isBefore(found.route.name, delegation.route.name)
    return isFor && !isLater && findRoute(routes, facts).route !== undefined
  })
  // Servers that share their routes each have it; it is told once.
  const meant = [...new Map(wouldHave.map(one => [one.delegation.route.name, one])).values()]
  return {
    considered: meant.map(({ delegation: { route, condition } }) => ({ route: route.name, misses: [condition] })),
    assumptions: meant
      .filter(({ delegation }) => delegation.obstacle === 'absent')
      .map(({ delegation: { route, name: delegate } }) => `${delegate}, to which ${route.name} delegates, is nowhere`)
  }
}
