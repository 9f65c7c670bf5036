import { describe, expect, it } from '@jest/globals'
import {
  giveBack,
  handOnParts,
  lend,
  type ReusedBuffer,
  reusedBuffer
} from '../../../../src/load-balancer/transport/read-buffer.ts'

const size = 64 * 1024

describe('bytes that nobody needs any more', () => {
  it('are freed where they are all of a buffer', () => {
    const bytes = Buffer.from(new ArrayBuffer(size))
    giveBack(bytes)
    expect([bytes.length, bytes.buffer.byteLength]).toEqual([0, 0])
  })

  it.each<[string, Buffer]>([
    ['part of a buffer', Buffer.from(new ArrayBuffer(size), 0, size - 1)],
    ['few', Buffer.from(new ArrayBuffer(100))],
    ['none', Buffer.alloc(0)],
    ['shared', Buffer.from(new SharedArrayBuffer(size))]
  ])('stay where they are %s', (_what, bytes) => {
    const { length } = bytes
    giveBack(bytes)
    expect([bytes.length, Buffer.concat([bytes]).length]).toEqual([length, length])
  })
})

describe('bytes whose parts are handed on', () => {
  function read() {
    const bytes = Buffer.from(new ArrayBuffer(size))
    return { bytes, parts: [bytes.subarray(3, 1000), bytes.subarray(1005, size - 2)] as const }
  }

  it('are freed once all parts are given back', () => {
    const { bytes, parts } = read()
    handOnParts(bytes, () => {
      parts.forEach(giveBack)
      return size - 10
    })
    expect(bytes.length).toBe(0)
  })

  it.each<[string, (parts: readonly [Buffer, Buffer]) => number | undefined]>([
    [
      'one part is needed yet',
      ([first]) => {
        giveBack(first)
        return size - 10
      }
    ],
    [
      'something behind them is needed yet',
      parts => {
        parts.forEach(giveBack)
        return undefined
      }
    ],
    [
      'as many bytes of another buffer are given back',
      ([first, second]) => {
        giveBack(first)
        giveBack(Buffer.from(new ArrayBuffer(size)).subarray(0, second.length))
        return size - 10
      }
    ]
  ])('stay where %s', (_why, handOn) => {
    const { bytes, parts } = read()
    handOnParts(bytes, () => handOn(parts))
    // What comes back afterwards frees nothing: others may be handing on.
    parts.forEach(giveBack)
    expect(bytes.length).toBe(size)
  })

  it('stay where they are a part of what was read', () => {
    const { bytes, parts } = read()
    handOnParts(bytes.subarray(1), () => {
      parts.forEach(giveBack)
      return size - 10
    })
    expect(bytes.length).toBe(size)
  })
})

/** Reads into what it is given as Node does, and fills it. */
function reader(onBytes: (bytes: Buffer) => boolean) {
  const { buffer, callback, release } = reusedBuffer(onBytes) as Pick<ReusedBuffer, 'release'> & {
    buffer(): Buffer
    callback(count: number, bytes: Buffer): boolean
  }
  let room = buffer()
  function read(): Buffer {
    const filled = room
    callback(filled.length, filled)
    room = buffer()
    return filled
  }
  return Object.assign(read, { release })
}

describe('bytes that are lent', () => {
  function lent() {
    const onWritten: ((error?: Error) => void)[] = []
    const read = reader(bytes =>
      lend(bytes, (_bytes, written) => {
        onWritten.push(written)
        return false
      })
    )
    read()
    return { read, onWritten }
  }

  it('are read over when they are written, and not before', () => {
    const { read, onWritten } = lent()
    const [first, second] = [read(), read()]
    expect(second.buffer).not.toBe(first.buffer)
    onWritten[1]!()
    // The one that is read into already, and the one that has come back.
    read()
    expect(read().buffer).toBe(first.buffer)
  })

  it('do not come back where they could not be written', () => {
    const { read, onWritten } = lent()
    const first = read()
    onWritten[1]!(new Error('gone'))
    read()
    expect([read(), read()].map(({ buffer }) => buffer)).not.toContain(first.buffer)
  })

  it('do not come back twice where they were done with at once', () => {
    const written: (() => void)[] = []
    const read = reader(bytes =>
      lend(bytes, (_bytes, onWritten) => {
        written.push(onWritten)
        return true
      })
    )
    read()
    const first = read()
    written[1]!()
    // It is read into still: whoever needs another must not get it.
    const other = lent()
    other.read()
    expect([other.read(), other.read()].map(({ buffer }) => buffer)).not.toContain(first.buffer)
  })
})

describe('the buffer of a connection that is closed', () => {
  it('is read into by the next connection, once', () => {
    const closed = reader(() => true)
    closed()
    const bytes = closed()
    closed.release()
    closed.release()
    const others = [reader(() => true), reader(() => true)].map(read => {
      read()
      return read()
    })
    expect(others.filter(({ buffer }) => buffer === bytes.buffer)).toHaveLength(1)
  })

  it("is nobody else's where its bytes are needed yet", () => {
    const closed = reader(() => false)
    const bytes = closed()
    closed.release()
    expect(reader(() => true)().buffer).not.toBe(bytes.buffer)
  })
})
