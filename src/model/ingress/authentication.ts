import type { Ingress, KubernetesObject } from '../../resources/index.ts'
import { readInt64, readJSON, readString } from '../annotation/parser.ts'
import { namespaceOf } from '../build/cluster-objects.ts'
import { readClient } from '../build/oidc-client.ts'
import { objectOf } from '../build/tags.ts'
import { ModelError } from '../model-error.ts'
import type { Action } from '../stack/stack.ts'
import {
  type CognitoConfig,
  cognitoType,
  type JwtConfig,
  jwtType,
  type OIDCConfig,
  oidcType
} from './authentication-config.ts'
import type { BuildTask } from './task.ts'

/** How clients prove who they are before a backend's action. */
export interface AuthenticationConfig {
  type: 'none' | 'oidc' | 'cognito'
  onUnauthenticatedRequest: string
  scope: string
  sessionCookieName: string
  /** Seconds. */
  sessionTimeout: number
  cognito: CognitoConfig | undefined
  oidc: OIDCConfig | undefined
}

/**
 * Reads the authentication of a backend (LBC: defaultAuthConfigBuilder.Build). Everything is parsed, whatever the type, so
 * that a broken annotation is an error even where it has no effect.
 *
 * @param objects where annotations are looked up: the Service, if the action forwards to exactly one, then the Ingress.
 * @throws ModelError
 */
export function readAuthentication(...objects: KubernetesObject[]): AuthenticationConfig {
  const type = readString('auth-type', ...objects)?.value ?? 'none'
  if (type !== 'none' && type !== 'oidc' && type !== 'cognito') {
    throw new ModelError(`unknown authType: ${type}`)
  }
  return {
    type,
    onUnauthenticatedRequest: readString('auth-on-unauthenticated-request', ...objects)?.value ?? 'authenticate',
    scope: readString('auth-scope', ...objects)?.value ?? 'openid',
    sessionCookieName: readString('auth-session-cookie', ...objects)?.value ?? 'AWSELBAuthSessionCookie',
    sessionTimeout: readInt64('auth-session-timeout', ...objects)?.value ?? 604800,
    cognito: readJSON<CognitoConfig>(cognitoType, 'auth-idp-cognito', ...objects)?.value,
    oidc: readJSON<OIDCConfig>(oidcType, 'auth-idp-oidc', ...objects)?.value
  }
}

function sessionOf({ onUnauthenticatedRequest, scope, sessionCookieName, sessionTimeout }: AuthenticationConfig) {
  return {
    ...(onUnauthenticatedRequest !== '' && { onUnauthenticatedRequest }),
    scope,
    sessionCookieName,
    sessionTimeout
  }
}

function extraParamsOf(params: Map<string, string> | undefined) {
  const authenticationRequestExtraParams = objectOf(params ?? new Map())
  return authenticationRequestExtraParams && { authenticationRequestExtraParams }
}

/** LBC: buildAuthAction. @throws ModelError */
export function buildAuthenticateAction(
  task: BuildTask,
  ingress: Ingress,
  config: AuthenticationConfig
): Action | undefined {
  if (config.type === 'cognito') {
    if (!config.cognito) {
      throw new ModelError('missing IDPConfigCognito')
    }
    const { userPoolARN, userPoolClientID, userPoolDomain, authenticationRequestExtraParams } = config.cognito
    return {
      type: 'authenticate-cognito',
      authenticateCognitoConfig: {
        userPoolARN,
        userPoolClientID,
        userPoolDomain,
        ...extraParamsOf(authenticationRequestExtraParams),
        ...sessionOf(config)
      }
    }
  }
  if (config.type === 'oidc') {
    if (!config.oidc) {
      throw new ModelError('missing IDPConfigOIDC')
    }
    const { issuer, authorizationEndpoint, tokenEndpoint, userInfoEndpoint, secretName } = config.oidc
    return {
      type: 'authenticate-oidc',
      authenticateOIDCConfig: {
        issuer,
        authorizationEndpoint,
        tokenEndpoint,
        userInfoEndpoint,
        ...readClient(task.resources, namespaceOf(ingress), secretName),
        ...extraParamsOf(config.oidc.authenticationRequestExtraParams),
        ...sessionOf(config)
      }
    }
  }
  return undefined
}

/**
 * The check of a token, which only the Ingress's annotation asks for (LBC: buildJwtValidationConfig). It is read whatever the
 * listener, so that a broken annotation is an error even where it has no effect.
 *
 * @throws ModelError
 */
export function readTokenValidation(ingress: Ingress): JwtConfig | undefined {
  const config = readJSON<JwtConfig>(jwtType, 'jwt-validation', ingress)?.value
  if (!config) {
    return undefined
  }
  if (config.jwksEndpoint === '') {
    throw new ModelError('jwksEndpoint is a required field for jwt validation')
  }
  if (config.issuer === '') {
    throw new ModelError('issuer is a required field for jwt validation')
  }
  for (const { format, name, values = [] } of config.additionalClaims ?? []) {
    const missing = format === '' ? 'format' : name === '' ? 'name' : undefined
    if (missing !== undefined) {
      throw new ModelError(`${missing} is a required field for additional claims for jwt validation`)
    }
    if (values.length === 0) {
      throw new ModelError('values must not be empty for additional claims for jwt validation')
    }
  }
  return config
}

/** LBC: buildJwtValidationAction. */
export function buildJwtAction({ jwksEndpoint, issuer, additionalClaims = [] }: JwtConfig): Action {
  return {
    type: 'jwt-validation',
    jwtValidationConfig: {
      jwksEndpoint,
      issuer,
      ...(additionalClaims.length > 0 && {
        additionalClaims: additionalClaims.map(claim => ({ ...claim, values: claim.values ?? [] }))
      })
    }
  }
}
