/**
 * What happens to a request, step by step, in AWS's order.
 *
 * @module
 */

import { fixedResponse, redirectResponse } from './action.ts'
import { answer } from './answer.ts'
import type { Configuration, ListenerConfiguration } from './configuration.ts'
import type { Clock } from './contract.ts'
import type { Exchange } from './exchange.ts'
import { forward } from './forward.ts'
import { forwardedAddresses, givenTraceID, traceID } from './forwarded-headers.ts'
import { type HeaderList, valuesOf } from './header-list.ts'
import { type OwnResponse, ownPage } from './page.ts'
import { parseTarget, requestFacts } from './request.ts'
import type { RequestRecord } from './request-record.ts'
import { matchRule } from './rule.ts'
import type { CookieSeal } from './stickiness.ts'
import type { TargetGroup } from './target-group.ts'

/** What the steps need of the load balancer. */
export interface Pipeline {
  readonly dnsName: string
  readonly clock: Clock
  readonly configuration: Configuration
  readonly seal: CookieSeal
  random(): number
  targetGroup(id: string): TargetGroup | undefined
  onConnection(): void
  onTLSFailure(): void
  onFinish(exchange: Exchange, listener: ListenerConfiguration, record: RequestRecord): void
}

/** More addresses in X-Forwarded-For than this are refused. */
const MOST_FORWARDED_ADDRESSES = 30

/** Serves a request from its head to the last byte of its answer. */
export function serve(exchange: Exchange, listener: ListenerConfiguration, pipeline: Pipeline): void {
  const record = begin(exchange, listener, pipeline)
  const answerOwn = (own: OwnResponse): void => {
    record.status = own.status
    if (own.cause !== undefined) record.cause = own.cause
    answer(exchange, own, listener.attributes, pipeline.clock.now())
  }
  try {
    const own = refuse(exchange) ?? route(exchange, listener, pipeline, record, answerOwn)
    if (own) answerOwn(own)
  } catch (error) {
    // No request may end the process; what went wrong stands in the log.
    record.cause = `internal error: ${(error as Error).stack}`
    if (exchange.responded) exchange.abort()
    else answerOwn(ownPage(500, record.cause, { close: true }))
  }
}

/** Finds the rule and does what it says: returns the answer, or undefined where a target is going to give it. */
function route(
  exchange: Exchange,
  listener: ListenerConfiguration,
  pipeline: Pipeline,
  record: RequestRecord,
  answerOwn: (own: OwnResponse) => void
): OwnResponse | undefined {
  const { attributes } = pipeline.configuration
  if (valuesOf(exchange.head.headers, 'expect').some(value => value.toLowerCase() === '100-continue')) {
    exchange.inform(100, 'Continue', [])
  }
  const headers = attributes.dropInvalidHeaders ? validHeaders(exchange.head.headers) : exchange.head.headers
  const head = { ...exchange.head, headers }
  record.traceID = traceID(givenTraceID(headers), record.received)
  const rule = matchRule(listener.rules, requestFacts(head, exchange.client.address))
  record.rule = rule.priority
  const { routing } = rule.action
  record.actions.push(routing.kind)
  if (routing.kind === 'fixed-response') return fixedResponse(routing.fixedResponse)
  if (routing.kind === 'forward') {
    return forward(exchange, head, { listener, rule, action: routing, pipeline, record, identity: [] }, answerOwn)
  }
  const redirect = redirectResponse(routing.redirect, {
    protocol: listener.protocol === 'HTTPS' ? 'https' : 'http',
    port: listener.port,
    host: parseTarget(head.target).authority ?? valuesOf(headers, 'host')[0] ?? pipeline.dnsName,
    target: head.target
  })
  record.redirectURL = redirect.headers[0]?.[1] ?? ''
  return redirect
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
    pipeline.onFinish(exchange, listener, record)
  })
  return record
}

/** The answer to a request that no rule gets to see; undefined for all others. */
function refuse({ head }: Exchange): OwnResponse | undefined {
  const hosts = valuesOf(head.headers, 'host')
  if (head.version === '1.1' && hosts.length === 0)
    return ownPage(400, 'the request has no Host header', { close: true })
  if (head.method === 'CONNECT') return ownPage(400, 'CONNECT is not supported', { close: true })
  if (head.method === 'TRACE') return ownPage(405, 'TRACE is not allowed')
  if (forwardedAddresses(head.headers) > MOST_FORWARDED_ADDRESSES) {
    return ownPage(463, 'X-Forwarded-For holds more than 30 addresses')
  }
  return undefined
}

const validHeaders = (headers: HeaderList): HeaderList => headers.filter(([name]) => /^[-A-Za-z0-9]+$/.test(name))
