/**
 * Rules in words: as a plan writes them, and as a load balancer carries them out.
 *
 * @module
 */
import {
  type Action,
  type RedirectConfig,
  type RuleCondition,
  referencedID,
  type Token,
  type Transform
} from '../model/index.ts'
import type { RoutingAction } from './action.ts'
import type { Rule } from './rule.ts'

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

function describeTargets(targets: { id: string; weight?: number | undefined }[]): string {
  const named = targets.map(({ id, weight }) => (weight === undefined ? id : `${id} (weight ${weight})`))
  return `forward to ${named.join(', ') || 'no target group'}`
}

function describeForward({ targetGroups, targetGroupStickinessConfig }: NonNullable<Action['forwardConfig']>): string {
  const targets = (targetGroups ?? []).map(({ targetGroupARN, weight }) => ({
    id: describeToken(targetGroupARN),
    weight
  }))
  const { enabled, durationSeconds } = targetGroupStickinessConfig ?? {}
  const sticky = enabled ? `, sticky${durationSeconds === undefined ? '' : ` for ${durationSeconds} s`}` : ''
  return describeTargets(targets) + (targets.length === 0 ? '' : sticky)
}

function describeRedirect({
  protocol = '#{protocol}',
  host = '#{host}',
  port = '#{port}',
  path = '/#{path}',
  query = '#{query}',
  statusCode
}: RedirectConfig): string {
  return `redirect to ${protocol}://${host}:${port}${path}?${query} (${statusCode})`
}

function describeAction(action: Action): string {
  switch (action.type) {
    case 'forward':
      return describeForward(action.forwardConfig!)
    case 'redirect':
      return describeRedirect(action.redirectConfig!)
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

function describeRouting(action: RoutingAction): string {
  switch (action.kind) {
    case 'forward':
      // One target group takes all requests, whatever its weight.
      return describeTargets(
        action.targetGroups.length > 1 ? action.targetGroups : action.targetGroups.map(({ id }) => ({ id }))
      )
    case 'redirect':
      return describeRedirect(action.redirect)
    case 'fixed-response':
      return `answer ${action.fixedResponse.statusCode}`
  }
}

/** What a load balancer does with a rule's requests, in fewer words than {@link describeActions}: its trace has the rest. */
export function describeRule({ action: { preRouting, routing } }: Rule): string {
  return `${preRouting ? `${preRouting.kind}, then ` : ''}${describeRouting(routing)}`
}
