/**
 * What authenticates users, whichever of the two authenticate actions names it.
 *
 * @module
 */

import { ClientSecretPost, Configuration, customFetch, None } from 'openid-client'
import type { AuthenticateCognitoConfig, AuthenticateOIDCConfig } from '../../model/index.ts'
import { readBounded } from './bounded-response.ts'

/** Seconds that token and user info endpoints have to answer. (User guide: "Troubleshoot", HTTP 500.) */
const endpointTimeout = 5

/** Bytes of an endpoint's answer; claims and tokens of more than 11K make no session anyway. */
const longestAnswer = 1024 * 1024

/** Milliseconds of a session where the action names none: seven days. (API: AuthenticateOidcActionConfig.) */
const defaultSessionTimeout = 604_800_000

/** Signatures of ID tokens; they come over TLS from the token endpoint, so that their keys are not asked for. */
const idTokenAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'Ed25519']

/** An authenticate action, compiled. */
export interface IdentityProvider {
  /** Names it in states and sessions, so that one of another provider does not count. */
  id: string
  issuer: string
  clientID: string
  authorizationEndpoint: string
  scope: string
  extraParameters: Record<string, string>
  onUnauthenticated: 'deny' | 'allow' | 'authenticate'
  cookieName: string
  /** Milliseconds. */
  sessionTimeout: number
  /** What openid-client works with. */
  client: Configuration
}

interface Endpoints {
  issuer: string
  authorizationEndpoint: string
  tokenEndpoint: string
  userInfoEndpoint: string
  clientID: string
  /** Undefined for a client without one. */
  clientSecret?: string
}

type Settings = Pick<
  AuthenticateOIDCConfig,
  'authenticationRequestExtraParams' | 'onUnauthenticatedRequest' | 'scope' | 'sessionCookieName' | 'sessionTimeout'
>

export function oidcProvider(config: AuthenticateOIDCConfig, fetchFrom: typeof fetch): IdentityProvider {
  return provider(config, config, fetchFrom)
}

/**
 * Cognito is an OpenID provider; its endpoints follow from the user pool's domain, which is a prefix or a domain of
 * one's own. AWS asks Cognito for the client's secret, which nobody can here: the client counts as a public one.
 */
export function cognitoProvider(config: AuthenticateCognitoConfig, fetchFrom: typeof fetch): IdentityProvider {
  const { userPoolARN, userPoolClientID, userPoolDomain } = config
  // `arn:aws:cognito-idp:<region>:<account>:userpool/<id>`
  const region = userPoolARN.split(':')[3] ?? ''
  const domain = userPoolDomain.includes('.') ? userPoolDomain : `${userPoolDomain}.auth.${region}.amazoncognito.com`
  function endpoint(name: string): string {
    return `https://${domain}/oauth2/${name}`
  }
  return provider(
    {
      issuer: `https://cognito-idp.${region}.amazonaws.com/${userPoolARN.split('/').at(-1)}`,
      authorizationEndpoint: endpoint('authorize'),
      tokenEndpoint: endpoint('token'),
      userInfoEndpoint: endpoint('userInfo'),
      clientID: userPoolClientID
    },
    config,
    fetchFrom
  )
}

/** The same response, read: one without an end is an error. */
async function bounded(response: Response): Promise<Response> {
  const text = await readBounded(response, longestAnswer)
  if (text === undefined) {
    throw new Error('its answer is larger than 1 MB')
  }
  const headers = new Headers(response.headers)
  headers.delete('content-encoding')
  headers.delete('content-length')
  return new Response(text === '' ? null : text, { status: response.status, headers })
}

function provider(endpoints: Endpoints, settings: Settings, fetchFrom: typeof fetch): IdentityProvider {
  const { issuer, authorizationEndpoint, clientID, clientSecret } = endpoints
  const client = new Configuration(
    {
      issuer,
      authorization_endpoint: authorizationEndpoint,
      token_endpoint: endpoints.tokenEndpoint,
      userinfo_endpoint: endpoints.userInfoEndpoint,
      id_token_signing_alg_values_supported: idTokenAlgorithms
    },
    clientID,
    undefined,
    clientSecret === undefined ? None() : ClientSecretPost(clientSecret)
  )
  client.timeout = endpointTimeout
  client[customFetch] = async (url, options) => bounded(await fetchFrom(url, options as RequestInit))
  const onUnauthenticated = settings.onUnauthenticatedRequest
  return {
    id: JSON.stringify([issuer, authorizationEndpoint, clientID]),
    issuer,
    clientID,
    authorizationEndpoint,
    scope: settings.scope ?? 'openid',
    extraParameters: settings.authenticationRequestExtraParams ?? {},
    onUnauthenticated:
      onUnauthenticated === 'deny' || onUnauthenticated === 'allow' ? onUnauthenticated : 'authenticate',
    cookieName: settings.sessionCookieName ?? 'AWSELBAuthSessionCookie',
    sessionTimeout: settings.sessionTimeout === undefined ? defaultSessionTimeout : settings.sessionTimeout * 1000,
    client
  }
}
