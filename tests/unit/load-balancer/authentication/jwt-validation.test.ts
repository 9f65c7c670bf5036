import { describe, expect, it } from '@jest/globals'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import type { Action, JwtValidationConfig } from '../../../../src/model/index.ts'
import { forwardTo, headerOf, useRigs } from '../rig.ts'
import { getSecurely } from '../secure-client.ts'

const { start, startTarget } = useRigs()

const issuerURL = 'https://issuer.test'
const jwks = 'https://issuer.test/keys'
const now = Date.UTC(2026, 0, 1) / 1000

const own = await generateKeyPair('RS256')
const strange = await generateKeyPair('RS256')
const elliptic = await generateKeyPair('ES256')
const keySet = { keys: [{ ...(await exportJWK(own.publicKey)), kid: 'k1', alg: 'RS256' }] }

function token(payload: JWTPayload = {}, { key = own.privateKey, alg = 'RS256', kid = 'k1' } = {}): Promise<string> {
  return new SignJWT({ iss: issuerURL, exp: now + 60, ...payload }).setProtectedHeader({ alg, kid }).sign(key)
}

/** Its header says that a reader who does not understand `x-limit` may not accept it. */
async function criticalToken(): Promise<string> {
  const [header, ...rest] = [
    { alg: 'RS256', kid: 'k1', crit: ['x-limit'], 'x-limit': 1 },
    { iss: issuerURL, exp: now + 60 }
  ]
  const text = [header, ...rest].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', own.privateKey, Buffer.from(text))
  return `${text}.${Buffer.from(signature).toString('base64url')}`
}

async function edge(
  config: Partial<JwtValidationConfig> = {},
  fetchKeys: typeof fetch = async () => Response.json(keySet)
) {
  const target = await startTarget()
  const asked: string[] = []
  const validate: Action = {
    type: 'jwt-validation',
    jwtValidationConfig: { jwksEndpoint: jwks, issuer: issuerURL, ...config }
  }
  const rig = await start(
    {
      listeners: [{ port: 443, protocol: 'HTTPS', defaultActions: [validate, forwardTo('app')] }],
      targetGroups: { app: {} }
    },
    { app: [target.target()] },
    {
      fetch: (url, options) => {
        asked.push(String(url))
        return fetchKeys(url, options)
      }
    }
  )
  await rig.check()
  return { rig, target, asked }
}

describe('a token', () => {
  it('that holds passes, and stays as it is', async () => {
    const { rig, target, asked } = await edge()
    const bearer = `Bearer ${await token()}`
    for (let request = 0; request < 3; request += 1) {
      expect((await getSecurely(rig, '/', { Authorization: bearer })).status).toBe(200)
    }
    expect(headerOf(target.seen[0]!, 'authorization')).toBe(bearer)
    expect(asked).toEqual([jwks])
    expect(rig.log[0]).toContain('"jwt-validation,forward"')
  })

  it.each<[string, () => Promise<string | undefined> | string | undefined, string]>([
    ['that is missing', () => undefined, 'JWTHeaderNotPresent'],
    ['of another scheme', () => 'Basic dXNlcjpwYXNz', 'JWTRequestFormatInvalid'],
    ['that is no token', () => 'Bearer abc', 'JWTRequestFormatInvalid'],
    ['that is not even JSON', () => 'Bearer YQ.YQ.YQ', 'JWTRequestFormatInvalid'],
    [
      'of a strange key',
      async () => `Bearer ${await token({}, { key: strange.privateKey })}`,
      'JWTSignatureValidationError'
    ],
    ['of an unknown key', async () => `Bearer ${await token({}, { kid: 'k2' })}`, 'JWTSignatureValidationError'],
    [
      'of another algorithm',
      async () => `Bearer ${await token({}, { key: elliptic.privateKey, alg: 'ES256' })}`,
      'JWTSignatureValidationError'
    ],
    [
      'with a critical parameter that nobody understands',
      async () => `Bearer ${await criticalToken()}`,
      'JWTRequestFormatInvalid'
    ],
    ['of another issuer', async () => `Bearer ${await token({ iss: 'https://else.test' })}`, 'JWTClaimValueInvalid'],
    ['without an end', async () => `Bearer ${await token({ exp: undefined as never })}`, 'JWTClaimNotPresent'],
    ['that has ended', async () => `Bearer ${await token({ exp: now - 1 })}`, 'JWTClaimValueInvalid'],
    ['that has not begun', async () => `Bearer ${await token({ nbf: now + 30 })}`, 'JWTClaimValueInvalid'],
    ['of the future', async () => `Bearer ${await token({ iat: now + 30 })}`, 'JWTClaimValueInvalid']
  ])('%s gives 401', async (_name, authorization, reason) => {
    const { rig, target } = await edge()
    const value = await authorization()
    const answer = await getSecurely(rig, '/', value === undefined ? {} : { Authorization: value })
    expect(answer).toMatchObject({ status: 401, body: expect.stringContaining('401 Authorization Required') })
    expect(target.seen).toHaveLength(0)
    expect(rig.log[0]).toContain(`"${reason}"`)
  })
})

describe('additional claims', () => {
  it.each<[string, string, string[], unknown, string | undefined]>([
    ['one text', 'single-string', ['a', 'b'], 'b', undefined],
    ['another text', 'single-string', ['a'], 'b', 'JWTClaimValueInvalid'],
    ['a list for a text', 'single-string', ['a'], ['a'], 'JWTClaimFormatInvalid'],
    ['a list with more', 'string-array', ['a'], ['a', 'b'], undefined],
    ['a list with less', 'string-array', ['a', 'b'], ['a'], 'JWTClaimValueInvalid'],
    ['a text for a list', 'string-array', ['a'], 'a', 'JWTClaimFormatInvalid'],
    ['scopes', 'space-separated-values', ['read', 'write'], 'write read admin', undefined],
    ['too few scopes', 'space-separated-values', ['read', 'write'], 'read', 'JWTClaimValueInvalid'],
    ['no claim', 'single-string', ['a'], undefined, 'JWTClaimNotPresent']
  ])('%s', async (_name, format, values, claim, reason) => {
    const { rig } = await edge({ additionalClaims: [{ name: 'extra', format, values }] })
    const Authorization = `Bearer ${await token(claim === undefined ? {} : { extra: claim })}`
    expect((await getSecurely(rig, '/', { Authorization })).status).toBe(reason === undefined ? 200 : 401)
    expect(rig.log[0]).toContain(`"${reason ?? '-'}"`)
  })
})

describe('a key set', () => {
  const many = { keys: Array.from({ length: 11 }, (_, index) => ({ ...keySet.keys[0], kid: `k${index}` })) }

  it.each<[string, typeof fetch, Partial<JwtValidationConfig>, string]>([
    ['that cannot be had', () => Promise.reject(new TypeError('fetch failed')), {}, 'JWKSRequestFailed'],
    ['that is refused', async () => new Response('no', { status: 403 }), {}, 'JWKS'],
    ['that is no JSON', async () => new Response('<html>'), {}, 'JWKSResponseInvalid'],
    ['that is null', async () => Response.json(null), {}, 'JWKSResponseInvalid'],
    ['without keys', async () => Response.json({ keys: {} }), {}, 'JWKSResponseInvalid'],
    ['with eleven keys', async () => Response.json(many), {}, 'JWKSKeyCountExceeded'],
    ['of more than 150 KB', async () => new Response(' '.repeat(151 * 1024)), {}, 'JWKSResponseSizeExceeded'],
    [
      'in clear text',
      async () => Response.json(keySet),
      { jwksEndpoint: 'http://issuer.test/keys' },
      'JWKSRequestFailed'
    ]
  ])('%s lets nothing pass', async (_name, fetchKeys, config, reason) => {
    const { rig, target } = await edge(config, fetchKeys)
    expect((await getSecurely(rig, '/', { Authorization: `Bearer ${await token()}` })).status).toBe(500)
    expect(target.seen).toHaveLength(0)
    expect(rig.log[0]).toContain(`"${reason}`)
  })

  it('is not read beyond its limit', async () => {
    let read = 0
    function endless(): Response {
      const body = new ReadableStream({
        pull(stream) {
          read += 1
          stream.enqueue(Buffer.alloc(64 * 1024, 32))
        }
      })
      return new Response(body)
    }
    const { rig } = await edge({}, async () => endless())
    expect((await getSecurely(rig, '/', { Authorization: `Bearer ${await token()}` })).status).toBe(500)
    expect(rig.log[0]).toContain('"JWKSResponseSizeExceeded')
    expect(read).toBeLessThan(10)
  })

  it('is not asked for with each request while nobody has it', async () => {
    let works = false
    const { rig, asked } = await edge({}, () =>
      works ? Promise.resolve(Response.json(keySet)) : Promise.reject(new TypeError('fetch failed'))
    )
    const Authorization = `Bearer ${await token()}`
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => (await getSecurely(rig, '/', { Authorization })).status)
    )
    expect(new Set(statuses)).toEqual(new Set([500]))
    expect(asked.length).toBe(1)
    works = true
    expect((await getSecurely(rig, '/', { Authorization })).status).toBe(500)
    rig.clock.advance(5_000)
    expect((await getSecurely(rig, '/', { Authorization })).status).toBe(200)
    expect(asked.length).toBe(2)
  })
})
