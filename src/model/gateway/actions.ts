import type { HTTPRouteFilter, ListenerRuleAction } from '../../resources/index.ts'
import { ModelError, nilDereference } from '../model-error.ts'
import type { Action, TargetGroupTuple } from '../stack/stack.ts'
import type { AnyRoute } from './objects.ts'
import type { LoadedRule } from './route/load-routes.ts'

/** What an ALB's listener answers where no rule matches (LBC: buildL7ListenerDefaultActions). */
export const defaultAction: Action = {
  type: 'fixed-response',
  fixedResponseConfig: { contentType: 'text/plain', statusCode: '404' }
}

/** What a rule without any backend answers (LBC: buildL7ListenerNoBackendActions). */
const noBackend: Action = {
  type: 'fixed-response',
  fixedResponseConfig: { contentType: 'text/plain', statusCode: '500' }
}

const routing: readonly string[] = ['forward', 'fixed-response', 'redirect']
const portsOfSchemes: Record<string, string> = { HTTP: '80', HTTPS: '443' }

function refuseWildcards(field: string, text: string): void {
  if (/[*?]/.test(text)) {
    throw new ModelError(`${field} shouldn't contain wildcards: ${text}`)
  }
}

/** LBC: buildHttpRedirectAction. The query is the ListenerRuleConfiguration's. @throws ModelError */
function buildRedirect(redirect: HTTPRouteFilter['requestRedirect'], query: string | undefined): Action {
  if (!redirect) {
    throw nilDereference()
  }
  const { statusCode, port, scheme, path, hostname } = redirect
  const protocol = scheme?.toUpperCase()
  if (protocol !== undefined && !Object.hasOwn(portsOfSchemes, protocol)) {
    throw new ModelError(`unsupported redirect scheme: ${protocol}`)
  }
  const target = port === undefined ? protocol && portsOfSchemes[protocol] : String(port)
  const { replaceFullPath, replacePrefixMatch } = path ?? {}
  if (replaceFullPath !== undefined) {
    refuseWildcards('ReplaceFullPath', replaceFullPath)
  } else if (replacePrefixMatch !== undefined) {
    // The path is a transform beside the redirect.
    refuseWildcards('ReplacePrefixMatch', replacePrefixMatch)
  }
  return {
    type: 'redirect',
    redirectConfig: {
      ...(hostname !== undefined && { host: hostname }),
      ...(replaceFullPath !== undefined && { path: replaceFullPath }),
      ...(target !== undefined && { port: target }),
      ...(protocol !== undefined && { protocol }),
      ...(query !== undefined && { query }),
      statusCode: statusCode === undefined ? '' : `HTTP_${statusCode}`
    }
  }
}

/** The first redirect among a rule's filters; what stands behind it is not seen (LBC: buildHttpRuleRedirectActionsBasedOnFilter). */
function redirectOf(filters: HTTPRouteFilter[], action: ListenerRuleAction | undefined): Action | undefined {
  const config = action?.redirectConfig
  if (filters.length === 1 && filters[0]!.type === 'ExtensionRef' && config) {
    throw new ModelError(
      'HTTPRouteFilterRequestRedirect must be provided if RedirectActionConfig in ListenerRuleConfiguration is provided'
    )
  }
  for (const { type, requestRedirect } of filters) {
    if (type === 'RequestRedirect') {
      return buildRedirect(requestRedirect, config?.query)
    }
    if (type !== 'ExtensionRef' && type !== 'URLRewrite') {
      throw new ModelError(
        `Unsupported filter type: ${type ?? ''}. Only request redirect is supported. To specify header modification, please configure it through LoadBalancerConfiguration.`
      )
    }
  }
  return undefined
}

/** LBC: buildL7ListenerForwardActions; undefined where all weights are 0, or nothing is left. */
function forwardTo(targetGroups: TargetGroupTuple[], action: ListenerRuleAction | undefined): Action | undefined {
  if (!targetGroups.some(({ weight }) => weight !== 0)) {
    return undefined
  }
  const config = action?.forwardConfig
  if (!config) {
    return { type: 'forward', forwardConfig: { targetGroups } }
  }
  const { enabled, durationSeconds } = config.targetGroupStickinessConfig ?? {}
  if (enabled === undefined || durationSeconds === undefined) {
    throw nilDereference()
  }
  return {
    type: 'forward',
    forwardConfig: { targetGroups, targetGroupStickinessConfig: { enabled, durationSeconds } }
  }
}

function fixedResponse(config: ListenerRuleAction['fixedResponseConfig']): Action {
  if (!config) {
    throw nilDereference()
  }
  const { contentType, statusCode, messageBody } = config
  return {
    type: 'fixed-response',
    fixedResponseConfig: {
      ...(contentType !== undefined && { contentType }),
      ...(messageBody !== undefined && { messageBody }),
      statusCode: String(statusCode)
    }
  }
}

/**
 * The routing action of a rule (LBC: BuildRuleRoutingAction): the configuration's fixed response, else a redirect, else the
 * backends, else 500.
 *
 * @throws ModelError
 */
export function buildRoutingAction(
  { kind }: AnyRoute,
  { rule, configuration }: LoadedRule,
  targetGroups: TargetGroupTuple[]
): Action {
  const action = configuration?.spec?.actions?.find(({ type }) => routing.includes(type))
  if (action?.type === 'fixed-response') {
    return fixedResponse(action.fixedResponseConfig)
  }
  const forward = forwardTo(targetGroups, action)
  const filters = rule.filters ?? []
  if (kind === 'HTTPRoute') {
    return redirectOf(filters, action) ?? forward ?? noBackend
  }
  const unsupported = filters.find(({ type }) => type !== 'ExtensionRef')
  if (unsupported) {
    throw new ModelError(
      `Unsupported filter type: ${unsupported.type ?? ''}. To specify header modification, please configure it through LoadBalancerConfiguration.`
    )
  }
  return forward ?? noBackend
}
