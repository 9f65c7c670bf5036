/**
 * The headers that a target sees. (User guide: "HTTP headers and Application Load Balancers".)
 *
 * @module
 */

import { randomFillSync } from 'node:crypto'
import type { LoadBalancerAttributes } from './attributes.ts'
import type { RequestKind } from './configuration.ts'
import { isSendable, isToken } from './desync.ts'
import { connectionOptions, firstValueOf, type HeaderList, tokensOf, valuesOf } from './header-list.ts'
import { parseTarget, type RequestHead } from './request.ts'

/** What the load balancer itself knows of a request. */
export interface ForwardContext {
  /** A Classic Load Balancer neither begins traces nor adds itself to them. */
  kind?: RequestKind
  attributes: Pick<LoadBalancerAttributes, 'forwardedFor' | 'forwardedForPort' | 'preserveHost'>
  listener: { port: number; protocol: 'HTTP' | 'HTTPS' }
  client: { address: string; port: number }
  traceID: string
  /** Host where the request names none (HTTP/1.0). */
  dnsName: string
  /** Host after a host-header-rewrite; absent without one. */
  rewrittenHost?: string | undefined
  /** Headers on the TLS session and the client's certificate. */
  extra?: HeaderList | undefined
  /** Keep what only a WebSocket or gRPC needs. */
  isGRPC?: boolean
}

/** Headers that end at the load balancer, besides those that Connection names. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'transfer-encoding',
  'content-length',
  'upgrade',
  'http2-settings',
  'expect'
])

/** Headers that the load balancer writes itself. */
const traceHeader = 'x-amzn-trace-id'
const ownHeaders = new Set(['host', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-port', traceHeader])

const noNames: readonly string[] = []

/** The headers of the request to the target, the load balancer's own first (docs/unverified.md), without framing. */
export function forwardedHeaders(head: RequestHead, context: ForwardContext): HeaderList {
  const connection = connectionOptions(head.headers)
  const forwardedFor = forwardedForValue(head.headers, context)
  const extra = context.extra ?? []
  const extraNames = extra.length === 0 ? noNames : extra.map(([name]) => name.toLowerCase())
  const headers: HeaderList = []
  if (forwardedFor !== undefined) {
    headers.push(['X-Forwarded-For', forwardedFor])
  }
  headers.push(['X-Forwarded-Proto', context.listener.protocol.toLowerCase()])
  headers.push(['X-Forwarded-Port', String(context.listener.port)])
  for (const host of hostValues(head, context)) {
    headers.push(['Host', host])
  }
  const traces = context.kind !== 'classic'
  if (traces) {
    headers.push(['X-Amzn-Trace-Id', context.traceID])
  }
  headers.push(...extra)
  for (const header of head.headers) {
    const name = header[0]
    const value = header[1]
    const lower = name.toLowerCase()
    const isOwn = ownHeaders.has(lower) && (traces || lower !== traceHeader)
    if (isOwn || hopByHop.has(lower) || connection.has(lower) || extraNames.includes(lower)) {
      continue
    }
    // What is no header name cannot be sent on; neither can control characters.
    if (isToken(name)) {
      headers.push(isSendable(value) ? header : [name, sendable(value)])
    }
  }
  if (context.isGRPC && tokensOf(head.headers, 'te').includes('trailers')) {
    headers.push(['TE', 'trailers'])
  }
  return headers
}

function sendable(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return isSendable(value) ? value : value.replace(/[\x00-\x08\x0a-\x1f\x7f]/g, '')
}

function forwardedForValue(headers: HeaderList, { attributes, client }: ForwardContext): string | undefined {
  if (attributes.forwardedFor === 'remove') {
    return undefined
  }
  const given = valuesOf(headers, 'x-forwarded-for').filter(value => value !== '')
  if (attributes.forwardedFor === 'append') {
    given.push(clientAddress(client, attributes.forwardedForPort))
  }
  return given.length === 0 ? undefined : given.map(sendable).join(', ')
}

function clientAddress({ address, port }: { address: string; port: number }, withPort: boolean): string {
  if (!withPort) {
    return address
  }
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** Addresses in X-Forwarded-For. More than 30 are refused with 463. */
export function forwardedAddresses(headers: HeaderList): number {
  return tokensOf(headers, 'x-forwarded-for').length
}

/** Host headers to the target: one, or all as they came where the attribute preserves them. */
function hostValues(
  head: RequestHead,
  { attributes, listener, dnsName, rewrittenHost }: ForwardContext
): readonly string[] {
  const given = valuesOf(head.headers, 'host')
  if (rewrittenHost !== undefined) {
    return [rewrittenHost]
  }
  if (attributes.preserveHost && given.length > 0) {
    return given.map(sendable)
  }
  const host = (parseTarget(head.target).authority ?? given[0] ?? dnsName).trim().toLowerCase()
  const name = sendable(host.replace(/:\d*$/, ''))
  if (listener.port === 80 || listener.port === 443) {
    return [name]
  }
  return [name === host ? `${name}:${listener.port}` : sendable(host)]
}

/** A longer set of headers loses its trace fields to a fresh one. */
const traceLimit = 7 * 1024

const identifierBytes = 12
const pool = Buffer.alloc(512 * identifierBytes)
let used = pool.length

/** 24 hexadecimal digits. Randomness is drawn for many at a time: each draw costs more than the rest of a trace. */
function randomIdentifier(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += identifierBytes
  return pool.toString('hex', used - identifierBytes, used)
}

/** X-Amzn-Trace-Id for a request: begins a trace, or adds the load balancer to one. */
export function traceID(given: string | undefined, now: number, identifier = randomIdentifier()): string {
  const own = `1-${Math.floor(now / 1000)
    .toString(16)
    .padStart(8, '0')}-${identifier}`
  if (given === undefined || given.length > traceLimit) {
    return `Root=${own}`
  }
  const fields = sendable(given)
    .split(';')
    .map(field => field.trim())
    .filter(field => field !== '' && !/^Self=/i.test(field))
  const root = fields.findIndex(field => /^Root=/i.test(field))
  if (root < 0) {
    return [`Root=${own}`, ...fields].join(';')
  }
  return [`Self=${own}`, fields[root]!, ...fields.filter((_, index) => index !== root)].join(';')
}

/** The trace field of a request as the client sent it. */
export function givenTraceID(headers: HeaderList): string | undefined {
  return firstValueOf(headers, 'x-amzn-trace-id')
}
