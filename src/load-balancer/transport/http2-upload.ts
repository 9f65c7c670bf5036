/**
 * The body of a request over HTTP/2, at the pace of the target: it says how much it takes of each request, and of all together.
 *
 * @module
 */

import type { Readable } from 'node:stream'
import { encodeFields } from '../http2/field-encoder.ts'
import { ConnectionFault, defaultWindow, frameFlag, frameType, maxFrameSize, maxWindow } from '../http2/frame.ts'
import type { FrameWriter } from '../http2/frame-writer.ts'
import type { TargetRequest } from './transport.ts'

function widened(window: number, more: number): number {
  if (window + more > maxWindow) {
    throw new ConnectionFault('FLOW_CONTROL_ERROR', 'a window that is too large')
  }
  return window + more
}

/** What the target takes of all requests of a connection together, and whose turn it is. */
export class SendWindow {
  readonly #writer: FrameWriter
  /** Those with a part that the target would take of them, were there room for all. */
  readonly #waiting = new Set<Http2Upload>()
  #bytes = defaultWindow

  constructor(writer: FrameWriter) {
    this.#writer = writer
  }

  /** Bytes that a frame may have now. */
  get room(): number {
    return this.#writer.isBlocked ? 0 : Math.min(this.#bytes, maxFrameSize)
  }

  use(bytes: number): void {
    this.#bytes -= bytes
  }

  /** @throws {ConnectionFault} where it would be larger than HTTP/2 can count. */
  widen(more: number): void {
    this.#bytes = widened(this.#bytes, more)
  }

  wait(upload: Http2Upload): void {
    if (upload.isReady) {
      this.#waiting.add(upload)
      this.send()
    }
  }

  forget(upload: Http2Upload): void {
    this.#waiting.delete(upload)
  }

  /** Sends what waits: a frame each, in turns, as long as the target takes any. */
  send(): void {
    for (const upload of this.#waiting) {
      if (this.room <= 0) {
        return
      }
      // Behind the others: whenever the target takes more, it is the next one's turn.
      this.#waiting.delete(upload)
      upload.sendFrame()
      if (upload.isReady) {
        this.#waiting.add(upload)
      }
    }
  }
}

/** The body of one request. */
export class Http2Upload {
  /** Whether all of it is on its way. */
  isSent = false
  readonly #stream: number
  readonly #request: TargetRequest
  readonly #body: Readable
  readonly #writer: FrameWriter
  readonly #shared: SendWindow
  /** Bytes that the target takes of this request. */
  #bytes: number
  /** What it does not take yet. */
  #waiting: Buffer | undefined
  #hasEnded = false
  #isStopped = false

  /** @param window - bytes that the target takes to begin with. */
  constructor(
    stream: number,
    request: TargetRequest,
    { writer, shared, window }: { writer: FrameWriter; shared: SendWindow; window: number }
  ) {
    this.#stream = stream
    this.#request = request
    this.#body = request.body()
    this.#writer = writer
    this.#shared = shared
    this.#bytes = window
    if (this.#body.readableEnded) {
      this.#onEnd()
    } else {
      this.#body.on('data', this.#onData).on('end', this.#onEnd).resume()
    }
  }

  /** Whether a part of it waits that the target would take of this request. */
  get isReady(): boolean {
    return this.#waiting !== undefined && this.#bytes > 0
  }

  /** Sends nothing more. */
  stop(): void {
    this.#isStopped = true
    this.#body.off('data', this.#onData).off('end', this.#onEnd)
    this.#waiting = undefined
    this.#shared.forget(this)
  }

  /**
   * The target takes so many bytes more than before, or fewer.
   *
   * @throws {ConnectionFault} where it would be more than HTTP/2 can count.
   */
  widen(more: number): void {
    this.#bytes = widened(this.#bytes, more)
    this.#shared.wait(this)
  }

  /** Sends a frame of what waits, as far as the target takes it. */
  sendFrame(): void {
    const bytes = this.#waiting
    const length = bytes ? Math.min(bytes.length, this.#room) : 0
    if (!bytes || length <= 0) {
      return
    }
    if (length < bytes.length) {
      this.#waiting = bytes.subarray(length)
      this.#send(bytes.subarray(0, length))
      return
    }
    this.#waiting = undefined
    this.#send(bytes)
    if (this.#hasEnded) {
      this.#end()
    } else {
      this.#body.resume()
    }
  }

  readonly #onData = (chunk: Buffer): void => {
    if (!this.#waiting && chunk.length <= this.#room) {
      this.#send(chunk)
      return
    }
    // A body that is paused may still hand over what it has at hand.
    this.#waiting = this.#waiting ? Buffer.concat([this.#waiting, chunk]) : chunk
    this.#body.pause()
    this.#shared.wait(this)
  }

  readonly #onEnd = (): void => {
    this.#hasEnded = true
    // Cut by another listener of the same event: the body has ended, but it is not whole.
    if (!this.#isStopped && !this.#waiting) {
      this.#end()
    }
  }

  get #room(): number {
    return Math.min(this.#bytes, this.#shared.room)
  }

  #send(bytes: Buffer): void {
    this.#bytes -= bytes.length
    this.#shared.use(bytes.length)
    this.#writer.data(this.#stream, bytes)
  }

  #end(): void {
    const trailers = encodeFields(this.#request.trailers())
    if (trailers === '') {
      this.#writer.frame(frameType.data, frameFlag.endStream, this.#stream, '')
    } else {
      this.#writer.headers(this.#stream, trailers, true)
    }
    this.isSent = true
  }
}
