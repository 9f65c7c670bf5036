import type { HTTPRouteFilter, ListenerRuleAction } from '../../resources/index.ts'
import type { Action, ListenerRuleSpec, RedirectConfig, Transform } from '../stack/stack.ts'
import { WithoutEquivalent } from './matches.ts'

const takenHost = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** A redirect as an HTTPRoute says it: what is the same before and after is left out. @throws WithoutEquivalent */
function redirectFilter({
  host = '#{host}',
  path = '/#{path}',
  port = '#{port}',
  protocol = '#{protocol}',
  statusCode
}: RedirectConfig): HTTPRouteFilter {
  if (host !== '#{host}' && !takenHost.test(host)) {
    throw new WithoutEquivalent(`a route redirects to a host name, and not to ${host}`)
  }
  if (/[*?]/.test(path)) {
    throw new WithoutEquivalent(`a route redirects to no path with wildcards: ${path}`)
  }
  if (protocol !== '#{protocol}' && port === '#{port}') {
    throw new WithoutEquivalent(
      `a route that redirects to ${protocol} without a port sends to 80 or 443, and not to the port of the request`
    )
  }
  if (port !== '#{port}' && !/^\d+$/.test(port)) {
    throw new WithoutEquivalent(`a route redirects to a port in digits, and not to ${port}`)
  }
  return {
    type: 'RequestRedirect',
    requestRedirect: {
      ...(protocol !== '#{protocol}' && { scheme: protocol.toLowerCase() }),
      ...(host !== '#{host}' && { hostname: host }),
      ...(port !== '#{port}' && { port: Number(port) }),
      ...(path !== '/#{path}' && { path: { type: 'ReplaceFullPath', replaceFullPath: path } }),
      statusCode: Number(statusCode.replace('HTTP_', ''))
    }
  }
}

/** A rewrite as an HTTPRoute says it: the whole host, or the whole path. @throws WithoutEquivalent */
function rewriteFilter(transforms: readonly Transform[]): HTTPRouteFilter[] {
  if (transforms.length === 0) {
    return []
  }
  const urlRewrite: NonNullable<HTTPRouteFilter['urlRewrite']> = {}
  for (const { hostHeaderRewriteConfig, urlRewriteConfig } of transforms) {
    const [rewrite, second] = (hostHeaderRewriteConfig ?? urlRewriteConfig)?.rewrites ?? []
    const isWhole = rewrite && !second && rewrite.regex === (hostHeaderRewriteConfig ? '.*' : '^([^?]*)')
    if (!isWhole || rewrite.replace.includes('$') || (hostHeaderRewriteConfig && !takenHost.test(rewrite.replace))) {
      throw new WithoutEquivalent(
        `a route rewrites the whole host or path, and not what ${rewrite?.regex ?? 'nothing'} matches`
      )
    }
    if (hostHeaderRewriteConfig) {
      urlRewrite.hostname = rewrite.replace
    } else {
      urlRewrite.path = { type: 'ReplaceFullPath', replaceFullPath: rewrite.replace }
    }
  }
  return [{ type: 'URLRewrite', urlRewrite }]
}

/** The filters of a rule, but for its configuration. @throws WithoutEquivalent */
export function filtersOf({ actions, transforms = [] }: ListenerRuleSpec): HTTPRouteFilter[] {
  const redirect = actions.find(({ type }) => type === 'redirect')?.redirectConfig
  if (redirect && transforms.length > 0) {
    throw new WithoutEquivalent('a route that redirects rewrites nothing')
  }
  return redirect ? [redirectFilter(redirect)] : rewriteFilter(transforms)
}

/** An action as a ListenerRuleConfiguration says it; undefined where the route says it all. */
function configuredAction(action: Action, secretName: string | undefined): ListenerRuleAction | undefined {
  const { authenticateOIDCConfig, authenticateCognitoConfig, redirectConfig, fixedResponseConfig, forwardConfig } =
    action
  if (authenticateOIDCConfig) {
    const { clientID: _, clientSecret: __, ...client } = authenticateOIDCConfig
    if (secretName === undefined) {
      throw new WithoutEquivalent('the Secret with the OIDC client is not told by an annotation auth-idp-oidc')
    }
    return { type: action.type, authenticateOIDCConfig: { ...client, secret: { name: secretName } } }
  }
  if (authenticateCognitoConfig) {
    const { userPoolARN, userPoolClientID, userPoolDomain, ...session } = authenticateCognitoConfig
    const pool = { userPoolArn: userPoolARN, userPoolClientId: userPoolClientID, userPoolDomain }
    return { type: action.type, authenticateCognitoConfig: { ...pool, ...session } }
  }
  if (action.jwtValidationConfig) {
    return { type: action.type, jwtValidationConfig: action.jwtValidationConfig }
  }
  if (fixedResponseConfig) {
    const { statusCode, ...rest } = fixedResponseConfig
    return { type: action.type, fixedResponseConfig: { statusCode: Number(statusCode), ...rest } }
  }
  const query = redirectConfig?.query
  if (query !== undefined && query !== '#{query}') {
    return { type: action.type, redirectConfig: { query } }
  }
  const { enabled, durationSeconds } = forwardConfig?.targetGroupStickinessConfig ?? {}
  return enabled
    ? {
        type: action.type,
        forwardConfig: {
          targetGroupStickinessConfig: { enabled, ...(durationSeconds !== undefined && { durationSeconds }) }
        }
      }
    : undefined
}

/** The spec of a rule's ListenerRuleConfiguration; undefined where it needs none. @throws WithoutEquivalent */
export function configurationOf({ conditions, actions, tags }: ListenerRuleSpec, secretName: string | undefined) {
  const configured = actions.flatMap(action => configuredAction(action, secretName) ?? [])
  const sources = conditions.flatMap(({ sourceIPConfig }) =>
    sourceIPConfig ? [{ field: 'source-ip', sourceIPConfig: { values: sourceIPConfig.values } }] : []
  )
  const spec = {
    ...(configured.length > 0 && { actions: configured }),
    ...(sources.length > 0 && { conditions: sources }),
    ...(tags && Object.keys(tags).length > 0 && { tags })
  }
  return Object.keys(spec).length > 0 ? spec : undefined
}
