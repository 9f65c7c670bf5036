import { namesParent } from '../../resources/index.ts'
import { isSubset } from '../host.ts'
import type { Bound, Listener } from './listener.ts'
import { group, namespaceOf } from './object.ts'
import type { GatewayRoute, ParentRef } from './rule.ts'

/** Kinds of routes that a protocol takes; connections of TLS are read where it ends, and are any TCP then. */
const routeKinds: Record<string, string[]> = {
  HTTP: ['HTTPRoute', 'GRPCRoute'],
  HTTPS: ['HTTPRoute', 'GRPCRoute'],
  TLS: ['TLSRoute', 'TCPRoute'],
  TCP: ['TCPRoute']
}

/** Kinds of routes that a listener takes: of those of its protocol the ones that it names (Istio: GenerateGatewaySupportedKinds). */
export function kindsOf({ protocol, tls, allowedRoutes }: Listener): string[] {
  const passes = protocol === 'TLS' && tls?.mode === 'Passthrough'
  const supported = passes ? ['TLSRoute'] : (routeKinds[protocol] ?? [])
  const named = (allowedRoutes?.kinds ?? []).filter(one => (one.group ?? group) === group).map(({ kind }) => kind)
  return allowedRoutes?.kinds?.length ? supported.filter(kind => named.includes(kind)) : supported
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
  const hostnames = route.spec?.hostnames?.length ? route.spec.hostnames : ['*']
  const obstacles: [obstacle: Obstacle, isThere: boolean][] = [
    ['sectionName', sectionName !== undefined && sectionName !== listener.name],
    ['port', port !== undefined && port !== listener.port],
    ['namespaces', !(namespaces.includes('*') || namespaces.includes(namespaceOf(route)))],
    ['kinds', !kindsOf(listener).includes(route.kind)],
    ['hostname', hostname !== undefined && !hostnames.some(one => isSubset(one, hostname) || isSubset(hostname, one))]
  ]
  return obstacles.find(([, isThere]) => isThere)?.[0]
}

/** Whether a route is attached to a listener by one of its parents. */
export function isAttached(route: GatewayRoute, parent: ParentRef, bound: Bound): boolean {
  return namesParent(route, parent, bound.owner) && obstacleOf(route, parent, bound) === undefined
}
