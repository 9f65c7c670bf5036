import { STATUS_CODES } from 'node:http'
import { nearestName } from '../../nearest-name.ts'
import type { Path } from '../../resources/index.ts'
import type { Retries } from '../istio.ts'
import { refuseDuration } from './name.ts'
import { type Refusal, refuseIf } from './refusal.ts'

const reasons = new Set([
  ...['5xx', 'gateway-error', 'reset', 'reset-before-request', 'connect-failure', 'retriable-4xx', 'refused-stream'],
  ...['retriable-status-codes', 'retriable-headers', 'envoy-ratelimited', 'http3-post-connect-failure'],
  ...['cancelled', 'deadline-exceeded', 'internal', 'resource-exhausted', 'unavailable']
])

/** What to do about a reason that is none: of blanks around it, or a name that is near. */
function hintForReason(unknown: string): string {
  const meant = nearestName(unknown.trim(), reasons)
  return meant === unknown.trim() || STATUS_CODES[unknown.trim()]
    ? 'put commas without blanks between the reasons'
    : meant === undefined
      ? 'write some of those, with commas between them'
      : `did you mean ${meant}?`
}

/** When a request is sent again (Istio: ValidateHTTPRetry). */
export function refuseRetries(retries: Retries | undefined, path: Path): Refusal[] {
  if (!retries) {
    return []
  }
  const at = [...path, 'retries']
  const { attempts = 0, perTryTimeout, retryOn, retryRemoteLocalities } = retries
  const unknown = (retryOn ? retryOn.split(',') : []).find(reason => !reasons.has(reason) && !STATUS_CODES[reason])
  return [
    ...refuseIf(attempts < 0, { path: [...at, 'attempts'], message: 'attempts is below 0', hint: 'use 0 or more' }),
    ...refuseIf(attempts === 0 && (perTryTimeout ?? (retryOn || retryRemoteLocalities !== undefined)), {
      path: at,
      message: 'retries are told how to go on, and attempts is 0, which turns them off',
      hint: 'set attempts, or leave the rest out'
    }),
    ...refuseDuration(perTryTimeout, [...at, 'perTryTimeout']),
    ...refuseIf(unknown !== undefined, {
      path: [...at, 'retryOn'],
      message: `${unknown} is no reason to try again`,
      expected: `statuses, or of ${[...reasons].join(', ')}`,
      actual: retryOn ?? '',
      hint: hintForReason(unknown ?? '')
    })
  ]
}
