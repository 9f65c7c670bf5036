/**
 * What happens to a request, step by step, in AWS's order.
 *
 * @module
 */

import type { RedirectConfig } from '../model/index.ts'
import { fixedResponse, redirectResponse } from './action.ts'
import { answer } from './answer.ts'
import type { Configuration, ListenerConfiguration } from './configuration.ts'
import type { Clock } from './contract.ts'
import type { Exchange } from './exchange.ts'
import { forward } from './forward.ts'
import { givenTraceID, traceID } from './forwarded-headers.ts'
import { firstValueOf, valuesOf, without } from './header-list.ts'
import { IDENTITY_HEADERS } from './identity-headers.ts'
import { type OwnResponse, ownPage } from './page.ts'
import type { PreRouter } from './pre-router.ts'
import { PASSED, type Passed } from './pre-routing.ts'
import { refusalOf } from './refusal.ts'
import { parseTarget, type RequestHead, requestFacts } from './request.ts'
import type { RequestRecord } from './request-record.ts'
import { matchRule, type Rule } from './rule.ts'
import type { CookieSeal } from './stickiness.ts'
import type { TargetGroup } from './target-group.ts'
import type { WebACL } from './web-acl.ts'

/** What the steps need of the load balancer. */
export interface Pipeline {
  readonly dnsName: string
  readonly clock: Clock
  readonly configuration: Configuration
  readonly seal: CookieSeal
  readonly preRouter: PreRouter
  /** Undefined without one. */
  readonly webACL: WebACL | undefined
  random(): number
  targetGroup(id: string): TargetGroup | undefined
  onConnection(): void
  onTLSFailure(): void
  onFinish(exchange: Exchange, listener: ListenerConfiguration, record: RequestRecord): void
  /** Something of the load balancer's own went wrong: it goes on, and says so. */
  onDefect(error: unknown): void
}

/** What the steps of one request share. */
interface Course {
  exchange: Exchange
  /** As rules and targets see it. */
  head: RequestHead
  listener: ListenerConfiguration
  pipeline: Pipeline
  record: RequestRecord
  answerOwn(own: OwnResponse): void
}

/** The answer, or undefined where a target is going to give it. */
type Outcome = OwnResponse | undefined

/** Serves a request from its head to the last byte of its answer. */
export function serve(exchange: Exchange, listener: ListenerConfiguration, pipeline: Pipeline): void {
  const record = begin(exchange, listener, pipeline)
  const answerOwn = (own: OwnResponse): void => {
    record.status = own.status
    if (own.cause !== undefined) record.cause = own.cause
    answer(exchange, own, listener.attributes, pipeline.clock.now())
  }
  const finish = (own: Outcome): void => {
    if (own && !exchange.aborted) answerOwn(own)
  }
  const fail = (error: unknown): void => {
    // No request may end the process; what went wrong stands in the log.
    record.cause = `internal error: ${(error as Error).stack}`
    if (exchange.responded) exchange.abort()
    else if (!exchange.aborted) answerOwn(ownPage(500, record.cause, { close: true }))
  }
  try {
    const outcome = refusalOf(exchange.head) ?? route(exchange, listener, pipeline, record, answerOwn)
    if (outcome instanceof Promise) outcome.then(finish).catch(fail)
    else finish(outcome)
  } catch (error) {
    fail(error)
  }
}

/** Takes a request through web ACL, rules and actions. Only what has to wait for somebody else gives a promise. */
function route(
  exchange: Exchange,
  listener: ListenerConfiguration,
  pipeline: Pipeline,
  record: RequestRecord,
  answerOwn: (own: OwnResponse) => void
): Outcome | Promise<Outcome> {
  if (valuesOf(exchange.head.headers, 'expect').some(value => value.toLowerCase() === '100-continue')) {
    exchange.inform(100, 'Continue', [])
  }
  const head = admitted(exchange.head, pipeline)
  record.traceID = traceID(givenTraceID(head.headers), record.received)
  const course = { exchange, head, listener, pipeline, record, answerOwn }
  if (!pipeline.webACL) return followRule(course)
  return inspect(course, pipeline.webACL).then(blocked => blocked ?? followRule(course))
}

/** The web ACL's answer, or undefined where it lets the request pass. */
async function inspect({ exchange, pipeline, record }: Course, webACL: WebACL): Promise<OwnResponse | undefined> {
  const { path, query = '' } = parseTarget(exchange.head.target)
  const { method, headers } = exchange.head
  record.actions.push('waf')
  try {
    const request = { method, path, query, headers, sourceAddress: exchange.client.address }
    const verdict = await webACL(request)
    record.webACL = verdict
    if (verdict.action === 'allow') return undefined
    return ownPage(403, `the web ACL blocks the request${verdict.rule === undefined ? '' : `: ${verdict.rule}`}`)
  } catch (error) {
    record.actions = ['waf-failed']
    if (pipeline.configuration.attributes.webACLFailOpen) return undefined
    record.errorReason = 'WAFConnectionError'
    return ownPage(500, `the web ACL failed: ${(error as Error).message}`)
  }
}

/** Finds the rule and does what it says. */
function followRule(course: Course): Outcome | Promise<Outcome> {
  const { exchange, head, listener, pipeline, record } = course
  if (exchange.aborted) return undefined
  const callback = pipeline.preRouter.callback(listener, head)
  const rule = callback?.rule ?? matchRule(listener.rules, requestFacts(head, exchange.client.address))
  record.rule = rule.priority
  const { preRouting } = rule.action
  if (!preRouting) return act(course, rule, PASSED)
  record.actions.push(preRouting.kind === 'jwt-validation' ? preRouting.kind : 'authenticate')
  return (callback?.outcome ?? pipeline.preRouter.pass(preRouting, head)).then(outcome => {
    if (outcome.passed) return act(course, rule, outcome)
    if (outcome.errorReason !== undefined) record.errorReason = outcome.errorReason
    else if (callback) record.loggedIn = true
    return outcome.own
  })
}

/** The action that answers, or has a target do it. */
function act(course: Course, rule: Rule, { headers, cookies }: Passed): Outcome {
  const { exchange, head, listener, pipeline, record } = course
  if (exchange.aborted) return undefined
  const { routing, preRouting } = rule.action
  record.actions.push(routing.kind)
  if (routing.kind === 'forward') {
    // Nobody but the load balancer tells targets who the user is.
    const trusted = preRouting ? { ...head, headers: without(head.headers, IDENTITY_HEADERS) } : head
    const context = { listener, rule, action: routing, pipeline, record, identity: headers, cookies }
    return forward(exchange, trusted, context, course.answerOwn)
  }
  const own = routing.kind === 'redirect' ? redirect(course, routing.redirect) : fixedResponse(routing.fixedResponse)
  return cookies.length === 0 ? own : { ...own, headers: [...own.headers, ...cookies] }
}

function redirect({ head, listener, pipeline, record }: Course, config: RedirectConfig): OwnResponse {
  const own = redirectResponse(config, {
    protocol: listener.protocol === 'HTTPS' ? 'https' : 'http',
    port: listener.port,
    host: parseTarget(head.target).authority ?? valuesOf(head.headers, 'host')[0] ?? pipeline.dnsName,
    target: head.target
  })
  record.redirectURL = own.headers[0]?.[1] ?? ''
  return own
}

/** Answers a request that could not be read. */
export function refuseUnread(
  exchange: Exchange,
  listener: ListenerConfiguration,
  pipeline: Pipeline,
  status: number,
  cause: string
): void {
  const record = begin(exchange, listener, pipeline)
  record.status = status
  record.cause = cause
  answer(exchange, ownPage(status, cause, { close: true }), listener.attributes, pipeline.clock.now())
}

function begin(exchange: Exchange, listener: ListenerConfiguration, pipeline: Pipeline): RequestRecord {
  const record: RequestRecord = { received: pipeline.clock.now(), actions: [], status: 0 }
  exchange.onFinish(() => {
    if (exchange.aborted && !exchange.responded) {
      record.status = 460
      record.cause ??= 'the client closed the connection before the answer'
    }
    try {
      pipeline.onFinish(exchange, listener, record)
    } catch (error) {
      pipeline.onDefect(error)
    }
  })
  return record
}

/**
 * Whether names that break HTTP/2's stricter rule are dropped from its requests even without the attribute. The API
 * says that enabling HTTP/2 validates all requests by that rule, the user guide that HTTP/1's names pass.
 */
export const HTTP2_DROPS_INVALID_NAMES = true

/** The head that rules and targets get: names by the attribute's rule, and a Host where an old client sent none. */
export function admitted(
  head: RequestHead,
  { configuration, dnsName }: Pick<Pipeline, 'configuration' | 'dnsName'>
): RequestHead {
  const strict = configuration.attributes.dropInvalidHeaders || (HTTP2_DROPS_INVALID_NAMES && head.version === '2.0')
  const headers = strict ? head.headers.filter(([name]) => /^[-A-Za-z0-9]+$/.test(name)) : head.headers
  const hasHost = firstValueOf(headers, 'host') !== undefined || parseTarget(head.target).authority !== undefined
  return { ...head, headers: hasHost ? headers : [['Host', dnsName], ...headers] }
}
