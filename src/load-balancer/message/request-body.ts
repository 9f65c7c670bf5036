/**
 * Decoders of HTTP/1 message bodies: where a body ends in a stream of bytes.
 *
 * @module
 */

import type { HeaderList } from '../../elbv2/index.ts'
import { bytesFrom, nothing } from './gathered-bytes.ts'
import type { BodyLength } from './request-head.ts'

/** The body breaks the rules of its framing. */
export class MalformedBodyError extends Error {}

/** Takes a body out of a stream of bytes. */
export interface BodyDecoder {
  readonly done: boolean
  /** Trailers of a chunked body, once done. */
  readonly trailers: HeaderList
  /**
   * Hands the data among the bytes to `onData` and returns what lies behind the end of the body.
   *
   * @throws {MalformedBodyError}
   */
  push(bytes: Buffer, onData: (data: Buffer) => void): Buffer
}

export function createDecoder(length: BodyLength): BodyDecoder {
  return length === 'chunked' ? new ChunkedDecoder() : new LengthDecoder(length)
}

const noTrailers: HeaderList = []

class LengthDecoder implements BodyDecoder {
  readonly trailers = noTrailers
  #left: number

  constructor(length: number) {
    this.#left = length
  }

  get done(): boolean {
    return this.#left === 0
  }

  push(bytes: Buffer, onData: (data: Buffer) => void): Buffer {
    const data = bytes.length <= this.#left ? bytes : bytes.subarray(0, this.#left)
    const rest = bytesFrom(bytes, data.length)
    this.#left -= data.length
    if (data.length > 0) {
      onData(data)
    }
    return rest
  }
}

/** Longest line inside a chunked body, and all its trailers, in bytes. */
const longestLine = 4 * 1024
const longestTrailers = 16 * 1024

class ChunkedDecoder implements BodyDecoder {
  readonly trailers: HeaderList = []
  done = false
  #state: 'size' | 'data' | 'data-end' | 'trailers' = 'size'
  #left = 0
  #line = ''
  #trailerBytes = 0

  push(bytes: Buffer, onData: (data: Buffer) => void): Buffer {
    // Whoever takes data may free it: nothing is asked of the bytes afterwards but what lies behind.
    const { length } = bytes
    let at = 0
    while (at < length && !this.done) {
      if (this.#state === 'data') {
        const data = bytes.subarray(at, at + this.#left)
        this.#left -= data.length
        at += data.length
        onData(data)
        if (this.#left === 0) {
          this.#state = 'data-end'
        }
        continue
      }
      const end = bytes.indexOf(10, at)
      this.#line += bytes.toString('latin1', at, end < 0 ? length : end)
      if (this.#line.length > longestLine) {
        throw new MalformedBodyError('a line of a chunked body is too long')
      }
      if (end < 0) {
        return nothing
      }
      at = end + 1
      const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line
      this.#line = ''
      this.#takeLine(line)
    }
    return at === length ? nothing : bytes.subarray(at)
  }

  #takeLine(line: string): void {
    if (this.#state === 'data-end') {
      if (line !== '') {
        throw new MalformedBodyError('a chunk is longer than its size')
      }
      this.#state = 'size'
    } else if (this.#state === 'size') {
      const size = /^([0-9a-fA-F]{1,13})[ \t]*(?:;.*)?$/.exec(line)
      if (!size) {
        throw new MalformedBodyError('the size of a chunk is not a number')
      }
      this.#left = Number.parseInt(size[1]!, 16)
      this.#state = this.#left === 0 ? 'trailers' : 'data'
    } else if (line === '') {
      this.done = true
    } else {
      this.#trailerBytes += line.length
      const colon = line.indexOf(':')
      if (colon <= 0 || this.#trailerBytes > longestTrailers) {
        throw new MalformedBodyError('a malformed trailer')
      }
      this.trailers.push([line.slice(0, colon), line.slice(colon + 1).trim()])
    }
  }
}
