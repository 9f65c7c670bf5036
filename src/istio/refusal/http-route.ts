import type { Path } from '../../resources/index.ts'
import type { HTTPRouteSpec } from '../istio.ts'
import { refuseCors } from './cors.ts'
import { refuseDestination, refuseDestinations } from './destination.ts'
import { refuseFault, refuseStatus } from './fault.ts'
import { refuseHeaders, refuseSecondAuthority } from './headers.ts'
import { refuseMatches } from './match.ts'
import { refuseDuration } from './name.ts'
import { refuseRedirect } from './redirect.ts'
import { type Refusal, refuseEach, refuseIf } from './refusal.ts'
import { refuseRetries } from './retry.ts'
import { refuseRewrite } from './rewrite.ts'

/** One MB. */
const largestBody = 1024 * 1024

function isThere(value: unknown): boolean {
  return value !== undefined && !(Array.isArray(value) && value.length === 0)
}

/** What cannot stand side by side in a route (Istio: validateHTTPRouteConflict). */
function refuseConflicts(spec: HTTPRouteSpec, path: Path, isDelegate: boolean): Refusal[] {
  const { redirect, directResponse, route, delegate } = spec
  function both(first: keyof HTTPRouteSpec, others: (keyof HTTPRouteSpec)[]): Refusal[] {
    return others
      .filter(other => isThere(spec[other]))
      .map(other => ({
        path: [...path, first],
        message: `a route cannot have both ${first} and ${other}`,
        hint: 'make two routes'
      }))
  }
  if (delegate && !isDelegate) {
    return both('delegate', ['redirect', 'route'])
  }
  if (delegate) {
    return [
      {
        path: [...path, 'delegate'],
        message: 'a delegate cannot delegate again',
        hint: 'write its routes here'
      }
    ]
  }
  return [
    ...(redirect
      ? both('redirect', ['route', 'fault', 'rewrite', 'directResponse'])
      : directResponse
        ? both('directResponse', ['route', 'fault', 'rewrite'])
        : refuseIf(!isThere(route), {
            path,
            message: 'the route has neither route, redirect, directResponse nor delegate',
            hint: 'add one of them'
          })),
    ...(spec.mirror ? both('mirror', ['mirrors']) : [])
  ]
}

function refuseMirrors({ mirror, mirrors, mirrorPercentage, mirrorPercent }: HTTPRouteSpec, path: Path): Refusal[] {
  function share(value: number | undefined, at: Path): Refusal[] {
    return refuseIf(value !== undefined && (value < 0 || value > 100), {
      path: at,
      message: `the percentage ${value} is not from 0 to 100`,
      hint: 'name a share of 100'
    })
  }
  return [
    ...share(mirrorPercent, [...path, 'mirrorPercent']),
    ...share(mirrorPercentage?.value, [...path, 'mirrorPercentage', 'value']),
    ...refuseDestination(mirror, [...path, 'mirror']),
    ...refuseEach(mirrors, [...path, 'mirrors'], ({ destination, percentage }, at) => [
      ...refuseIf(!destination, { path: at, message: 'a mirror has no destination', hint: 'add destination' }),
      ...refuseDestination(destination, [...at, 'destination']),
      ...share(percentage?.value, [...at, 'percentage', 'value'])
    ])
  ]
}

/** An HTTP route of a VirtualService, or of a delegate (Istio: validateHTTPRoute). */
export function refuseHTTPRoute(spec: HTTPRouteSpec, path: Path, isDelegate: boolean): Refusal[] {
  const { directResponse, headers } = spec
  const { string = '', bytes = '' } = directResponse?.body ?? {}
  return [
    ...refuseConflicts(spec, path, isDelegate),
    ...refuseMatches(spec.match, path),
    ...refuseHeaders(headers, path),
    ...refuseCors(spec.corsPolicy, path),
    ...refuseFault(spec.fault, path),
    ...refuseMirrors(spec, path),
    ...refuseRedirect(spec, path),
    ...refuseStatus(directResponse?.status, [...path, 'directResponse', 'status']),
    ...refuseIf(Buffer.byteLength(string) > largestBody || (bytes.length * 3) / 4 > largestBody, {
      path: [...path, 'directResponse', 'body'],
      message: 'the body is larger than 1 MB',
      hint: 'serve it by a Service'
    }),
    ...refuseRetries(spec.retries, path),
    ...refuseRewrite(spec, path),
    ...refuseSecondAuthority(spec.rewrite?.authority, headers, path),
    ...refuseDestinations(spec.route, path),
    ...refuseDuration(spec.timeout, [...path, 'timeout'])
  ]
}
