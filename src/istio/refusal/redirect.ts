import type { Path } from '../../resources/index.ts'
import type { HTTPRouteSpec } from '../istio.ts'
import { refusePort } from './name.ts'
import { type Refusal, refuseIf } from './refusal.ts'

/** A redirect (Istio: validateHTTPRedirect). */
export function refuseRedirect({ redirect, match }: HTTPRouteSpec, path: Path): Refusal[] {
  if (!redirect) {
    return []
  }
  const at = [...path, 'redirect']
  const { redirectCode = 301, uri, prefixRewrite, authority, port, derivePort, scheme } = redirect
  const leads = [uri, prefixRewrite, authority, port, derivePort, scheme].some(Boolean)
  return [
    ...refuseIf(uri && prefixRewrite, {
      path: at,
      message: 'a redirect cannot have both uri and prefixRewrite',
      hint: 'leave one of them out'
    }),
    ...refuseIf(prefixRewrite && match?.some(one => one.uri && one.uri.prefix === undefined), {
      path: [...at, 'prefixRewrite'],
      message: 'prefixRewrite needs matches by prefix, and one of them is of another kind',
      hint: 'match by uri.prefix, or use uri'
    }),
    ...refuseIf(port !== undefined && derivePort !== undefined, {
      path: at,
      message: 'a redirect cannot have both port and derivePort',
      hint: 'leave one of them out'
    }),
    ...refuseIf(!leads, {
      path: at,
      message: 'the redirect leads nowhere',
      hint: 'add uri, authority, port or scheme'
    }),
    ...refuseIf(scheme && scheme !== 'http' && scheme !== 'https', {
      path: [...at, 'scheme'],
      message: `${scheme} is no scheme of a redirect`,
      expected: 'http or https',
      actual: scheme ?? '',
      hint: 'use one of them'
    }),
    ...(port ? refusePort(port, [...at, 'port']) : []),
    // The webhook takes any 3xx; of another code istiod makes a route without action, which Envoy refuses.
    ...refuseIf(![301, 302, 303, 307, 308, 0].includes(redirectCode), {
      path: [...at, 'redirectCode'],
      message: `the gateway knows no redirect with code ${redirectCode}`,
      expected: '301, 302, 303, 307 or 308',
      actual: String(redirectCode),
      hint: 'use one of them'
    })
  ]
}
