/**
 * The cookies that keep a client with its target group and its target.
 * (User guide: "Sticky sessions for your Application Load Balancer".)
 *
 * @module
 */

import { createHash } from 'node:crypto'
import type { Target } from '../../elbv2/index.ts'
import { type HeaderList, valuesOf } from '../../elbv2/index.ts'
import { Seal } from './seal.ts'

/** Days after which every one of the cookies ends; the duration that counts is inside the value. */
const cookieDays = 7

/** Where a client belongs. */
export interface Held {
  targetGroup: string
  target?: string
}

/** A target group's or target's mark inside a cookie. */
const markBytes = 16
/** With what sealing adds, 128 characters of base64. */
const payloadBytes = 68

function mark(text: string | undefined): Buffer {
  return text === undefined
    ? Buffer.alloc(markBytes)
    : createHash('sha256').update(text).digest().subarray(0, markBytes)
}

/** A target's name inside cookies: an instance may serve on several ports. */
export function targetKey({ id, port }: Target): string {
  return `${id}:${port}`
}

/** Seals and opens cookie values. Values of another load balancer, or of an earlier run, do not open. */
export class CookieSeal {
  readonly #seal = new Seal()

  /** 128 characters of base64. `expires` is milliseconds since the epoch. */
  seal(held: Held, expires: number): string {
    const payload = Buffer.alloc(payloadBytes)
    mark(held.targetGroup).copy(payload)
    mark(held.target).copy(payload, markBytes)
    payload.writeDoubleBE(expires, 2 * markBytes)
    return this.#seal.seal('stickiness', payload)
  }

  /** Tests for what a value holds; undefined for a value that is not of this load balancer, or has run out. */
  open(value: string, now: number): { isGroup(id: string): boolean; isTarget(target: Target): boolean } | undefined {
    const payload = this.#seal.open('stickiness', value)
    if (payload?.length !== payloadBytes || payload.readDoubleBE(2 * markBytes) <= now) {
      return undefined
    }
    return {
      isGroup: id => payload.subarray(0, markBytes).equals(mark(id)),
      isTarget: target => payload.subarray(markBytes, 2 * markBytes).equals(mark(targetKey(target)))
    }
  }
}

/** Cookies of a request by name; the first one of a name stands. */
export function cookiesOf(headers: HeaderList): Map<string, string> {
  const cookies = new Map<string, string>()
  for (const pair of valuesOf(headers, 'cookie').flatMap(value => value.split(';'))) {
    const equals = pair.indexOf('=')
    const name = pair.slice(0, equals).trim()
    if (equals > 0 && name !== '' && !cookies.has(name)) {
      cookies.set(name, pair.slice(equals + 1).trim())
    }
  }
  return cookies
}

function expiresAt(now: number): string {
  return new Date(now + cookieDays * 86_400_000).toUTCString()
}

/** A pair of cookies: the plain one, and the one that browsers also send across sites. */
export function cookiePair(name: 'AWSALB' | 'AWSALBTG', value: string, now: number): HeaderList {
  const expires = expiresAt(now)
  return [
    ['Set-Cookie', `${name}=${value}; Expires=${expires}; Path=/`],
    ['Set-Cookie', `${name}CORS=${value}; Expires=${expires}; Path=/; SameSite=None; Secure`]
  ]
}

/** The value of such a pair in a request: the one for other sites wins. */
export function pairValue(cookies: ReadonlyMap<string, string>, name: 'AWSALB' | 'AWSALBTG'): string | undefined {
  return cookies.get(`${name}CORS`) ?? cookies.get(name)
}

/** Cookies beside one of the application's: four of them, for values that one could not hold. */
export function applicationCookies(value: string, now: number): HeaderList {
  const expires = expiresAt(now)
  return [value, '_remove_', '_remove_', '_remove_'].map((text, index) => [
    'Set-Cookie',
    `AWSALBAPP-${index}=${text}; Expires=${expires}; Path=/`
  ])
}

/** Whether an answer sets a cookie of that name. */
export function setsCookie(headers: HeaderList, name: string): boolean {
  return valuesOf(headers, 'set-cookie').some(value => value.slice(0, value.indexOf('=')).trim() === name)
}
