/**
 * The forward action: chooses target group and target, and hands the request over.
 *
 * @module
 */

import type { ForwardAction, WeightedTargetGroup } from '../../elbv2/index.ts'
import {
  type HeaderList,
  handOver,
  headersForTarget,
  type OwnResponse,
  selectTargetGroup,
  targetlessAnswer,
  weightlessAnswer
} from '../../elbv2/index.ts'
import type { ClientTLS } from '../client/exchange.ts'
import { requestTrailers } from '../message/trailers.ts'
import type { RegisteredTarget } from '../target-group/registered-target.ts'
import {
  applicationCookies,
  cookiePair,
  cookiesOf,
  pairValue,
  setsCookie,
  targetKey
} from '../target-group/stickiness.ts'
import type { TargetGroup } from '../target-group/target-group.ts'
import { certificateHeaders, sessionHeaders } from '../tls/client-certificate.ts'
import type { TargetRequest } from '../transport/transport.ts'
import { proxy } from './proxy.ts'
import type { RoutedRequest } from './request-context.ts'
import { isWebSocketUpgrade } from './websocket.ts'

/** Forwards a request. Returns the answer in the target's place where there is none to ask. */
export function forward(context: RoutedRequest, action: ForwardAction): OwnResponse | undefined {
  const { exchange, head, host, record, rule } = context
  const sticky = new Sticky(context, action)
  const chosen = heldTargetGroup(sticky) ?? selectTargetGroup(action.targetGroups, host.random())
  const group = chosen && host.targetGroup(chosen.id)
  if (!group) {
    return weightlessAnswer()
  }
  record.targetGroup = group
  const { kind } = host.configuration
  const handover = handOver(group.configuration, head, rule, kind)
  if (handover.transformed) {
    record.transformed = handover.transformed
  }
  if ('own' in handover) {
    return handover.own
  }
  const target = group.choose(heldTarget(group, sticky))
  if (!target) {
    return targetlessAnswer()
  }
  record.target = target
  record.unhealthyRouting = group.routesToUnhealthy
  const request: TargetRequest = {
    method: head.method,
    path: handover.path,
    headers: headersToTarget(context, handover.host),
    body: () => exchange.body,
    bodyLength: exchange.bodyLength,
    trailers: () => requestTrailers(exchange.requestTrailers, ownNames(context)),
    upgrade: kind === 'application' && isWebSocketUpgrade(head) ? 'websocket' : undefined,
    proxyHeader: host.proxyHeader?.(exchange.client, context.listener),
    closeAfterwards: exchange.classification?.tier === 'Ambiguous'
  }
  proxy(context, {
    target,
    request,
    cookies: responseHeaders => context.cookies.concat(stickinessCookies(responseHeaders, target, group, sticky))
  })
  return undefined
}

/** The listener may give the load balancer's headers other names. */
function ownNames({ listener }: RoutedRequest): ReadonlySet<string> {
  return new Set(Object.values(listener.attributes.headerNames).map(name => name.toLowerCase()))
}

function headersToTarget(context: RoutedRequest, rewrittenHost: string | undefined): HeaderList {
  const { exchange, head, listener, host, record, identity } = context
  const { tls } = exchange.client
  return headersForTarget(head, listener, host, {
    client: exchange.client,
    traceID: record.traceID ?? '',
    rewrittenHost,
    extra: tls ? [...tlsHeaders(tls, context), ...identity] : identity
  })
}

/** Headers on the TLS session and on the client's certificate. */
function tlsHeaders(tls: ClientTLS, { listener, host }: RoutedRequest): HeaderList {
  const names = listener.attributes.headerNames
  return [
    ...(host.configuration.attributes.tlsHeaders ? sessionHeaders(tls, names) : []),
    ...certificateHeaders(tls, listener.mutualAuthentication?.mode, names)
  ]
}

/** What keeps a client with its target group and target. */
class Sticky {
  readonly context: RoutedRequest
  readonly action: ForwardAction
  #cookies: ReadonlyMap<string, string> | undefined

  constructor(context: RoutedRequest, action: ForwardAction) {
    this.context = context
    this.action = action
  }

  /** Those of the request; read when they are first asked for, which few target groups do. */
  get cookies(): ReadonlyMap<string, string> {
    this.#cookies ??= cookiesOf(this.context.head.headers)
    return this.#cookies
  }
}

/** The target group that the client's cookie names, as long as the action still has it with a weight. */
function heldTargetGroup(sticky: Sticky): WeightedTargetGroup | undefined {
  const { action } = sticky
  const { host, record } = sticky.context
  const value = action.stickinessSeconds === undefined ? undefined : pairValue(sticky.cookies, 'AWSALBTG')
  if (value === undefined) {
    return undefined
  }
  const held = host.seal.open(value, host.clock.now())
  if (!held) {
    record.errorReason = 'AWSALBTGCookieInvalid'
  }
  return held && action.targetGroups.find(({ id, weight }) => weight > 0 && held.isGroup(id))
}

/** Weighted target groups take no application cookies. */
function takesApplicationCookie({ action }: Sticky): boolean {
  return action.targetGroups.length === 1
}

function heldTarget(group: TargetGroup, sticky: Sticky): ((target: RegisteredTarget['target']) => boolean) | undefined {
  const { stickiness } = group.configuration.attributes
  if (!stickiness) {
    return undefined
  }
  const { cookies, context } = sticky
  if (stickiness.kind === 'app_cookie' && !(takesApplicationCookie(sticky) && cookies.has(stickiness.name))) {
    return undefined
  }
  const value = stickiness.kind === 'lb_cookie' ? pairValue(cookies, 'AWSALB') : cookies.get('AWSALBAPP-0')
  const held = value === undefined ? undefined : context.host.seal.open(value, context.host.clock.now())
  return held?.isGroup(group.configuration.id) ? held.isTarget : undefined
}

/** The cookies for an answer of the target: anew with each, so that their time slides. */
function stickinessCookies(
  responseHeaders: HeaderList,
  { target }: RegisteredTarget,
  group: TargetGroup,
  sticky: Sticky
): HeaderList {
  const { action } = sticky
  const { id, attributes } = group.configuration
  const list: HeaderList = []
  if (action.stickinessSeconds === undefined && !attributes.stickiness) {
    return list
  }
  const { seal, clock } = sticky.context.host
  const now = clock.now()
  if (action.stickinessSeconds !== undefined) {
    const value = seal.seal({ targetGroup: id }, now + action.stickinessSeconds * 1000)
    list.push(...cookiePair('AWSALBTG', value, now))
  }
  const { stickiness } = attributes
  if (!stickiness) {
    return list
  }
  const held = { targetGroup: id, target: targetKey(target) }
  const until = now + stickiness.duration
  if (stickiness.kind === 'lb_cookie') {
    list.push(...cookiePair('AWSALB', seal.seal(held, until), now))
  } else if (
    takesApplicationCookie(sticky) &&
    (setsCookie(responseHeaders, stickiness.name) || movedOn(group, target, sticky))
  ) {
    list.push(...applicationCookies(seal.seal(held, until), now))
  }
  return list
}

/** Whether the client belonged to another target, which did not take the request. */
function movedOn(group: TargetGroup, target: RegisteredTarget['target'], sticky: Sticky): boolean {
  const isHeld = heldTarget(group, sticky)
  return isHeld !== undefined && !isHeld(target)
}
