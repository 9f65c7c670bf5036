/**
 * One HTTP/1.1 connection to a target: one request at a time, never a second one ahead of the first one's answer.
 *
 * @module
 */

import type { Socket } from 'node:net'
import type { HeaderList } from '../../elbv2/index.ts'
import { fieldText, headerLines } from '../message/field-text.ts'
import { type BodyDecoder, createDecoder } from '../message/request-body.ts'
import { Http1Upload } from './http1-upload.ts'
import { IdleTimer, type IdleTimerOptions } from './idle-timer.ts'
import { lend, reusedBuffer } from './read-buffer.ts'
import { parseResponse, ResponseHeadReader, type ResponseLength } from './response-head.ts'
import { openTargetSocket, type TargetSocketOptions } from './target-socket.ts'
import {
  ConnectionError,
  type Sending,
  TargetError,
  type TargetEvents,
  type TargetRequest,
  targetError
} from './transport.ts'

export interface TargetConnectionOptions extends TargetSocketOptions, IdleTimerOptions {
  /** The connection can take another request. */
  onIdle(connection: TargetConnection): void
  onClose(connection: TargetConnection): void
}

/** A request that is being sent, or answered. */
class Exchange implements Sending {
  readonly request: TargetRequest
  readonly events: TargetEvents
  /** Undefined where the request has no body. */
  upload: Http1Upload | undefined
  answered = false
  /** Undefined once the connection has nothing to do with it any more. */
  connection: TargetConnection | undefined

  constructor(request: TargetRequest, events: TargetEvents, connection: TargetConnection) {
    this.request = request
    this.events = events
    this.connection = connection
  }

  cut(): void {
    this.connection?.cut()
  }

  pause(): void {
    this.connection?.pause()
  }

  resume(): void {
    this.connection?.resume()
  }
}

export class TargetConnection {
  readonly #options: TargetConnectionOptions
  readonly #socket: Socket
  readonly #reader = new ResponseHeadReader()
  #connected = false
  readonly #idle: IdleTimer
  #exchange: Exchange | undefined
  /** Of the answer under way; undefined until its head is read. */
  #decoder: BodyDecoder | 'until-close' | undefined
  #keepsAlive = true
  #failure: Error | undefined
  /** Nobody needs the bytes of this read any more. */
  #isDone = true
  #isHandedOver = false

  constructor(options: TargetConnectionOptions) {
    this.#options = options
    this.#idle = new IdleTimer(options, () => this.destroy())
    const socket = openTargetSocket(options, { onread: reusedBuffer(bytes => this.#take(bytes)) })
    this.#socket = socket
    socket.once(options.protocol === 'HTTPS' ? 'secureConnect' : 'connect', () => {
      this.#connected = true
      this.#begin()
    })
    // Where the buffer is not reused.
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    socket.on('error', error => {
      this.#failure ??= error
    })
    socket.once('close', this.#onClose)
  }

  /** Whether it is known to take nothing any more. */
  get isClosed(): boolean {
    return this.#socket.destroyed
  }

  /** Sends a request: only while no other is on its way. */
  send(request: TargetRequest, events: TargetEvents): Sending {
    const exchange = new Exchange(request, events, this)
    this.#exchange = exchange
    this.#idle.work()
    if (this.#connected) {
      this.#begin()
    }
    return exchange
  }

  /** Drops the request on its way, and the connection with it. */
  cut(): void {
    this.#release()
    this.destroy()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  destroy(error?: Error): void {
    this.#failure ??= error
    this.#socket.destroy()
  }

  #begin(): void {
    const exchange = this.#exchange
    if (!exchange || this.#socket.destroyed) {
      return
    }
    this.#socket.write(requestHead(exchange.request), 'latin1')
    exchange.events.onSent()
    if (exchange.request.bodyLength !== 0) {
      exchange.upload = new Http1Upload(exchange.request, this.#socket, () => this.#settle(exchange))
      exchange.upload.start()
    }
  }

  readonly #onData = (chunk: Buffer): void => void this.#take(chunk)

  /** Returns whether nobody needs the bytes any more. */
  #take(chunk: Buffer): boolean {
    if (this.#isHandedOver) {
      this.#socket.push(Buffer.from(chunk))
      return true
    }
    this.#isDone = true
    try {
      this.#read(chunk)
    } catch (error) {
      this.destroy(error instanceof TargetError ? error : new TargetError(502, (error as Error).message))
    }
    this.#exchange?.events.onQuiet()
    return this.#isDone && !this.#reader.started
  }

  #read(bytes: Buffer): void {
    let rest = bytes
    while (rest.length > 0) {
      const exchange = this.#exchange
      // Nobody asked for these bytes; what is to come on this connection cannot be told apart any more.
      if (!exchange || !this.#connected) {
        this.destroy()
        return
      }
      if (this.#decoder === undefined) {
        const head = this.#reader.push(rest)
        if (!head) {
          return
        }
        rest = head.rest
        if (this.#takeHead(exchange, head.text, rest)) {
          return
        }
      } else if (this.#decoder === 'until-close') {
        this.#pass(exchange, rest)
        return
      } else {
        rest = this.#decoder.push(rest, data => this.#pass(exchange, data))
        if (this.#decoder.done) {
          this.#endAnswer(exchange, this.#decoder.trailers)
        }
      }
    }
  }

  #pass(exchange: Exchange, data: Buffer): void {
    if (this.#exchange !== exchange) {
      return
    }
    const { events } = exchange
    // Parts of what was read come back one by one: not worth waiting for all of them.
    const isDone =
      data.length === data.buffer.byteLength
        ? lend(data, (bytes, onWritten) => events.onData(bytes, onWritten))
        : events.onData(data)
    if (!isDone) {
      this.#isDone = false
    }
  }

  /** True when the connection has become the client's. */
  #takeHead(exchange: Exchange, text: string, rest: Buffer): boolean {
    const { request, events } = exchange
    const { response, length, keepsAlive } = parseResponse(text, request.method)
    if (response.status === 101) {
      if (request.upgrade === undefined) {
        throw new TargetError(502, 'the target switched protocols without being asked to')
      }
      this.#release()
      this.#handOver(rest)
      events.onUpgrade(response, this.#socket)
      return true
    }
    if (response.status < 200) {
      events.onInformation(response)
      return false
    }
    this.#keepsAlive = keepsAlive && length !== 'until-close' && !request.closeAfterwards
    this.#decoder = decoderFor(length)
    events.onResponse(response)
    if (this.#exchange === exchange && this.#decoder !== 'until-close' && this.#decoder.done) {
      this.#endAnswer(exchange, [])
    }
    return false
  }

  #endAnswer(exchange: Exchange, trailers: HeaderList): void {
    if (this.#exchange !== exchange) {
      return
    }
    exchange.answered = true
    // An answer that comes before the request went out in full ends the sending of it.
    if (exchange.upload?.isSent === false) {
      this.#keepsAlive = false
    }
    this.#settle(exchange)
    exchange.events.onEnd(trailers)
  }

  #settle(exchange: Exchange): void {
    if (this.#exchange !== exchange || !exchange.answered) {
      return
    }
    this.#release()
    if (!this.#keepsAlive) {
      this.destroy()
      return
    }
    this.#socket.resume()
    this.#idle.rest()
    this.#options.onIdle(this)
  }

  #release(): void {
    if (this.#exchange) {
      this.#exchange.upload?.stop()
      this.#exchange.connection = undefined
    }
    this.#exchange = undefined
    this.#decoder = undefined
  }

  #handOver(rest: Buffer): void {
    this.#idle.stop()
    this.#socket.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose)
    this.#isHandedOver = true
    this.#socket.pause()
    if (rest.length > 0) {
      this.#socket.unshift(Buffer.from(rest))
    }
  }

  readonly #onEnd = (): void => {
    const exchange = this.#exchange
    if (exchange && this.#decoder === 'until-close') {
      this.#endAnswer(exchange, [])
    }
    this.destroy()
  }

  readonly #onClose = (): void => {
    this.#idle.stop()
    this.#options.onClose(this)
    const exchange = this.#exchange
    if (!exchange) {
      return
    }
    const cutOff = this.#decoder !== undefined || this.#reader.started
    this.#release()
    exchange.events.onError(
      this.#failure
        ? targetError(this.#failure, this.#connected)
        : new ConnectionError(
            cutOff
              ? 'the target closed the connection in the middle of its response'
              : 'the target closed the connection'
          )
    )
  }
}

function decoderFor(length: ResponseLength): BodyDecoder | 'until-close' {
  return length === 'until-close' ? length : createDecoder(length)
}

/** The head of a request on the wire: with the framing of the body, which is the client's. */
function requestHead({ method, path, headers, bodyLength, upgrade, closeAfterwards }: TargetRequest): string {
  const connection = upgrade === undefined ? (closeAfterwards ? 'close' : 'keep-alive') : 'upgrade'
  return (
    `${fieldText(method)} ${fieldText(path)} HTTP/1.1\r\n${headerLines(headers)}` +
    framing(method, bodyLength) +
    `Connection: ${connection}\r\n${upgrade === undefined ? '' : `Upgrade: ${upgrade}\r\n`}\r\n`
  )
}

function framing(method: string, bodyLength: number | undefined): string {
  if (bodyLength === undefined) {
    return 'Transfer-Encoding: chunked\r\n'
  }
  return bodyLength > 0 || /^(POST|PUT|PATCH)$/.test(method) ? `Content-Length: ${bodyLength}\r\n` : ''
}
