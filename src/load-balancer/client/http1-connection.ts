/**
 * A client's HTTP/1 connection: reads request after request and writes the answers, header by header as AWS does.
 *
 * @module
 */

import type { Socket } from 'node:net'
import type { RequestHead } from '../../elbv2/index.ts'
import { type Classification, mitigation, tokensOf } from '../../elbv2/index.ts'
import { nothing } from '../message/gathered-bytes.ts'
import { type BodyDecoder, createDecoder } from '../message/request-body.ts'
import { type BodyLength, HeadReader, type HeadResult } from '../message/request-head.ts'
import { handOnParts } from '../transport/read-buffer.ts'
import type { Client, ClientConnection, ConnectionHost } from './exchange.ts'
import { Http1Exchange, type Http1ExchangeHost } from './http1-exchange.ts'

/** Milliseconds that a connection stays open for reading after the load balancer has ended its side. */
const linger = 5000

/** Whether a client that has ended its side while its request is in flight counts as gone, which AWS logs as 460. */
const halfCloseAbandonsRequest = true

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
  /** The stash is to be read before anything that comes now. */
  #unstashing = false
  #timer: unknown
  #lastByte: number
  #draining = false
  readonly #onData = (chunk: Buffer): void => {
    try {
      this.#receive(chunk)
    } catch (error) {
      this.#host.onDefect(error)
      this.#socket.destroy()
    }
  }
  readonly #onEnd = (): void => {
    if (halfCloseAbandonsRequest && this.#exchange && !this.#exchange.answered) {
      this.#exchange.abort()
    }
  }

  readonly #exchangeHost: Http1ExchangeHost = {
    release: () => this.#release(),
    onAnswered: () => {
      this.#lastByte = this.#host.clock.elapsed()
    }
  }

  constructor(socket: Socket, client: Client, host: ConnectionHost) {
    this.#socket = socket
    this.#client = client
    this.#host = host
    this.#opened = host.clock.elapsed()
    this.#lastByte = this.#opened
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#closed())
    this.#watchIdle()
  }

  drain(): void {
    this.#draining = true
    if (this.#exchange) {
      this.#exchange.closeAfterwards()
    } else {
      this.#end()
    }
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** The deadline moves with every byte; the timer is only set anew when it fires. */
  #watchIdle(): void {
    const { clock, idleTimeout } = this.#host
    const check = (): void => {
      if (this.#isServing || clock.elapsed() - this.#lastByte < idleTimeout) {
        this.#watchIdle()
      }
      // The client neither takes the rest of the answer nor sends the rest of its request.
      else if (this.#exchange) {
        this.#socket.destroy()
      } else if (this.#reader.started) {
        this.#refuse({ kind: 'refused', status: 408, cause: 'the client sent no complete request in time' })
      } else {
        this.#end()
      }
    }
    const left = this.#isServing ? idleTimeout : this.#lastByte + idleTimeout - clock.elapsed()
    this.#timer = clock.setTimeout(check, Math.max(1, left))
  }

  /** Until a request is answered, its own time-out watches. */
  get #isServing(): boolean {
    return this.#exchange !== undefined && !this.#exchange.answered
  }

  #receive(chunk: Buffer): void {
    this.#lastByte = this.#host.clock.elapsed()
    if (this.#exchange === undefined && !this.#unstashing) {
      this.#readHead(chunk)
    } else if (this.#decoder && !this.#decoder.done) {
      this.#readBody(chunk)
    } else {
      this.#stash.push(chunk)
      // One pipelined request is served after the other; meanwhile the client has to wait.
      this.#socket.pause()
    }
  }

  #readHead(chunk: Buffer): void {
    const result = this.#reader.push(chunk)
    if (!result) {
      this.#socket.resume()
      return
    }
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
    if (decision === 'close') {
      exchange.closeAfterwards()
    }
    this.#decoder = createDecoder(result.length)
    this.#host.onRequest(exchange)
    if (this.#decoder.done) {
      this.#endBody(result.rest)
    } else {
      this.#readBody(result.rest)
    }
  }

  #open(head: RequestHead, length: BodyLength, classification?: Classification): Http1Exchange {
    const aged = this.#host.clock.elapsed() - this.#opened >= this.#host.clientKeepAlive
    const exchange = new Http1Exchange(this.#socket, this.#client, head, length, classification, this.#exchangeHost)
    if (aged || this.#draining || !wantsKeepAlive(head)) {
      exchange.closeAfterwards()
    }
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
    const { classification, status, cause } = refusal
    if (classification && mitigation(classification, mode) === 'reject') {
      this.#host.onRefused(exchange, 400, classification.reason)
    } else {
      this.#host.onRefused(exchange, status, cause)
    }
  }

  #readBody(chunk: Buffer): void {
    const exchange = this.#exchange!
    try {
      let isWanted = true
      let rest = nothing
      handOnParts(chunk, () => {
        let length = 0
        rest = this.#decoder!.push(chunk, data => {
          length += data.length
          isWanted = exchange.receive(data)
        })
        return rest.length === 0 ? length : undefined
      })
      if (this.#decoder!.done) {
        this.#endBody(rest)
      } else if (isWanted) {
        this.#socket.resume()
      } else {
        this.#socket.pause()
      }
    } catch (error) {
      // Where the body ends, and the next request begins, is not known any more.
      this.#decoder = undefined
      this.#socket.off('data', this.#onData)
      exchange.closeAfterwards()
      if (exchange.finished) {
        this.#end()
      } else {
        exchange.body.destroy(error as Error)
      }
    }
  }

  #endBody(rest: Buffer): void {
    if (rest.length > 0) {
      this.#stash.push(rest)
    }
    const exchange = this.#exchange
    const trailers = this.#decoder?.trailers ?? []
    this.#decoder = undefined
    exchange?.endBody(trailers)
    if (exchange?.complete && !exchange.willClose) {
      this.#next()
    }
  }

  /** The answer is complete. What is left of the request's body is read and dropped. */
  #finished(exchange: Http1Exchange): void {
    this.#lastByte = this.#host.clock.elapsed()
    if (exchange.aborted) {
      return
    }
    if (!exchange.bodyEnded) {
      exchange.body.resume()
    }
    if (exchange.willClose) {
      this.#end()
    } else if (exchange.bodyEnded) {
      this.#next()
    }
  }

  #next(): void {
    if (!this.#exchange) {
      return
    }
    this.#exchange = undefined
    if (this.#draining) {
      this.#end()
      return
    }
    if (this.#stash.length === 0) {
      this.#socket.resume()
      return
    }
    // Off this stack: a client may pipeline any number of requests that are answered at once.
    this.#unstashing = true
    this.#socket.pause()
    setImmediate(() => {
      this.#unstashing = false
      const [first, ...others] = this.#stash.splice(0)
      // The socket flows again as soon as these bytes do not suffice.
      if (!this.#socket.destroyed) {
        this.#onData(others.length === 0 ? first! : Buffer.concat([first!, ...others]))
      }
    })
  }

  /**
   * Ends the load balancer's side. What the client still sends is read and dropped: closing over unread bytes would
   * reset the connection, and the client might lose the answer.
   */
  #end(): void {
    const { clock, idleTimeout } = this.#host
    const destroyAfter = (milliseconds: number): void => {
      clock.clearTimeout(this.#timer)
      if (!this.#socket.destroyed) {
        this.#timer = clock.setTimeout(() => this.#socket.destroy(), milliseconds)
      }
    }
    // A slow client gets the time to take the answer.
    destroyAfter(idleTimeout)
    this.#socket.off('data', this.#onData).resume()
    this.#socket.end(() => destroyAfter(linger))
  }

  /** Hands the connection over to a tunnel, with the bytes that came early. */
  #release(): Socket {
    this.#host.clock.clearTimeout(this.#timer)
    this.#socket.off('data', this.#onData).off('end', this.#onEnd)
    if (this.#stash.length > 0) {
      this.#socket.unshift(Buffer.concat(this.#stash.splice(0)))
    }
    return this.#socket
  }

  #closed(): void {
    this.#host.clock.clearTimeout(this.#timer)
    this.#exchange?.abandon()
  }
}

function wantsKeepAlive(head: RequestHead): boolean {
  const options = tokensOf(head.headers, 'connection')
  if (head.version === '1.1') {
    return !options.includes('close')
  }
  return head.version === '1.0' && options.includes('keep-alive')
}
