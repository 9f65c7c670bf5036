/**
 * The routes that Istio makes of a VirtualService (Istio: pilot/pkg/networking/core/route), and how a request finds its own.
 *
 * @module
 */

import { RE2JS } from 're2js'
import { type HeaderPairs, headerValue } from './headers.ts'
import { hostOf } from './host.ts'
import type { HTTPMatch, HTTPRouteSpec, StringMatch, VirtualService } from './istio.ts'
import { compileMatch } from './string-match.ts'

/** What routes see of a request. */
export interface RouteFacts {
  method: string
  /** As sent, with its query. */
  path: string
  authority: string
  /** As the gateway believes it: of X-Forwarded-Proto. */
  scheme: string
  headers: HeaderPairs
}

/** One thing that a match asks for. */
interface Condition {
  /** In the VirtualService's words: `uri prefix /api`. */
  text: string
  holds(facts: RouteFacts): boolean
}

export interface Route {
  /** `VirtualService shop/web http[0].match[1]`. */
  name: string
  virtualService: VirtualService
  /** All of them have to hold. */
  conditions: Condition[]
  spec: HTTPRouteSpec
  match: HTTPMatch | undefined
}

function pathOf(path: string): string {
  return path.replace(/[?#].*$/s, '')
}
function queryOf(path: string): string {
  return /\?([^#]*)/s.exec(path)?.[1] ?? ''
}

function condition(label: string, match: StringMatch, value: (facts: RouteFacts) => string | undefined): Condition {
  const { text, matches } = compileMatch(match)
  return {
    text: `${label} ${text}`,
    holds: facts => {
      const found = value(facts)
      return found !== undefined && matches(found)
    }
  }
}

/** The first value of a parameter of the query, decoded. */
function parameterOf(path: string, name: string): string | undefined {
  return new URLSearchParams(queryOf(path)).get(name) ?? undefined
}

function conditionsOf(match: HTTPMatch): Condition[] {
  const conditions: Condition[] = []
  if (match.uri) {
    const { text, matches } = compileMatch(match.uri, { ignoreCase: match.ignoreUriCase ?? false })
    conditions.push({ text: `uri ${text}`, holds: ({ path }) => matches(pathOf(path)) })
  }
  if (match.method) {
    conditions.push(condition('method', match.method, ({ method }) => method))
  }
  if (match.authority) {
    conditions.push(condition('authority', match.authority, ({ authority }) => authority))
  }
  if (match.scheme) {
    conditions.push(condition('scheme', match.scheme, ({ scheme }) => scheme))
  }
  for (const [name, value] of Object.entries(match.headers ?? {})) {
    conditions.push(condition(`header ${name}`, value ?? {}, ({ headers }) => headerValue(headers, name.toLowerCase())))
  }
  for (const [name, value] of Object.entries(match.withoutHeaders ?? {})) {
    const { text, matches, presence } = compileMatch(value ?? {})
    conditions.push({
      text: `without header ${name} ${text}`,
      // A header that is not there is compared as an empty one, unless its absence itself is asked for.
      holds: ({ headers }) => {
        const found = headerValue(headers, name.toLowerCase())
        return presence ? found === undefined : !matches(found ?? '')
      }
    })
  }
  for (const [name, value] of Object.entries(match.queryParams ?? {})) {
    conditions.push(condition(`query parameter ${name}`, value ?? {}, ({ path }) => parameterOf(path, name)))
  }
  return conditions
}

/** Any path and nothing else: no route behind it is ever reached. */
function isCatchAll({ conditions, match }: Route): boolean {
  return (
    conditions.length === 0 ||
    (conditions.length === 1 && (match?.uri?.prefix === '/' || ['*', '.*'].includes(match?.uri?.regex ?? '')))
  )
}

/** Where the routes of a VirtualService are made for. */
export interface RouteContext {
  /** The gateway as VirtualServices name it: `namespace/name`. */
  gateway: string
  /** The port that the server names. */
  port: number
  /** Of the gateway's pods. */
  labels: Record<string, string>
  namespace: string
}

/** `name` is of the VirtualService's own namespace. */
export function gatewayName(reference: string, namespace: string): string {
  return reference.includes('/') ? reference : `${namespace}/${reference}`
}

/** Whether a match is for this gateway at all: by its port, gateways and source labels. */
function isForGateway(match: HTTPMatch, namespace: string, context: RouteContext): boolean {
  if (match.port && match.port !== context.port) {
    return false
  }
  if (match.gateways?.length) {
    return match.gateways.some(reference => gatewayName(reference, namespace) === context.gateway)
  }
  return (
    Object.entries(match.sourceLabels ?? {}).every(([key, value]) => context.labels[key] === value) &&
    (!match.sourceNamespace || match.sourceNamespace === context.namespace)
  )
}

/** The routes of a VirtualService in their order; what stands behind a catch-all is left out, as Istio leaves it out. */
export function routesOf(virtualService: VirtualService, context: RouteContext): Route[] {
  const { name, namespace = 'default' } = virtualService.metadata
  const routes: Route[] = []
  for (const [index, spec] of (virtualService.spec?.http ?? []).entries()) {
    const matches: (HTTPMatch | undefined)[] = spec.match?.length ? spec.match : [undefined]
    for (const [place, match] of matches.entries()) {
      if (match && !isForGateway(match, namespace, context)) {
        continue
      }
      const route: Route = {
        name: `VirtualService ${namespace}/${name} http[${index}]${match ? `.match[${place}]` : ''}`,
        virtualService,
        conditions: match ? conditionsOf(match) : [],
        spec,
        match
      }
      routes.push(route)
      if (isCatchAll(route)) {
        return routes
      }
    }
  }
  return routes
}

/** The routes of several VirtualServices for one host: catch-alls go last (Istio: SortVHostRoutes). */
export function orderRoutes(routes: readonly Route[]): Route[] {
  return [...routes.filter(route => !isCatchAll(route)), ...routes.filter(isCatchAll)]
}

/** A route that was considered and what of it did not hold; nothing where it took the request. */
export interface ConsideredRoute {
  route: string
  misses: string[]
}

/** The first route all of whose conditions hold, with every route that was considered up to it. */
export function findRoute(
  routes: readonly Route[],
  facts: RouteFacts
): { route: Route | undefined; considered: ConsideredRoute[] } {
  const considered: ConsideredRoute[] = []
  for (const route of routes) {
    const misses = route.conditions.filter(({ holds }) => !holds(facts)).map(({ text }) => text)
    considered.push({ route: route.name, misses })
    if (misses.length === 0) {
      return { route, considered }
    }
  }
  return { route: undefined, considered }
}

/** Path and query after a route's rewrite: a prefix match gives up its prefix, any other match its whole path. */
export function rewritePath({ spec: { rewrite }, match }: Route, path: string): string {
  const plain = pathOf(path)
  const rest = path.slice(plain.length)
  const expression = rewrite?.uriRegexRewrite
  if (expression) {
    // Envoy writes groups as \1, this library as $1, so that a literal $ has to be escaped for it.
    return (
      RE2JS.compile(expression.match)
        .matcher(plain)
        .replaceAll(expression.rewrite.replaceAll('$', '\\$').replace(/\\(\d)/g, '$$$1')) + rest
    )
  }
  if (!rewrite?.uri) {
    return path
  }
  const prefix = match?.uri ? match.uri.prefix : '/'
  return (prefix === undefined ? rewrite.uri : rewrite.uri + plain.slice(prefix.length)) + rest
}

/** The Location of a route's redirect. */
export function redirectLocation({ spec }: Route, facts: RouteFacts, port: number, tls: boolean): string {
  const redirect = spec.redirect!
  const wanted = redirect.port ?? (redirect.derivePort === 'FROM_REQUEST_PORT' ? port : undefined)
  const scheme = redirect.scheme || facts.scheme
  const isDefault = (redirect.scheme || (tls ? 'https' : 'http')) === 'https' ? wanted === 443 : wanted === 80
  const host = redirect.authority || (redirect.scheme ? hostOf(facts.authority) : facts.authority)
  const authority = wanted === undefined || isDefault ? host : `${hostOf(host)}:${wanted}`
  const { path } = facts
  const query = path.slice(pathOf(path).length)
  const uri = redirect.uri ? redirect.uri + (redirect.uri.includes('?') ? '' : query) : path
  return `${scheme}://${authority}${uri}`
}
