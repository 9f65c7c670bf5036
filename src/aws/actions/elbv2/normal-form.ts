/**
 * Actions and conditions as AWS reads them back: with what it fills in, and without the secrets that it keeps.
 * A client that compares what it wants with what it reads finds no difference then.
 *
 * @module
 */

import type {
  Action,
  MutualAuthenticationAttributes,
  RuleCondition,
  RuleTransform
} from '../../protocol/shapes/elbv2.ts'
import { invalid } from './lookup.ts'

const redirectDefaults = {
  Protocol: '#{protocol}',
  Port: '#{port}',
  Host: '#{host}',
  Path: '/#{path}',
  Query: '#{query}'
}

const loginDefaults = {
  SessionCookieName: 'AWSELBAuthSessionCookie',
  Scope: 'openid',
  SessionTimeout: 604_800,
  OnUnauthenticatedRequest: 'authenticate'
} as const

/** Which member of an action each type has. */
const configOfType = {
  forward: 'ForwardConfig',
  redirect: 'RedirectConfig',
  'fixed-response': 'FixedResponseConfig',
  'authenticate-oidc': 'AuthenticateOidcConfig',
  'authenticate-cognito': 'AuthenticateCognitoConfig',
  'jwt-validation': 'JwtValidationConfig'
} as const satisfies Record<Action['Type'], keyof Action>

function forwardOf({ TargetGroupArn, ForwardConfig }: Action): Pick<Action, 'ForwardConfig' | 'TargetGroupArn'> {
  if (TargetGroupArn !== undefined && ForwardConfig?.TargetGroups) {
    const [only, ...others] = ForwardConfig.TargetGroups
    if (others.length > 0 || only?.TargetGroupArn !== TargetGroupArn) {
      throw invalid('You cannot specify both a target group ARN and a different target group list for a forward action')
    }
  }
  const given = ForwardConfig?.TargetGroups ?? (TargetGroupArn === undefined ? [] : [{ TargetGroupArn }])
  const groups = given.map(group => ({ ...group, Weight: group.Weight ?? 1 }))
  const [only, ...others] = groups
  const stickiness = ForwardConfig?.TargetGroupStickinessConfig
  return {
    ForwardConfig: {
      TargetGroups: groups,
      TargetGroupStickinessConfig: { Enabled: false, ...stickiness }
    },
    ...(only?.TargetGroupArn !== undefined && others.length === 0 && { TargetGroupArn: only.TargetGroupArn })
  }
}

/**
 * Actions with everything that AWS fills in.
 *
 * @param known what the actions were before: a client may leave a secret as it is.
 * @throws {ServiceError} for an action without the configuration of its type.
 */
export function normalActions(actions: readonly Action[], known: readonly Action[] = []): Action[] {
  return actions.map((action, index) => {
    const { Type, Order = index + 1 } = action
    const config = configOfType[Type]
    if (Type === 'forward' ? !action.ForwardConfig && !action.TargetGroupArn : action[config] === undefined) {
      throw invalid(
        Type === 'forward'
          ? "For actions of type 'forward', you must specify a target group ARN or a forward configuration"
          : `For actions of type '${Type}', you must specify the '${config}'`
      )
    }
    return { Type, Order: actions.length === 1 ? (action.Order ?? 1) : Order, ...partsOf(action, known) }
  })
}

function partsOf(action: Action, known: readonly Action[]): Partial<Action> {
  const {
    RedirectConfig,
    FixedResponseConfig,
    AuthenticateOidcConfig,
    AuthenticateCognitoConfig,
    JwtValidationConfig
  } = action
  switch (action.Type) {
    case 'forward':
      return forwardOf(action)
    case 'redirect':
      return { RedirectConfig: { ...redirectDefaults, ...withoutEmpty(RedirectConfig!) } }
    case 'fixed-response':
      return { FixedResponseConfig: FixedResponseConfig! }
    case 'authenticate-oidc': {
      const { UseExistingClientSecret, ...config } = AuthenticateOidcConfig!
      const secret = UseExistingClientSecret
        ? known.find(one => one.AuthenticateOidcConfig?.ClientId === config.ClientId)?.AuthenticateOidcConfig
            ?.ClientSecret
        : config.ClientSecret
      if (secret === undefined) {
        throw invalid('A client secret must be specified')
      }
      return { AuthenticateOidcConfig: { ...loginDefaults, ...config, ClientSecret: secret } }
    }
    case 'authenticate-cognito':
      return { AuthenticateCognitoConfig: { ...loginDefaults, ...AuthenticateCognitoConfig! } }
    case 'jwt-validation':
      return { JwtValidationConfig: JwtValidationConfig! }
  }
}

function withoutEmpty<Config extends object>(config: Config): Config {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== '')) as Config
}

/** Actions as they are told: a client's secret is not. */
export function tellActions(actions: readonly Action[]): Action[] {
  return actions.map(action => {
    if (!action.AuthenticateOidcConfig) {
      return action
    }
    const { ClientSecret: _secret, ...config } = action.AuthenticateOidcConfig
    return { ...action, AuthenticateOidcConfig: config }
  })
}

const configOfField = {
  'host-header': 'HostHeaderConfig',
  'path-pattern': 'PathPatternConfig',
  'http-header': 'HttpHeaderConfig',
  'http-request-method': 'HttpRequestMethodConfig',
  'query-string': 'QueryStringConfig',
  'source-ip': 'SourceIpConfig'
} as const

export type Field = keyof typeof configOfField

/** Fields whose values may stand beside the field, and are told there too. */
function isMirrored(field: Field): field is 'host-header' | 'path-pattern' {
  return field === 'host-header' || field === 'path-pattern'
}

/**
 * Conditions with their values where AWS tells them.
 *
 * @throws {ServiceError} for an unknown field, and for values in the wrong place or in two.
 */
export function normalConditions(conditions: readonly RuleCondition[]): RuleCondition[] {
  return conditions.map(condition => {
    const { Field: field = '', Values = [], RegexValues = [] } = condition
    if (!Object.hasOwn(configOfField, field)) {
      throw invalid(`Condition field '${field}' must be one of '[${Object.keys(configOfField).join(',')}]'`)
    }
    const name = configOfField[field as Field]
    const config = condition[name]
    for (const { Value } of condition.QueryStringConfig?.Values ?? []) {
      if (Value === undefined) {
        throw invalid("A 'Value' must be specified in 'QueryStringKeyValuePair'")
      }
    }
    if (!isMirrored(field as Field)) {
      if (Values.length > 0) {
        throw invalid(`The 'Values' field is not compatible with '${field}'`)
      }
      if (config === undefined) {
        throw invalid(`A '${name}' must be specified with '${field}'`)
      }
      return { Field: field, [name]: config }
    }
    if (Values.length > 0 && config !== undefined) {
      throw invalid(`You cannot provide both Values and '${name}' for a condition of type '${field}'`)
    }
    if (Values.length > 1) {
      throw invalid(`The '${field}' field contains too many values; the limit is '1'`)
    }
    const given = (config ?? {}) as { Values?: string[]; RegexValues?: string[] }
    const values = given.Values ?? Values
    const expressions = given.RegexValues ?? RegexValues
    const told = {
      ...(values.length > 0 && { Values: values }),
      ...(expressions.length > 0 && { RegexValues: expressions })
    }
    return { Field: field, [name]: told, ...told }
  })
}

const configOfTransform = {
  'host-header-rewrite': 'HostHeaderRewriteConfig',
  'url-rewrite': 'UrlRewriteConfig'
} as const

/** @throws {ServiceError} for a transform without the configuration of its type. */
export function checkTransforms(transforms: readonly RuleTransform[]): RuleTransform[] {
  for (const transform of transforms) {
    const config = configOfTransform[transform.Type]
    if (transform[config] === undefined) {
      throw invalid(`For transforms of type '${transform.Type}', you must specify the '${config}'`)
    }
  }
  return [...transforms]
}

/** How an HTTPS listener treats its clients' certificates, with what AWS fills in. */
export function normalAuthentication(given: MutualAuthenticationAttributes = {}): MutualAuthenticationAttributes {
  const { Mode = 'off' } = given
  if (Mode !== 'verify') {
    const { TrustStoreArn } = given
    return { Mode, ...(TrustStoreArn !== undefined && { TrustStoreArn }) }
  }
  return {
    IgnoreClientCertificateExpiry: false,
    AdvertiseTrustStoreCaNames: 'off',
    ...given,
    Mode,
    TrustStoreAssociationStatus: 'active'
  }
}
