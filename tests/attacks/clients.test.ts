/**
 * Clients that take their time, or hold what is not theirs: nothing stays open beyond its time-outs, and nobody gets in.
 */

import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import tls from 'node:tls'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Action } from '../../src/model/index.ts'
import { networkStackOf, tcpTo } from '../unit/elbv2/network/sketch.ts'
import { helloOf } from '../unit/hello.ts'
import { forwardTo, headerOf, respond, useRigs } from '../unit/load-balancer/rig.ts'
import { getSecurely } from '../unit/load-balancer/secure-client.ts'
import { attack, outlast, rounds, settle, startEdge } from './edge.ts'
import { data, headers, openSession, requestFields, settings } from './http2-frames.ts'

const rigs = useRigs()

describe('a slow client', () => {
  const heads: [name: string, bytes: string][] = [
    ['says nothing', ''],
    ['begins a line', 'GE'],
    ['begins a header', 'GET /slow HTTP/1.1\r\nHost: a\r\nX:'],
    ['sends empty lines', '\r\n\r\n\r\n'],
    ['owes a body', 'POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx'],
    ['owes a chunk', 'POST /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\nx'],
    ['owes the end of chunks', 'POST /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n'],
    ['owes a trailer', 'POST /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: '],
    ['asks and is silent', 'GET /slow HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['expects to be asked', 'POST /slow HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n']
  ]

  it('does not outlast the time-outs, however many there are', async () => {
    const { rig } = await startEdge(rigs)
    const sent = heads.flatMap(([, bytes]) => Array.from({ length: 20 }, () => attack(rig.portOf(80), bytes)))
    await settle(rig)
    await outlast(
      rig,
      sent.map(({ closed }) => closed)
    )
    await settle(rig)
    expect(sent.every(({ socket }) => socket.destroyed)).toBe(true)
  })

  it('that sends one byte at a time is cut off where a head is too long', async () => {
    const { rig } = await startEdge(rigs)
    const { socket, closed } = attack(rig.portOf(80), 'GET / HTTP/1.1\r\nX: ')
    for (let byte = 0; byte < 17 * 1024 && socket.writable; byte += 64) {
      socket.write('a'.repeat(64))
      await rounds(1)
    }
    await outlast(rig, [closed])
    expect(await closed).toMatch(/^HTTP\/1\.1 400 /)
  })

  const listeners: [name: string, stack: Parameters<typeof rigs.start>[0], seconds: number][] = [
    ['an Application', { listeners: [{ port: 443, protocol: 'HTTPS', defaultActions: [respond('200', 'in')] }] }, 60],
    ['a Network', networkStackOf(tcpTo({}, { port: 443, protocol: 'TLS' })), 350]
  ]

  it.each(listeners)('of TLS is cut off by %s Load Balancer, however it goes on', async (_name, stack, seconds) => {
    const rig = await rigs.start(stack)
    const hello = await helloOf({ servername: 'app.test' })
    const silent = [0, 1, 5, 6, 50, hello.length - 1, hello.length].map(length =>
      attack(rig.portOf(443), hello.subarray(0, length))
    )
    const slow = attack(rig.portOf(443), '')
    await rounds()
    const all = [...silent, slow].map(({ closed }) => closed)
    for (let second = 0; second < seconds; second += 5) {
      expect(slow.socket.readyState).toBe('open')
      slow.socket.write(hello.subarray(second / 5, second / 5 + 1))
      await rounds(5)
      rig.clock.advance(5_000)
    }
    await Promise.all(all)
    expect(rig.clock.pending()).toEqual([])
  })

  it('of HTTP/2 that takes no answers is cut off', async () => {
    const { rig } = await startEdge(rigs)
    const session = await openSession(rig.portOf(443))
    session.send(settings([[4, 0]]))
    await session.flood(100, index => headers(2 * index + 1, requestFields('/slow')))
    session.send(headers(1001, requestFields('/slow', [], 'POST'), true), data(1001, 'a part of it'))
    await settle(rig)
    await outlast(rig, [session.closed])
    expect(session.isClosed()).toBe(true)
  })
})

describe('a ClientHello', () => {
  it('may be any bytes: the connection is refused or served, and others go on', async () => {
    const { rig } = await startEdge(rigs)
    const hello = await helloOf({ servername: 'app.test', ALPNProtocols: ['h2', 'http/1.1'] })
    const change = fc.record({ at: fc.nat(hello.length - 1), byte: fc.nat(255) })
    const changes = fc.sample(fc.array(change, { minLength: 1, maxLength: 6 }), { seed: 20_261_125, numRuns: 300 })
    const sent = changes.map(list => {
      const changed = Buffer.from(hello)
      for (const { at, byte } of list) {
        changed[at] = byte
      }
      return attack(rig.portOf(443), changed)
    })
    await settle(rig)
    // Where a handshake goes on, the client leaves it; the others are closed by the load balancer.
    for (const { socket } of sent) {
      socket.destroy()
    }
    await Promise.all(sent.map(({ closed }) => closed))
    expect(await getSecurely(rig, '/settle')).toMatchObject({ status: 200 })
  })
})

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const issuer = 'https://idp.test'
const now = Date.UTC(2026, 0, 1) / 1000

function part(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

function token(header: object, claims: unknown, signature?: (text: string) => Buffer): string {
  const text = `${part(header)}.${part(claims)}`
  return `${text}.${(signature ?? (bytes => sign('sha256', Buffer.from(bytes), privateKey)))(text).toString('base64url')}`
}

const claims = { iss: issuer, exp: now + 600, sub: 'ada' }
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
const valid = token({ alg: 'RS256', kid: 'k1' }, claims)

describe('a forged token', () => {
  const validate: Action = { type: 'jwt-validation', jwtValidationConfig: { jwksEndpoint: `${issuer}/keys`, issuer } }

  it.each<[string, string]>([
    ['of no algorithm', token({ alg: 'none' }, claims, () => Buffer.alloc(0))],
    [
      'that takes the public key for a secret',
      token({ alg: 'HS256', kid: 'k1' }, claims, text => createHmac('sha256', pem).update(text).digest())
    ],
    ['of another key', token({ alg: 'RS256', kid: 'k1' }, claims, text => sign('sha256', Buffer.from(text), stranger))],
    [
      'that brings its key',
      token({ alg: 'RS256', jwk: publicKey.export({ format: 'jwk' }) }, claims, text =>
        sign('sha256', Buffer.from(text), stranger)
      )
    ],
    ['that says where its key is', token({ alg: 'RS256', jku: 'https://evil.test/keys', kid: 'evil' }, claims)],
    ['with a critical parameter', token({ alg: 'RS256', kid: 'k1', crit: ['x'], x: 1 }, claims)],
    [
      'with a key that is a path',
      token({ alg: 'RS256', kid: '../../dev/null' }, claims, text => sign('sha256', Buffer.from(text), stranger))
    ],
    ['with claims of another', `${valid.split('.')[0]}.${part({ ...claims, sub: 'root' })}.${valid.split('.')[2]}`],
    ['without a signature', `${valid.split('.').slice(0, 2).join('.')}.AA`],
    ['that has ended', token({ alg: 'RS256', kid: 'k1' }, { ...claims, exp: now - 1 })],
    ['whose end is a text', token({ alg: 'RS256', kid: 'k1' }, { ...claims, exp: '9999999999' })],
    ['of another issuer', token({ alg: 'RS256', kid: 'k1' }, { ...claims, iss: 'https://evil.test' })],
    ['whose claims are a list', token({ alg: 'RS256', kid: 'k1' }, [claims])],
    ['whose claims are null', token({ alg: 'RS256', kid: 'k1' }, 'null')]
  ])('%s lets nobody in', async (_name, forged) => {
    const target = await rigs.startTarget()
    const rig = await rigs.start(
      {
        listeners: [{ port: 443, protocol: 'HTTPS', defaultActions: [validate, forwardTo('app')] }],
        targetGroups: { app: {} }
      },
      { app: [target.target()] },
      {
        fetch: async () =>
          Response.json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256' }] })
      }
    )
    await rig.check()
    expect((await getSecurely(rig, '/', { Authorization: `Bearer ${forged}` })).status).toBe(401)
    expect(target.seen).toEqual([])
    expect((await getSecurely(rig, '/', { Authorization: `Bearer ${valid}` })).status).toBe(200)
  })
})

describe('a login', () => {
  let subject = 'ada'
  const answers: Record<string, () => object> = {
    '/token': () => {
      const iat = Math.floor(Date.now() / 1000)
      const idToken = token({ alg: 'RS256' }, { iss: issuer, aud: 'edge', sub: subject, iat, exp: iat + 600 })
      return { access_token: 'at', token_type: 'Bearer', id_token: idToken }
    },
    '/userinfo': () => ({ sub: subject })
  }

  async function startLogin() {
    const target = await rigs.startTarget()
    const login: Action = {
      type: 'authenticate-oidc',
      authenticateOIDCConfig: {
        issuer,
        authorizationEndpoint: `${issuer}/auth`,
        tokenEndpoint: `${issuer}/token`,
        userInfoEndpoint: `${issuer}/userinfo`,
        clientID: 'edge',
        clientSecret: 's'
      }
    }
    const rig = await rigs.start(
      {
        listeners: [{ port: 443, protocol: 'HTTPS', defaultActions: [login, forwardTo('app')] }],
        targetGroups: { app: {} }
      },
      { app: [target.target()] },
      { fetch: async url => Response.json(answers[new URL(String(url)).pathname]!()) }
    )
    await rig.check()
    function cookiesIn(list: [string, string][]): Map<string, string> {
      const set = list.filter(([name]) => name.toLowerCase() === 'set-cookie').map(([, value]) => value.split(';')[0]!)
      return new Map(set.map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
    }
    async function ask(path: string, cookies: Record<string, string> = {}) {
      const pairs = Object.entries(cookies).map(([name, value]) => `${name}=${value}`)
      const answer = await getSecurely(rig, path, pairs.length > 0 ? { Cookie: pairs.join('; ') } : {})
      const location = headerOf(answer, 'location')
      return { status: answer.status, location, cookies: cookiesIn(answer.headers) }
    }
    async function begin() {
      const { location, cookies } = await ask('/start')
      return { state: new URL(location!).searchParams.get('state')!, nonce: cookies.get('AWSALBAuthNonce')! }
    }
    function callback(state: string, nonce?: string) {
      const path = `/oauth2/idpresponse?code=c&state=${encodeURIComponent(state)}`
      return ask(path, nonce === undefined ? {} : { AWSALBAuthNonce: nonce })
    }
    return { target, ask, begin, callback }
  }

  it('ends in the browser that began it, and nowhere else', async () => {
    const { ask, begin, callback, target } = await startLogin()
    const { state, nonce } = await begin()
    const { cookies } = await callback(state, nonce)
    const session = cookies.get('AWSELBAuthSessionCookie-0')!
    const other = await begin()
    const forged = [
      await callback(state),
      await callback(state, 'another'),
      await callback(state, other.nonce),
      await callback(session),
      await callback(session, nonce),
      await callback(`${state.slice(0, 20)}${state[20] === 'A' ? 'B' : 'A'}${state.slice(21)}`, nonce),
      await callback('', nonce)
    ]
    expect(forged.map(({ status }) => status)).toEqual(forged.map(() => 401))
    // A state is no session, nor is one that was changed, or cut.
    const sessions = [state, `${session.slice(0, -4)}AAAA`, session.slice(0, 40), `${session}A`, 'A'.repeat(200)]
    for (const value of sessions) {
      expect((await ask('/', { 'AWSELBAuthSessionCookie-0': value })).status).toBe(302)
    }
    expect(target.seen).toEqual([])
    expect((await ask('/', { 'AWSELBAuthSessionCookie-0': session })).status).toBe(200)
  })

  it.each(['x\r\nX-Admin: true', 'x\u010d\u010aX-Admin: true', 'x\0y'])(
    'of a subject %j adds no header',
    async name => {
      const { ask, begin, callback, target } = await startLogin()
      subject = name
      const { state, nonce } = await begin()
      const { cookies } = await callback(state, nonce)
      subject = 'ada'
      await ask('/', { 'AWSELBAuthSessionCookie-0': cookies.get('AWSELBAuthSessionCookie-0')! })
      expect(target.seen.flatMap(({ headers: list }) => list.map(([key]) => key.toLowerCase()))).not.toContain(
        'x-admin'
      )
    }
  )
})

describe('a handshake', () => {
  it.each<[string, tls.ConnectionOptions]>([
    ['of TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }],
    ['with a suite of no policy', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-CCM:DHE-RSA-AES128-SHA' }]
  ])('%s ends it', async (_name, options) => {
    const { rig } = await startEdge(rigs)
    const outcome = await new Promise(resolve => {
      const socket = tls.connect(
        { port: rig.portOf(443), host: '127.0.0.1', rejectUnauthorized: false, ...options },
        () => resolve('secure')
      )
      socket.on('error', () => resolve('refused'))
    })
    expect(outcome).toBe('refused')
    await settle(rig)
  })
})
