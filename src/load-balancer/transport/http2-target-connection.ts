/**
 * One HTTP/2 connection to a target, for as many requests at a time as it takes. The frames are read and written here and not by
 * Node's client: that one makes a stream with its listeners of each request, and tells an answer that was broken off as one that ended.
 *
 * @module
 */

import type { Socket } from 'node:net'
import { FieldDecoder } from '../http2/field-decoder.ts'
import {
  ConnectionFault,
  defaultWindow,
  errorCode,
  errorName,
  frameType,
  maxWindow,
  setting,
  settingText,
  word
} from '../http2/frame.ts'
import { type FrameHandler, FrameReader } from '../http2/frame-reader.ts'
import { FrameWriter } from '../http2/frame-writer.ts'
import { Http2Request, type RequestCarrier } from './http2-request.ts'
import { SendWindow } from './http2-upload.ts'
import { IdleTimer, type IdleTimerOptions } from './idle-timer.ts'
import { reusedBuffer } from './read-buffer.ts'
import { responseHeadLimit } from './response-head.ts'
import { openTargetSocket, type TargetSocketOptions } from './target-socket.ts'
import {
  ConnectionError,
  type Sending,
  TargetError,
  type TargetEvents,
  type TargetRequest,
  targetError
} from './transport.ts'

/** HTTP speaks HTTP/2 in clear text from the first byte on, HTTPS agrees on it by ALPN. */
export interface Http2TargetConnectionOptions extends TargetSocketOptions, IdleTimerOptions {
  /** What is known of the target from its connections before, and from this one. */
  limits: { requests: number }
  /** The connection takes no more requests. */
  onClose(connection: Http2TargetConnection): void
}

/** Requests at a time that a target is taken to allow until it says how many. (RFC 9113 §6.5.2: no fewer than 100.) */
export const assumedRequests = 100

/** Numbers of streams end here. (RFC 9113 §5.1.1.) */
const lastID = 2 ** 31 - 1

/** Bytes of all answers together: what one client does not take keeps nothing from the others. */
const receiveWindow = 1024 * 1024

/** Bytes that wait for a target to read them: one that has stopped gets no more requests over the connection. */
const mostUnread = 1024 * 1024

/** Milliseconds that a target has to take the last bytes of a connection. */
const linger = 5000

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

export class Http2TargetConnection implements RequestCarrier, FrameHandler {
  readonly writer: FrameWriter
  readonly sendWindow: SendWindow
  readonly authority: string
  readonly scheme: string
  readonly #options: Http2TargetConnectionOptions
  readonly #socket: Socket
  readonly #reader = new FrameReader(this)
  readonly #decoder = new FieldDecoder()
  /** Requests that are on their way, by the number of their stream. */
  readonly #requests = new Map<number, Http2Request>()
  /** Requests that wait until the target is connected, has said how many it takes, and takes one more. */
  readonly #queue = new Set<Http2Request>()
  /** Requests that were told something of what is being read. */
  readonly #told: Http2Request[] = []
  #isConnected = false
  #isOpen = true
  #nextID = 1
  /** One before the target says how many it takes: what is beyond that it may refuse, and nothing is sent twice. */
  #mostRequests = 1
  /** Bytes of data that the target takes of a new request. */
  #initialWindow = defaultWindow
  /** Bytes of data that the target has sent since it was told that it may send more. */
  #received = 0
  /** Nobody needs the bytes of this read any more. */
  #isDone = true
  #failure: TargetError | undefined
  readonly #idle: IdleTimer
  #lingering: unknown

  constructor(options: Http2TargetConnectionOptions) {
    this.#options = options
    this.#idle = new IdleTimer(options, () => this.close())
    const { target, protocol } = options
    this.scheme = protocol.toLowerCase()
    this.authority = `${target.address.includes(':') ? `[${target.address}]` : target.address}:${target.port}`
    const socket = openTargetSocket(options, { alpn: 'h2', onread: reusedBuffer(bytes => this.#take(bytes)) })
    this.#socket = socket
    this.writer = new FrameWriter(socket)
    this.sendWindow = new SendWindow(this.writer)
    socket.once(protocol === 'HTTPS' ? 'secureConnect' : 'connect', () => this.#begin())
    // Where the buffer is not reused.
    socket.on('data', bytes => this.#take(bytes))
    socket.on('drain', () => this.sendWindow.send())
    socket.on('end', () => socket.destroy())
    socket.on('error', error => {
      this.#failure ??= targetError(error, this.#isConnected)
    })
    socket.once('close', () => this.#onClose())
  }

  /** Whether the target takes one more request. */
  get hasRoom(): boolean {
    const { destroyed, writableLength } = this.#socket
    const isTaking = this.#isOpen && !destroyed && writableLength < mostUnread
    return isTaking && this.#requests.size + this.#queue.size < this.#options.limits.requests
  }

  /** Sends a request: only while there is room for it. */
  send(request: TargetRequest, events: TargetEvents): Sending {
    const sending = new Http2Request(request, events, this)
    this.#idle.work()
    this.#queue.add(sending)
    this.#openQueued()
    return sending
  }

  /** Takes no more requests, and ends with the last one. */
  close(): void {
    this.#retire()
    if (this.#isEmpty) {
      this.#leave()
    }
  }

  /** Whether nothing is on its way, nor waits for it. */
  get #isEmpty(): boolean {
    return this.#requests.size + this.#queue.size === 0
  }

  #begin(): void {
    this.#isConnected = true
    this.#socket.write(preface, 'latin1')
    this.writer.frame(frameType.settings, 0, 0, settingText(setting.enablePush, 0))
    this.writer.windowUpdate(0, receiveWindow - defaultWindow)
    this.#openQueued()
  }

  #openQueued(): void {
    for (const request of this.#queue) {
      if (!this.#isConnected || this.#requests.size >= this.#mostRequests) {
        return
      }
      this.#queue.delete(request)
      this.#open(request)
    }
  }

  #open(request: Http2Request): void {
    const id = this.#nextID
    this.#nextID += 2
    if (this.#nextID > lastID) {
      this.#retire()
    }
    this.#requests.set(id, request)
    request.begin(id, this.#initialWindow)
  }

  settle(request: Http2Request): void {
    this.#requests.delete(request.id)
    this.#queue.delete(request)
    if (!this.#isEmpty) {
      this.#openQueued()
      return
    }
    if (this.#isOpen) {
      this.#idle.rest()
    } else {
      this.#leave()
    }
  }

  /** Returns whether nobody needs the bytes any more. */
  #take(bytes: Buffer): boolean {
    this.#isDone = true
    // A connection that was given up may still have something at hand.
    if (this.#socket.destroyed) {
      return true
    }
    try {
      this.#reader.push(bytes)
      for (const request of this.#told) {
        request.onQuiet()
      }
    } catch (error) {
      this.#fault(error as Error)
    }
    this.#told.length = 0
    return this.#isDone && !this.#reader.isHolding
  }

  onHeaders(stream: number, block: Buffer, isLast: boolean): void {
    const request = this.#find(stream)
    // The table follows each block, also where nobody waits for it any more.
    const { fields, length } = this.#decoder.decode(block, responseHeadLimit)
    if (request) {
      this.#tell(request)
      request.onHeaders(fields, length, isLast)
    }
  }

  onDataFrame(stream: number, length: number): void {
    if (this.#find(stream)?.account(length) === false) {
      throw new ConnectionFault('FLOW_CONTROL_ERROR', 'more data than was asked for')
    }
    // What all may send together is given again long before it is used up.
    this.#received += length
    if (this.#received >= receiveWindow >> 1) {
      this.writer.windowUpdate(0, this.#received)
      this.#received = 0
    }
  }

  onData(stream: number, bytes: Buffer): void {
    const request = this.#requests.get(stream)
    if (request) {
      this.#tell(request)
      if (!request.onData(bytes)) {
        this.#isDone = false
      }
    }
  }

  #tell(request: Http2Request): void {
    if (this.#told.at(-1) !== request) {
      this.#told.push(request)
    }
  }

  onDataEnd(stream: number): void {
    this.#requests.get(stream)?.onDataEnd()
  }

  onReset(stream: number, code: number): void {
    this.#find(stream)?.onReset(code)
  }

  onSettings(settings: readonly [id: number, value: number][]): void {
    const { limits } = this.#options
    for (const [id, value] of settings) {
      if (id === setting.maxConcurrentStreams) {
        limits.requests = value
      } else if (id === setting.initialWindowSize) {
        if (value > maxWindow) {
          throw new ConnectionFault('FLOW_CONTROL_ERROR', 'a window that is too large')
        }
        const more = value - this.#initialWindow
        this.#initialWindow = value
        for (const request of this.#requests.values()) {
          request.widen(more)
        }
      }
    }
    this.#mostRequests = limits.requests
    this.#reply(frameType.settings, '')
    this.#openQueued()
    this.sendWindow.send()
  }

  onPing(payload: Buffer): void {
    this.#reply(frameType.ping, payload.toString('latin1'))
  }

  onGoAway(lastStream: number, code: number): void {
    this.#retire()
    if (code !== 0) {
      this.#failure ??= new ConnectionError(`the target ended the connection (${errorName(code)})`)
    }
    const error =
      this.#failure ?? new ConnectionError('the target is closing the connection, and did not take the request')
    const left = [...this.#requests].filter(([id]) => id > lastStream).map(([, request]) => request)
    for (const request of [...this.#queue, ...left]) {
      request.fail(error)
    }
    if (this.#isEmpty) {
      this.#leave()
    }
  }

  onWindowUpdate(stream: number, more: number): void {
    if (more === 0) {
      throw new ConnectionFault('PROTOCOL_ERROR', 'a window that grows by nothing')
    }
    if (stream === 0) {
      this.sendWindow.widen(more)
    } else {
      this.#find(stream)?.widen(more)
    }
    this.sendWindow.send()
  }

  /** The request of a stream; undefined where it is over. */
  #find(stream: number): Http2Request | undefined {
    const request = this.#requests.get(stream)
    if (!request && (stream >= this.#nextID || (stream & 1) === 0)) {
      throw new ConnectionFault('PROTOCOL_ERROR', 'a stream that nobody has opened')
    }
    return request
  }

  #reply(type: number, payload: string): void {
    if (!this.writer.reply(type, payload)) {
      throw new ConnectionFault('ENHANCE_YOUR_CALM', 'questions without end, and no answer is read')
    }
  }

  /** No more requests. */
  #retire(): void {
    if (this.#isOpen) {
      this.#isOpen = false
      this.#options.onClose(this)
    }
  }

  /** Nothing is on its way any more. */
  #leave(): void {
    this.#idle.stop()
    if (this.#socket.destroyed) {
      return
    }
    if (this.#isConnected) {
      this.#sayGoodbye(errorCode('NO_ERROR'))
      this.#socket.destroySoon()
      this.#lingering ??= this.#options.clock.setTimeout(() => this.#socket.destroy(), linger)
    } else {
      this.#socket.destroy()
    }
  }

  #sayGoodbye(code: number): void {
    this.writer.frame(frameType.goAway, 0, 0, word(0) + word(code))
    this.writer.flush()
  }

  #fault(error: Error): void {
    const isTheirs = error instanceof ConnectionFault
    this.#failure ??= new TargetError(
      502,
      isTheirs ? `the target sent a malformed response: ${error.message}` : error.message
    )
    this.#sayGoodbye(errorCode(isTheirs ? error.code : 'INTERNAL_ERROR'))
    this.#socket.destroy()
  }

  #onClose(): void {
    this.#idle.stop()
    this.#options.clock.clearTimeout(this.#lingering)
    this.#retire()
    const error = this.#failure ?? new ConnectionError('the target closed the connection')
    for (const request of [...this.#queue, ...this.#requests.values()]) {
      request.fail(error)
    }
  }
}
