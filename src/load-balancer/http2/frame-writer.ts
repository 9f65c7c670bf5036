import type { Writable } from 'node:stream'
import { type ErrorName, errorCode, frameFlag, frameHead, frameType, maxFrameSize, word } from './frame.ts'

/** Bytes of data that cost less as a part of the text than as a piece of their own. */
const fewBytes = 1024

/** Characters that wait for the turn to end, at most. */
const mostWaiting = 16 * 1024

/** Answers to frames of control that wait for the other side to read: more is an attack (RFC 9113 §10.5). */
const mostReplies = 1000

/**
 * Writes frames. What one turn has to say, to however many requests, leaves at its end in one piece: as text, one character a
 * byte, but for larger data.
 */
export class FrameWriter {
  readonly #socket: Writable
  #text = ''
  #isScheduled = false
  #isCorked = false
  #replies = 0

  constructor(socket: Writable) {
    this.#socket = socket
  }

  /** Whether the other side is slower: the socket tells by `drain` when it has caught up. */
  get isBlocked(): boolean {
    return this.#socket.writableNeedDrain
  }

  frame(type: number, flags: number, stream: number, payload: string): void {
    this.#text += frameHead(payload.length, type, flags, stream) + payload
    this.#schedule()
  }

  /** A block of fields, in as many frames as it takes. */
  headers(stream: number, block: string, isLast: boolean): void {
    let type: number = frameType.headers
    let flags: number = isLast ? frameFlag.endStream : 0
    let rest = block
    for (; rest.length > maxFrameSize; rest = rest.slice(maxFrameSize)) {
      this.frame(type, flags, stream, rest.slice(0, maxFrameSize))
      type = frameType.continuation
      flags = 0
    }
    this.frame(type, flags | frameFlag.endHeaders, stream, rest)
  }

  /** Data that fits into a frame. */
  data(stream: number, bytes: Buffer): void {
    if (bytes.length <= fewBytes) {
      this.frame(frameType.data, 0, stream, bytes.toString('latin1'))
      return
    }
    this.#text += frameHead(bytes.length, frameType.data, 0, stream)
    if (!this.#isCorked) {
      this.#isCorked = true
      this.#socket.cork()
    }
    this.#passText()
    this.#socket.write(bytes)
    this.#schedule()
  }

  reset(stream: number, code: ErrorName): void {
    this.frame(frameType.reset, 0, stream, word(errorCode(code)))
  }

  windowUpdate(stream: number, more: number): void {
    this.frame(frameType.windowUpdate, 0, stream, word(more))
  }

  /** An answer that the other side has asked for; false where it asks without reading. */
  reply(type: number, payload: string): boolean {
    this.#replies = this.isBlocked ? this.#replies + 1 : 0
    this.frame(type, frameFlag.acknowledge, 0, payload)
    return this.#replies <= mostReplies
  }

  /** Lets everything leave that waits. */
  flush(): void {
    this.#passText()
    if (this.#isCorked) {
      this.#isCorked = false
      this.#socket.uncork()
    }
  }

  #passText(): void {
    if (this.#text !== '' && this.#socket.writable) {
      this.#socket.write(this.#text, 'latin1')
    }
    this.#text = ''
  }

  #schedule(): void {
    if (this.#text.length > mostWaiting) {
      this.flush()
    } else if (!this.#isScheduled) {
      this.#isScheduled = true
      setImmediate(this.#onTurn)
    }
  }

  readonly #onTurn = (): void => {
    this.#isScheduled = false
    this.flush()
  }
}
