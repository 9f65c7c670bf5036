/**
 * The headers that tell a target who the user is. (User guide: "User claims encoding and signature verification".)
 *
 * @module
 */

import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import type { HeaderList } from '../../elbv2/index.ts'
import { utf8Octets } from '../message/field-text.ts'

/** Seconds that a target may trust the claims for; AWS's samples show two minutes. */
const claimsLifetime = 120

/** Headers that only the load balancer may set on a request that it authenticates. */
export const identityHeaderNames = new Set(['x-amzn-oidc-accesstoken', 'x-amzn-oidc-identity', 'x-amzn-oidc-data'])

/** Signs claims. AWS serves the public key at `https://public-keys.auth.elb.<region>.amazonaws.com/<kid>`. */
export class ClaimsSigner {
  readonly keyID = randomUUID()
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })

  /** PEM. */
  get publicKey(): string {
    return this.#keys.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  }

  /** A JWT in AWS's form: its base64url has padding, which many libraries have to be told. */
  sign(claims: Record<string, unknown>, header: { iss: string; client: string; signer: string; exp: number }): string {
    const head = encode(JSON.stringify({ typ: 'JWT', kid: this.keyID, alg: 'ES256', ...header }))
    const payload = encode(JSON.stringify({ ...claims, exp: header.exp, iss: header.iss }))
    const text = `${head}.${payload}`
    const signature = sign('sha256', Buffer.from(text), { key: this.#keys.privateKey, dsaEncoding: 'ieee-p1363' })
    return `${text}.${encode(signature)}`
  }
}

function encode(content: string | Buffer): string {
  return Buffer.from(content).toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}

export interface Identity {
  subject: string
  accessToken: string
  claims: Record<string, unknown>
}

/** The headers for a target. `signer` is the load balancer's ARN. */
export function identityHeaders(
  { subject, accessToken, claims }: Identity,
  issued: { by: ClaimsSigner; issuer: string; clientID: string; signer: string; now: number }
): HeaderList {
  const data = issued.by.sign(claims, {
    iss: issued.issuer,
    client: issued.clientID,
    signer: issued.signer,
    exp: Math.floor(issued.now / 1000) + claimsLifetime
  })
  return [
    ['x-amzn-oidc-accesstoken', utf8Octets(accessToken)],
    ['x-amzn-oidc-identity', utf8Octets(subject)],
    ['x-amzn-oidc-data', data]
  ]
}
