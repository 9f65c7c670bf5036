/**
 * What annotations hold as JSON about a backend: actions, conditions, transforms. The types are those that the controller
 * decodes into (LBC: pkg/ingress/config_types.go), and the checks are its own; what AWS would refuse beyond them passes.
 *
 * @module
 */
import { type GoType, goBool, goInt32, goIntOrString, goString, map, pointer, slice } from '../go/json.ts'
import { ModelError, withErrorPrefix } from '../model-error.ts'
import type { FixedResponseConfig, RedirectConfig, Rewrite } from '../stack/stack.ts'

function struct(name: string, fields: Record<string, GoType>): GoType {
  return {
    kind: 'struct',
    name,
    package: 'ingress',
    fields
  }
}
function named(name: string): GoType {
  return { kind: 'string', name: `ingress.${name}` }
}
const optionalString = pointer(goString)
const strings = slice(goString)

/** A target group of a forward action: a Service's port, or a target group from outside the cluster. */
export interface TargetConfig {
  targetGroupARN?: string
  targetGroupName?: string
  serviceName?: string
  servicePort?: number | string
  weight?: number
}

export interface ForwardActionConfig {
  targetGroups?: TargetConfig[]
  targetGroupStickinessConfig?: { enabled?: boolean; durationSeconds?: number }
}

export interface ActionConfig {
  type: string
  targetGroupARN?: string
  targetGroupName?: string
  fixedResponseConfig?: FixedResponseConfig
  redirectConfig?: RedirectConfig
  forwardConfig?: ForwardActionConfig
}

export const actionType: GoType = struct('Action', {
  type: named('ActionType'),
  targetGroupARN: optionalString,
  targetGroupName: optionalString,
  fixedResponseConfig: pointer(
    struct('FixedResponseActionConfig', {
      contentType: optionalString,
      messageBody: optionalString,
      statusCode: goString
    })
  ),
  redirectConfig: pointer(
    struct('RedirectActionConfig', {
      host: optionalString,
      path: optionalString,
      port: optionalString,
      protocol: optionalString,
      query: optionalString,
      statusCode: goString
    })
  ),
  forwardConfig: pointer(
    struct('ForwardActionConfig', {
      targetGroups: slice(
        struct('TargetGroupTuple', {
          targetGroupARN: optionalString,
          targetGroupName: optionalString,
          serviceName: optionalString,
          servicePort: pointer(goIntOrString),
          weight: pointer(goInt32)
        })
      ),
      targetGroupStickinessConfig: pointer(
        struct('TargetGroupStickinessConfig', { enabled: pointer(goBool), durationSeconds: pointer(goInt32) })
      )
    })
  )
})

/** LBC: TargetGroupTuple.validate. */
function checkTarget({ targetGroupARN, targetGroupName, serviceName, servicePort }: TargetConfig): void {
  const outside = targetGroupARN !== undefined || targetGroupName !== undefined
  if (!outside && serviceName === undefined) {
    throw new ModelError('missing serviceName or targetGroupARN/targetGroupName')
  }
  if (outside && serviceName !== undefined) {
    throw new ModelError('either serviceName or targetGroupARN/targetGroupName can be specified')
  }
  if (serviceName !== undefined && servicePort === undefined) {
    throw new ModelError('missing servicePort')
  }
}

/** LBC: ForwardActionConfig.validate. */
function checkForward({ targetGroups = [] }: ForwardActionConfig): void {
  for (const target of targetGroups) {
    withErrorPrefix('invalid TargetGroupTuple', () => checkTarget(target))
  }
  if (targetGroups.length > 1 && targetGroups.some(({ weight }) => weight === undefined)) {
    throw new ModelError('weight must be set when route to multiple target groups')
  }
}

/** LBC: FixedResponseActionConfig.validate, RedirectActionConfig.validate. */
function checkStatusCode(name: string, config: { statusCode: string } | undefined): void {
  if (!config) {
    throw new ModelError(`missing ${name}`)
  }
  if (config.statusCode === '') {
    throw new ModelError(`invalid ${name}: statusCode is required`)
  }
}

/** LBC: Action.validate. @throws ModelError */
export function checkAction(action: ActionConfig): void {
  const { type, targetGroupARN, targetGroupName, fixedResponseConfig, redirectConfig, forwardConfig } = action
  if (type === 'fixed-response') {
    checkStatusCode('FixedResponseConfig', fixedResponseConfig)
  } else if (type === 'redirect') {
    checkStatusCode('RedirectConfig', redirectConfig)
  } else if (type === 'forward') {
    const simple = targetGroupARN !== undefined || targetGroupName !== undefined
    if (!simple && !forwardConfig) {
      throw new ModelError('missing ForwardConfig or TargetGroupARN/TargetGroupName')
    }
    if (simple && forwardConfig) {
      throw new ModelError('either ForwardConfig or TargetGroupARN/TargetGroupName can be specified')
    }
    if (forwardConfig) {
      withErrorPrefix('invalid ForwardConfig', () => checkForward(forwardConfig))
    }
  } else {
    throw new ModelError(`unknown action type: ${type}`)
  }
}

interface ValuesConfig {
  values?: string[]
  regexValues?: string[]
}

export interface ConditionConfig {
  field: string
  hostHeaderConfig?: ValuesConfig
  pathPatternConfig?: ValuesConfig
  httpHeaderConfig?: ValuesConfig & { httpHeaderName: string }
  httpRequestMethodConfig?: { values?: string[] }
  queryStringConfig?: { values?: { key?: string; value: string }[] }
  sourceIPConfig?: { values?: string[] }
}

function valuesOrRegexes(name: string): GoType {
  return struct(name, { regexValues: strings, values: strings })
}

export const conditionsType: GoType = slice(
  struct('RuleCondition', {
    field: named('RuleConditionField'),
    hostHeaderConfig: pointer(valuesOrRegexes('HostHeaderConditionConfig')),
    httpHeaderConfig: pointer(
      struct('HTTPHeaderConditionConfig', { httpHeaderName: goString, regexValues: strings, values: strings })
    ),
    httpRequestMethodConfig: pointer(struct('HTTPRequestMethodConditionConfig', { values: strings })),
    pathPatternConfig: pointer(valuesOrRegexes('PathPatternConditionConfig')),
    queryStringConfig: pointer(
      struct('QueryStringConditionConfig', {
        values: slice(struct('QueryStringKeyValuePair', { key: optionalString, value: goString }))
      })
    ),
    sourceIPConfig: pointer(struct('SourceIPConditionConfig', { values: strings }))
  })
)

function checkValuesOrRegexes({ values = [], regexValues = [] }: ValuesConfig): void {
  if (values.length === 0 && regexValues.length === 0) {
    throw new ModelError('values or regexValues must be specified')
  }
  if (values.length > 0 && regexValues.length > 0) {
    throw new ModelError('precisely one of values and regexValues can be specified')
  }
}

function checkValues({ values = [] }: { values?: string[] }): void {
  if (values.length === 0) {
    throw new ModelError('values cannot be empty')
  }
}

function checkQueryString({ values = [] }: NonNullable<ConditionConfig['queryStringConfig']>): void {
  if (values.length === 0) {
    throw new ModelError('Values cannot be empty')
  }
  if (values.some(({ value }) => value === '')) {
    throw new ModelError('value cannot be empty')
  }
}

function checkConfig<Config>(name: string, config: Config | undefined, check: (config: Config) => void): void {
  if (config === undefined) {
    throw new ModelError(`missing ${name}`)
  }
  withErrorPrefix(`invalid ${name}`, () => check(config))
}

/** LBC: RuleCondition.Validate. An unknown field is no mistake, such a condition has no effect. @throws ModelError */
export function checkCondition(condition: ConditionConfig): void {
  const { field, hostHeaderConfig, pathPatternConfig, httpHeaderConfig } = condition
  const { httpRequestMethodConfig, queryStringConfig, sourceIPConfig } = condition
  if (field === 'host-header') {
    checkConfig('hostHeaderConfig', hostHeaderConfig, checkValuesOrRegexes)
  } else if (field === 'path-pattern') {
    checkConfig('pathPatternConfig', pathPatternConfig, checkValuesOrRegexes)
  } else if (field === 'http-header') {
    checkConfig('httpHeaderConfig', httpHeaderConfig, checkValuesOrRegexes)
  } else if (field === 'http-request-method') {
    checkConfig('httpRequestMethodConfig', httpRequestMethodConfig, checkValues)
  } else if (field === 'query-string') {
    checkConfig('queryStringConfig', queryStringConfig, checkQueryString)
  } else if (field === 'source-ip') {
    checkConfig('sourceIPConfig', sourceIPConfig, checkValues)
  }
}

interface RewriteConfig {
  rewrites?: Rewrite[]
}

export interface TransformConfig {
  type: string
  hostHeaderRewriteConfig?: RewriteConfig
  urlRewriteConfig?: RewriteConfig
}

const rewriteType = struct('RewriteConfigObject', {
  rewrites: slice(struct('RewriteConfig', { regex: goString, replace: goString }))
})

export const transformsType: GoType = slice(
  struct('Transform', {
    type: named('TransformType'),
    hostHeaderRewriteConfig: pointer(rewriteType),
    urlRewriteConfig: pointer(rewriteType)
  })
)

/** LBC: Transform.Validate. @throws ModelError */
export function checkTransform({ type, hostHeaderRewriteConfig, urlRewriteConfig }: TransformConfig): void {
  const [name, config] =
    type === 'host-header-rewrite'
      ? (['hostHeaderRewriteConfig', hostHeaderRewriteConfig] as const)
      : (['urlRewriteConfig', urlRewriteConfig] as const)
  if (type !== 'host-header-rewrite' && type !== 'url-rewrite') {
    throw new ModelError(`unknown transform type: ${type}`)
  }
  if (!config) {
    throw new ModelError(`missing ${name}`)
  }
  if (!config.rewrites?.length) {
    throw new ModelError(`${name}.rewrites cannot be empty`)
  }
}

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
