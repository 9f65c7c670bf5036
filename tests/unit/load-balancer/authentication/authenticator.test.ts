/**
 * Logging in for real: a browser of a few lines, the load balancer, and a certified OpenID provider.
 */

import { createPublicKey, verify } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, describe, expect, it, jest } from '@jest/globals'
import { Provider } from 'oidc-provider'
import type { Action, AuthenticateOIDCConfig } from '../../../../src/model/index.ts'
import { forwardTo, headerOf, path, type Rig, respond, type Seen, useRigs } from '../rig.ts'
import { getSecurely } from '../secure-client.ts'

const { start, startTarget, cleanups } = useRigs()

beforeAll(() => {
  // The provider warns that it is set up for tests.
  jest.spyOn(console, 'warn').mockImplementation(() => {})
})

const issuerURL = 'https://idp.test'
const cognitoIssuer = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_pool'

/** A provider under public names: what it is asked at, and how. */
async function startProvider(
  issuer = issuerURL,
  { claims = {}, tokenLife = 3600 }: { claims?: object; tokenLife?: number } = {}
) {
  const callback = 'https://app.test/oauth2/idpresponse'
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'edge',
        client_secret: 'secret',
        redirect_uris: [callback],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: issuer === issuerURL ? 'client_secret_post' : 'none'
      }
    ],
    pkce: { required: () => false },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, email: `${id}@test`, ...claims })
    }),
    claims: { openid: ['sub', ...Object.keys(claims)], email: ['email'] },
    issueRefreshToken: async () => true,
    ttl: { AccessToken: tokenLife, Grant: 3600, IdToken: 3600, Interaction: 3600, RefreshToken: 3600, Session: 3600 },
    routes: { authorization: '/oauth2/authorize', token: '/oauth2/token', userinfo: '/oauth2/userInfo' },
    cookies: { keys: ['for tests'] },
    jwks: { keys: [signingKey] }
  })
  provider.proxy = true
  const server = http.createServer(provider.callback())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => {
    server.closeAllConnections()
    return new Promise(resolve => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  const asked: string[] = []
  const reach: typeof fetch = (url, options) => {
    const { host, pathname, search } = new URL(String(url))
    asked.push(pathname)
    const headers = new Headers(options?.headers)
    headers.set('x-forwarded-proto', 'https')
    headers.set('x-forwarded-host', host)
    return fetch(`http://127.0.0.1:${port}${pathname}${search}`, { ...options, headers })
  }
  return { reach, asked }
}

const { privateKey } = await crypto.subtle.generateKey(
  { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
  true,
  ['sign', 'verify']
)
const signingKey = {
  ...(await crypto.subtle.exportKey('jwk', privateKey)),
  kid: 'k1',
  use: 'sig',
  alg: 'RS256',
  key_ops: undefined
}

/** Follows redirects between provider and load balancer, and fills in the provider's forms. */
function createBrowser(rig: Rig, reach: typeof fetch) {
  const jars = { provider: new Map<string, string>(), edge: new Map<string, string>() }
  function keep(jar: Map<string, string>, lines: string[]): void {
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      const expires = /Expires=([^;]+)/i.exec(line)?.[1]
      if (value === '' || (expires !== undefined && Date.parse(expires) <= rig.clock.now())) {
        jar.delete(name)
      } else {
        jar.set(name, value)
      }
    }
  }
  function header(jar: Map<string, string>) {
    return [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** One request to the load balancer. */
  async function visit(target: string) {
    const answer = await getSecurely(rig, target, jars.edge.size === 0 ? {} : { Cookie: header(jars.edge) })
    keep(
      jars.edge,
      answer.headers.filter(([name]) => name === 'Set-Cookie').map(([, value]) => value)
    )
    return { ...answer, location: headerOf(answer, 'location') }
  }
  /** From the provider's first page to the redirect back to the load balancer. */
  async function logIn(start: string, act: 'login' | 'abort' = 'login'): Promise<string> {
    let url = start
    for (let step = 0; step < 12 && !url.startsWith('https://app.test'); step += 1) {
      const { pathname } = new URL(url)
      const form = pathname.startsWith('/interaction/')
      let options: RequestInit = { redirect: 'manual', headers: { cookie: header(jars.provider) } }
      let action = url
      if (form) {
        const page = await (await reach(url, options)).text()
        const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1] ?? ''
        if (act === 'abort') {
          action = `${url}/abort`
        } else {
          options = { ...options, method: 'POST', body: new URLSearchParams({ prompt, login: 'ada', password: 'x' }) }
        }
      }
      const answer = await reach(action, options)
      keep(jars.provider, answer.headers.getSetCookie())
      url = new URL(answer.headers.get('location') ?? '', url).href
    }
    return url
  }
  return { visit, logIn, cookies: jars.edge }
}

function oidc(config: Partial<AuthenticateOIDCConfig> = {}): Action {
  return {
    type: 'authenticate-oidc',
    authenticateOIDCConfig: {
      issuer: issuerURL,
      authorizationEndpoint: `${issuerURL}/oauth2/authorize`,
      tokenEndpoint: `${issuerURL}/oauth2/token`,
      userInfoEndpoint: `${issuerURL}/oauth2/userInfo`,
      clientID: 'edge',
      clientSecret: 'secret',
      scope: 'openid email',
      ...config
    }
  }
}

async function edge(
  authenticate: Action = oidc(),
  { reach }: { reach: typeof fetch } = { reach: () => Promise.reject(new TypeError('fetch failed')) }
) {
  const target = await startTarget()
  const rig = await start(
    {
      listeners: [
        {
          port: 443,
          protocol: 'HTTPS',
          rules: [{ conditions: [path('/app*')], actions: [authenticate, forwardTo('app')] }],
          defaultActions: [respond('404')]
        }
      ],
      targetGroups: { app: {} }
    },
    { app: [target.target()] },
    { fetch: reach }
  )
  await rig.check()
  return { rig, target, browser: createBrowser(rig, reach) }
}

function decode(part: string) {
  return JSON.parse(Buffer.from(part, 'base64').toString())
}

function claimsOf(seen: Seen, rig: Rig) {
  const data = headerOf(seen, 'x-amzn-oidc-data') ?? ''
  const [head = '', payload = '', signature = ''] = data.split('.')
  // AWS keeps the padding.
  for (const part of [head, payload, signature]) {
    expect(part.length % 4).toBe(0)
  }
  const { identityKey } = rig.loadBalancer.describe()
  const key = { key: createPublicKey(identityKey!.publicKey), dsaEncoding: 'ieee-p1363' as const }
  expect(verify('sha256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'))).toBe(true)
  expect(decode(head).kid).toBe(identityKey!.kid)
  return { head: decode(head), payload: decode(payload) }
}

describe('a user without a session', () => {
  it('logs in, comes back to where it was going, and is told to the target', async () => {
    const provider = await startProvider()
    const { rig, target, browser } = await edge(
      oidc({ authenticationRequestExtraParams: { display: 'page' } }),
      provider
    )
    const first = await browser.visit('/app?page=2')
    expect(first).toMatchObject({ status: 302, body: expect.stringContaining('302 Found') })
    const login = new URL(first.location!)
    expect(login.origin + login.pathname).toBe(`${issuerURL}/oauth2/authorize`)
    expect(Object.fromEntries(login.searchParams)).toEqual({
      client_id: 'edge',
      display: 'page',
      redirect_uri: 'https://app.test/oauth2/idpresponse',
      response_type: 'code',
      scope: 'openid email',
      state: expect.any(String)
    })
    expect(browser.cookies.has('AWSALBAuthNonce')).toBe(true)

    const callback = new URL(await browser.logIn(login.href))
    const back = await browser.visit(callback.pathname + callback.search)
    expect([back.status, back.location]).toEqual([302, 'https://app.test/app?page=2'])
    expect([...browser.cookies.keys()]).toEqual(['AWSELBAuthSessionCookie-0'])
    expect(headerOf(back, 'set-cookie')).toMatch(
      /^AWSELBAuthSessionCookie-0=\S+; Expires=Thu, 08 Jan 2026 00:00:00 GMT; Path=\/; Secure; HttpOnly$/
    )

    expect((await browser.visit('/app?page=2')).status).toBe(200)
    const seen = target.seen[0]!
    expect(headerOf(seen, 'x-amzn-oidc-identity')).toBe('ada')
    expect(headerOf(seen, 'x-amzn-oidc-accesstoken')).toEqual(expect.any(String))
    const { head, payload } = claimsOf(seen, rig)
    expect(head).toMatchObject({
      alg: 'ES256',
      typ: 'JWT',
      iss: issuerURL,
      client: 'edge',
      signer: expect.stringContaining(':loadbalancer/app/edge/')
    })
    expect(payload).toMatchObject({ sub: 'ada', email: 'ada@test', iss: issuerURL, exp: head.exp })
    expect(rig.log.map(line => /"([^"]*authenticate[^"]*)"/.exec(line)?.[1])).toEqual([
      'authenticate',
      'authenticate',
      'authenticate,forward'
    ])
    expect(rig.loadBalancer.metrics()).toMatch(/^aws_applicationelb_elb_auth_success_total\{.*\} 1$/m)
  })

  it.each([
    ['deny', 401],
    ['allow', 200]
  ])('%s: %d, and never with identity headers of its own', async (onUnauthenticatedRequest, status) => {
    const { rig, target } = await edge(oidc({ onUnauthenticatedRequest }))
    expect((await getSecurely(rig, '/app', { 'X-Amzn-Oidc-Identity': 'root' })).status).toBe(status)
    for (const seen of target.seen) {
      expect(headerOf(seen, 'x-amzn-oidc-identity')).toBeUndefined()
    }
    expect(target.seen).toHaveLength(status === 200 ? 1 : 0)
  })

  it('does not matter to rules that authenticate nobody', async () => {
    const { rig } = await edge()
    expect((await getSecurely(rig, '/other')).status).toBe(404)
  })
})

describe('a session', () => {
  async function loggedIn(
    config: Partial<AuthenticateOIDCConfig> = {},
    options: Parameters<typeof startProvider>[1] = {}
  ) {
    const provider = await startProvider(issuerURL, options)
    const all = await edge(oidc(config), provider)
    const { location } = await all.browser.visit('/app')
    const callback = new URL(await all.browser.logIn(location!))
    const back = await all.browser.visit(callback.pathname + callback.search)
    return { ...all, provider, back }
  }

  it('ends after its time-out', async () => {
    const { rig, browser } = await loggedIn({ sessionTimeout: 60, sessionCookieName: 'Session' })
    expect((await browser.visit('/app')).status).toBe(200)
    rig.clock.advance(60_000)
    expect((await browser.visit('/app')).status).toBe(302)
  })

  it('gets a new access token when the old one ends, and new cookies', async () => {
    const { rig, browser, target, provider } = await loggedIn({}, { tokenLife: 100 })
    await browser.visit('/app')
    const before = browser.cookies.get('AWSELBAuthSessionCookie-0')
    provider.asked.length = 0
    rig.clock.advance(101_000)
    expect((await browser.visit('/app')).status).toBe(200)
    expect(provider.asked).toEqual(['/oauth2/token', '/oauth2/userInfo'])
    expect(browser.cookies.get('AWSELBAuthSessionCookie-0')).not.toBe(before)
    const [first, second] = target.seen.map(seen => headerOf(seen, 'x-amzn-oidc-accesstoken'))
    expect(second).not.toBe(first)
  })

  it('spreads over several cookies', async () => {
    const { browser } = await loggedIn({}, { claims: { biography: 'x'.repeat(4000) } })
    expect([...browser.cookies.keys()]).toEqual([0, 1].map(shard => `AWSELBAuthSessionCookie-${shard}`))
    expect((await browser.visit('/app')).status).toBe(200)
    browser.cookies.delete('AWSELBAuthSessionCookie-1')
    expect((await browser.visit('/app')).status).toBe(302)
  })

  it('that is larger than 11K is refused with 500', async () => {
    const { back, rig } = await loggedIn({}, { claims: { biography: 'x'.repeat(12_000) } })
    expect(back.status).toBe(500)
    expect(rig.log.at(-1)).toContain('"AuthUserClaimsSizeExceeded"')
  })

  it('is no login: it does not pass as the state of a callback', async () => {
    const { rig, browser } = await loggedIn()
    const session = browser.cookies.get('AWSELBAuthSessionCookie-0')!
    const callback = `/oauth2/idpresponse?${new URLSearchParams({ code: 'stolen', state: session })}`
    for (const nonce of ['', 'undefined', 'null']) {
      const answer = await getSecurely(rig, callback, { Cookie: `AWSALBAuthNonce=${nonce}` })
      expect([answer.status, headerOf(answer, 'set-cookie')]).toEqual([401, undefined])
      expect(rig.log.at(-1)).toContain('"AuthInvalidStateParam"')
    }
  })

  it('is nothing that the state of a login could stand for', async () => {
    const { rig } = await edge(oidc({ onUnauthenticatedRequest: 'authenticate' }))
    const begun = await getSecurely(rig, '/app')
    const state = new URL(headerOf(begun, 'location')!).searchParams.get('state')!
    expect((await getSecurely(rig, '/app', { Cookie: `AWSELBAuthSessionCookie-0=${state}` })).status).toBe(302)
  })

  it('is nothing to a load balancer that did not make it', async () => {
    const { browser } = await loggedIn()
    const other = await edge(oidc({ onUnauthenticatedRequest: 'deny' }))
    const Cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    expect((await getSecurely(other.rig, '/app', { Cookie })).status).toBe(401)
  })
})

describe('a login that does not end well', () => {
  async function begun(config: Partial<AuthenticateOIDCConfig> = {}) {
    const provider = await startProvider()
    let reach: typeof fetch = provider.reach
    const all = await edge(oidc(config), { reach: (url, options) => reach(url, options) })
    const { location } = await all.browser.visit('/app')
    const state = new URL(location!).searchParams.get('state')!
    return {
      ...all,
      location: location!,
      end: (query: Record<string, string>) =>
        all.browser.visit(`/oauth2/idpresponse?${new URLSearchParams({ state, ...query })}`),
      replace: (next: typeof fetch) => {
        reach = next
      }
    }
  }

  it('because the user gives up', async () => {
    const { browser, location } = await begun()
    const callback = new URL(await browser.logIn(location, 'abort'))
    expect(callback.searchParams.get('error')).toBe('access_denied')
    expect((await browser.visit(callback.pathname + callback.search)).status).toBe(401)
  })

  it.each<[string, Record<string, string>, number, string]>([
    ['the provider has an error', { error: 'server_error' }, 561, 'AuthInvalidGrantError'],
    ['the code is not one', { code: 'nonsense' }, 561, 'AuthInvalidGrantError'],
    ['the state is not one', { state: 'nonsense', code: 'x' }, 401, 'AuthInvalidStateParam']
  ])('because %s', async (_name, query, status, reason) => {
    const { rig, end } = await begun()
    expect((await end(query)).status).toBe(status)
    expect(rig.log.at(-1)).toContain(`"${reason}"`)
  })

  it('because it took more than 15 minutes', async () => {
    const { rig, end } = await begun()
    rig.clock.advance(15 * 60_000 + 1)
    expect((await end({ code: 'x' })).status).toBe(401)
  })

  it('because it ends in another browser', async () => {
    const { browser, end } = await begun()
    browser.cookies.clear()
    expect((await end({ code: 'x' })).status).toBe(401)
  })

  it.each<[string, typeof fetch, number]>([
    ['the provider cannot be reached', () => Promise.reject(new TypeError('fetch failed')), 500],
    ['the provider times out', () => Promise.reject(new DOMException('late', 'TimeoutError')), 500],
    ['the provider answers 500', async () => new Response('oops', { status: 500 }), 561],
    ['the provider gives no ID token', async () => Response.json({ access_token: 'a', token_type: 'bearer' }), 401]
  ])('because %s', async (_name, fetchInstead, status) => {
    const { end, replace, rig } = await begun()
    replace(fetchInstead)
    expect((await end({ code: 'x' })).status).toBe(status)
    expect(rig.requests().at(-1)?.cause).toMatch(/identity provider|unexpected HTTP response/)
  })
})

it('Cognito is an OpenID provider under names that follow from the user pool', async () => {
  const provider = await startProvider(cognitoIssuer)
  const cognito: Action = {
    type: 'authenticate-cognito',
    authenticateCognitoConfig: {
      userPoolARN: 'arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_pool',
      userPoolClientID: 'edge',
      userPoolDomain: 'shop'
    }
  }
  const { browser, target } = await edge(cognito, provider)
  const { location } = await browser.visit('/app')
  expect(location).toMatch(/^https:\/\/shop\.auth\.eu-west-1\.amazoncognito\.com\/oauth2\/authorize\?/)
  const callback = new URL(await browser.logIn(location!))
  expect((await browser.visit(callback.pathname + callback.search)).location).toBe('https://app.test/app')
  await browser.visit('/app')
  expect(headerOf(target.seen[0]!, 'x-amzn-oidc-identity')).toBe('ada')
})
