/**
 * The access log: one line a request, in AWS's 34 fields. (User guide: "Access logs for your Application Load Balancer".)
 *
 * @module
 */

import type { ListenerConfiguration } from '../../elbv2/index.ts'
import { firstValueOf, isGRPC, parseTarget } from '../../elbv2/index.ts'
import type { Exchange } from '../client/exchange.ts'
import { endpointText } from '../listen.ts'
import type { RequestRecord } from '../serve/request-record.ts'

/** What the log needs beside the request itself. */
export interface AccessLogContext {
  /** `app/name/id`. */
  loadBalancer: string
  listener: Pick<ListenerConfiguration, 'port' | 'protocol'>
  /** When the answer was complete, in milliseconds since the epoch. */
  now: number
  /** What had elapsed on the clock by then. */
  elapsed: number
}

/** Milliseconds as seconds with three decimals; -1 where something never happened. */
function seconds(from: number | undefined, to: number | undefined): string {
  return from === undefined || to === undefined ? '-1' : ((to - from) / 1000).toFixed(3)
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z')
}

/** A quoted field: quotes, backslashes and what is not printable are written as escapes. */
function quoted(text: string | undefined): string {
  return `"${(text === undefined || text === '' ? '-' : text).replace(/[^\x20-\x7e]|["\\]/g, character =>
    /["\\]/.test(character) ? `\\${character}` : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  )}"`
}

/** The line of one request, without its end. */
export function accessLogLine(exchange: Exchange, record: RequestRecord, context: AccessLogContext): string {
  const { head, client } = exchange
  const { tls } = client
  const target = record.target && endpointText(record.target.target.address, record.target.target.port)
  const reached = record.sent === undefined ? undefined : target
  const answered = record.answered
  const classification = exchange.classification?.tier === 'Compliant' ? undefined : exchange.classification
  const named = tls?.serverName !== undefined && tls.serverNameMatched
  return [
    typeOf(exchange, record, context),
    time(context.now),
    context.loadBalancer,
    endpointText(client.address, client.port),
    target ?? '-',
    seconds(record.received, record.sent),
    seconds(record.sent, answered),
    seconds(answered, answered === undefined ? undefined : context.elapsed),
    record.status || '-',
    record.targetStatus ?? '-',
    exchange.receivedBytes,
    exchange.sentBytes,
    quoted(`${head.method} ${urlOf(exchange, context)} HTTP/${head.version}`),
    quoted(firstValueOf(head.headers, 'user-agent')),
    tls?.cipher ?? '-',
    tls?.protocol ?? '-',
    record.targetGroup?.configuration.arn ?? '-',
    quoted(record.traceID),
    quoted(named ? tls.serverName : undefined),
    quoted(tls?.certificateARN),
    record.rule === undefined ? '-' : record.rule === 'default' ? 0 : record.rule,
    time(record.date),
    quoted(record.actions.join(',')),
    quoted(record.redirectURL),
    quoted(record.errorReason),
    quoted(reached),
    quoted(record.targetStatus === undefined ? undefined : String(record.targetStatus)),
    quoted(classification?.tier),
    quoted(classification?.reason),
    client.connectionID,
    quoted(record.transformed?.host),
    quoted(record.transformed?.uri),
    quoted(record.transformed?.status),
    client.nodeAddress
  ].join(' ')
}

function typeOf(exchange: Exchange, record: RequestRecord, { listener }: AccessLogContext): string {
  const secure = listener.protocol === 'HTTPS'
  if (record.upgraded) {
    return secure ? 'wss' : 'ws'
  }
  if (exchange.head.version === '2.0') {
    return isGRPC(exchange.head) ? 'grpcs' : 'h2'
  }
  return secure ? 'https' : 'http'
}

/** The URL as the client meant it: the log has it before any transform. */
function urlOf({ head }: Exchange, { listener }: AccessLogContext): string {
  if (head.target === '-') {
    return '-'
  }
  const { authority, path, query } = parseTarget(head.target)
  const host = (authority ?? firstValueOf(head.headers, 'host') ?? '-').replace(/:\d*$/, '')
  const uri = query === undefined ? path : `${path}?${query}`
  return `${listener.protocol.toLowerCase()}://${host}:${listener.port}${uri}`
}
