/**
 * What happens to a request, step by step, in AWS's order. Which step comes to what, `elbv2` decides.
 *
 * @module
 */

import {
  answerOfAction,
  decide,
  givenTraceID,
  type ListenerConfiguration,
  type OwnResponse,
  ownPage,
  parseTarget,
  type RequestHead,
  type Rule,
  traceID,
  valuesOf,
  type WebACL,
  without
} from '../../elbv2/index.ts'
import { identityHeaderNames } from '../authentication/identity-headers.ts'
import { type Passed, passedAsIs } from '../authentication/pre-routing.ts'
import type { Exchange } from '../client/exchange.ts'
import { answerOwn } from './answer.ts'
import { forward } from './forward.ts'
import type { RequestContext, RequestHost } from './request-context.ts'
import { RequestRecord } from './request-record.ts'

/** The answer, or undefined where a target is going to give it. */
type Outcome = OwnResponse | undefined

/** Serves a request from its head to the last byte of its answer. */
export function serve(exchange: Exchange, listener: ListenerConfiguration, host: RequestHost): void {
  const context = begin(exchange, listener, host)
  try {
    const outcome = route(context)
    if (outcome instanceof Promise) {
      outcome.then(own => finish(context, own)).catch(error => fail(context, error))
    } else {
      finish(context, outcome)
    }
  } catch (error) {
    fail(context, error)
  }
}

function finish(context: RequestContext, own: Outcome): void {
  if (own && !context.exchange.aborted) {
    answerOwn(context, own)
  }
}

/** No request may end the process; what went wrong stands in the log. */
function fail(context: RequestContext, error: unknown): void {
  const { exchange, record } = context
  record.cause = `internal error: ${(error as Error).stack}`
  if (exchange.responded) {
    exchange.abort()
  } else if (!exchange.aborted) {
    answerOwn(context, ownPage(500, record.cause, { close: true }))
  }
}

/** Takes a request through web ACL, rules and actions. Only what has to wait for somebody else gives a promise. */
function route(context: RequestContext): Outcome | Promise<Outcome> {
  const { exchange, host, listener, record } = context
  const decision = decide(host, listener, exchange.head, exchange.client.address)
  if ('own' in decision) {
    return decision.own
  }
  if (valuesOf(exchange.head.headers, 'expect').some(value => value.toLowerCase() === '100-continue')) {
    exchange.inform(100, 'Continue', [])
  }
  const { head, rule } = decision
  record.traceID = traceID(givenTraceID(head.headers), record.date)
  if (!host.webACL) {
    return follow(context, head, rule)
  }
  return inspect(context, host.webACL).then(blocked => blocked ?? follow(context, head, rule))
}

/** The web ACL's answer, or undefined where it lets the request pass. */
async function inspect({ exchange, host, record }: RequestContext, webACL: WebACL): Promise<OwnResponse | undefined> {
  const { path, query = '' } = parseTarget(exchange.head.target)
  const { method, headers } = exchange.head
  record.actions.push('waf')
  try {
    const request = { method, path, query, headers, sourceAddress: exchange.client.address }
    const verdict = await webACL(request)
    record.webACL = verdict
    if (verdict.action === 'allow') {
      return undefined
    }
    return ownPage(403, `the web ACL blocks the request${verdict.rule === undefined ? '' : `: ${verdict.rule}`}`)
  } catch (error) {
    record.actions = ['waf-failed']
    if (host.configuration.attributes.webACLFailOpen) {
      return undefined
    }
    record.errorReason = 'WAFConnectionError'
    return ownPage(500, `the web ACL failed: ${(error as Error).message}`)
  }
}

/** Does what the rule says; a request that ends a login belongs to the rule that began it. */
function follow(context: RequestContext, head: RequestHead, matched: Rule): Outcome | Promise<Outcome> {
  const { exchange, listener, host, record } = context
  if (exchange.aborted) {
    return undefined
  }
  const callback = host.preRouter.callback(listener, head)
  const rule = callback?.rule ?? matched
  record.rule = rule.priority
  const { preRouting } = rule.action
  if (!preRouting) {
    return act(context, head, rule, passedAsIs)
  }
  record.actions.push(preRouting.kind === 'jwt-validation' ? preRouting.kind : 'authenticate')
  return (callback?.outcome ?? host.preRouter.pass(preRouting, head)).then(outcome => {
    if (outcome.passed) {
      return act(context, head, rule, outcome)
    }
    if (outcome.errorReason !== undefined) {
      record.errorReason = outcome.errorReason
    } else if (callback) {
      record.loggedIn = true
    }
    return outcome.own
  })
}

/** The action that answers, or has a target do it. */
function act(context: RequestContext, head: RequestHead, rule: Rule, { headers, cookies }: Passed): Outcome {
  const { exchange, listener, host, record } = context
  if (exchange.aborted) {
    return undefined
  }
  const { routing, preRouting } = rule.action
  record.actions.push(routing.kind)
  if (routing.kind === 'forward') {
    // Nobody but the load balancer tells targets who the user is.
    const trusted = preRouting ? { ...head, headers: without(head.headers, identityHeaderNames) } : head
    return forward({ exchange, listener, host, record, head: trusted, rule, identity: headers, cookies }, routing)
  }
  const own = answerOfAction(routing, head, listener, host)
  if (routing.kind === 'redirect') {
    record.redirectURL = own.headers[0]?.[1] ?? ''
  }
  return cookies.length === 0 ? own : { ...own, headers: [...own.headers, ...cookies] }
}

/** Answers a request that could not be read. */
export function refuseUnread(
  exchange: Exchange,
  listener: ListenerConfiguration,
  host: RequestHost,
  status: number,
  cause: string
): void {
  answerOwn(begin(exchange, listener, host), ownPage(status, cause, { close: true }))
}

function begin(exchange: Exchange, listener: ListenerConfiguration, host: RequestHost): RequestContext {
  const { clock } = host
  const record = new RequestRecord(clock.elapsed(), clock.now())
  exchange.onFinish(() => {
    if (exchange.aborted && !exchange.responded) {
      record.status = 460
      record.cause ??= 'the client closed the connection before the answer'
    }
    try {
      host.onFinish(exchange, listener, record)
    } catch (error) {
      host.onDefect(error)
    }
  })
  return { exchange, listener, host, record }
}
