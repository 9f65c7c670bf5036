/**
 * Heads of answers, in AWS's order.
 *
 * @module
 */

import type { ListenerAttributes } from '../../elbv2/index.ts'
import {
  connectionOptions,
  type HeaderList,
  isGRPC,
  type OwnResponse,
  ownAnswer,
  reasons,
  server,
  without
} from '../../elbv2/index.ts'
import type { Exchange, ResponseHead } from '../client/exchange.ts'
import type { TargetResponse } from '../transport/transport.ts'
import type { RequestContext } from './request-context.ts'

/** Codes for which a failed gRPC call gets a status of its own instead of a page. */
const grpcFailures = new Set([502, 503, 504])

/** Answers a request in the load balancer's own name, and notes it. */
export function answerOwn({ exchange, host, listener, record }: RequestContext, page: OwnResponse): void {
  const own = ownAnswer(page, host)
  record.status = own.status
  if (own.cause !== undefined) {
    record.cause = own.cause
  }
  answer(exchange, own, listener.attributes, host.clock.now())
}

/** Sends an answer of the load balancer's own. */
function answer(exchange: Exchange, own: OwnResponse, attributes: ListenerAttributes, now: number): void {
  if (own.close) {
    exchange.closeAfterwards()
  }
  if (!own.isBare && isGRPC(exchange.head) && grpcFailures.has(own.status)) {
    const status: HeaderList = [
      ['grpc-status', '14'],
      ['grpc-message', 'unavailable']
    ]
    const rest = withListenerHeaders(status, attributes)
    const lead = attributes.server ? ([['Server', server]] as HeaderList) : []
    exchange.respond({
      status: own.status,
      reason: reasons[own.status] ?? '',
      lead,
      rest,
      bodyless: true,
      mayTrail: false
    })
    exchange.end()
    return
  }
  const body = Buffer.from(own.body)
  const bodyless = exchange.head.method === 'HEAD' || own.status === 204
  const lead: HeaderList = []
  if (attributes.server && !own.isBare) {
    lead.push(['Server', server])
  }
  if (!own.isBare) {
    lead.push(['Date', new Date(now).toUTCString()])
  }
  if (own.contentType !== undefined && own.status !== 204) {
    lead.push(['Content-Type', own.contentType])
  }
  exchange.respond({
    status: own.status,
    reason: own.reason,
    lead,
    rest: withListenerHeaders(own.headers, attributes),
    length: own.status === 204 ? undefined : body.length,
    bodyless,
    mayTrail: false
  })
  if (body.length > 0) {
    exchange.write(body)
  }
  exchange.end()
}

/** Headers of a target's answer that end at the load balancer. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'content-length'
])

/** The headers of an interim answer that a client gets: framing is each connection's own affair. */
export function endToEnd(headers: HeaderList): HeaderList {
  const named = connectionOptions(headers)
  return headers.filter(([name]) => !hopByHop.has(name.toLowerCase()) && !named.has(name.toLowerCase()))
}

/** The head of a target's answer as the client gets it. `cookies` are the load balancer's own. */
export function passedOn(
  response: TargetResponse,
  method: string,
  attributes: ListenerAttributes,
  cookies: HeaderList
): ResponseHead {
  const { status, reason, headers, ended } = response
  const named = connectionOptions(headers)
  const lead: HeaderList = []
  let dates = 0
  const rest: HeaderList = cookies.slice()
  let length: string | undefined
  let isCoded = false
  for (const header of headers) {
    const name = header[0].toLowerCase()
    // What AWS writes first, whatever the target's order was.
    if (name === 'date') {
      lead.splice(dates, 0, header)
      dates += 1
    } else if (name === 'content-type') {
      lead.push(header)
    } else if (name === 'content-length') {
      length ??= header[1]
    } else if (name === 'transfer-encoding') {
      isCoded = true
    } else if (!hopByHop.has(name) && !named.has(name)) {
      rest.push(header)
    }
  }
  const hasLength = !isCoded && length !== undefined && /^\d+$/.test(length) && status !== 204
  return {
    status,
    reason,
    lead,
    rest: withListenerHeaders(rest, attributes),
    length: hasLength ? Number(length) : undefined,
    bodyless: ended === true || method === 'HEAD' || status === 204 || status === 304,
    // Behind a body of known length only HTTP/2 has any.
    mayTrail: !hasLength || ended !== undefined
  }
}

/** The headers with those that the listener sets, which win over what is there. */
function withListenerHeaders(headers: HeaderList, { responseHeaders }: ListenerAttributes): HeaderList {
  if (responseHeaders.length === 0) {
    return headers
  }
  return [...without(headers, new Set(responseHeaders.map(([name]) => name.toLowerCase()))), ...responseHeaders]
}
