import { RE2JS } from 're2js'
import type { Path } from '../../resources/index.ts'
import type { HTTPRouteSpec } from '../istio.ts'
import { refuseDestinations } from './destination.ts'
import { refuseFault, refuseStatus } from './fault.ts'
import { refuseHeaders } from './headers.ts'
import { refuseExpression, refuseMatch, refuseMatches } from './match.ts'
import type { Refusal } from './refusal.ts'

/** Groups that a substitution refers to and its expression does not have: RE2 then replaces nothing. */
function refuseRewrite({ rewrite }: HTTPRouteSpec, path: Path): Refusal[] {
  if (!rewrite) {
    return []
  }
  const at = [...path, 'rewrite']
  const { uri, authority, uriRegexRewrite } = rewrite
  if (!uri && !authority && !uriRegexRewrite) {
    return [{ path: at, message: 'the rewrite changes nothing', hint: 'add uri, uriRegexRewrite or authority' }]
  }
  if (!uriRegexRewrite) {
    return []
  }
  const { match = '', rewrite: substitution = '' } = uriRegexRewrite
  const here = [...at, 'uriRegexRewrite']
  const refused = refuseExpression(match, [...here, 'match'])
  if (refused.length > 0) {
    return refused
  }
  const groups = RE2JS.compile(match).groupCount()
  const highest = Math.max(0, ...[...substitution.matchAll(/\\(\d)/g)].map(([, digit]) => Number(digit)))
  return highest > groups
    ? [
        {
          path: [...here, 'rewrite'],
          message: `the substitution ${substitution} refers to group ${highest}, and ${match} has ${groups}`,
          hint: 'put what is to be kept into parentheses'
        }
      ]
    : []
}

function refuseRedirect({ redirect, route, rewrite, fault, directResponse }: HTTPRouteSpec, path: Path): Refusal[] {
  if (!redirect) {
    return []
  }
  const at = [...path, 'redirect']
  const { redirectCode = 301 } = redirect
  const besides = Object.entries({ route, rewrite, fault, directResponse }).find(
    ([, value]) => value !== undefined && (!Array.isArray(value) || value.length > 0)
  )?.[0]
  const says = [
    redirect.uri,
    redirect.prefixRewrite,
    redirect.authority,
    redirect.port,
    redirect.derivePort,
    redirect.scheme
  ]
  return [
    ...(besides
      ? [{ path: at, message: `a route cannot have both redirect and ${besides}`, hint: 'make two routes' }]
      : []),
    ...(says.some(Boolean)
      ? []
      : [{ path: at, message: 'the redirect leads nowhere', hint: 'add uri, authority, port or scheme' }]),
    // The webhook takes any 3xx; of another code istiod makes a route without action, which Envoy refuses.
    ...([301, 302, 303, 307, 308, 0].includes(redirectCode)
      ? []
      : [
          {
            path: [...at, 'redirectCode'],
            message: `the gateway knows no redirect with code ${redirectCode}`,
            expected: '301, 302, 303, 307 or 308',
            actual: String(redirectCode),
            hint: 'use one of them'
          }
        ])
  ]
}

export function refuseHTTPRoute(spec: HTTPRouteSpec, path: Path): Refusal[] {
  const { route, redirect, directResponse, delegate } = spec
  const acts = (route?.length ?? 0) > 0 || redirect || directResponse || delegate
  return [
    ...(acts
      ? []
      : [
          {
            path,
            message: 'the route has neither route, redirect, directResponse nor delegate',
            hint: 'add one of them'
          }
        ]),
    ...refuseMatches(spec.match, path),
    ...refuseHeaders(spec.headers, path),
    ...refuseFault(spec.fault, path),
    ...refuseRedirect(spec, path),
    ...(directResponse && (directResponse.status < 200 || directResponse.status > 600)
      ? [refuseStatus(directResponse.status, [...path, 'directResponse', 'status'])]
      : []),
    ...(directResponse && (route?.length ?? 0) > 0
      ? [{ path, message: 'a route cannot have both route and directResponse', hint: 'make two routes' }]
      : []),
    ...refuseRewrite(spec, path),
    ...refuseDestinations(route, path),
    ...(spec.corsPolicy?.allowOrigins ?? []).flatMap((origin, index) =>
      refuseMatch(origin, [...path, 'corsPolicy', 'allowOrigins', index])
    )
  ]
}
