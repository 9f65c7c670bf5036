/**
 * The routes that Istio makes of a VirtualService (Istio: pilot/pkg/networking/core/route), and how a request finds its own.
 *
 * @module
 */

import { RE2JS } from 're2js'
import { type HeaderPairs, headerValue } from './headers.ts'
import type { HTTPMatch, HTTPRouteSpec, StringMatch } from './istio.ts'
import { compileMatch } from './string-match.ts'
import type { ResolvedVirtualService, Semantics } from './virtual-service.ts'

/** What routes see of a request. */
export interface RouteFacts {
  method: string
  /** Normalised, with its query. */
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
  /** All of them have to hold. */
  conditions: Condition[]
  spec: HTTPRouteSpec
  match: HTTPMatch | undefined
  semantics: Semantics
}

export function pathOf(path: string): string {
  return path.split(/[?#]/, 1)[0]!
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

/** The first value of a parameter of the query, as it was sent: Envoy decodes neither plus signs nor escapes. */
function parameterOf(path: string, name: string): string | undefined {
  for (const pair of queryOf(path).split('&')) {
    const [key, ...value] = pair.split('=')
    if (key === name && pair !== '') {
      return value.join('=')
    }
  }
  return undefined
}

/** A header; those that begin with a colon are what HTTP/2 calls the request's line, and HTTP/1's Host is one of them. */
export function headerOf({ headers, method, path, authority, scheme }: RouteFacts, name: string): string | undefined {
  switch (name.toLowerCase()) {
    case ':method':
      return method
    case ':path':
      return path
    case ':authority':
    case 'host':
      return authority
    case ':scheme':
      return scheme
    default:
      return headerValue(headers, name.toLowerCase())
  }
}

/** A prefix of whole segments: `/api` takes `/api` and `/api/x`, not `/apix` (Envoy: path_separated_prefix). */
function segmentPrefix(prefix: string): (path: string) => boolean {
  const whole = prefix.replace(/\/$/, '')
  return path => path === whole || path.startsWith(`${whole}/`)
}

function uriCondition({ uri, ignoreUriCase = false }: HTTPMatch, semantics: Semantics): Condition {
  const { text, matches } = compileMatch(uri!, { ignoreCase: ignoreUriCase })
  const { prefix } = uri!
  const takes = semantics !== 'istio' && prefix !== undefined && prefix !== '/' ? segmentPrefix(prefix) : matches
  return { text: `uri ${text}`, holds: ({ path }) => takes(pathOf(path)) }
}

/** What a match asks for of a request. */
export function conditionsOf(match: HTTPMatch, semantics: Semantics): Condition[] {
  const conditions: Condition[] = []
  if (match.uri) {
    conditions.push(uriCondition(match, semantics))
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
    conditions.push(condition(`header ${name}`, value ?? {}, facts => headerOf(facts, name)))
  }
  for (const [name, value] of Object.entries(match.withoutHeaders ?? {})) {
    const { text, matches, presence } = compileMatch(value ?? {})
    conditions.push({
      text: `without header ${name} ${text}`,
      // A header that is not there is compared as an empty one, unless its absence itself is asked for.
      holds: facts => {
        const found = headerOf(facts, name)
        return presence ? found === undefined : !matches(found ?? '')
      }
    })
  }
  for (const [name, value] of Object.entries(match.queryParams ?? {})) {
    conditions.push(condition(`query parameter ${name}`, value ?? {}, ({ path }) => parameterOf(path, name)))
  }
  return conditions
}

/** Any path and nothing else: no route behind it is ever reached (Istio: IsCatchAllRoute). */
function isCatchAll({ conditions, match }: Route): boolean {
  return (
    conditions.length === 0 ||
    (conditions.length === 1 && (match?.uri?.prefix === '/' || match?.uri?.prefix === '' || match?.uri?.regex === '*'))
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

/** Whether a match is for this gateway at all: by its port, gateways and source labels. */
function isForGateway(match: HTTPMatch, context: RouteContext): boolean {
  if (match.port && match.port !== context.port) {
    return false
  }
  if (match.gateways?.length) {
    return match.gateways.includes(context.gateway)
  }
  return (
    Object.entries(match.sourceLabels ?? {}).every(([key, value]) => context.labels[key] === value) &&
    (!match.sourceNamespace || match.sourceNamespace === context.namespace)
  )
}

/** The routes of a VirtualService in their order; what stands behind a catch-all is left out, as Istio leaves it out. */
export function routesOf(
  { http, semantics }: Pick<ResolvedVirtualService, 'http' | 'semantics'>,
  context: RouteContext
): Route[] {
  const routes: Route[] = []
  for (const { name, spec } of http) {
    const matches: (HTTPMatch | undefined)[] = spec.match?.length ? spec.match : [undefined]
    for (const [place, match] of matches.entries()) {
      if (match && !isForGateway(match, context)) {
        continue
      }
      const route: Route = {
        name: match && semantics === 'istio' ? `${name}.match[${place}]` : name,
        conditions: match ? conditionsOf(match, semantics) : [],
        spec,
        match,
        semantics
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

/** The part of a path that a match took: of a prefix the prefix, of anything else the whole path. */
function matchedPrefix({ match, semantics }: Route, plain: string): string {
  const prefix = match?.uri ? match.uri.prefix : '/'
  if (prefix === undefined) {
    return plain
  }
  return semantics === 'istio' || prefix === '/' ? prefix : prefix.replace(/\/$/, '')
}

/** Replaces by an expression; a group that the expression does not have leaves the path as it is, as RE2 does. */
function replaceByExpression(plain: string, match: string, substitution: string): string {
  try {
    // Envoy writes groups as \1, this library as $1, so that a literal $ has to be escaped for it.
    return RE2JS.compile(match)
      .matcher(plain)
      .replaceAll(substitution.replaceAll('$', '\\$').replace(/\\(\d)/g, '$$$1'))
  } catch {
    return plain
  }
}

/** Path and query after a route's rewrite. */
export function rewritePath(route: Route, path: string): string {
  const { rewrite } = route.spec
  const plain = pathOf(path)
  const rest = path.slice(plain.length)
  if (rewrite?.uriRegexRewrite) {
    const { match, rewrite: substitution } = rewrite.uriRegexRewrite
    return replaceByExpression(plain, match, substitution) + rest
  }
  if (!rewrite?.uri) {
    return path
  }
  const tail = plain.slice(matchedPrefix(route, plain).length)
  // A prefix that is taken away leaves the slash behind (Istio: the one rewrite that it makes an expression of).
  if (route.semantics === 'gateway' && rewrite.uri === '/') {
    return (tail.startsWith('/') ? tail : `/${tail}`) + rest
  }
  return rewrite.uri + tail + rest
}

/** The host of a redirect, with its port where the port is neither replaced nor the one of the scheme that is left (Envoy: processRequestHost). */
function redirectHost({ authority, scheme }: RouteFacts, newScheme: string, hasPort: boolean): string {
  const end = authority.startsWith('[') ? authority.lastIndexOf(']:') + 1 : authority.lastIndexOf(':')
  if (end <= 0) {
    return authority
  }
  const port = authority.slice(end)
  const isDefault =
    newScheme !== scheme && ((scheme === 'https' && port === ':443') || (scheme === 'http' && port === ':80'))
  return hasPort || isDefault ? authority.slice(0, end) : authority
}

function redirectPath(route: Route, path: string): string {
  const redirect = route.spec.redirect!
  const plain = pathOf(path)
  const query = path.slice(plain.length)
  if (redirect.prefixRewrite !== undefined) {
    const tail = plain.slice(matchedPrefix(route, plain).length)
    return (redirect.prefixRewrite + tail).replace(/^\/\//, '/') + query
  }
  if (!redirect.uri) {
    return path
  }
  // Envoy writes the slash that is missing.
  const uri = redirect.uri.startsWith('/') ? redirect.uri : `/${redirect.uri}`
  return uri + (uri.includes('?') ? '' : query)
}

/** The Location of a route's redirect (Istio: ApplyRedirect; Envoy: newUri). */
export function redirectLocation(route: Route, facts: RouteFacts, port: number, tls: boolean): string {
  const redirect = route.spec.redirect!
  const wanted = redirect.port ?? (redirect.derivePort === 'FROM_REQUEST_PORT' ? port : undefined)
  const scheme = redirect.scheme || facts.scheme
  const isDefault = (redirect.scheme || (tls ? 'https' : 'http')) === 'https' ? wanted === 443 : wanted === 80
  const explicit = wanted === undefined || isDefault ? '' : `:${wanted}`
  const host = redirect.authority || redirectHost(facts, scheme, explicit !== '')
  return `${scheme}://${host}${explicit}${redirectPath(route, facts.path)}`
}
