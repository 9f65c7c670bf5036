import { parseDuration } from './duration.ts'
import { type HeaderPairs, headerValue, withHeader } from './headers.ts'
import type { CorsPolicy } from './istio.ts'
import type { RouteFacts } from './route.ts'
import { compileMatch } from './string-match.ts'

/** What a route's policy does with a request of a browser's script (Envoy: the CORS filter). */
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
  if (!isAllowed(origin, policy)) {
    // Where unmatched preflights are not forwarded, they are answered without a word of what is allowed.
    return isPreflight && policy.unmatchedPreflights === 'IGNORE'
      ? { preflight: [], headers: answer => answer }
      : undefined
  }
  const { allowCredentials, allowMethods = [], allowHeaders = [], exposeHeaders = [], maxAge } = policy
  const common: HeaderPairs = [
    ['access-control-allow-origin', origin],
    ...(allowCredentials ? ([['access-control-allow-credentials', 'true']] as HeaderPairs) : []),
    ...(exposeHeaders.length > 0 ? ([['access-control-expose-headers', exposeHeaders.join(',')]] as HeaderPairs) : [])
  ]
  function headers(answer: HeaderPairs): HeaderPairs {
    return common.reduce((all, [name, value]) => withHeader(all, name, value), answer)
  }
  if (!isPreflight) {
    return { headers }
  }
  const lists: HeaderPairs = [
    ['access-control-allow-methods', allowMethods.join(',')],
    ['access-control-allow-headers', allowHeaders.join(',')],
    ['access-control-max-age', maxAge === undefined ? '' : String(Math.floor(parseDuration(maxAge) ?? 0))]
  ]
  return { preflight: [...common, ...lists.filter(([, value]) => value !== '')], headers }
}
