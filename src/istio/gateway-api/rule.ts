/**
 * Rules of the Gateway API's routes as rules of VirtualServices (Istio: pilot/pkg/config/kube/gateway/conversion.go).
 *
 * @module
 */

import type { BackendReference, KubernetesObject } from '../../resources/index.ts'
import { parseDuration } from '../duration.ts'
import type { HeaderOperations, HTTPMatch, HTTPRouteSpec, RouteDestination, StringMatch } from '../istio.ts'

export interface BackendRef extends BackendReference {
  filters?: RouteFilter[]
}

interface NamedMatch {
  type?: 'Exact' | 'RegularExpression'
  name: string
  value: string
}

interface HeaderFilter {
  set?: { name: string; value: string }[]
  add?: { name: string; value: string }[]
  remove?: string[]
}

interface PathModifier {
  type?: 'ReplaceFullPath' | 'ReplacePrefixMatch'
  replaceFullPath?: string
  replacePrefixMatch?: string
}

export interface RouteFilter {
  type: string
  requestHeaderModifier?: HeaderFilter
  responseHeaderModifier?: HeaderFilter
  requestRedirect?: { scheme?: string; hostname?: string; port?: number; statusCode?: number; path?: PathModifier }
  urlRewrite?: { hostname?: string; path?: PathModifier }
  requestMirror?: {
    backendRef: BackendRef
    percent?: number
    fraction?: { numerator: number; denominator?: number }
  }
  cors?: {
    allowOrigins?: string[]
    allowMethods?: string[]
    allowHeaders?: string[]
    exposeHeaders?: string[]
    allowCredentials?: boolean
    maxAge?: number
  }
}

export interface RouteRule {
  name?: string
  matches?: {
    path?: { type?: 'Exact' | 'PathPrefix' | 'RegularExpression'; value?: string }
    headers?: NamedMatch[]
    queryParams?: NamedMatch[]
    /** Of an HTTPRoute a name, of a GRPCRoute service and method. */
    method?: string | { type?: 'Exact' | 'RegularExpression'; service?: string; method?: string }
  }[]
  filters?: RouteFilter[]
  backendRefs?: BackendRef[]
  timeouts?: { request?: string; backendRequest?: string }
  retry?: { attempts?: number; codes?: number[]; backoff?: string }
}

export interface ParentRef {
  group?: string
  kind?: string
  name: string
  namespace?: string
  sectionName?: string
  port?: number
}

/** HTTPRoute, GRPCRoute, TLSRoute or TCPRoute. */
export interface GatewayRoute extends KubernetesObject {
  spec?: { parentRefs?: ParentRef[]; hostnames?: string[]; rules?: RouteRule[] }
}

/** What a route's rule needs to know of the cluster. */
export interface RuleContext {
  /** The host of a backend in full; undefined where it may not be used or is not there. */
  hostOf(backend: BackendRef): string | undefined
}

function named(matches: NamedMatch[] = []): Record<string, StringMatch> | undefined {
  return matches.length === 0
    ? undefined
    : Object.fromEntries(
        matches.map(({ type, name, value }) => [
          name,
          type === 'RegularExpression' ? { regex: value } : { exact: value }
        ])
      )
}

type Match = NonNullable<RouteRule['matches']>[number]

function pathMatch({ type = 'PathPrefix', value = '/' }: NonNullable<Match['path']> = {}): StringMatch {
  if (type === 'Exact') {
    return { exact: value }
  }
  return type === 'RegularExpression' ? { regex: value } : { prefix: value === '/' ? value : value.replace(/\/$/, '') }
}

/** A call of gRPC is the path `/service/method`. */
function callMatch({ type, service, method }: Exclude<Match['method'], string | undefined>): StringMatch {
  if (type === 'RegularExpression') {
    return { regex: `/${service ?? '[^/]+'}/${method ?? '.+'}` }
  }
  if (service === undefined) {
    return { regex: `/[^/]+/${method}` }
  }
  return method === undefined ? { prefix: `/${service}/` } : { exact: `/${service}/${method}` }
}

function matchOf({ path, headers, queryParams, method }: Match, isGRPC: boolean): HTTPMatch {
  const uri = isGRPC ? (typeof method === 'object' ? callMatch(method) : undefined) : pathMatch(path)
  const byHeader = named(headers)
  const byParameter = named(queryParams)
  return {
    ...(uri && { uri }),
    ...(byHeader && { headers: byHeader }),
    ...(byParameter && { queryParams: byParameter }),
    ...(typeof method === 'string' && { method: { exact: method } })
  }
}

function operations({ set = [], add = [], remove }: HeaderFilter): HeaderOperations {
  function entries(pairs: { name: string; value: string }[]) {
    return Object.fromEntries(pairs.map(({ name, value }) => [name, value]))
  }
  return { set: entries(set), add: entries(add), ...(remove && { remove }) }
}

function headersOf(filters: readonly RouteFilter[]): Pick<HTTPRouteSpec, 'headers'> {
  const request = filters.find(({ type }) => type === 'RequestHeaderModifier')?.requestHeaderModifier
  const response = filters.find(({ type }) => type === 'ResponseHeaderModifier')?.responseHeaderModifier
  return request || response
    ? {
        headers: {
          ...(request && { request: operations(request) }),
          ...(response && { response: operations(response) })
        }
      }
    : {}
}

function redirectOf(filters: readonly RouteFilter[]): HTTPRouteSpec['redirect'] {
  const filter = filters.find(({ type }) => type === 'RequestRedirect')?.requestRedirect
  if (!filter) {
    return undefined
  }
  const { scheme, hostname, port, statusCode = 302, path } = filter
  return {
    redirectCode: statusCode,
    ...(hostname && { authority: hostname }),
    ...(scheme && { scheme }),
    ...(port ? { port } : { derivePort: scheme ? 'FROM_PROTOCOL_DEFAULT' : 'FROM_REQUEST_PORT' }),
    ...(path?.replaceFullPath !== undefined && { uri: path.replaceFullPath }),
    ...(path?.replacePrefixMatch !== undefined && { prefixRewrite: path.replacePrefixMatch })
  }
}

function rewriteOf(filters: readonly RouteFilter[]): HTTPRouteSpec['rewrite'] {
  const filter = filters.find(({ type }) => type === 'URLRewrite')?.urlRewrite
  if (!filter) {
    return undefined
  }
  const { hostname, path } = filter
  const prefix = path?.replacePrefixMatch
  return {
    ...(hostname && { authority: hostname }),
    ...(prefix !== undefined && { uri: prefix.replace(/\/$/, '') || '/' }),
    ...(path?.replaceFullPath !== undefined && { uriRegexRewrite: { match: '/.*', rewrite: path.replaceFullPath } })
  }
}

function corsOf(filters: readonly RouteFilter[]): HTTPRouteSpec['corsPolicy'] {
  const filter = filters.find(({ type }) => type === 'CORS')?.cors
  if (!filter) {
    return undefined
  }
  const { allowOrigins = [], maxAge = 5, ...rest } = filter
  return {
    ...rest,
    maxAge: `${maxAge}s`,
    allowOrigins: allowOrigins.map(origin => {
      const [before, after] = origin.split('*') as [string, string?]
      const escaped = [before, after ?? ''].map(text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      return after === undefined ? { exact: origin } : { regex: escaped.join('.*') }
    })
  }
}

/** The answer to shares that no backend takes; what the Gateway API demands. */
const noBackend: HTTPRouteSpec['directResponse'] = { status: 500 }

function destinationsOf(backends: readonly BackendRef[], { hostOf }: RuleContext): RouteDestination[] {
  return backends
    .filter(({ weight = 1 }) => weight > 0)
    .map(backend => {
      const { port, weight = 1, filters = [] } = backend
      return {
        // A host without a name has no cluster: its share of the requests gets the gateway's own answer.
        destination: { host: hostOf(backend) ?? '', ...(port && { port: { number: port } }) },
        weight,
        ...headersOf(filters)
      }
    })
}

/** The attempts that Istio makes where a rule asks for retries and says no number. */
const defaultAttempts = 2

/** Time-outs and retries; without retries the time-out of one attempt is that of all (Istio: convertHTTPRoute). */
function patienceOf({ timeouts, retry }: RouteRule): Pick<HTTPRouteSpec, 'timeout' | 'retries'> {
  function isNone(duration: string | undefined): boolean {
    return duration === undefined || parseDuration(duration) === 0
  }
  const one = isNone(timeouts?.backendRequest) ? undefined : timeouts?.backendRequest
  const whole = isNone(timeouts?.request) ? undefined : timeouts?.request
  const timeout = retry ? whole : (one ?? whole)
  const { attempts = defaultAttempts, codes = [] } = retry ?? {}
  const retryOn = ['connect-failure', 'refused-stream', 'unavailable', 'cancelled', ...codes].join(',')
  return {
    ...(timeout && { timeout }),
    ...(retry && { retries: { attempts, ...(attempts > 0 && { retryOn }), ...(one && { perTryTimeout: one }) } })
  }
}

function mirrorsOf(filters: readonly RouteFilter[], { hostOf }: RuleContext): Pick<HTTPRouteSpec, 'mirrors'> {
  const mirrors = filters.flatMap(({ requestMirror }) => {
    const host = requestMirror && hostOf(requestMirror.backendRef)
    if (!host) {
      return []
    }
    const { backendRef, percent, fraction } = requestMirror
    const value = percent ?? (fraction ? (fraction.numerator / (fraction.denominator ?? 100)) * 100 : 100)
    return [
      {
        destination: { host, ...(backendRef.port && { port: { number: backendRef.port } }) },
        percentage: { value }
      }
    ]
  })
  return mirrors.length > 0 ? { mirrors } : {}
}

/** One route for each match of a rule, since their precedence is one by one. */
export function routesOfRule(rule: RouteRule, isGRPC: boolean, context: RuleContext): HTTPRouteSpec[] {
  const { matches = [{}], filters = [], backendRefs = [] } = rule
  const redirect = redirectOf(filters)
  const rewrite = rewriteOf(filters)
  const corsPolicy = corsOf(filters)
  const destinations = destinationsOf(backendRefs, context)
  const action = redirect
    ? { redirect }
    : destinations.length === 0
      ? { directResponse: noBackend }
      : {
          route: destinations,
          ...(rewrite && { rewrite }),
          ...patienceOf(rule),
          ...mirrorsOf(filters, context)
        }
  const common = { ...action, ...headersOf(filters), ...(corsPolicy && { corsPolicy }) }
  return (matches.length === 0 ? [{}] : matches).map(match => ({ ...common, match: [matchOf(match, isGRPC)] }))
}

/** Exact before prefix before regular expression, then the longer, then method, headers and parameters (Istio: sortHTTPRoutes). */
export function byPrecedence({ match: one }: HTTPRouteSpec, { match: other }: HTTPRouteSpec): number {
  function ranks(match: HTTPMatch = {}): number[] {
    const { exact, prefix, regex } = match.uri ?? {}
    const kind = exact !== undefined ? 3 : prefix !== undefined ? 2 : regex !== undefined ? 1 : -1
    return [
      kind,
      (exact ?? prefix ?? regex ?? '').length,
      match.method ? 1 : 0,
      Object.keys(match.headers ?? {}).length,
      Object.keys(match.queryParams ?? {}).length
    ]
  }
  const others = ranks(other?.[0])
  return (
    ranks(one?.[0])
      .map((rank, place) => others[place]! - rank)
      .find(difference => difference !== 0) ?? 0
  )
}
