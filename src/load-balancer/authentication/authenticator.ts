/**
 * The authenticate actions: a user without a session is sent to the identity provider, and comes back with a code.
 * (User guide: "Authenticate users using an Application Load Balancer".)
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import {
  AuthorizationResponseError,
  authorizationCodeGrant,
  ClientError,
  fetchUserInfo,
  ResponseBodyError,
  refreshTokenGrant
} from 'openid-client'
import type { Clock } from '../../elbv2/index.ts'
import { firstValueOf, type HeaderList, ownPage, parseTarget, type RequestHead } from '../../elbv2/index.ts'
import { Seal, type SealPurpose } from '../target-group/seal.ts'
import { cookiesOf } from '../target-group/stickiness.ts'
import { ClaimsSigner, type Identity, identityHeaders } from './identity-headers.ts'
import type { IdentityProvider } from './identity-provider.ts'
import { type PreRoutingOutcome, passedAsIs, refusal } from './pre-routing.ts'

/** Where providers send users back to. */
export const callbackPath = '/oauth2/idpresponse'

/** Milliseconds that a user has to log in. (User guide: "Client login timeout".) */
const loginTimeout = 15 * 60_000

/** Longest session, in bytes: more gives 500. (User guide: "Troubleshoot", HTTP 500.) */
const longestSession = 11 * 1024

/** Characters of a session's cookies, each. Browsers drop what is longer than 4096 with its name. */
const cookieShard = 4000
const mostShards = 4

const nonceCookie = 'AWSALBAuthNonce'

/** What a login is about, from the redirect to the callback. */
interface LoginState {
  provider: string
  nonce: string
  /** Where the user wanted to go. */
  url: string
  started: number
}

interface Session extends Identity {
  provider: string
  /** Milliseconds since the epoch. */
  ends: number
  /** When the access token runs out; absent where the provider does not say. */
  tokenEnds?: number
  refreshToken?: string
}

export interface AuthenticatorHost {
  clock: Clock
  dnsName: string
  /** ARN of the load balancer. */
  arn(): string
}

/** Keeps no state but its keys: sessions and logins travel with the clients. */
export class Authenticator {
  readonly signer = new ClaimsSigner()
  readonly #seal = new Seal()
  readonly #host: AuthenticatorHost

  constructor(host: AuthenticatorHost) {
    this.#host = host
  }

  /** A request to a rule that authenticates. */
  async authenticate(provider: IdentityProvider, head: RequestHead): Promise<PreRoutingOutcome> {
    const session = this.#sessionOf(provider, head.headers)
    if (session) {
      const current = await this.#refreshed(provider, session)
      if (current) {
        return this.#pass(provider, current.session, current.cookies)
      }
    }
    if (provider.onUnauthenticated === 'allow') {
      return passedAsIs
    }
    if (provider.onUnauthenticated === 'deny') {
      return refusal(401, 'the user is not logged in')
    }
    return this.#redirect(provider, head)
  }

  /** The provider whose login a callback ends; undefined where the state is none of this load balancer. */
  stateOf(head: RequestHead): LoginState | undefined {
    const state = new URLSearchParams(parseTarget(head.target).query).get('state')
    return state === null ? undefined : this.#openLogin(state)
  }

  /** A user comes back. */
  async complete(provider: IdentityProvider, state: LoginState, head: RequestHead): Promise<PreRoutingOutcome> {
    const { clock } = this.#host
    if (cookiesOf(head.headers).get(nonceCookie) !== state.nonce) {
      return refusal(401, 'the login began in another browser', 'AuthInvalidStateParam')
    }
    if (clock.now() - state.started > loginTimeout) {
      return refusal(401, 'the login took longer than 15 minutes', 'AuthInvalidStateParam')
    }
    const { query = '' } = parseTarget(head.target)
    const callback = new URL(`${this.#callbackURL(head)}?${query}`)
    try {
      const tokens = await authorizationCodeGrant(provider.client, callback, {
        expectedState: callback.searchParams.get('state') ?? '',
        idTokenExpected: true
      })
      const subject = tokens.claims()?.sub ?? ''
      const session: Session = {
        provider: provider.id,
        ends: clock.now() + provider.sessionTimeout,
        subject,
        accessToken: tokens.access_token,
        claims: await fetchUserInfo(provider.client, tokens.access_token, subject),
        ...this.#tokenLife(tokens)
      }
      const cookies = this.#sessionCookies(provider, session)
      if (!cookies) {
        return refusal(500, 'claims and tokens are larger than 11K', 'AuthUserClaimsSizeExceeded')
      }
      return {
        passed: false,
        own: ownPage(302, undefined, {
          headers: [['Location', state.url], ...cookies, expiredCookie(nonceCookie)]
        })
      }
    } catch (error) {
      return failure(error as Error)
    }
  }

  #pass(provider: IdentityProvider, session: Session, cookies: HeaderList): PreRoutingOutcome {
    const headers = identityHeaders(session, {
      by: this.signer,
      issuer: provider.issuer,
      clientID: provider.clientID,
      signer: this.#host.arn(),
      now: this.#host.clock.now()
    })
    return { passed: true, headers, cookies }
  }

  #redirect(provider: IdentityProvider, head: RequestHead): PreRoutingOutcome {
    const now = this.#host.clock.now()
    const { path, query } = parseTarget(head.target)
    const state: LoginState = {
      provider: provider.id,
      nonce: randomBytes(24).toString('base64url'),
      url: `https://${this.#hostOf(head)}${path}${query === undefined ? '' : `?${query}`}`,
      started: now
    }
    const location = new URL(provider.authorizationEndpoint)
    const parameters = {
      ...provider.extraParameters,
      client_id: provider.clientID,
      redirect_uri: this.#callbackURL(head),
      response_type: 'code',
      scope: provider.scope,
      state: this.#seal.seal('login', Buffer.from(JSON.stringify(state)))
    }
    for (const [name, value] of Object.entries(parameters)) {
      location.searchParams.set(name, value)
    }
    const nonce = cookie(nonceCookie, state.nonce, now + loginTimeout)
    return { passed: false, own: ownPage(302, undefined, { headers: [['Location', location.href], nonce] }) }
  }

  /** The session with an access token that holds; undefined where the provider gives none any more. */
  async #refreshed(
    provider: IdentityProvider,
    session: Session
  ): Promise<{ session: Session; cookies: HeaderList } | undefined> {
    const { clock } = this.#host
    const { tokenEnds, refreshToken, subject } = session
    // Without a refresh token the session lasts as long as it was made for.
    if (tokenEnds === undefined || refreshToken === undefined || clock.now() < tokenEnds) {
      return { session, cookies: [] }
    }
    try {
      const tokens = await refreshTokenGrant(provider.client, refreshToken)
      const renewed: Session = {
        ...session,
        accessToken: tokens.access_token,
        claims: await fetchUserInfo(provider.client, tokens.access_token, subject),
        ...this.#tokenLife(tokens)
      }
      return { session: renewed, cookies: this.#sessionCookies(provider, renewed) ?? [] }
    } catch {
      return undefined
    }
  }

  #tokenLife(tokens: { expires_in?: number; refresh_token?: string }): Pick<Session, 'tokenEnds' | 'refreshToken'> {
    return {
      ...(tokens.expires_in === undefined ? {} : { tokenEnds: this.#host.clock.now() + tokens.expires_in * 1000 }),
      ...(tokens.refresh_token === undefined ? {} : { refreshToken: tokens.refresh_token })
    }
  }

  #sessionOf(provider: IdentityProvider, headers: HeaderList): Session | undefined {
    const cookies = cookiesOf(headers)
    let text = ''
    for (let index = 0; index < mostShards; index += 1) {
      text += cookies.get(`${provider.cookieName}-${index}`) ?? ''
    }
    const session = text === '' ? undefined : this.#open<Session>('session', text)
    const isCurrent = session?.provider === provider.id && session.ends > this.#host.clock.now()
    return isCurrent ? session : undefined
  }

  /** A cookie for each 4K; those that are not needed are taken back. Undefined where all of them do not suffice. */
  #sessionCookies(provider: IdentityProvider, session: Session): HeaderList | undefined {
    const content = Buffer.from(JSON.stringify(session))
    if (content.length > longestSession) {
      return undefined
    }
    const text = this.#seal.seal('session', content)
    return Array.from({ length: mostShards }, (_, index) => {
      const name = `${provider.cookieName}-${index}`
      const shard = text.slice(index * cookieShard, (index + 1) * cookieShard)
      return shard === '' ? expiredCookie(name) : cookie(name, shard, session.ends)
    })
  }

  /** Without a nonce or a start, a login would hold in every browser and for ever. */
  #openLogin(text: string): LoginState | undefined {
    const state = this.#open<Partial<LoginState>>('login', text)
    const { provider, nonce, url, started } = state ?? {}
    const isWhole = typeof provider === 'string' && typeof url === 'string' && Number.isFinite(started)
    return isWhole && typeof nonce === 'string' && nonce !== '' ? (state as LoginState) : undefined
  }

  #open<Content>(purpose: SealPurpose, text: string): Content | undefined {
    const content = this.#seal.open(purpose, text)
    return content && (JSON.parse(content.toString()) as Content)
  }

  #hostOf(head: RequestHead): string {
    return (
      parseTarget(head.target).authority ??
      firstValueOf(head.headers, 'host') ??
      this.#host.dnsName
    ).toLowerCase()
  }

  #callbackURL(head: RequestHead): string {
    return `https://${this.#hostOf(head)}${callbackPath}`
  }
}

function cookie(name: string, value: string, expires: number): [string, string] {
  return ['Set-Cookie', `${name}=${value}; Expires=${new Date(expires).toUTCString()}; Path=/; Secure; HttpOnly`]
}

function expiredCookie(name: string): [string, string] {
  return cookie(name, '', 0)
}

/** AWS's code for what went wrong between the load balancer and the provider. */
function failure(error: Error): PreRoutingOutcome {
  if (error instanceof AuthorizationResponseError) {
    const denied = error.error === 'access_denied'
    return refusal(denied ? 401 : 561, `the identity provider answered ${error.error}`, 'AuthInvalidGrantError')
  }
  if (error instanceof ResponseBodyError) {
    return refusal(561, `the identity provider answered ${error.error}`, 'AuthInvalidGrantError')
  }
  if (error instanceof ClientError) {
    // What fetch itself throws lies behind these two; everything else is an answer that does not do.
    if (error.code === 'OAUTH_TIMEOUT') {
      return refusal(500, 'the identity provider timed out', 'AuthTokenEpRequestTimeout')
    }
    if (error.code === 'OAUTH_HTTP_REQUEST_FORBIDDEN') {
      return refusal(500, error.message, 'AuthTokenEpRequestFailed')
    }
    if (error.code === 'OAUTH_RESPONSE_IS_NOT_CONFORM') {
      return refusal(561, error.message, 'AuthTokenEpRequestFailed')
    }
    return refusal(401, `the identity provider's answer does not do: ${error.message}`, 'AuthInvalidIdToken')
  }
  return refusal(500, `the identity provider cannot be reached: ${error.message}`, 'AuthTokenEpRequestFailed')
}
