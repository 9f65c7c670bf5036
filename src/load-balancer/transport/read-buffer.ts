/**
 * Where the bytes of a connection are read into, over and over, as long as whoever gets them is done with them at once: Node
 * otherwise takes 64 KiB for each read, and leaves them to be collected. Idle connections hold little, busy ones read much at a time.
 *
 * @module
 */

import type { OnReadOpts } from 'node:net'

/** Bytes of a buffer: of a connection over which little passes, and of one that has filled a buffer to its end. */
const sizes = { small: 4 * 1024, large: 64 * 1024 }

/** Buffers that nobody needs for now: whoever reads next takes the one that was used last, which the processor still holds. */
const spare: Record<number, Buffer[]> = { [sizes.small]: [], [sizes.large]: [] }

/** Most that are kept, of each size. */
const mostSpare = 16

function takeBuffer(size: number): Buffer {
  return spare[size]!.pop() ?? Buffer.allocUnsafeSlow(size)
}

function keepSpare(buffer: Buffer): void {
  const kept = spare[buffer.length]
  if (kept && kept.length < mostSpare) {
    kept.push(buffer)
  }
}

class ReadBuffer {
  #buffer = takeBuffer(sizes.small)
  #size = sizes.small
  #isLent = false

  /** What the next bytes are read into. */
  next(): Buffer {
    if (this.#isLent || this.#buffer.length !== this.#size) {
      if (!this.#isLent) {
        keepSpare(this.#buffer)
      }
      this.#buffer = takeBuffer(this.#size)
      this.#isLent = false
    }
    return this.#buffer
  }

  /** Takes note of a read; bytes that somebody needs yet are not read over. */
  filled(count: number, isDone: boolean): void {
    this.#isLent = !isDone
    if (count === this.#buffer.length) {
      this.#size = sizes.large
    } else if (count < sizes.small) {
      this.#size = sizes.small
    }
  }

  release(): void {
    if (!this.#isLent) {
      this.#isLent = true
      keepSpare(this.#buffer)
    }
  }
}

/** How a connection is read so. */
export interface ReusedBuffer extends OnReadOpts {
  /** The connection is closed: others read into what it has read into. */
  release(): void
}

/**
 * Options of a connection that is to be read so.
 *
 * @param onBytes - is given what came, and says whether it is done with it: then other bytes are read over these. Who is done later
 *   may say so where they were {@link lend | lent}.
 */
export function reusedBuffer(onBytes: (bytes: Buffer) => boolean): ReusedBuffer {
  const buffer = new ReadBuffer()
  return {
    buffer: () => buffer.next(),
    callback(count, bytes) {
      buffer.filled(count, onBytes((bytes as Buffer).subarray(0, count)))
      return true
    },
    release: () => buffer.release()
  }
}

/** What is called when bytes have been written, or could not be. */
export type OnWritten = (error?: Error | null) => void

/** Bytes of a reused buffer that were needed for a while are not needed any more. */
function returnBytes({ buffer }: Buffer): void {
  keepSpare(Buffer.from(buffer as ArrayBuffer))
}

/**
 * Hands bytes of a reused buffer to somebody who may need them for a while, as everybody does who encrypts them, and has them back.
 *
 * @param write - writes the bytes, calls back once, later, and says whether it is done with them already.
 * @returns whether they may be read over at once.
 */
export function lend(bytes: Buffer, write: (bytes: Buffer, onWritten: OnWritten) => boolean): boolean {
  let isLent = false
  const isDone = write(bytes, error => {
    // Where it failed nobody knows who has them still.
    if (isLent && !error) {
      returnBytes(bytes)
    }
  })
  isLent = !isDone
  return isDone
}

/** Fewer bytes are not worth it. */
const leastGivenBack = 4 * 1024

/**
 * Frees the memory of bytes that nobody needs any more, where they are all that a buffer holds. Connections that were accepted read
 * into a new one each time, for Node takes none of one's own there, and V8 lets 64 MB of such buffers gather before it looks at them.
 */
export function giveBack({ buffer, length }: Buffer): void {
  if (length === buffer.byteLength) {
    free(buffer, length)
  } else if (buffer === handedOn.buffer) {
    handedOn.returned += length
  }
}

function free(buffer: ArrayBufferLike, length: number): void {
  if (length >= leastGivenBack && buffer instanceof ArrayBuffer) {
    buffer.transfer(0)
  }
}

/** The buffer whose parts are being handed on, and how many bytes of it were given back meanwhile. */
const handedOn: { buffer: ArrayBufferLike | undefined; returned: number } = { buffer: undefined, returned: 0 }

/**
 * Hands on parts of bytes, and frees the memory of all of them where each part is {@link giveBack | given back} before it returns.
 *
 * @param handOn - hands on the parts, and returns how many bytes they have; undefined where something of the rest is needed yet.
 */
export function handOnParts(bytes: Buffer, handOn: () => number | undefined): void {
  const { buffer, length } = bytes
  handedOn.buffer = buffer
  handedOn.returned = 0
  try {
    if (handOn() === handedOn.returned && length === buffer.byteLength) {
      free(buffer, length)
    }
  } finally {
    handedOn.buffer = undefined
  }
}
