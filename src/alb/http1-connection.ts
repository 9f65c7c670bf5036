/**
 * A client's HTTP/1 connection: reads request after request and writes the answers, header by header as AWS does.
 *
 * @module
 */

import type { Socket } from 'node:net'
import { type Duplex, Readable } from 'node:stream'
import { type Classification, mitigation } from './desync.ts'
import type { Client, ClientConnection, ConnectionHost, Exchange, ResponseHead } from './exchange.ts'
import { type HeaderList, tokensOf } from './header-list.ts'
import type { RequestHead } from './request.ts'
import { type BodyDecoder, createDecoder } from './request-body.ts'
import { type BodyLength, HeadReader, type HeadResult } from './request-head.ts'

/** Milliseconds that a connection stays open for reading after the load balancer has ended its side. */
const LINGER = 5000

export class Http1Connection implements ClientConnection {
  readonly #socket: Socket
  readonly #client: Client
  readonly #host: ConnectionHost
  readonly #opened: number
  #reader = new HeadReader()
  #exchange: Http1Exchange | undefined
  #decoder: BodyDecoder | undefined
  /** Bytes of the next request, which came while one was in flight. */
  #stash: Buffer[] = []
  #timer: unknown
  #lastByte: number
  #draining = false
  readonly #onData = (chunk: Buffer): void => this.#receive(chunk)
  /** A client that has ended its side counts as gone, as for AWS's 460. */
  readonly #onEnd = (): void => {
    if (this.#exchange && !this.#exchange.complete) this.#exchange.abort()
  }

  constructor(socket: Socket, client: Client, host: ConnectionHost) {
    this.#socket = socket
    this.#client = client
    this.#host = host
    this.#opened = host.clock.now()
    this.#lastByte = this.#opened
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#closed())
    this.#watchIdle()
  }

  drain(): void {
    this.#draining = true
    if (!this.#exchange) this.#end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** The deadline moves with every byte; the timer is only set anew when it fires. */
  #watchIdle(): void {
    const { clock, idleTimeout } = this.#host
    const check = (): void => {
      if (this.#exchange || clock.now() - this.#lastByte < idleTimeout) this.#watchIdle()
      else if (this.#reader.started) {
        this.#refuse({ kind: 'refused', status: 408, cause: 'the client sent no complete request in time' })
      } else this.#end()
    }
    // While a request is in flight, its own time-out watches.
    const left = this.#exchange ? idleTimeout : this.#lastByte + idleTimeout - clock.now()
    this.#timer = clock.setTimeout(check, Math.max(1, left))
  }

  #receive(chunk: Buffer): void {
    this.#lastByte = this.#host.clock.now()
    if (!this.#exchange) this.#readHead(chunk)
    else if (this.#decoder && !this.#decoder.done) this.#readBody(chunk)
    else {
      this.#stash.push(chunk)
      // One pipelined request is served after the other; meanwhile the client has to wait.
      this.#socket.pause()
    }
  }

  #readHead(chunk: Buffer): void {
    const result = this.#reader.push(chunk)
    if (!result) return
    this.#reader = new HeadReader()
    if (result.kind === 'refused') {
      this.#refuse(result)
      return
    }
    const decision = mitigation(result.classification, this.#host.desyncMode())
    if (decision === 'reject') {
      const { head, classification } = result
      this.#refuse({ kind: 'refused', status: 400, cause: classification.reason, head, classification })
      return
    }
    const exchange = this.#open(result.head, result.length, result.classification)
    exchange.receivedBytes = result.bytes
    if (decision === 'close') exchange.closeAfterwards()
    this.#decoder = createDecoder(result.length)
    this.#host.onRequest(exchange)
    if (this.#decoder.done) this.#endBody(result.rest)
    else if (result.rest.length > 0) this.#readBody(result.rest)
  }

  #open(head: RequestHead, length: BodyLength, classification?: Classification): Http1Exchange {
    const aged = this.#host.clock.now() - this.#opened >= this.#host.clientKeepAlive
    const exchange = new Http1Exchange(this.#socket, this.#client, head, length, classification, () => this.#release())
    if (aged || this.#draining || !wantsKeepAlive(head)) exchange.closeAfterwards()
    this.#exchange = exchange
    exchange.onFinish(() => this.#finished(exchange))
    return exchange
  }

  #refuse(refusal: Omit<Extract<HeadResult, { kind: 'refused' }>, 'status'> & { status: number }): void {
    const head = refusal.head ?? { method: '-', target: '-', version: '1.1', headers: [] }
    const exchange = this.#open(head, 0, refusal.classification)
    exchange.closeAfterwards()
    exchange.endBody([])
    // Where the next request would begin is not known.
    this.#decoder = undefined
    this.#socket.off('data', this.#onData)
    const mode = this.#host.desyncMode()
    const rejected = refusal.classification && mitigation(refusal.classification, mode) === 'reject'
    this.#host.onRefused(exchange, rejected ? 400 : refusal.status, refusal.cause)
  }

  #readBody(chunk: Buffer): void {
    const exchange = this.#exchange!
    try {
      const rest = this.#decoder!.push(chunk, data => {
        if (!exchange.receive(data)) this.#socket.pause()
      })
      if (this.#decoder!.done) this.#endBody(rest)
    } catch (error) {
      exchange.closeAfterwards()
      exchange.body.destroy(error as Error)
    }
  }

  #endBody(rest: Buffer): void {
    if (rest.length > 0) this.#stash.push(rest)
    const exchange = this.#exchange
    const trailers = this.#decoder?.trailers ?? []
    this.#decoder = undefined
    exchange?.endBody(trailers)
    if (exchange?.complete && !exchange.willClose) this.#next()
  }

  /** The answer is complete. What is left of the request's body is read and dropped. */
  #finished(exchange: Http1Exchange): void {
    this.#lastByte = this.#host.clock.now()
    if (exchange.aborted) return
    if (!exchange.bodyEnded) exchange.body.resume()
    if (exchange.willClose) this.#end()
    else if (exchange.bodyEnded) this.#next()
  }

  #next(): void {
    if (!this.#exchange) return
    this.#exchange = undefined
    if (this.#draining) {
      this.#end()
      return
    }
    const stash = this.#stash
    this.#stash = []
    this.#socket.resume()
    // Off this stack: a client may pipeline any number of requests that are answered at once.
    if (stash.length > 0) setImmediate(() => !this.#socket.destroyed && this.#receive(Buffer.concat(stash)))
  }

  /**
   * Ends the load balancer's side. What the client still sends is read and dropped: closing over unread bytes would
   * reset the connection, and the client might lose the answer.
   */
  #end(): void {
    const { clock } = this.#host
    clock.clearTimeout(this.#timer)
    this.#timer = clock.setTimeout(() => this.#socket.destroy(), LINGER)
    this.#socket.resume()
    this.#socket.end()
  }

  /** Hands the connection over to a tunnel, with the bytes that came early. */
  #release(): Socket {
    this.#host.clock.clearTimeout(this.#timer)
    this.#socket.off('data', this.#onData).off('end', this.#onEnd)
    if (this.#stash.length > 0) this.#socket.unshift(Buffer.concat(this.#stash.splice(0)))
    return this.#socket
  }

  #closed(): void {
    this.#host.clock.clearTimeout(this.#timer)
    this.#exchange?.abandon()
  }
}

function wantsKeepAlive(head: RequestHead): boolean {
  const options = tokensOf(head.headers, 'connection')
  if (head.version === '1.1') return !options.includes('close')
  return head.version === '1.0' && options.includes('keep-alive')
}

class Http1Exchange implements Exchange {
  readonly head: RequestHead
  readonly client: Client
  readonly bodyLength: number | undefined
  readonly classification?: Classification
  onDrain = (): void => {}
  requestTrailers: HeaderList = []
  receivedBytes = 0
  sentBytes = 0
  responded = false
  aborted = false
  bodyEnded = false
  willClose = false
  /** Answered in full, and nothing left to read. */
  complete = false
  readonly #socket: Socket
  readonly #release: () => Socket
  #answer: 'plain' | 'chunked' | 'bodyless' = 'plain'
  #body: Readable | undefined
  #finishCallbacks: (() => void)[] = []
  #finished = false

  constructor(
    socket: Socket,
    client: Client,
    head: RequestHead,
    length: BodyLength,
    classification: Classification | undefined,
    release: () => Socket
  ) {
    this.#socket = socket
    this.#release = release
    this.client = client
    this.head = head
    this.bodyLength = length === 'chunked' ? undefined : length
    if (classification) this.classification = classification
  }

  get body(): Readable {
    if (!this.#body) {
      this.#body = new Readable({ read: () => void this.#socket.resume() })
      // Whoever forwards the body learns of its end through onFinish; an error alone must not end the process.
      this.#body.on('error', () => {})
      if (this.bodyEnded) this.#body.push(null)
    }
    return this.#body
  }

  receive(data: Buffer): boolean {
    this.receivedBytes += data.length
    return this.body.destroyed || this.#finished || this.body.push(data)
  }

  endBody(trailers: HeaderList): void {
    this.bodyEnded = true
    this.requestTrailers = trailers
    if (this.#body?.destroyed === false) this.#body.push(null)
    if (this.#finished) this.complete = true
  }

  inform(status: number, reason: string, headers: HeaderList): void {
    if (this.head.version === '1.1') this.#write(headText(status, reason, headers))
  }

  respond(head: ResponseHead): void {
    this.responded = true
    const chunked = !head.bodyless && head.length === undefined && this.head.version === '1.1'
    // Without a length HTTP/1.0 ends the body by closing.
    if (!head.bodyless && head.length === undefined && !chunked) this.willClose = true
    this.#answer = head.bodyless ? 'bodyless' : chunked ? 'chunked' : 'plain'
    // The head leaves together with what follows in this turn.
    this.#socket.cork()
    process.nextTick(() => this.#socket.uncork())
    if (this.head.version !== '0.9') this.#write(headText(head.status, head.reason, this.#framed(head, chunked)))
  }

  write(chunk: Buffer): boolean {
    if (this.#answer === 'bodyless') return true
    if (this.#answer === 'chunked') this.#write(`${chunk.length.toString(16)}\r\n`)
    const flowing = this.#write(chunk)
    if (this.#answer === 'chunked') this.#write('\r\n')
    if (!flowing) this.#onceDrained(() => this.onDrain())
    return flowing
  }

  end(trailers: HeaderList = []): void {
    if (this.#answer === 'chunked') this.#write(`0\r\n${trailers.map(line).join('')}\r\n`)
    if (this.#socket.writableNeedDrain) this.#onceDrained(() => this.#finish())
    else this.#finish()
  }

  #onceDrained(act: () => void): void {
    this.#socket.once('drain', () => this.#finished || act())
  }

  #framed(head: ResponseHead, chunked: boolean): HeaderList {
    const headers: HeaderList = [...head.lead]
    if (head.length !== undefined) headers.push(['Content-Length', String(head.length)])
    else if (chunked) headers.push(['Transfer-Encoding', 'chunked'])
    headers.push(['Connection', this.willClose ? 'close' : 'keep-alive'])
    return headers.concat(head.rest)
  }

  upgrade(head: ResponseHead): Duplex {
    this.responded = true
    this.willClose = true
    this.#write(headText(head.status, head.reason, [...head.lead, ...head.rest]))
    const socket = this.#release()
    socket.once('close', () => this.#finish())
    return socket
  }

  closeAfterwards(): void {
    this.willClose = true
  }

  abort(): void {
    this.#socket.destroy()
    this.abandon()
  }

  /** The connection is gone. */
  abandon(): void {
    if (this.#finished) return
    this.aborted = true
    this.#finish()
    this.#body?.destroy()
  }

  onFinish(callback: () => void): void {
    if (this.#finished) callback()
    else this.#finishCallbacks.push(callback)
  }

  #finish(): void {
    if (this.#finished) return
    this.#finished = true
    this.complete = this.bodyEnded
    for (const callback of this.#finishCallbacks.splice(0)) callback()
  }

  #write(data: string | Buffer): boolean {
    if (this.#socket.destroyed || this.#socket.writableEnded) return true
    this.sentBytes += data.length
    return typeof data === 'string' ? this.#socket.write(data, 'latin1') : this.#socket.write(data)
  }
}

const line = ([name, value]: [string, string]): string => `${name}: ${value}\r\n`

/** The space behind the code stands even before an empty reason (RFC 9112 §4). */
const headText = (status: number, reason: string, headers: HeaderList): string =>
  `HTTP/1.1 ${status} ${reason}\r\n${headers.map(line).join('')}\r\n`
