/**
 * VirtualServices as istiod merges them: short names in full, delegates put in place, those left out that the webhook refuses
 * (Istio: pilot/pkg/model/virtualservice.go).
 *
 * @module
 */

import { ownEntry } from '../own-entry.ts'
import type { ObjectMeta, Resources } from '../resources/index.ts'
import { qualified } from './host.ts'
import {
  type HTTPMatch,
  type HTTPRouteSpec,
  type IstioGateway,
  type Layer4Route,
  type RouteDestination,
  type StringMatch,
  type VirtualService,
  virtualServices
} from './istio.ts'
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
  tls: Layer4Route[]
  tcp: Layer4Route[]
  semantics: Semantics
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

/** Whether everything that the delegate's match takes is something that the root's takes too (Istio: stringMatchConflict). */
function conflict(root: StringMatch | undefined, leaf: StringMatch | undefined): boolean {
  if (!root || !leaf) {
    return false
  }
  function says({ exact, prefix, regex }: StringMatch): boolean {
    return Boolean(exact || prefix || regex)
  }
  if ((root.regex && says(leaf)) || (leaf.regex && says(root))) {
    return true
  }
  if (root.exact) {
    return Boolean(leaf.prefix) || leaf.exact !== root.exact
  }
  if (root.prefix) {
    const inner = leaf.prefix || leaf.exact
    return !inner?.startsWith(root.prefix)
  }
  return true
}

const singles = ['uri', 'scheme', 'method', 'authority'] as const
const named = ['headers', 'withoutHeaders', 'queryParams'] as const

function conflicts(root: HTTPMatch, leaf: HTTPMatch): boolean {
  return (
    singles.some(field => conflict(root[field], leaf[field])) ||
    named.some(field =>
      Object.entries(leaf[field] ?? {}).some(([name, value]) => conflict(ownEntry(root[field], name), value))
    ) ||
    (root.ignoreUriCase ?? false) !== (leaf.ignoreUriCase ?? false) ||
    Boolean(root.port && leaf.port && root.port !== leaf.port) ||
    Boolean(root.sourceNamespace && root.sourceNamespace !== leaf.sourceNamespace) ||
    Object.entries(leaf.sourceLabels ?? {}).some(
      ([key, value]) => root.sourceLabels?.[key] !== undefined && root.sourceLabels[key] !== value
    ) ||
    Boolean(root.gateways?.length && leaf.gateways?.some(one => !root.gateways!.includes(one)))
  )
}

function mergeMatch(root: HTTPMatch, leaf: HTTPMatch): HTTPMatch {
  const merged: HTTPMatch = { ...root, ...leaf }
  for (const field of [...named, 'sourceLabels'] as const) {
    if (root[field] ?? leaf[field]) {
      Object.assign(merged, { [field]: { ...root[field], ...leaf[field] } })
    }
  }
  return { ...merged, gateways: leaf.gateways?.length ? leaf.gateways : root.gateways }
}

/** The matches of a delegate's route inside those of the root's; undefined where they exclude each other. */
function mergeMatches(root: HTTPMatch[] = [], leaf: HTTPMatch[] = []): HTTPMatch[] | undefined {
  if (root.length === 0 || leaf.length === 0) {
    return root.length === 0 ? leaf : root
  }
  const merged: HTTPMatch[] = []
  for (const inner of leaf) {
    const fitting = root.filter(outer => !conflicts(outer, inner))
    if (fitting.length === 0) {
      return undefined
    }
    merged.push(...fitting.map(outer => mergeMatch(outer, inner)))
  }
  return merged
}

/** What a delegate's route takes over from the root's where it says nothing itself (Istio: mergeHTTPRoute). */
const inherited = ['rewrite', 'directResponse', 'timeout', 'retries', 'fault', 'corsPolicy', 'headers'] as const

function delegateRoutes(root: NamedRoute, of: VirtualService, all: readonly VirtualService[]): NamedRoute[] {
  const { name, namespace = namespaceOf(of) } = root.spec.delegate!
  const delegate = all.find(one => one.metadata.name === name && namespaceOf(one) === namespace)
  if (!delegate || delegate.spec?.hosts?.length) {
    return []
  }
  const seen = visibleTo(delegate.spec?.exportTo, namespace)
  if (!seen.includes('*') && !seen.includes(namespaceOf(of))) {
    return []
  }
  return (delegate.spec?.http ?? []).flatMap((route, index) => {
    const spec = resolveRoute(route, namespace)
    const match = mergeMatches(root.spec.match, spec.match)
    if (!match) {
      return []
    }
    const merged = Object.fromEntries(inherited.map(field => [field, spec[field] ?? root.spec[field]]))
    return [{ name: `${root.name} > ${nameOf(delegate)} http[${index}]`, spec: { ...spec, ...merged, match } }]
  })
}

function resolve(virtualService: VirtualService, all: readonly VirtualService[]): ResolvedVirtualService {
  const namespace = namespaceOf(virtualService)
  const { hosts = [], gateways = [], exportTo, http = [], tls, tcp } = virtualService.spec ?? {}
  return {
    name: nameOf(virtualService),
    metadata: virtualService.metadata,
    namespace,
    hosts: hosts.map(host => qualified(host, namespace)),
    gateways: gateways.map(reference => gatewayName(reference, namespace)),
    exportTo: visibleTo(exportTo, namespace),
    http: http.flatMap((route, index) => {
      const one = { name: `${nameOf(virtualService)} http[${index}]`, spec: resolveRoute(route, namespace) }
      return route.delegate ? delegateRoutes(one, virtualService, all) : [one]
    }),
    tls: resolveLayer4(tls, namespace),
    tcp: resolveLayer4(tcp, namespace),
    semantics: 'istio'
  }
}

/** The VirtualServices that count. */
export function resolvedVirtualServices(resources: Resources): ResolvedVirtualService[] {
  const counting = virtualServices(resources).filter(object => whyRefused(object).length === 0)
  return counting.filter(({ spec }) => spec?.hosts?.length).map(object => resolve(object, counting))
}
