import { STATUS_CODES } from 'node:http'
import type {
  Action as ActionSpec,
  AuthenticateCognitoConfig,
  AuthenticateOIDCConfig,
  FixedResponseConfig,
  ForwardConfig,
  JwtValidationConfig,
  RedirectConfig,
  Token
} from '../model/index.ts'
import { referencedID } from '../model/index.ts'
import { ownEntry } from '../own-entry.ts'
import { type OwnResponse, ownPage, reasons } from './page.ts'
import { RefusedError } from './refused-error.ts'
import { hostName, parseTarget } from './request.ts'

/** A target group among those of a forward action. */
export interface WeightedTargetGroup {
  /** Resource ID in the stack, or the literal ARN. */
  id: string
  /** 0 to 999; a target group of weight 0 gets no requests. */
  weight: number
}

export interface ForwardAction {
  kind: 'forward'
  targetGroups: WeightedTargetGroup[]
  /** Seconds for which a client stays with its target group; absent without target group stickiness. */
  stickinessSeconds?: number
}

/** What answers a request. */
export type RoutingAction =
  | ForwardAction
  | { kind: 'redirect'; redirect: RedirectConfig }
  | { kind: 'fixed-response'; fixedResponse: FixedResponseConfig }

/** What a request has to pass before the routing action. */
export type PreRoutingAction =
  | { kind: 'authenticate-oidc'; oidc: AuthenticateOIDCConfig }
  | { kind: 'authenticate-cognito'; cognito: AuthenticateCognitoConfig }
  | { kind: 'jwt-validation'; jwt: JwtValidationConfig }

/** The actions of one rule. */
export interface Action {
  preRouting?: PreRoutingAction
  routing: RoutingAction
}

/** Weight of a target group that names none. (API: TargetGroupTuple.) */
const defaultWeight = 1

/** How a target group is called here: its resource ID, or its ARN where it is not of the stack. */
function targetGroupID(token: Token): string {
  return referencedID(token) ?? (token as string)
}

/**
 * Compiles the actions of a rule, in their order.
 *
 * @throws {RefusedError} unless exactly one action routes, and it is the last.
 */
export function compileAction(specs: readonly ActionSpec[]): Action {
  const ordered = specs
    .map((spec, index) => ({ spec, order: spec.order ?? index + 1 }))
    .sort((a, b) => a.order - b.order)
    .map(({ spec }) => spec)
  const last = ordered.at(-1)
  const routing = last && routingAction(last)
  if (!routing || ordered.length > 2) {
    throw new RefusedError('the last action of a rule has to be its one forward, redirect or fixed-response action')
  }
  if (ordered.length === 1) {
    return { routing }
  }
  const preRouting = preRoutingAction(ordered[0]!)
  if (!preRouting) {
    throw new RefusedError('only one forward, redirect or fixed-response action is possible in a rule')
  }
  return { preRouting, routing }
}

function routingAction(spec: ActionSpec): RoutingAction | undefined {
  if (spec.forwardConfig) {
    return forwardAction(spec.forwardConfig)
  }
  if (spec.redirectConfig) {
    return { kind: 'redirect', redirect: checkedRedirect(spec.redirectConfig) }
  }
  if (spec.fixedResponseConfig) {
    return { kind: 'fixed-response', fixedResponse: spec.fixedResponseConfig }
  }
  return undefined
}

function preRoutingAction(spec: ActionSpec): PreRoutingAction | undefined {
  if (spec.authenticateOIDCConfig) {
    return { kind: 'authenticate-oidc', oidc: spec.authenticateOIDCConfig }
  }
  if (spec.authenticateCognitoConfig) {
    return { kind: 'authenticate-cognito', cognito: spec.authenticateCognitoConfig }
  }
  if (spec.jwtValidationConfig) {
    return { kind: 'jwt-validation', jwt: spec.jwtValidationConfig }
  }
  return undefined
}

function forwardAction({ targetGroups, targetGroupStickinessConfig: stickiness }: ForwardConfig): ForwardAction {
  return {
    kind: 'forward',
    targetGroups: (targetGroups ?? []).map(({ targetGroupARN, weight }) => ({
      id: targetGroupID(targetGroupARN),
      weight: weight ?? defaultWeight
    })),
    ...(stickiness?.enabled ? { stickinessSeconds: stickiness.durationSeconds ?? 3600 } : {})
  }
}

function checkedRedirect(redirect: RedirectConfig): RedirectConfig {
  const { protocol, host, port, path } = withDefaults(redirect)
  if (protocol === '#{protocol}' && host === '#{host}' && port === '#{port}' && path === '/#{path}') {
    throw new RefusedError('a redirect has to change the protocol, the host, the port or the path')
  }
  return redirect
}

function withDefaults(redirect: RedirectConfig): Required<Omit<RedirectConfig, 'statusCode'>> {
  return {
    protocol: redirect.protocol ?? '#{protocol}',
    host: redirect.host ?? '#{host}',
    port: redirect.port ?? '#{port}',
    path: redirect.path ?? '/#{path}',
    query: redirect.query ?? '#{query}'
  }
}

/** What the placeholders of a redirect stand for. */
export interface RedirectSource {
  protocol: 'http' | 'https'
  /** Port of the listener. */
  port: number
  /** The Host header, or the authority of an absolute request target. */
  host: string
  /** The request target as sent. */
  target: string
}

/** Longest Location that the load balancer sends, in characters; AWS gives no number for its 507 (docs/unverified.md). */
const longestLocation = 16 * 1024

/** The answer of a redirect action. */
export function redirectResponse(redirect: RedirectConfig, source: RedirectSource): OwnResponse {
  const location = redirectLocation(redirect, source)
  if (location.length > longestLocation) {
    return ownPage(507, 'the redirect URL is too long')
  }
  return ownPage(redirect.statusCode === 'HTTP_302' ? 302 : 301, undefined, { headers: [['Location', location]] })
}

/** The Location of a redirect: always with a port, as AWS writes it, and no `?` without a query. */
export function redirectLocation(redirect: RedirectConfig, source: RedirectSource): string {
  const { path, query } = parseTarget(source.target)
  const values: Record<string, string> = {
    protocol: source.protocol,
    host: hostName(source.host),
    port: String(source.port),
    // AWS's `#{path}` comes without the leading slash, so that `/#{path}` is the path itself.
    path: path.replace(/^\//, ''),
    query: query ?? ''
  }
  function fill(template: string): string {
    return template.replace(/#\{(\w+)\}/g, (all, name: string) => ownEntry(values, name) ?? all)
  }
  const parts = withDefaults(redirect)
  const filledQuery = fill(parts.query)
  const base = `${fill(parts.protocol).toLowerCase()}://${fill(parts.host)}:${fill(parts.port)}${fill(parts.path)}`
  const location = filledQuery === '' ? base : `${base}?${filledQuery}`
  // Some clients leave spaces and control characters as they are; no header carries the latter.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped
  return location.replace(/[\x00-\x20\x7f]/g, encodeURIComponent)
}

/** Types to which the load balancer adds the character set of the body. Captured for text/plain, assumed for the others. */
const withCharset = new Set(['text/plain', 'text/css', 'text/html', 'application/javascript', 'application/json'])

/** The answer of a fixed-response action. A configuration without a content type gives text/plain. */
export function fixedResponse(config: FixedResponseConfig): OwnResponse {
  const status = Number(config.statusCode)
  const type = config.contentType || 'text/plain'
  return {
    status,
    reason: reasons[status] ?? STATUS_CODES[status] ?? '',
    contentType: withCharset.has(type) ? `${type}; charset=utf-8` : type,
    body: config.messageBody ?? '',
    headers: []
  }
}
