import { Writable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { frameType } from '../../../../src/load-balancer/http2/frame.ts'
import { FrameWriter } from '../../../../src/load-balancer/http2/frame-writer.ts'
import { data, flags, frame, reset, window } from '../../../attacks/http2-frames.ts'

/** A socket, and what each of its writes had; it takes nothing more once it is stopped, until it goes on. */
function sink(highWaterMark?: number) {
  const writes: Buffer[] = []
  let goOn: (() => void) | undefined
  let isStopped = false
  function take(chunks: { chunk: Buffer }[], done: () => void): void {
    writes.push(Buffer.concat(chunks.map(({ chunk }) => chunk)))
    if (isStopped) {
      goOn = done
    } else {
      done()
    }
  }
  const socket = new Writable({
    ...(highWaterMark === undefined ? {} : { highWaterMark }),
    decodeStrings: true,
    write: (chunk, _encoding, done) => take([{ chunk }], done),
    writev: take
  })
  return {
    socket,
    writer: new FrameWriter(socket),
    writes,
    stop() {
      isStopped = true
    },
    resume() {
      isStopped = false
      goOn?.()
    }
  }
}

function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

describe('a block of fields', () => {
  const first = 16_384
  it.each<[length: number, frames: [type: 'headers' | 'continuation', length: number][]]>([
    [0, [['headers', 0]]],
    [100, [['headers', 100]]],
    [first, [['headers', first]]],
    [
      first + 1,
      [
        ['headers', first],
        ['continuation', 1]
      ]
    ],
    [
      2 * first,
      [
        ['headers', first],
        ['continuation', first]
      ]
    ],
    [
      40_000,
      [
        ['headers', first],
        ['continuation', first],
        ['continuation', 40_000 - 2 * first]
      ]
    ]
  ])('of %d bytes', async (length, frames) => {
    const block = Buffer.from(Array.from({ length }, (_, index) => index % 251))
    for (const isLast of [false, true]) {
      const { writer, writes } = sink()
      writer.headers(5, block.toString('latin1'), isLast)
      await turn()
      let at = 0
      const expected = frames.map(([type, size], index) => {
        at += size
        const end = index === frames.length - 1 ? flags.endHeaders : 0
        const last = isLast && index === 0 ? flags.endStream : 0
        return frame(type, end | last, 5, block.subarray(at - size, at))
      })
      expect(Buffer.concat(writes)).toEqual(Buffer.concat(expected))
    }
  })
})

describe('what a turn has to say', () => {
  it('leaves in one piece at its end', async () => {
    const { writer, writes } = sink()
    writer.headers(1, '\x88', false)
    writer.data(1, Buffer.from('a'))
    writer.windowUpdate(0, 0x7fffffff)
    writer.reset(0x7fffffff, 'CANCEL')
    writer.reply(frameType.ping, '12345678')
    expect(writes).toEqual([])
    await turn()
    expect(writes).toEqual([
      Buffer.concat([
        frame('headers', flags.endHeaders, 1, Buffer.of(0x88)),
        data(1, 'a'),
        window(0, 0x7fffffff),
        reset(0x7fffffff, 8),
        frame('ping', flags.acknowledge, 0, Buffer.from('12345678'))
      ])
    ])
    writer.windowUpdate(1, 1)
    await turn()
    expect(writes.slice(1)).toEqual([window(1, 1)])
  })

  it('leaves in one piece with larger data, in its order', async () => {
    const { writer, writes } = sink()
    const large = Buffer.alloc(1025, 'x')
    writer.windowUpdate(1, 1)
    writer.data(3, large)
    writer.data(5, Buffer.alloc(1024, 'y'))
    writer.data(3, large)
    writer.frame(frameType.data, flags.endStream, 3, '')
    expect(writes).toEqual([])
    await turn()
    expect(writes).toEqual([
      Buffer.concat([window(1, 1), data(3, large), data(5, Buffer.alloc(1024, 'y')), data(3, large), data(3, '', true)])
    ])
  })

  it('does not wait for its end where it is much', () => {
    const { writer, writes } = sink()
    for (let index = 0; index < 2000; index += 1) {
      writer.windowUpdate(1, 1)
    }
    expect(Buffer.concat(writes).length).toBeGreaterThan(2000 * 13 - 16_400)
    expect(writes.length).toBeLessThan(3)
  })

  it('leaves at once where it has to', () => {
    const { writer, writes } = sink()
    writer.data(1, Buffer.alloc(5000))
    writer.windowUpdate(1, 1)
    writer.flush()
    expect(writes).toEqual([Buffer.concat([data(1, Buffer.alloc(5000)), window(1, 1)])])
  })

  it.each<[name: string, leave: (socket: Writable) => void]>([
    ['nobody is left', socket => socket.destroy()],
    ['the last word has been said', socket => socket.end()]
  ])('goes nowhere where %s', async (_name, leave) => {
    const { writer, writes, socket } = sink()
    const errors: Error[] = []
    socket.on('error', error => errors.push(error))
    leave(socket)
    writer.windowUpdate(1, 1)
    writer.flush()
    writer.windowUpdate(1, 1)
    await turn()
    writer.windowUpdate(1, 2)
    writer.flush()
    await turn()
    expect([writes, errors]).toEqual([[], []])
  })
})

describe('bytes of data', () => {
  it.each([1, 1023, 1024, 1025, 16_384])('%d of them, whatever they are', async length => {
    const { writer, writes } = sink()
    const content = Buffer.from(Array.from({ length }, (_, index) => 255 - (index % 256)))
    writer.data(7, content)
    await turn()
    expect(Buffer.concat(writes)).toEqual(data(7, content))
  })
})

describe('another side that does not read', () => {
  it('is told by the socket, and when it has caught up', async () => {
    const { writer, stop, resume, socket } = sink(100)
    stop()
    expect(writer.isBlocked).toBe(false)
    writer.headers(1, 'x'.repeat(200), true)
    await turn()
    expect(writer.isBlocked).toBe(true)
    const drained = new Promise(resolve => socket.once('drain', resolve))
    resume()
    await drained
    expect(writer.isBlocked).toBe(false)
  })

  it('gets a thousand replies at most', async () => {
    const { writer, stop } = sink(100)
    stop()
    writer.headers(1, 'x'.repeat(200), true)
    await turn()
    const taken = Array.from({ length: 1001 }, () => writer.reply(frameType.ping, '12345678'))
    expect(taken.indexOf(false)).toBe(1000)
  })

  it('gets as many again once it has caught up', async () => {
    const { writer, stop, resume, socket } = sink(100)
    for (let round = 0; round < 3; round += 1) {
      stop()
      writer.headers(1, 'x'.repeat(200), true)
      await turn()
      const taken = Array.from({ length: 900 }, () => writer.reply(frameType.settings, ''))
      expect(taken).not.toContain(false)
      await turn()
      const drained = new Promise(resolve => socket.once('drain', resolve))
      resume()
      await drained
      expect(writer.reply(frameType.settings, '')).toBe(true)
      await turn()
    }
  })
})
