/**
 * Identity providers as annotations hold them in JSON, in the types that the controller decodes into (LBC:
 * pkg/ingress/config_types.go).
 *
 * @module
 */
import { type GoType, goString, map, slice } from '../go/json.ts'
import { named, strings, struct } from './config-types.ts'

export interface OIDCConfig {
  issuer: string
  authorizationEndpoint: string
  tokenEndpoint: string
  userInfoEndpoint: string
  secretName: string
  authenticationRequestExtraParams?: Map<string, string>
}

export const oidcType: GoType = struct('AuthIDPConfigOIDC', {
  issuer: goString,
  authorizationEndpoint: goString,
  tokenEndpoint: goString,
  userInfoEndpoint: goString,
  secretName: goString,
  authenticationRequestExtraParams: map(goString)
})

export interface CognitoConfig {
  userPoolARN: string
  userPoolClientID: string
  userPoolDomain: string
  authenticationRequestExtraParams?: Map<string, string>
}

export const cognitoType: GoType = struct('AuthIDPConfigCognito', {
  userPoolARN: goString,
  userPoolClientID: goString,
  userPoolDomain: goString,
  authenticationRequestExtraParams: map(goString)
})

export interface JwtConfig {
  jwksEndpoint: string
  issuer: string
  additionalClaims?: { name: string; format: string; values?: string[] }[]
}

export const jwtType: GoType = struct('JwtValidationConfig', {
  jwksEndpoint: goString,
  issuer: goString,
  additionalClaims: slice(
    struct('JwtAdditionalClaim', { format: named('jwtAdditionalClaimFormat'), name: goString, values: strings })
  )
})
