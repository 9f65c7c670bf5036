/**
 * What a listener does with a request, decided by its head alone. Serving and tracing both ask here, so that what is predicted is
 * what happens.
 *
 * @module
 */

import { type ForwardAction, fixedResponse, type RoutingAction, redirectResponse } from './action.ts'
import { classicPage } from './classic/page.ts'
import { classicRefusalOf } from './classic/refusal.ts'
import type { Configuration, ListenerConfiguration, RequestKind } from './configuration.ts'
import { type ForwardContext, forwardedHeaders } from './forwarded-headers.ts'
import { firstValueOf, type HeaderList } from './header-list.ts'
import { type OwnResponse, ownPage } from './page.ts'
import { refusalOf } from './refusal.ts'
import { hostName, isGRPC, parseTarget, type RequestHead, requestFacts } from './request.ts'
import { matchRule, type Rule } from './rule.ts'
import type { TargetGroupConfiguration } from './target-group.ts'
import { TransformError } from './transform.ts'

/** The load balancer that decides. */
export interface Decider {
  readonly configuration: Configuration
  readonly dnsName: string
}

/** The load balancer's own answer, or the rule that takes the request, with the head as rules and targets see it. */
export type Decision = { own: OwnResponse } | { head: RequestHead; rule: Rule }

/**
 * Decides which rule of a listener takes a request.
 *
 * @param client address that the connection comes from.
 */
export function decide(decider: Decider, listener: ListenerConfiguration, head: RequestHead, client: string): Decision {
  const refused = decider.configuration.kind === 'classic' ? classicRefusalOf(head) : refusalOf(head)
  if (refused) {
    return { own: refused }
  }
  const seen = admitted(head, decider)
  return { head: seen, rule: matchRule(listener.rules, requestFacts(seen, client)) }
}

/** The answer of a rule that redirects or answers by itself. */
export function answerOfAction(
  action: Exclude<RoutingAction, ForwardAction>,
  head: RequestHead,
  { protocol, port }: ListenerConfiguration,
  { dnsName }: Pick<Decider, 'dnsName'>
): OwnResponse {
  if (action.kind === 'fixed-response') {
    return fixedResponse(action.fixedResponse)
  }
  return redirectResponse(action.redirect, {
    protocol: protocol === 'HTTPS' ? 'https' : 'http',
    port,
    host: parseTarget(head.target).authority ?? firstValueOf(head.headers, 'host') ?? dnsName,
    target: head.target
  })
}

/** An answer of the load balancer's own as its kind writes it. */
export function ownAnswer(own: OwnResponse, { configuration: { kind } }: Pick<Decider, 'configuration'>): OwnResponse {
  return kind === 'classic' ? classicPage(own) : own
}

/** The answer of a forward action none of whose target groups has a weight. */
export function weightlessAnswer(): OwnResponse {
  return ownPage(503, 'all target groups of the action have the weight 0')
}

/** The answer where no target of a target group can be asked. */
export function targetlessAnswer(): OwnResponse {
  return ownPage(503, 'the target group has no registered targets that could be asked')
}

/** What the transforms of a rule did, as access logs tell it. */
export interface Transformed {
  host?: string
  uri?: string
  status: 'TransformSuccess' | 'TransformFailed'
}

/** What becomes of a request on its way to a target group: the load balancer's own answer, or path and Host for the target. */
export type Handover =
  | { own: OwnResponse; transformed?: Transformed }
  | { path: string; host?: string; transformed?: Transformed }

/** Fits a request to a target group: its protocol version has to carry it, and the rule's transforms are made. */
export function handOver(
  group: TargetGroupConfiguration,
  head: RequestHead,
  rule: Pick<Rule, 'transforms'>,
  kind: RequestKind = 'application'
): Handover {
  if (kind === 'application' && !takesProtocol(head, group)) {
    return { own: ownPage(464, `the target group speaks ${group.protocolVersion}, which the request does not fit`) }
  }
  return transform(head, rule)
}

/** The headers that a target gets. */
export function headersForTarget(
  head: RequestHead,
  listener: ListenerConfiguration,
  { configuration, dnsName }: Decider,
  context: Pick<ForwardContext, 'client' | 'traceID' | 'rewrittenHost' | 'extra'>
): HeaderList {
  return forwardedHeaders(head, {
    client: context.client,
    traceID: context.traceID,
    rewrittenHost: context.rewrittenHost,
    extra: context.extra,
    kind: configuration.kind,
    attributes: configuration.attributes,
    listener,
    dnsName,
    isGRPC: isGRPC(head)
  })
}

/**
 * Whether names that break HTTP/2's stricter rule are dropped from its requests even without the attribute. The API
 * says that enabling HTTP/2 validates all requests by that rule, the user guide that HTTP/1's names pass.
 */
const http2DropsInvalidNames = true

/** The head that rules and targets get: names by the attribute's rule, and a Host where an old client sent none. */
function admitted(head: RequestHead, { configuration, dnsName }: Decider): RequestHead {
  const strict = configuration.attributes.dropInvalidHeaders || (http2DropsInvalidNames && head.version === '2.0')
  const headers = strict ? head.headers.filter(([name]) => /^[-A-Za-z0-9]+$/.test(name)) : head.headers
  const hasHost = firstValueOf(headers, 'host') !== undefined || parseTarget(head.target).authority !== undefined
  if (hasHost && !strict) {
    return head
  }
  return { ...head, headers: hasHost ? headers : [['Host', dnsName], ...headers] }
}

/** Whether a target group's protocol version can carry a request: otherwise 464. (User guide: "Protocol version".) */
function takesProtocol(head: RequestHead, { protocolVersion }: TargetGroupConfiguration): boolean {
  if (protocolVersion === 'HTTP1') {
    return !isGRPC(head)
  }
  if (head.version !== '2.0') {
    return false
  }
  return protocolVersion === 'HTTP2' || isGRPC(head) || head.method === 'POST'
}

/** Path and Host after the rule's transforms, or the page where one matched and failed. */
function transform(head: RequestHead, { transforms }: Pick<Rule, 'transforms'>): Handover {
  const { path, query, authority } = parseTarget(head.target)
  let uri = query === undefined ? path : `${path}?${query}`
  if (transforms.length === 0) {
    return { path: sendablePath(uri) }
  }
  let host: string | undefined
  try {
    for (const { type, rewrite } of transforms) {
      if (type === 'url-rewrite') {
        uri = rewrite(uri) ?? uri
      } else {
        host = rewrite(hostName(authority ?? firstValueOf(head.headers, 'host') ?? '')) ?? host
      }
    }
  } catch (error) {
    if (!(error instanceof TransformError)) {
      throw error
    }
    return { own: ownPage(500, error.message), transformed: { status: 'TransformFailed' } }
  }
  const rewritten = host === undefined ? {} : { host }
  return { path: sendablePath(uri), ...rewritten, transformed: { uri, ...rewritten, status: 'TransformSuccess' } }
}

/** Spaces and control characters, which some clients leave as they are, would end the request line at the target. */
function sendablePath(path: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped
  return path.replace(/[\x00-\x20\x7f]/g, encodeURIComponent)
}
