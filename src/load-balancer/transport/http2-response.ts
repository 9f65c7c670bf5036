/**
 * Judges what a target's HTTP/2 answer says of itself: a malformed one gives the client a 502 (RFC 9113 §8.1.1).
 *
 * @module
 */

import { type HeaderList, isSendable, isToken } from '../../elbv2/index.ts'
import { connectionSpecific } from '../message/http2-headers.ts'
import type { TargetResponse } from './transport.ts'

/**
 * Takes a head apart.
 *
 * @param isLast - whether nothing follows it.
 * @returns undefined where it is malformed.
 */
export function parseHttp2Response(fields: HeaderList, isLast: boolean): TargetResponse | undefined {
  const [name, value] = fields[0] ?? []
  const headers = fields.slice(1)
  // One pseudo-header, ahead of all others.
  if (name !== ':status' || !/^[1-5]\d\d$/.test(value!) || !areFields(headers)) {
    return undefined
  }
  const status = Number(value)
  // HTTP/2 has no upgrade, and an interim answer is followed by another one (RFC 9113 §8.1, §8.6).
  return status === 101 || (status < 200 && isLast) ? undefined : { status, reason: '', headers, ended: isLast }
}

/** Whether fields may stand in a head behind its status, and in trailers (RFC 9113 §8.2). */
export function areFields(fields: HeaderList): boolean {
  return fields.every(
    ([name, value]) => isToken(name) && !/[A-Z]/.test(name) && !connectionSpecific.has(name) && isSendable(value)
  )
}

/** Bytes of the body; undefined where the head does not say. */
export function bodyLengthOf({ headers, status }: TargetResponse, method: string): number | undefined | 'malformed' {
  let length: string | undefined
  for (const [name, value] of headers) {
    if (name === 'content-length') {
      if ((length !== undefined && length !== value) || !/^\d{1,15}$/.test(value)) {
        return 'malformed'
      }
      length = value
    }
  }
  if (method === 'HEAD' || status === 204 || status === 304) {
    return 0
  }
  return length === undefined ? undefined : Number(length)
}
