import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { headerLines } from '../message/field-text.ts'
import { giveBack } from './read-buffer.ts'
import type { TargetRequest } from './transport.ts'

/** The body of a request over HTTP/1.1, at the target's pace: the client waits while the socket is full. */
export class Http1Upload {
  /** Whether all of it is on its way. */
  isSent = false
  readonly #request: TargetRequest
  readonly #body: Readable
  readonly #socket: Socket
  readonly #onSent: () => void
  #isStopped = false

  /** @param onSent - is called once all of it is on its way, maybe at once. */
  constructor(request: TargetRequest, socket: Socket, onSent: () => void) {
    this.#request = request
    this.#body = request.body()
    this.#socket = socket
    this.#onSent = onSent
  }

  start(): void {
    if (this.#body.readableEnded) {
      this.#onEnd()
      return
    }
    this.#body.on('data', this.#onData).on('end', this.#onEnd).resume()
    this.#socket.on('drain', this.#onDrain)
  }

  /** Sends nothing more. */
  stop(): void {
    this.#isStopped = true
    this.#body.off('data', this.#onData).off('end', this.#onEnd)
    this.#socket.off('drain', this.#onDrain)
  }

  get #isChunked(): boolean {
    return this.#request.bodyLength === undefined
  }

  readonly #onData = (chunk: Buffer): void => {
    const socket = this.#socket
    if (this.#isChunked) {
      // In one call of the system.
      socket.cork()
      socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1')
      socket.write(chunk)
      socket.write('\r\n', 'latin1')
      socket.uncork()
    } else {
      socket.write(chunk)
    }
    if (socket.writableNeedDrain) {
      this.#body.pause()
    }
    // The system has taken all of it, and nobody else has it.
    if (socket.writableLength === 0) {
      giveBack(chunk)
    }
  }

  readonly #onDrain = (): void => void this.#body.resume()

  readonly #onEnd = (): void => {
    // Cut by another listener of the same event: the body has ended, but it is not whole.
    if (this.#isStopped) {
      return
    }
    this.stop()
    if (this.#isChunked) {
      this.#socket.write(`0\r\n${headerLines(this.#request.trailers())}\r\n`, 'latin1')
    }
    this.isSent = true
    this.#onSent()
  }
}
