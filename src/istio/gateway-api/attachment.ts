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

/** Whether a route is attached to a listener by one of its parents (Istio: referenceAllowed). */
export function isAttached(route: GatewayRoute, parent: ParentRef, { gateway, listener, namespaces }: Bound): boolean {
  const own = namespaceOf(route)
  const { name, namespace = own, kind = 'Gateway', sectionName, port } = parent
  const { hostname } = listener
  const kinds = listener.allowedRoutes?.kinds?.map(one => one.kind) ?? routeKinds[listener.protocol] ?? []
  const hostnames = route.spec?.hostnames?.length ? route.spec.hostnames : ['*']
  return (
    kind === 'Gateway' &&
    name === gateway.metadata.name &&
    namespace === namespaceOf(gateway) &&
    (sectionName === undefined || sectionName === listener.name) &&
    (port === undefined || port === listener.port) &&
    (namespaces.includes('*') || namespaces.includes(own)) &&
    kinds.includes(route.kind) &&
    (hostname === undefined || hostnames.some(one => isSubset(one, hostname) || isSubset(hostname, one)))
  )
}
