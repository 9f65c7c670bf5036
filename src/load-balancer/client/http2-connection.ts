/**
 * A client's HTTP/2 connection.
 *
 * @module
 */

import { type Http2Session, performServerHandshake, type ServerHttp2Stream } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import type { RequestHead } from '../../elbv2/index.ts'
import { firstValueOf, pairsOf } from '../../elbv2/index.ts'
import { limits } from '../message/request-head.ts'
import type { Client, ClientConnection, ConnectionHost } from './exchange.ts'
import { Http2Exchange } from './http2-exchange.ts'

/** Idle time-outs after which a connection is cut although requests are open: their own time-outs come first. */
const stalledAfter = 2

/** Requests at a time on one connection. (User guide: "Listeners", HTTP/2.) */
const concurrentStreams = 128

/** Requests on one connection until it is ended with GOAWAY; captured from AWS. */
const requestsPerConnection = 10_000

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
    this.#opened = host.clock.elapsed()
    this.#lastActive = this.#opened
    this.#session = performServerHandshake(socket, {
      settings: { maxConcurrentStreams: concurrentStreams, enablePush: false, maxHeaderListSize: limits.head },
      maxHeaderListPairs: 1024
    })
    this.#session.on('stream', (stream, _headers, flags, raw) => {
      try {
        this.#receive(stream as ServerHttp2Stream, flags, raw)
      } catch (error) {
        host.onDefect(error)
        this.#session.destroy()
      }
    })
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

  /** PING frames do not count as activity, only requests and what passes for them. */
  #watchIdle(): void {
    const { clock, idleTimeout } = this.#host
    const check = (): void => {
      const quiet = clock.elapsed() - this.#lastActive
      if (this.#open === 0 && quiet >= idleTimeout) {
        this.#session.close(() => this.#session.destroy())
      }
      // The client does not take the answers that it has asked for.
      else if (quiet >= stalledAfter * idleTimeout) {
        this.#session.destroy()
      } else {
        this.#watchIdle()
      }
    }
    const left = this.#open > 0 ? idleTimeout : this.#lastActive + idleTimeout - clock.elapsed()
    this.#timer = clock.setTimeout(check, Math.max(1, left))
  }

  #receive(stream: ServerHttp2Stream, flags: number, raw: string[]): void {
    this.#requests += 1
    this.#open += 1
    const aged = this.#host.clock.elapsed() - this.#opened >= this.#host.clientKeepAlive
    // Sends GOAWAY; the streams that are open, this one among them, finish first.
    if (aged || this.#requests >= requestsPerConnection) {
      this.#session.close()
    }
    const onActive = (): void => {
      this.#lastActive = this.#host.clock.elapsed()
    }
    onActive()
    const exchange = new Http2Exchange(stream, this.#client, pairsOf(raw), flags, onActive)
    exchange.onFinish(() => {
      this.#open -= 1
      onActive()
    })
    const refusal = refusalOf(exchange.head)
    if (refusal) {
      this.#host.onRefused(exchange, refusal.status, refusal.cause)
    } else {
      this.#host.onRequest(exchange)
    }
  }
}

function refusalOf(head: RequestHead): { status: number; cause: string } | undefined {
  if (head.target.length > limits.requestLine) {
    return { status: 414, cause: 'the path is longer than 16K' }
  }
  if (head.headers.some(([name, value]) => name.length + value.length > limits.header)) {
    return { status: 400, cause: 'a header is longer than 16K' }
  }
  if (Number(firstValueOf(head.headers, 'content-length') ?? 0) > Number.MAX_SAFE_INTEGER) {
    return { status: 400, cause: 'the Content-Length is no number' }
  }
  return undefined
}
