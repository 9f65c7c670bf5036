/**
 * The jwt-validation action: lets requests pass that carry a token of the issuer.
 * (User guide: "Verify JWTs using an Application Load Balancer".)
 *
 * @module
 */

import { createRemoteJWKSet, customFetch, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Clock } from '../../elbv2/index.ts'
import { type HeaderList, valuesOf } from '../../elbv2/index.ts'
import type { JwtValidationConfig } from '../../model/index.ts'
import { readBounded } from './bounded-response.ts'
import { type PreRoutingOutcome, passedAsIs, refusal } from './pre-routing.ts'

/** A larger key set, or one with more keys, is not used, and no request passes. (User guide: "JWT validation limits".) */
const keySetLimits = { bytes: 150 * 1024, keys: 10 }

/** Milliseconds that the key set's endpoint has to answer, and that an answer is used; AWS gives no numbers. */
const keySetTimeout = 5_000
const keySetLifetime = 300_000

/** Milliseconds after a failure in which the endpoint is not asked again, whatever is requested. AWS gives no number. */
const keySetPause = 5_000

/** Codes without a token that holds, and without keys to tell. AWS documents neither (docs/unverified.md). */
const invalidTokenStatus = 401
const keySetFailureStatus = 500

/** Whether each of an additional claim's values has to be in a token's list, or one of them. */
const listedClaimsNeedEveryValue = true

/** A key set that cannot be used, and how access logs call that. */
class KeySetError extends Error {
  readonly reason: string

  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

/** Validates tokens; keeps the key sets of all issuers. */
export class JWTValidator {
  readonly #clock: Clock
  readonly #fetch: typeof fetch
  readonly #keySets = new Map<string, JWTVerifyGetKey>()
  /** What the endpoints that failed last came to, and when. */
  readonly #failures = new Map<string, { at: number; error: Error }>()

  constructor(clock: Clock, fetchKeys: typeof fetch) {
    this.#clock = clock
    this.#fetch = fetchKeys
  }

  async validate(config: JwtValidationConfig, headers: HeaderList): Promise<PreRoutingOutcome> {
    const [authorization, ...others] = valuesOf(headers, 'authorization')
    if (authorization === undefined) {
      return refusal(invalidTokenStatus, 'the request carries no token', 'JWTHeaderNotPresent')
    }
    const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1]
    if (token === undefined || others.length > 0) {
      return refusal(invalidTokenStatus, 'the Authorization header holds no JWT', 'JWTRequestFormatInvalid')
    }
    try {
      const { payload } = await jwtVerify(token, this.#keySet(config.jwksEndpoint), {
        algorithms: ['RS256'],
        issuer: config.issuer,
        requiredClaims: ['exp'],
        currentDate: new Date(this.#clock.now())
      })
      return this.#checkClaims(config, payload) ?? passedAsIs
    } catch (error) {
      return failure(error as Error)
    }
  }

  #keySet(endpoint: string): JWTVerifyGetKey {
    const present = this.#keySets.get(endpoint)
    if (present) {
      return present
    }
    const keySet = createRemoteJWKSet(new URL(endpoint), {
      timeoutDuration: keySetTimeout,
      cacheMaxAge: keySetLifetime,
      [customFetch]: (url, options) => this.#fetchKeySet(url, options as RequestInit)
    })
    this.#keySets.set(endpoint, keySet)
    return keySet
  }

  /** Whoever sends requests does not thereby send any to a provider that is down. */
  async #fetchKeySet(url: string, options: RequestInit): Promise<Response> {
    const failed = this.#failures.get(url)
    if (failed && this.#clock.elapsed() - failed.at < keySetPause) {
      throw failed.error
    }
    try {
      const response = await this.#readKeySet(url, options)
      this.#failures.delete(url)
      return response
    } catch (error) {
      this.#failures.set(url, { at: this.#clock.elapsed(), error: error as Error })
      throw error
    }
  }

  async #readKeySet(url: string, options: RequestInit): Promise<Response> {
    if (!url.startsWith('https:')) {
      throw new KeySetError('JWKSRequestFailed', 'the JWKS endpoint is not an https URL')
    }
    const response = await this.#fetch(url, options)
    const text = await readBounded(response, keySetLimits.bytes)
    if (text === undefined) {
      throw new KeySetError('JWKSResponseSizeExceeded', 'the key set is larger than 150 KB')
    }
    if (response.status !== 200) {
      throw new KeySetError('JWKSRequestFailed', `the JWKS endpoint answered ${response.status}`)
    }
    const keys = keysOf(text)
    if (keys > keySetLimits.keys) {
      throw new KeySetError('JWKSKeyCountExceeded', 'the key set has more than 10 keys')
    }
    return new Response(text, { headers: { 'content-type': 'application/json' } })
  }

  #checkClaims({ additionalClaims = [] }: JwtValidationConfig, payload: JWTPayload): PreRoutingOutcome | undefined {
    // RFC 7519 leaves a token from the future to its reader; AWS validates `iat`.
    if (payload.iat !== undefined && payload.iat * 1000 > this.#clock.now()) {
      return refusal(invalidTokenStatus, 'the token is issued in the future', 'JWTClaimValueInvalid')
    }
    for (const { name, format, values } of additionalClaims) {
      const claim = payload[name]
      if (claim === undefined) {
        return refusal(invalidTokenStatus, `the token has no claim ${name}`, 'JWTClaimNotPresent')
      }
      const held = valuesOfClaim(claim, format)
      if (!held) {
        return refusal(invalidTokenStatus, `the claim ${name} is not a ${format}`, 'JWTClaimFormatInvalid')
      }
      const all = listedClaimsNeedEveryValue && format !== 'single-string'
      if (!(all ? values.every(value => held.includes(value)) : values.some(value => held.includes(value)))) {
        return refusal(invalidTokenStatus, `the claim ${name} has another value`, 'JWTClaimValueInvalid')
      }
    }
    return undefined
  }
}

/** @throws {KeySetError} */
function keysOf(text: string): number {
  let keys: unknown
  try {
    keys = (JSON.parse(text) as { keys?: unknown } | null)?.keys
  } catch {
    throw new KeySetError('JWKSResponseInvalid', 'the key set is no JSON')
  }
  if (!Array.isArray(keys) || keys.some(key => typeof key !== 'object' || key === null)) {
    throw new KeySetError('JWKSResponseInvalid', 'the key set has no list of keys')
  }
  return keys.length
}

/** The values in a claim of the format; undefined where it has another one. */
function valuesOfClaim(claim: unknown, format: string): string[] | undefined {
  if (format === 'string-array') {
    return Array.isArray(claim) && claim.every(item => typeof item === 'string') ? claim : undefined
  }
  if (typeof claim !== 'string') {
    return undefined
  }
  return format === 'space-separated-values' ? claim.split(' ') : [claim]
}

function failure(error: Error): PreRoutingOutcome {
  function refuse(reason: string): PreRoutingOutcome {
    return refusal(invalidTokenStatus, error.message, reason)
  }
  if (error instanceof KeySetError) {
    return refusal(keySetFailureStatus, error.message, error.reason)
  }
  if (error instanceof errors.JWTExpired) {
    return refuse('JWTClaimValueInvalid')
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return refuse(error.reason === 'missing' ? 'JWTClaimNotPresent' : 'JWTClaimValueInvalid')
  }
  // A critical parameter that nobody here understands makes a token invalid (RFC 7515 §4.1.11).
  const isMalformed =
    error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid || error instanceof errors.JOSENotSupported
  if (isMalformed) {
    return refuse('JWTRequestFormatInvalid')
  }
  const isSignature =
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSEAlgNotAllowed
  if (isSignature) {
    return refuse('JWTSignatureValidationError')
  }
  const timedOut = error instanceof errors.JWKSTimeout
  return refusal(
    keySetFailureStatus,
    timedOut ? 'the JWKS endpoint timed out' : `the key set cannot be fetched: ${error.message}`,
    timedOut ? 'JWKSRequestTimeout' : 'JWKSRequestFailed'
  )
}
