/**
 * VirtualServices as istiod merges them: short names in full, delegates put in place, those left out that the webhook refuses
 * (Istio: pilot/pkg/model/virtualservice.go).
 *
 * @module
 */

import type { ObjectMeta, Resources } from '../resources/index.ts'
import { qualified } from './host.ts'
import {
  type HTTPRouteSpec,
  type IstioGateway,
  type Layer4Route,
  type RouteDestination,
  type VirtualService,
  virtualServices
} from './istio.ts'
import { mergeMatches } from './merge-matches.ts'
import { whyRefused } from './refusal.ts'

/** An HTTP route with the name that the answer gives it. */
export interface NamedRoute {
  /** `VirtualService shop/web http[0]`, of a delegate `VirtualService shop/web http[0] > VirtualService team/part http[1]`. */
  name: string
  spec: HTTPRouteSpec
}

/** How a prefix matches: by characters, or by whole segments of the path as for the kinds of Kubernetes. */
export type Semantics = 'istio' | 'ingress' | 'gateway'

export interface ResolvedVirtualService {
  name: string
  /** Of the object that it was made of; it decides on the order. */
  metadata: ObjectMeta
  namespace: string
  /** In full and in lower case. */
  hosts: string[]
  /** `namespace/name`. */
  gateways: string[]
  /** Namespaces, `*` for all, none for nobody. */
  exportTo: string[]
  http: NamedRoute[]
  /** Of its HTTP routes those whose delegate gives them nothing. */
  leftOut?: Delegation[]
  tls: Layer4Route[]
  tcp: Layer4Route[]
  semantics: Semantics
}

/** What keeps a delegate from giving its routes to a root. */
export type DelegateObstacle = 'absent' | 'refused' | 'hosts' | 'exportTo' | 'conflict'

/** A route that delegates to a VirtualService which cannot give it routes. */
export interface Delegation {
  /** The VirtualService that delegates. */
  root: VirtualService
  /** Of the route in `spec.http`. */
  index: number
  /** The route, with its match alone. */
  route: NamedRoute
  /** Of the delegate: `VirtualService team/part`. */
  name: string
  /** Absent where it is not among the objects. */
  delegate?: VirtualService
  obstacle: DelegateObstacle
  /** What would have to hold, in words. */
  condition: string
}

/** Everything that tells a gateway what to do. */
export interface Configuration {
  gateways: IstioGateway[]
  virtualServices: ResolvedVirtualService[]
}

/** The key of a Gateway that a VirtualService names: `name` is of its own namespace, `name.namespace` and `name.namespace.svc.cluster.local` the old way to write it. */
export function gatewayName(reference: string, namespace: string): string {
  if (reference.includes('/')) {
    return reference
  }
  const [name, owner] = reference.split('.')
  return `${owner ?? namespace}/${name}`
}

function resolveDestinations<Route extends { route?: RouteDestination[] }>(route: Route, namespace: string): Route {
  return {
    ...route,
    ...(route.route && {
      route: route.route.map(one => ({
        ...one,
        destination: { ...one.destination, host: qualified(one.destination.host, namespace) }
      }))
    })
  }
}

function resolveMatches<Match extends { gateways?: string[] }>(
  matches: Match[] | undefined,
  namespace: string
): Match[] | undefined {
  return matches?.map(match => ({
    ...match,
    ...(match.gateways && { gateways: match.gateways.map(one => gatewayName(one, namespace)) })
  }))
}

function resolveRoute(spec: HTTPRouteSpec, namespace: string): HTTPRouteSpec {
  const match = resolveMatches(spec.match, namespace)
  return { ...resolveDestinations(spec, namespace), ...(match && { match }) }
}

function resolveLayer4(routes: Layer4Route[] | undefined, namespace: string): Layer4Route[] {
  return (routes ?? []).map(route => {
    const match = resolveMatches(route.match, namespace)
    return { ...resolveDestinations(route, namespace), ...(match && { match }) }
  })
}

function namespaceOf({ metadata }: VirtualService): string {
  return metadata.namespace ?? 'default'
}

/** The namespaces that see an object; `.` is its own, `~` nobody. */
export function visibleTo(exportTo: readonly string[] | undefined, own: string): string[] {
  const listed = exportTo?.length ? exportTo : ['*']
  return listed.includes('~') ? [] : listed.map(to => (to === '.' ? own : to))
}

function nameOf(virtualService: VirtualService): string {
  return `VirtualService ${namespaceOf(virtualService)}/${virtualService.metadata.name}`
}

/** What a delegate's route takes over from the root's where it says nothing itself (Istio: mergeHTTPRoute). */
const inherited = [
  'rewrite',
  'directResponse',
  'timeout',
  'retries',
  'fault',
  'mirror',
  'mirrorPercent',
  'mirrorPercentage',
  'mirrors',
  'corsPolicy',
  'headers'
] as const

/** The VirtualService that a route delegates to: its namespace, name and object. */
function delegateOf({ spec }: NamedRoute, of: VirtualService, all: readonly VirtualService[]) {
  const { name, namespace = namespaceOf(of) } = spec.delegate!
  const object = all.find(one => one.metadata.name === name && namespaceOf(one) === namespace)
  return { name: `VirtualService ${namespace}/${name}`, namespace, object }
}

/** The routes that a delegate gives to the route of a root (Istio: mergeVirtualServices); those that its match excludes are left out. */
function delegatedRoutes(root: NamedRoute, delegate: VirtualService): NamedRoute[] {
  return (delegate.spec?.http ?? []).flatMap((route, index) => {
    const spec = resolveRoute(route, namespaceOf(delegate))
    const match = mergeMatches(root.spec.match, spec.match)
    if (!match) {
      return []
    }
    const merged = Object.fromEntries(inherited.map(field => [field, spec[field] ?? root.spec[field]]))
    return [{ name: `${root.name} > ${nameOf(delegate)} http[${index}]`, spec: { ...spec, ...merged, match } }]
  })
}

/** What keeps the delegate of a route from giving it routes, with what would have to hold; undefined where nothing does. */
function obstacleOf(
  root: NamedRoute,
  of: VirtualService,
  { namespace, object }: ReturnType<typeof delegateOf>
): [obstacle: DelegateObstacle, condition: string] | undefined {
  if (!object) {
    return ['absent', 'is among the objects']
  }
  if (whyRefused(object).length > 0) {
    return ['refused', 'counts']
  }
  if (object.spec?.hosts?.length) {
    return ['hosts', 'has no hosts of its own']
  }
  const seen = visibleTo(object.spec?.exportTo, namespace)
  if (!seen.includes('*') && !seen.includes(namespaceOf(of))) {
    return ['exportTo', `is exported to namespace ${namespaceOf(of)}`]
  }
  return delegatedRoutes(root, object).length === 0
    ? ['conflict', 'has a route whose match lies inside the one of the route that delegates']
    : undefined
}

/** The routes that a route comes to: itself, those of its delegate, or none, with the reason. */
function expand(
  spec: HTTPRouteSpec,
  index: number,
  of: VirtualService,
  all: readonly VirtualService[]
): { routes: NamedRoute[]; leftOut?: Delegation } {
  const route = { name: `${nameOf(of)} http[${index}]`, spec: resolveRoute(spec, namespaceOf(of)) }
  if (!spec.delegate) {
    return { routes: [route] }
  }
  const wanted = delegateOf(route, of, all)
  const [obstacle, condition] = obstacleOf(route, of, wanted) ?? []
  const { name, object: delegate } = wanted
  if (obstacle === undefined) {
    return { routes: delegatedRoutes(route, delegate!) }
  }
  const { match } = route.spec
  const leftOut = {
    root: of,
    index,
    route: { name: route.name, spec: match ? { match } : {} },
    name,
    ...(delegate && { delegate }),
    obstacle,
    condition: `its delegate ${name} ${condition}`
  }
  return { routes: [], leftOut }
}

function resolve(virtualService: VirtualService, all: readonly VirtualService[]): ResolvedVirtualService {
  const namespace = namespaceOf(virtualService)
  const { hosts = [], gateways = [], exportTo, http = [], tls, tcp } = virtualService.spec ?? {}
  const expanded = http.map((route, index) => expand(route, index, virtualService, all))
  const leftOut = expanded.flatMap(one => one.leftOut ?? [])
  return {
    name: nameOf(virtualService),
    metadata: virtualService.metadata,
    namespace,
    hosts: hosts.map(host => qualified(host, namespace)),
    gateways: gateways.map(reference => gatewayName(reference, namespace)),
    exportTo: visibleTo(exportTo, namespace),
    http: expanded.flatMap(({ routes }) => routes),
    ...(leftOut.length > 0 && { leftOut }),
    tls: resolveLayer4(tls, namespace),
    tcp: resolveLayer4(tcp, namespace),
    semantics: 'istio'
  }
}

/** The VirtualServices that count. */
export function resolvedVirtualServices(resources: Resources): ResolvedVirtualService[] {
  const all = virtualServices(resources)
  return all
    .filter(object => object.spec?.hosts?.length && whyRefused(object).length === 0)
    .map(object => resolve(object, all))
}

/** The routes that are left out, as their delegates give them nothing. */
export function leftOutDelegations(resources: Resources): Delegation[] {
  return resolvedVirtualServices(resources).flatMap(({ leftOut = [] }) => leftOut)
}
