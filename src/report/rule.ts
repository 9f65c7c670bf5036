import { type Action, type RuleCondition, referencedID, type Token, type Transform } from '../model/index.ts'

/** What refers to another resource of a plan in a JSON text, by that resource's name alone. */
export function nameReferences(text: string): string {
  return text.replace(/\{"\$ref":"#\/resources\/[^/]+\/([^"]+)\/status\/[^"]+"\}/g, (_, id) => `"${id}"`)
}

function either(values: string[]): string {
  return values.join(' or ')
}

interface Patterns {
  values?: string[]
  regexValues?: string[]
}

function describePatterns(what: string, { values = [], regexValues = [] }: Patterns = {}): string {
  return regexValues.length > 0 ? `${what} matches ${either(regexValues)}` : `${what} is ${either(values)}`
}

function describeCondition(condition: RuleCondition): string {
  switch (condition.field) {
    case 'host-header':
      return describePatterns('host', condition.hostHeaderConfig)
    case 'path-pattern':
      return describePatterns('path', condition.pathPatternConfig)
    case 'http-header':
      return describePatterns(`header ${condition.httpHeaderConfig?.httpHeaderName}`, condition.httpHeaderConfig)
    case 'http-request-method':
      return `method is ${either(condition.httpRequestMethodConfig?.values ?? [])}`
    case 'query-string': {
      const pairs = condition.queryStringConfig?.values ?? []
      return `query has ${either(pairs.map(({ key, value }) => (key === undefined ? value : `${key}=${value}`)))}`
    }
    case 'source-ip':
      return `client is in ${either(condition.sourceIPConfig?.values ?? [])}`
  }
}

/** All conditions of a rule as one phrase: `host is a.example.com and path is /api or /api/*`. */
export function describeConditions(conditions: RuleCondition[]): string {
  return conditions.map(describeCondition).join(' and ')
}

/** A resource of the stack by its ID, anything else by its ARN or ID. */
export function describeToken(token: Token): string {
  return referencedID(token) ?? String(token)
}

function describeForward({ targetGroups, targetGroupStickinessConfig }: NonNullable<Action['forwardConfig']>): string {
  const targets = (targetGroups ?? []).map(
    ({ targetGroupARN, weight }) => describeToken(targetGroupARN) + (weight === undefined ? '' : ` (weight ${weight})`)
  )
  const { enabled, durationSeconds } = targetGroupStickinessConfig ?? {}
  const sticky = enabled ? `, sticky${durationSeconds === undefined ? '' : ` for ${durationSeconds} s`}` : ''
  return targets.length === 0 ? 'forward to no target group' : `forward to ${targets.join(', ')}${sticky}`
}

function describeAction(action: Action): string {
  switch (action.type) {
    case 'forward':
      return describeForward(action.forwardConfig!)
    case 'redirect': {
      const { protocol, host, port, path, query, statusCode } = action.redirectConfig!
      const url = `${protocol ?? '#{protocol}'}://${host ?? '#{host}'}:${port ?? '#{port}'}${path ?? '/#{path}'}?${query ?? '#{query}'}`
      return `redirect to ${url} (${statusCode})`
    }
    case 'fixed-response': {
      const { statusCode, contentType, messageBody } = action.fixedResponseConfig!
      return ['answer', statusCode, contentType, messageBody && JSON.stringify(messageBody)].filter(Boolean).join(' ')
    }
    case 'authenticate-oidc':
      return `authenticate with OIDC at ${action.authenticateOIDCConfig!.issuer}`
    case 'authenticate-cognito':
      return `authenticate with Cognito at ${action.authenticateCognitoConfig!.userPoolARN}`
    case 'jwt-validation':
      return `validate the JWT of ${action.jwtValidationConfig!.issuer}`
  }
}

/** All actions of a rule in their order: `authenticate with OIDC at …, then forward to …`. */
export function describeActions(actions: Action[]): string {
  return actions.map(describeAction).join(', then ')
}

/** What a rule rewrites before it forwards. */
export function describeTransforms(transforms: Transform[]): string {
  return transforms
    .map(({ type, hostHeaderRewriteConfig, urlRewriteConfig }) => {
      const { rewrites = [] } = hostHeaderRewriteConfig ?? urlRewriteConfig ?? {}
      const what = type === 'url-rewrite' ? 'URL' : 'host'
      return `rewrite the ${what} ${rewrites.map(({ regex, replace }) => `${regex} to ${replace}`).join(', ')}`
    })
    .join(', ')
}
