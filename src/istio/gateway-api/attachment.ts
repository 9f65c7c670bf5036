import { namesParent } from '../../resources/index.ts'
import { isSubset } from '../host.ts'
import type { Bound } from './listener.ts'
import { namespaceOf } from './object.ts'
import type { GatewayRoute, ParentRef } from './rule.ts'

/** Kinds of routes that a listener takes where it does not say it. */
const routeKinds: Record<string, string[]> = {
  HTTP: ['HTTPRoute', 'GRPCRoute'],
  HTTPS: ['HTTPRoute', 'GRPCRoute'],
  TLS: ['TLSRoute', 'TCPRoute'],
  TCP: ['TCPRoute']
}

/** What of a listener keeps a route of its Gateway away. */
export type Obstacle = 'sectionName' | 'port' | 'namespaces' | 'kinds' | 'hostname'

/** What keeps a route of the Gateway from a listener; undefined where nothing does (Istio: referenceAllowed). */
export function obstacleOf(
  route: GatewayRoute,
  { sectionName, port }: ParentRef,
  { listener, namespaces }: Pick<Bound, 'listener' | 'namespaces'>
): Obstacle | undefined {
  const { hostname } = listener
  const kinds = listener.allowedRoutes?.kinds?.map(one => one.kind) ?? routeKinds[listener.protocol] ?? []
  const hostnames = route.spec?.hostnames?.length ? route.spec.hostnames : ['*']
  const obstacles: [obstacle: Obstacle, isThere: boolean][] = [
    ['sectionName', sectionName !== undefined && sectionName !== listener.name],
    ['port', port !== undefined && port !== listener.port],
    ['namespaces', !(namespaces.includes('*') || namespaces.includes(namespaceOf(route)))],
    ['kinds', !kinds.includes(route.kind)],
    ['hostname', hostname !== undefined && !hostnames.some(one => isSubset(one, hostname) || isSubset(hostname, one))]
  ]
  return obstacles.find(([, isThere]) => isThere)?.[0]
}

/** Whether a route is attached to a listener by one of its parents. */
export function isAttached(route: GatewayRoute, parent: ParentRef, bound: Bound): boolean {
  return namesParent(route, parent, bound.gateway) && obstacleOf(route, parent, bound) === undefined
}
