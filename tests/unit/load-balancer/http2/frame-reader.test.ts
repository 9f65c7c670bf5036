import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { ConnectionFault, type ErrorName } from '../../../../src/load-balancer/http2/frame.ts'
import { FrameReader } from '../../../../src/load-balancer/http2/frame-reader.ts'
import { data, flags, frame, reset, settings, window } from '../../../attacks/http2-frames.ts'

type Told = [what: string, ...details: unknown[]]

/** Notes what a reader tells; the parts of a frame of data as one. */
function noting() {
  const told: Told[] = []
  let isWithinData = false
  function note(...one: Told): void {
    isWithinData = false
    told.push(one)
  }
  const reader = new FrameReader({
    onHeaders: (stream, block, isLast) => note('headers', stream, block.toString('hex'), isLast),
    onDataFrame: (stream, length) => note('frame', stream, length),
    onData(stream, bytes) {
      expect(bytes.length).toBeGreaterThan(0)
      if (isWithinData) {
        told.at(-1)![2] += bytes.toString('hex')
      } else {
        note('data', stream, bytes.toString('hex'))
        isWithinData = true
      }
    },
    onDataEnd: stream => note('end', stream),
    onReset: (stream, code) => note('reset', stream, code),
    onSettings: list => note('settings', list),
    onPing: payload => note('ping', payload.toString('hex')),
    onGoAway: (lastStream, code) => note('goAway', lastStream, code),
    onWindowUpdate: (stream, more) => note('window', stream, more)
  })
  return { reader, told }
}

function read(...pieces: Buffer[]): Told[] {
  const { reader, told } = noting()
  for (const piece of pieces) {
    reader.push(piece)
  }
  expect(reader.isHolding).toBe(false)
  return told
}

const priority = 32
const pushPromise = 5

/** A payload with as many zeros behind it. */
function padded(payload: Buffer, padding: number): Buffer {
  return Buffer.concat([Buffer.of(padding), payload, Buffer.alloc(padding)])
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [index, one] of values.entries()) {
    bytes.writeUInt32BE(one, 4 * index)
  }
  return bytes
}

/** Frames with what is told of them. */
interface Piece {
  bytes: Buffer
  told: Told[]
}

const stream = fc.integer({ min: 1, max: 2 ** 31 - 1 })
const code = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const bytes = fc.uint8Array({ maxLength: 300 }).map(array => Buffer.from(array))
const padding = fc.option(fc.nat(255), { nil: undefined })

const dataFrame = fc
  .record({ stream, bytes, padding, isLast: fc.boolean() })
  .map(({ stream: id, bytes: content, padding: zeros, isLast }): Piece => {
    const payload = zeros === undefined ? content : padded(content, zeros)
    return {
      bytes: frame('data', (isLast ? flags.endStream : 0) | (zeros === undefined ? 0 : flags.padded), id, payload),
      told: [
        ['frame', id, payload.length],
        ...(content.length > 0 ? [['data', id, content.toString('hex')] as Told] : []),
        ...(isLast ? [['end', id] as Told] : [])
      ]
    }
  })

const headersFrames = fc
  .record({
    stream,
    fragments: fc.array(bytes, { minLength: 1, maxLength: 6 }),
    padding,
    hasPriority: fc.boolean(),
    isLast: fc.boolean()
  })
  .map(({ stream: id, fragments, padding: zeros, hasPriority, isLast }): Piece => {
    const last = fragments.length - 1
    const frames = fragments.map((fragment, index) => {
      const end = index === last ? flags.endHeaders : 0
      if (index > 0) {
        return frame('continuation', end, id, fragment)
      }
      const content = hasPriority ? Buffer.concat([words(0x8000_0001), Buffer.of(15), fragment]) : fragment
      const all = (isLast ? flags.endStream : 0) | (hasPriority ? priority : 0) | end
      return zeros === undefined
        ? frame('headers', all, id, content)
        : frame('headers', all | flags.padded, id, padded(content, zeros))
    })
    return {
      bytes: Buffer.concat(frames),
      told: [['headers', id, Buffer.concat(fragments).toString('hex'), isLast]]
    }
  })

const control = fc.oneof(
  fc.tuple(stream, code).map(([id, one]): Piece => ({ bytes: reset(id, one), told: [['reset', id, one]] })),
  fc
    .array(fc.tuple(fc.nat(65_535), code), { maxLength: 5 })
    .map((list): Piece => ({ bytes: settings(list), told: [['settings', list]] })),
  fc
    .uint8Array({ minLength: 8, maxLength: 8 })
    .map(array => Buffer.from(array))
    .map((payload): Piece => ({ bytes: frame('ping', 0, 0, payload), told: [['ping', payload.toString('hex')]] })),
  fc.tuple(fc.nat(2 ** 31 - 1), code, bytes).map(
    ([last, one, debug]): Piece => ({
      bytes: frame('goAway', 0, 0, Buffer.concat([words(last, one), debug])),
      told: [['goAway', last, one]]
    })
  ),
  fc
    .tuple(fc.oneof(stream, fc.constant(0)), fc.nat(2 ** 31 - 1))
    .map(([id, more]): Piece => ({ bytes: window(id, more), told: [['window', id, more]] }))
)

/** Nothing is told of these. */
const silent = fc.oneof(
  fc.constantFrom(frame('ping', flags.acknowledge, 0, Buffer.alloc(8)), frame('settings', flags.acknowledge, 0)),
  stream.map(id => frame('priority', 0, id, Buffer.alloc(5))),
  fc
    .record({ type: fc.integer({ min: 10, max: 255 }), any: fc.nat(255), id: fc.nat(2 ** 31 - 1), bytes })
    .map(({ type, any, id, bytes: payload }) => frame(type, any, id, payload))
)

const pieces = fc.array(
  fc.oneof(
    dataFrame,
    headersFrames,
    control,
    silent.map((one): Piece => ({ bytes: one, told: [] }))
  ),
  { maxLength: 12 }
)

function joined(list: readonly Piece[]): Piece {
  return {
    bytes: Buffer.concat([settings(), ...list.map(piece => piece.bytes)]),
    told: [['settings', []], ...list.flatMap(piece => piece.told)]
  }
}

describe('a stream of frames', () => {
  it('is read the same wherever it is cut', () => {
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(), { maxLength: 20 }), (list, places) => {
        const whole = joined(list)
        const cuts = places.map(place => place % (whole.bytes.length + 1)).sort((a, b) => a - b)
        const parts = [...cuts, whole.bytes.length].map((to, index) => whole.bytes.subarray(cuts[index - 1] ?? 0, to))
        expect(read(...parts)).toEqual(whole.told)
      })
    )
  })

  it('is read the same byte by byte', () => {
    fc.assert(
      fc.property(pieces, list => {
        const { bytes: all, told } = joined(list)
        expect(read(...Array.from(all, byte => Buffer.of(byte)))).toEqual(told)
      }),
      { numRuns: 30 }
    )
  })

  it('may be read into the same memory again where nothing of it is held', () => {
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 400 }), (list, size) => {
        const { bytes: all, told: expected } = joined(list)
        const { reader, told } = noting()
        let memory = Buffer.alloc(size)
        for (let at = 0; at < all.length; at += size) {
          const count = all.copy(memory, 0, at, at + size)
          reader.push(memory.subarray(0, count))
          if (reader.isHolding) {
            memory = Buffer.alloc(size)
          } else {
            memory.fill(0xee)
          }
        }
        expect(told).toEqual(expected)
      })
    )
  })
})

describe('a part of a frame', () => {
  it('of data is told before the frame is over', () => {
    const { reader, told } = noting()
    reader.push(settings())
    reader.push(data(1, 'hello', true).subarray(0, 11))
    expect(told.slice(1)).toEqual([
      ['frame', 1, 5],
      ['data', 1, Buffer.from('he').toString('hex')]
    ])
    expect(reader.isHolding).toBe(false)
  })

  it.each<[name: string, bytes: Buffer]>([
    ['of a head', settings().subarray(0, 8)],
    ['of a frame', settings([[3, 5]]).subarray(0, 14)],
    ['of a block, without what goes on with it', Buffer.concat([settings(), frame('headers', 0, 1, Buffer.of(0x88))])],
    [
      'of padded data, without its padding',
      Buffer.concat([settings(), frame('data', flags.padded, 1, padded(Buffer.alloc(0), 0)).subarray(0, 9)])
    ]
  ])('%s is held', (_name, part) => {
    const { reader } = noting()
    reader.push(part)
    expect(reader.isHolding).toBe(true)
  })

  it('of padding ends the data only when all of it has come', () => {
    const { reader, told } = noting()
    const last = frame('data', flags.padded | flags.endStream, 1, padded(Buffer.from('x'), 3))
    reader.push(Buffer.concat([settings(), last.subarray(0, -1)]))
    expect(told.at(-1)).toEqual(['data', 1, '78'])
    reader.push(last.subarray(-1))
    expect(told.at(-1)).toEqual(['end', 1])
  })
})

it('the reserved bit of a stream counts for nothing, nor do those of windows and GOAWAY', () => {
  const high = 0x8000_0000
  expect(
    read(settings(), reset(high + 3, 8), window(high + 5, high + 7), frame('goAway', 0, 0, words(high + 9, 1))).slice(1)
  ).toEqual([
    ['reset', 3, 8],
    ['window', 5, 7],
    ['goAway', 9, 1]
  ])
})

const head = frame('headers', 0, 1, Buffer.of(0x88))

describe('what ends the connection', () => {
  it.each<[name: string, frames: Buffer[], code: ErrorName]>([
    // What it begins with (RFC 9113 §3.4).
    ['HTTP/1.1', [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')], 'PROTOCOL_ERROR'],
    ['a first frame that is another', [frame('ping', 0, 0, Buffer.alloc(8))], 'PROTOCOL_ERROR'],
    ['settings that acknowledge ours, ahead of its own', [frame('settings', flags.acknowledge, 0)], 'PROTOCOL_ERROR'],
    ['a first frame of an unknown type', [frame(99, 0, 0)], 'PROTOCOL_ERROR'],
    // Lengths (§4.2, §6).
    ['a frame of 16385 bytes', [settings(), frame('data', 0, 1, Buffer.alloc(16_385))], 'FRAME_SIZE_ERROR'],
    ['settings of 16386 bytes', [frame('settings', 0, 0, Buffer.alloc(16_386))], 'FRAME_SIZE_ERROR'],
    ['an unknown frame that is too long', [settings(), frame(99, 0, 1, Buffer.alloc(16_385))], 'FRAME_SIZE_ERROR'],
    ['settings of 5 bytes', [frame('settings', 0, 0, Buffer.alloc(5))], 'FRAME_SIZE_ERROR'],
    [
      'settings that acknowledge with a payload',
      [settings(), frame('settings', flags.acknowledge, 0, Buffer.alloc(6))],
      'FRAME_SIZE_ERROR'
    ],
    ['a PING of 7 bytes', [settings(), frame('ping', 0, 0, Buffer.alloc(7))], 'FRAME_SIZE_ERROR'],
    ['a PING of 9 bytes', [settings(), frame('ping', flags.acknowledge, 0, Buffer.alloc(9))], 'FRAME_SIZE_ERROR'],
    ['a RST_STREAM of 3 bytes', [settings(), frame('reset', 0, 1, Buffer.alloc(3))], 'FRAME_SIZE_ERROR'],
    ['a RST_STREAM of 5 bytes', [settings(), frame('reset', 0, 1, Buffer.alloc(5))], 'FRAME_SIZE_ERROR'],
    ['a GOAWAY of 7 bytes', [settings(), frame('goAway', 0, 0, Buffer.alloc(7))], 'FRAME_SIZE_ERROR'],
    ['a WINDOW_UPDATE of 3 bytes', [settings(), frame('window', 0, 0, Buffer.alloc(3))], 'FRAME_SIZE_ERROR'],
    ['a WINDOW_UPDATE of 5 bytes', [settings(), frame('window', 0, 1, Buffer.alloc(5))], 'FRAME_SIZE_ERROR'],
    // Padding (§6.1, §6.2).
    ['data of more padding', [settings(), frame('data', flags.padded, 1, Buffer.of(1))], 'PROTOCOL_ERROR'],
    ['padded data of nothing', [settings(), frame('data', flags.padded, 1), settings()], 'PROTOCOL_ERROR'],
    ['headers of more padding', [settings(), frame('headers', flags.padded, 1, Buffer.of(1))], 'PROTOCOL_ERROR'],
    ['padded headers of nothing', [settings(), frame('headers', flags.padded, 1)], 'PROTOCOL_ERROR'],
    ['headers without their priority', [settings(), frame('headers', priority, 1, Buffer.alloc(4))], 'PROTOCOL_ERROR'],
    [
      'headers whose padding takes their priority',
      [settings(), frame('headers', priority | flags.padded, 1, padded(Buffer.alloc(4), 1))],
      'PROTOCOL_ERROR'
    ],
    // Whom a frame is for (§6).
    ...(['data', 'headers', 'priority', 'reset'] as const).map((type): [string, Buffer[], ErrorName] => [
      `${type} of the connection`,
      [settings(), frame(type, 0, 0, Buffer.alloc(5))],
      'PROTOCOL_ERROR'
    ]),
    ...(['settings', 'ping', 'goAway'] as const).map((type): [string, Buffer[], ErrorName] => [
      `${type} of a stream`,
      [settings(), frame(type, 0, 1)],
      'PROTOCOL_ERROR'
    ]),
    ['a push', [settings(), frame(pushPromise, flags.endHeaders, 1, words(2))], 'PROTOCOL_ERROR'],
    // Blocks of fields (§6.10).
    ['a continuation of nothing', [settings(), frame('continuation', flags.endHeaders, 1)], 'PROTOCOL_ERROR'],
    [
      'a continuation of a block that is over',
      [settings(), frame('headers', flags.endHeaders, 1), frame('continuation', flags.endHeaders, 1)],
      'PROTOCOL_ERROR'
    ],
    [
      'a continuation of another stream',
      [settings(), head, frame('continuation', flags.endHeaders, 3)],
      'PROTOCOL_ERROR'
    ],
    ['data within a block', [settings(), head, data(1, 'x')], 'PROTOCOL_ERROR'],
    ['headers within a block', [settings(), head, head], 'PROTOCOL_ERROR'],
    ['a PING within a block', [settings(), head, frame('ping', 0, 0, Buffer.alloc(8))], 'PROTOCOL_ERROR'],
    ['an unknown frame within a block', [settings(), head, frame(99, 0, 1)], 'PROTOCOL_ERROR'],
    [
      'a block of more than 64K',
      [
        settings(),
        frame('headers', 0, 1, Buffer.alloc(16_384)),
        ...Array.from({ length: 3 }, () => frame('continuation', 0, 1, Buffer.alloc(16_384))),
        frame('continuation', 0, 1, Buffer.of(0))
      ],
      'ENHANCE_YOUR_CALM'
    ],
    [
      'a block in more than 16 frames',
      [settings(), head, ...Array.from({ length: 16 }, () => frame('continuation', 0, 1))],
      'ENHANCE_YOUR_CALM'
    ]
  ])('%s', (_name, frames, errorCode) => {
    const { reader } = noting()
    // All but the last one are right.
    for (const one of frames.slice(0, -1)) {
      expect(() => reader.push(one)).not.toThrow()
    }
    const error = (() => {
      try {
        return reader.push(frames.at(-1)!)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toBeInstanceOf(ConnectionFault)
    expect(error).toMatchObject({ code: errorCode })
  })

  it('is known by the head of a frame, before the rest has come', () => {
    const { reader } = noting()
    reader.push(settings())
    expect(() => reader.push(frame('ping', 0, 0, Buffer.alloc(16_385)).subarray(0, 9))).toThrow(ConnectionFault)
  })
})

describe('what is near it, and no fault', () => {
  it.each<[name: string, frames: Buffer[], told: Told[]]>([
    [
      'a frame of 16384 bytes',
      [data(1, Buffer.alloc(16_384))],
      [
        ['frame', 1, 16_384],
        ['data', 1, '00'.repeat(16_384)]
      ]
    ],
    ['data of nothing', [data(1, '')], [['frame', 1, 0]]],
    ['data of padding alone', [frame('data', flags.padded, 1, padded(Buffer.alloc(0), 255))], [['frame', 1, 256]]],
    ['data of a length of padding and none', [frame('data', flags.padded, 1, Buffer.of(0))], [['frame', 1, 1]]],
    [
      'a head of no fields, in two frames',
      [frame('headers', flags.endStream, 1), frame('continuation', flags.endHeaders, 1)],
      [['headers', 1, '', true]]
    ],
    [
      'a block of 64K',
      [
        frame('headers', 0, 1, Buffer.alloc(16_384)),
        frame('continuation', 0, 1, Buffer.alloc(16_384)),
        frame('continuation', 0, 1, Buffer.alloc(16_384)),
        frame('continuation', flags.endHeaders, 1, Buffer.alloc(16_384))
      ],
      [['headers', 1, '00'.repeat(65_536), false]]
    ],
    [
      'a block in 16 frames',
      [
        head,
        ...Array.from({ length: 14 }, () => frame('continuation', 0, 1)),
        frame('continuation', flags.endHeaders, 1)
      ],
      [['headers', 1, '88', false]]
    ],
    ['the end of a stream, told by a continuation', [head, frame('continuation', 5, 1)], [['headers', 1, '88', false]]],
    ['an unknown frame of the connection', [frame(99, 255, 0, Buffer.from('x'))], []],
    ['a priority of another length', [frame('priority', 0, 1)], []]
  ])('%s', (_name, frames, told) => {
    expect(read(settings(), ...frames).slice(1)).toEqual(told)
  })
})
