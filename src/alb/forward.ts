/**
 * The forward action: chooses target group and target, and hands the request over.
 *
 * @module
 */

import type { ForwardAction, WeightedTargetGroup } from './action.ts'
import { isGRPC } from './answer.ts'
import { certificateHeaders, sessionHeaders } from './client-certificate.ts'
import type { ListenerConfiguration } from './configuration.ts'
import type { Exchange } from './exchange.ts'
import { forwardedHeaders } from './forwarded-headers.ts'
import { firstValueOf, type HeaderList } from './header-list.ts'
import { type OwnResponse, ownPage } from './page.ts'
import type { Pipeline } from './pipeline.ts'
import { proxy } from './proxy.ts'
import { hostName, parseTarget, type RequestHead } from './request.ts'
import type { RequestRecord } from './request-record.ts'
import type { Rule } from './rule.ts'
import { applicationCookies, cookiePair, cookiesOf, pairValue, setsCookie, targetKey } from './stickiness.ts'
import type { RegisteredTarget, TargetGroup, TargetGroupConfiguration } from './target-group.ts'
import { selectTargetGroup } from './target-group-selection.ts'
import { passableTrailers } from './trailers.ts'
import { TransformError } from './transform.ts'
import { isWebSocketUpgrade } from './websocket.ts'

export interface ForwardContext {
  listener: ListenerConfiguration
  rule: Rule
  action: ForwardAction
  pipeline: Pipeline
  record: RequestRecord
  /** Headers that authentication adds for the target. */
  identity: HeaderList
  /** Cookies of authentication for the client. */
  cookies: HeaderList
}

/**
 * Forwards a request. Returns the answer in the target's place where there is none to ask; `answerOwn` gives it when
 * the target fails later.
 */
export function forward(
  exchange: Exchange,
  head: RequestHead,
  context: ForwardContext,
  answerOwn: (own: OwnResponse) => void
): OwnResponse | undefined {
  const { action, pipeline, record, rule, listener } = context
  const cookies = cookiesOf(head.headers)
  const chosen = heldTargetGroup(context, cookies) ?? selectTargetGroup(action.targetGroups, pipeline.random())
  const group = chosen && pipeline.targetGroup(chosen.id)
  if (!group) return ownPage(503, 'all target groups of the action have the weight 0')
  record.targetGroup = group
  if (!takesProtocol(exchange, group.configuration)) {
    return ownPage(
      464,
      `the target group speaks ${group.configuration.protocolVersion}, which the request does not fit`
    )
  }
  const transformed = transform(head, rule, record)
  if (!transformed) return ownPage(500, record.cause ?? 'a transform failed')
  const sticky = heldTarget(group, context, cookies)
  const target = group.choose(sticky)
  if (!target) return ownPage(503, 'the target group has no registered targets')
  record.target = target
  record.unhealthyRouting = group.routesToUnhealthy
  proxy(exchange, {
    listener,
    pipeline,
    record,
    target,
    answerOwn,
    request: {
      method: head.method,
      path: sendablePath(transformed.uri),
      headers: headersToTarget(exchange, head, context, transformed.host),
      body: () => exchange.body,
      bodyLength: exchange.bodyLength,
      trailers: () => passableTrailers(exchange.requestTrailers),
      ...(isWebSocketUpgrade(head) ? { upgrade: 'websocket' } : {}),
      closeAfterwards: exchange.classification?.tier === 'Ambiguous'
    },
    cookies: responseHeaders => [
      ...context.cookies,
      ...stickinessCookies(responseHeaders, target, group, context, cookies)
    ]
  })
  return undefined
}

/** Spaces and control characters, which some clients leave as they are, would end the request line at the target. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped
export const sendablePath = (path: string): string => path.replace(/[\x00-\x20\x7f]/g, encodeURIComponent)

/** Whether a target group's protocol version can carry a request: otherwise 464. (User guide: "Protocol version".) */
export function takesProtocol(
  exchange: Pick<Exchange, 'head'>,
  { protocolVersion }: Pick<TargetGroupConfiguration, 'protocolVersion'>
): boolean {
  const { version, method } = exchange.head
  const grpc = isGRPC(exchange)
  if (protocolVersion === 'HTTP1') return !grpc
  if (version !== '2.0') return false
  return protocolVersion === 'HTTP2' || grpc || method === 'POST'
}

/** Path and Host after the rule's transforms; undefined where one matched and failed. */
export function transform(
  head: RequestHead,
  rule: Pick<Rule, 'transforms'>,
  record: Pick<RequestRecord, 'cause' | 'transformed'>
): { uri: string; host?: string } | undefined {
  const { path, query, authority } = parseTarget(head.target)
  const result: { uri: string; host?: string } = { uri: query === undefined ? path : `${path}?${query}` }
  if (rule.transforms.length === 0) return result
  try {
    for (const { type, rewrite } of rule.transforms) {
      if (type === 'url-rewrite') result.uri = rewrite(result.uri) ?? result.uri
      else {
        const host = rewrite(hostName(authority ?? firstValueOf(head.headers, 'host') ?? ''))
        if (host !== undefined) result.host = host
      }
    }
  } catch (error) {
    if (!(error instanceof TransformError)) throw error
    record.cause = error.message
    record.transformed = { status: 'TransformFailed' }
    return undefined
  }
  record.transformed = {
    uri: result.uri,
    ...(result.host === undefined ? {} : { host: result.host }),
    status: 'TransformSuccess'
  }
  return result
}

function headersToTarget(
  exchange: Exchange,
  head: RequestHead,
  { listener, pipeline, record, identity }: ForwardContext,
  rewrittenHost: string | undefined
): HeaderList {
  const { attributes } = pipeline.configuration
  const { tls } = exchange.client
  const names = listener.attributes.headerNames
  return forwardedHeaders(head, {
    attributes,
    listener,
    client: exchange.client,
    traceID: record.traceID ?? '',
    dnsName: pipeline.dnsName,
    ...(rewrittenHost === undefined ? {} : { rewrittenHost }),
    isGRPC: isGRPC(exchange),
    extra: [
      ...(tls && attributes.tlsHeaders ? sessionHeaders(tls, names) : []),
      ...(tls ? certificateHeaders(tls, listener.mutualAuthentication?.mode, names) : []),
      ...identity
    ]
  })
}

/** The target group that the client's cookie names, as long as the action still has it with a weight. */
function heldTargetGroup(
  { action, pipeline, record }: ForwardContext,
  cookies: ReadonlyMap<string, string>
): WeightedTargetGroup | undefined {
  const value = action.stickinessSeconds === undefined ? undefined : pairValue(cookies, 'AWSALBTG')
  if (value === undefined) return undefined
  const held = pipeline.seal.open(value, pipeline.clock.now())
  if (!held) record.errorReason = 'AWSALBTGCookieInvalid'
  return held && action.targetGroups.find(({ id, weight }) => weight > 0 && held.isGroup(id))
}

/** Weighted target groups take no application cookies. */
const takesApplicationCookie = ({ action }: ForwardContext): boolean => action.targetGroups.length === 1

function heldTarget(
  group: TargetGroup,
  context: ForwardContext,
  cookies: ReadonlyMap<string, string>
): ((target: RegisteredTarget['target']) => boolean) | undefined {
  const { stickiness } = group.configuration.attributes
  if (!stickiness) return undefined
  if (stickiness.kind === 'app_cookie' && !(takesApplicationCookie(context) && cookies.has(stickiness.name))) {
    return undefined
  }
  const value = stickiness.kind === 'lb_cookie' ? pairValue(cookies, 'AWSALB') : cookies.get('AWSALBAPP-0')
  const held = value === undefined ? undefined : context.pipeline.seal.open(value, context.pipeline.clock.now())
  return held?.isGroup(group.configuration.id) ? held.isTarget : undefined
}

/** The cookies for an answer of the target: anew with each, so that their time slides. */
function stickinessCookies(
  responseHeaders: HeaderList,
  { target }: RegisteredTarget,
  group: TargetGroup,
  context: ForwardContext,
  cookies: ReadonlyMap<string, string>
): HeaderList {
  const { action, pipeline } = context
  const { id, attributes } = group.configuration
  const now = pipeline.clock.now()
  const list: HeaderList = []
  if (action.stickinessSeconds !== undefined) {
    const value = pipeline.seal.seal({ targetGroup: id }, now + action.stickinessSeconds * 1000)
    list.push(...cookiePair('AWSALBTG', value, now))
  }
  const { stickiness } = attributes
  if (!stickiness) return list
  const seal = (): string =>
    pipeline.seal.seal({ targetGroup: id, target: targetKey(target) }, now + stickiness.duration)
  if (stickiness.kind === 'lb_cookie') list.push(...cookiePair('AWSALB', seal(), now))
  else if (
    takesApplicationCookie(context) &&
    (setsCookie(responseHeaders, stickiness.name) || movedOn(group, target, context, cookies))
  ) {
    list.push(...applicationCookies(seal(), now))
  }
  return list
}

/** Whether the client belonged to another target, which did not take the request. */
function movedOn(
  group: TargetGroup,
  target: RegisteredTarget['target'],
  context: ForwardContext,
  cookies: ReadonlyMap<string, string>
): boolean {
  const isHeld = heldTarget(group, context, cookies)
  return isHeld !== undefined && !isHeld(target)
}
