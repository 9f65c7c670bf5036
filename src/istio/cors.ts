import { parseDuration } from './duration.ts'
import { type HeaderPairs, headerValue, withHeader } from './headers.ts'
import type { CorsPolicy } from './istio.ts'
import type { RouteFacts } from './route.ts'
import { compileMatch } from './string-match.ts'

/** What a route's policy does with a request of a browser's script (Envoy: CorsFilter). */
export interface CorsDecision {
  /** The gateway answers a preflight itself, with these headers. */
  preflight?: HeaderPairs
  /** Adds what the browser wants to see to whatever is answered. */
  headers(answer: HeaderPairs): HeaderPairs
}

function isAllowed(origin: string, { allowOrigins, allowOrigin = [] }: CorsPolicy): boolean {
  const matchers = (allowOrigins ?? allowOrigin.map(exact => ({ exact }))).map(match => compileMatch(match))
  // A policy that takes the origin * takes any.
  return matchers.some(({ matches }) => matches('*') || matches(origin))
}

/** @returns undefined where the policy has nothing to do with the request. */
export function decideCors(policy: CorsPolicy | undefined, facts: RouteFacts): CorsDecision | undefined {
  const origin = headerValue(facts.headers, 'origin')
  if (!policy || !origin) {
    return undefined
  }
  const isPreflight = facts.method === 'OPTIONS' && Boolean(headerValue(facts.headers, 'access-control-request-method'))
  const isTaken = isAllowed(origin, policy)
  if (!isTaken && !(isPreflight && policy.unmatchedPreflights === 'IGNORE')) {
    return undefined
  }
  const { allowCredentials, allowMethods = [], allowHeaders = [], exposeHeaders = [], maxAge } = policy
  const credentials: HeaderPairs = allowCredentials ? [['access-control-allow-credentials', 'true']] : []
  const common: HeaderPairs = [
    ['access-control-allow-origin', origin],
    ...credentials,
    ...(exposeHeaders.length > 0 ? ([['access-control-expose-headers', exposeHeaders.join(',')]] as HeaderPairs) : [])
  ]
  function headers(answer: HeaderPairs): HeaderPairs {
    return isTaken ? common.reduce((all, [name, value]) => withHeader(all, name, value), answer) : answer
  }
  if (!isPreflight) {
    return { headers }
  }
  /** What is allowed; where that is `*` alone, whatever was asked for. */
  function allowed(values: readonly string[], asked: string): string {
    const text = values.join(',')
    return text === '*' ? (headerValue(facts.headers, asked) ?? '') : text
  }
  const lists: HeaderPairs = [
    ['access-control-allow-methods', allowed(allowMethods, 'access-control-request-method')],
    ['access-control-allow-headers', allowed(allowHeaders, 'access-control-request-headers')],
    ['access-control-max-age', maxAge === undefined ? '' : String(Math.floor(parseDuration(maxAge) ?? 0))]
  ]
  // One that nothing is allowed, and that is not forwarded, is told all but that it is allowed.
  return { preflight: [...(isTaken ? common : credentials), ...lists.filter(([, value]) => value !== '')], headers }
}
