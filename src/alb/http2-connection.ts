/**
 * A client's HTTP/2 connection.
 *
 * @module
 */

import { constants, type Http2Session, performServerHandshake, type ServerHttp2Stream } from 'node:http2'
import type { Readable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Client, ClientConnection, ConnectionHost, Exchange, ResponseHead } from './exchange.ts'
import { firstValueOf, type HeaderList, pairsOf } from './header-list.ts'
import { headersObject } from './http2-headers.ts'
import type { RequestHead } from './request.ts'
import { LIMITS } from './request-head.ts'

/** Requests at a time on one connection. (User guide: "Listeners", HTTP/2.) */
const CONCURRENT_STREAMS = 128

/** Requests on one connection until it is ended with GOAWAY; captured from AWS. */
const REQUESTS_PER_CONNECTION = 10_000

export class Http2Connection implements ClientConnection {
  readonly #session: Http2Session
  readonly #client: Client
  readonly #host: ConnectionHost
  readonly #opened: number
  #timer: unknown
  #lastActive: number
  #open = 0
  #requests = 0

  constructor(socket: TLSSocket, client: Client, host: ConnectionHost) {
    this.#client = client
    this.#host = host
    this.#opened = host.clock.now()
    this.#lastActive = this.#opened
    this.#session = performServerHandshake(socket, {
      settings: { maxConcurrentStreams: CONCURRENT_STREAMS, enablePush: false, maxHeaderListSize: LIMITS.head },
      maxHeaderListPairs: 1024
    })
    this.#session.on('stream', (stream, _headers, flags, raw) => this.#receive(stream as ServerHttp2Stream, flags, raw))
    this.#session.on('error', () => this.#session.destroy())
    this.#session.on('close', () => host.clock.clearTimeout(this.#timer))
    this.#watchIdle()
  }

  drain(): void {
    this.#session.close()
  }

  destroy(): void {
    this.#session.destroy()
  }

  /** PING frames do not count as activity, only requests do. */
  #watchIdle(): void {
    const { clock, idleTimeout } = this.#host
    const left = this.#open > 0 ? idleTimeout : this.#lastActive + idleTimeout - clock.now()
    this.#timer = clock.setTimeout(
      () => {
        if (this.#open > 0 || clock.now() - this.#lastActive < idleTimeout) this.#watchIdle()
        else this.#session.close(() => this.#session.destroy())
      },
      Math.max(1, left)
    )
  }

  #receive(stream: ServerHttp2Stream, flags: number, raw: string[]): void {
    this.#requests += 1
    this.#open += 1
    const aged = this.#host.clock.now() - this.#opened >= this.#host.clientKeepAlive
    // Sends GOAWAY; the streams that are open, this one among them, finish first.
    if (aged || this.#requests >= REQUESTS_PER_CONNECTION) this.#session.close()
    const exchange = new Http2Exchange(stream, this.#client, pairsOf(raw), flags)
    exchange.onFinish(() => {
      this.#open -= 1
      this.#lastActive = this.#host.clock.now()
    })
    const refusal = refusalOf(exchange.head)
    if (refusal) this.#host.onRefused(exchange, refusal.status, refusal.cause)
    else this.#host.onRequest(exchange)
  }
}

function refusalOf(head: RequestHead): { status: number; cause: string } | undefined {
  if (head.target.length > LIMITS.requestLine) return { status: 414, cause: 'the path is longer than 16K' }
  if (head.headers.some(([name, value]) => name.length + value.length > LIMITS.header)) {
    return { status: 400, cause: 'a header is longer than 16K' }
  }
  return undefined
}

/** The head of a request in HTTP/1's terms: `:authority` becomes the Host header. */
function headOf(pairs: HeaderList): RequestHead {
  const pseudo = new Map(pairs.filter(([name]) => name.startsWith(':')))
  const headers = pairs.filter(([name]) => !name.startsWith(':'))
  const authority = pseudo.get(':authority')
  return {
    method: pseudo.get(':method') ?? '',
    target: pseudo.get(':path') ?? '*',
    version: '2.0',
    headers: authority === undefined ? headers : [['host', authority], ...headers.filter(([name]) => name !== 'host')]
  }
}

class Http2Exchange implements Exchange {
  readonly head: RequestHead
  readonly client: Client
  readonly body: Readable
  readonly bodyLength: number | undefined
  requestTrailers: HeaderList = []
  receivedBytes: number
  sentBytes = 0
  responded = false
  aborted = false
  onDrain = (): void => {}
  #bodyless = false
  readonly #stream: ServerHttp2Stream
  #trailers: HeaderList = []
  #finishCallbacks: (() => void)[] = []
  #finished = false

  constructor(stream: ServerHttp2Stream, client: Client, pairs: HeaderList, flags: number) {
    this.#stream = stream
    this.client = client
    this.head = headOf(pairs)
    this.body = stream
    const length = firstValueOf(this.head.headers, 'content-length')
    const isEnded = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
    this.bodyLength = isEnded ? 0 : length === undefined ? undefined : Number(length)
    this.receivedBytes = pairs.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
    stream.on('data', (chunk: Buffer) => {
      this.receivedBytes += chunk.length
    })
    // Nothing flows until somebody takes the body.
    stream.pause()
    stream.on('trailers', (_headers, _flags, raw: string[]) => {
      this.requestTrailers = pairsOf(raw)
    })
    stream.on('wantTrailers', () => stream.sendTrailers(headersObject(this.#trailers)))
    stream.on('error', () => {})
    stream.on('close', () => {
      this.aborted ||= !this.#finished
      this.#finish()
    })
  }

  inform(status: number, _reason: string, headers: HeaderList): void {
    // AWS ignores `Expect: 100-continue` over HTTP/2.
    if (status === 100 || this.#stream.headersSent || this.#stream.destroyed) return
    this.#stream.additionalHeaders({ ':status': status, ...headersObject(headers) })
  }

  respond(head: ResponseHead): void {
    const stream = this.#stream
    this.responded = true
    this.#bodyless = head.bodyless
    if (stream.destroyed || stream.closed) return
    const length: HeaderList = head.length === undefined ? [] : [['content-length', String(head.length)]]
    const headers = headersObject([...head.lead, ...length, ...head.rest])
    stream.respond({ ':status': head.status, ...headers }, {
      endStream: head.bodyless,
      waitForTrailers: !head.bodyless,
      sendDate: false
    } as Parameters<ServerHttp2Stream['respond']>[1])
  }

  write(chunk: Buffer): boolean {
    const stream = this.#stream
    if (this.#bodyless || stream.destroyed) return true
    this.sentBytes += chunk.length
    const flowing = stream.write(chunk)
    if (!flowing) stream.once('drain', () => this.#finished || this.onDrain())
    return flowing
  }

  end(trailers: HeaderList = []): void {
    const stream = this.#stream
    this.#trailers = trailers
    const end = (): void => {
      this.#finish()
      // What the client still sends of its request is not wanted any more (RFC 9113 §8.1).
      if (!stream.readableEnded) stream.resume().close(constants.NGHTTP2_NO_ERROR)
    }
    if (!this.#bodyless) stream.end(end)
    else if (stream.writableFinished) end()
    else stream.once('finish', end)
  }

  /** HTTP/2 has no upgrade, and AWS knows no WebSocket over it. */
  upgrade(): undefined {
    return undefined
  }

  /** One stream does not end the connection of the others. */
  closeAfterwards(): void {}

  abort(): void {
    this.aborted = true
    this.#finish()
    this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  }

  onFinish(callback: () => void): void {
    if (this.#finished) callback()
    else this.#finishCallbacks.push(callback)
  }

  #finish(): void {
    if (this.#finished) return
    this.#finished = true
    for (const callback of this.#finishCallbacks.splice(0)) callback()
  }
}
