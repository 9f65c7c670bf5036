import type { Path } from '../../resources/index.ts'
import type { CorsPolicy } from '../istio.ts'
import { refuseHeaderName } from './headers.ts'
import { refuseMatch } from './match.ts'
import { refuseDuration } from './name.ts'
import { type Refusal, refuseEach, refuseIf } from './refusal.ts'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', '*']

function refuseName(name: string, path: Path): Refusal[] {
  return name === '*' ? [] : refuseHeaderName(name, path)
}

/** A policy for requests of browsers' scripts (Istio: validateCORSPolicy). */
export function refuseCors(policy: CorsPolicy | undefined, path: Path): Refusal[] {
  if (!policy) {
    return []
  }
  const at = [...path, 'corsPolicy']
  return [
    ...refuseEach(policy.allowOrigins, [...at, 'allowOrigins'], (origin, place) => [
      ...refuseIf(!(origin.exact || origin.prefix || origin.regex), {
        path: place,
        message: 'an origin is empty',
        hint: 'name one with exact, prefix or regex'
      }),
      ...(origin.exact || origin.prefix || origin.regex ? refuseMatch(origin, place) : [])
    ]),
    ...refuseEach(policy.allowMethods, [...at, 'allowMethods'], (method, place) =>
      refuseIf(!methods.includes(method), {
        path: place,
        message: `${method} is no method of HTTP`,
        expected: methods.join(', '),
        actual: method,
        hint: 'write it in capitals'
      })
    ),
    ...refuseEach(policy.allowHeaders, [...at, 'allowHeaders'], refuseName),
    ...refuseEach(policy.exposeHeaders, [...at, 'exposeHeaders'], refuseName),
    ...refuseDuration(policy.maxAge, [...at, 'maxAge'], { wholeSeconds: true })
  ]
}
