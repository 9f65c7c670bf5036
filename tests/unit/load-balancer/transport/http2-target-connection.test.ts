/**
 * What goes over a connection to a target of HTTP/2, frame by frame.
 */

import { describe, expect, it } from '@jest/globals'
import { data, fields, flags, frame, headers, reset, settings, window } from '../../../attacks/http2-frames.ts'
import { useRigs } from '../rig.ts'
import { type Asked, begun, code, type HandConnection, ok, setting, startByHand, until } from './http2-target.ts'

const rigs = useRigs()

function goAway(lastStream: number, errorCode: number): Buffer {
  const payload = Buffer.alloc(8)
  payload.writeUInt32BE(lastStream)
  payload.writeUInt32BE(errorCode, 4)
  return frame('goAway', 0, 0, payload)
}

/** Data of so many bytes in frames as long as may be. */
function dataOf(stream: number, length: number): Buffer[] {
  const whole = Array.from({ length: Math.floor(length / 16_384) }, () => data(stream, Buffer.alloc(16_384, 'x')))
  return length % 16_384 === 0 ? whole : [...whole, data(stream, Buffer.alloc(length % 16_384, 'x'))]
}

function padded(text: string, padding: number): Buffer {
  return Buffer.concat([Buffer.of(padding), Buffer.from(text), Buffer.alloc(padding)])
}

describe('what a connection begins with', () => {
  it('is its settings, a window of a megabyte for all, and the request', async () => {
    const target = await startByHand(rigs, { isSilent: true })
    target.ask({
      path: '/a?b',
      headers: [
        ['Host', 'app.test'],
        ['X-Ä', '1'],
        ['X-One', 'é']
      ]
    })
    const one = await target.connection()
    await until(() => one.streams.length > 0)
    expect(one.frames.map(({ type, flags: flag, stream }) => [type, flag, stream])).toEqual([
      ['settings', 0, 0],
      ['window', 0, 0],
      ['headers', flags.endHeaders | flags.endStream, 1]
    ])
    // No push.
    expect(one.frames[0]!.payload).toEqual(Buffer.from([0, 2, 0, 0, 0, 0]))
    expect(one.windows(0)).toEqual([1024 * 1024 - 65_535])
    expect(one.fields(one.frames[2]!)).toEqual([
      [':method', 'GET'],
      [':scheme', 'http'],
      [':authority', 'app.test'],
      [':path', '/a?b'],
      ['x-one', 'é']
    ])
  })

  it('is that no block needs a table, told once', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    await begun(one, target.ask)
    // RFC 7541 §6.3: a table of no size; then `:method: GET`.
    expect(one.streams.map(id => [...one.of(id)[0]!.payload.subarray(0, 2)])).toEqual([
      [0x20, 0x82],
      [0x82, 0x86]
    ])
  })

  it('names the target as the authority where the request names none', async () => {
    const target = await startByHand(rigs)
    target.ask({ headers: [] })
    const one = await target.connection()
    await until(() => one.streams.length > 0)
    expect(one.fields(one.of(1)[0]!)).toContainEqual([':authority', `127.0.0.1:${target.port}`])
  })

  it('settings are acknowledged, also those that nobody knows, and a PING is answered', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const before = one.of(0, 'settings').length
    one.send(settings([[0x99, 5]]), settings([[1, 0]]), settings(), frame('ping', 0, 0, Buffer.from('abcdefgh')))
    await one.synced()
    expect(one.of(0, 'settings').slice(before)).toMatchObject(
      Array.from({ length: 3 }, () => ({ flags: flags.acknowledge, payload: Buffer.alloc(0) }))
    )
    expect(one.of(0, 'ping').filter(({ payload }) => payload.equals(Buffer.from('abcdefgh')))).toMatchObject([
      { flags: flags.acknowledge }
    ])
  })

  it('an answer to a PING is not answered', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const before = one.frames.length
    one.send(frame('ping', flags.acknowledge, 0, Buffer.from('abcdefgh')), frame('settings', flags.acknowledge, 0))
    await one.synced()
    expect(one.frames.slice(before).map(({ type }) => type)).toEqual(['ping', 'ping'])
  })
})

describe('what a target may send', () => {
  it('is given again once half a window has been taken, to the byte', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const asked = await begun(one, target.ask)
    one.send(headers(asked.id, ok, true), ...dataOf(asked.id, 32_766))
    await one.synced()
    expect(one.windows(asked.id)).toEqual([])
    one.send(data(asked.id, 'x'))
    await one.synced()
    expect(one.windows(asked.id)).toEqual([32_767])
    // A frame counts as long as it is, with its padding; what comes of it counts for the next one.
    one.send(...dataOf(asked.id, 32_768 - 257), frame('data', flags.padded, asked.id, padded('x', 255)))
    await one.synced()
    expect(one.windows(asked.id)).toEqual([32_767, 32_768])
  })

  it('is no more than a window while the client does not read, and more when it does', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const asked = await begun(one, target.ask)
    asked.sending.pause()
    one.send(headers(asked.id, ok, true), ...dataOf(asked.id, 65_535))
    await one.synced()
    expect([one.windows(asked.id), (asked.told.at(-1)![1] as string).length]).toEqual([[], 65_535])
    asked.sending.resume()
    await one.synced()
    expect(one.windows(asked.id)).toEqual([65_535])
    one.send(...dataOf(asked.id, 65_535), data(asked.id, '', true))
    expect((await asked.over()).at(-1)).toEqual(['end', []])
    expect(one.farewells).toEqual([])
  })

  it('is given again where it was nothing but padding', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const asked = await begun(one, target.ask)
    const padding = frame('data', flags.padded, asked.id, padded('', 255))
    one.send(headers(asked.id, ok, true), ...Array.from({ length: 600 }, () => padding), data(asked.id, 'x', true))
    expect((await asked.over()).slice(2)).toEqual([
      ['data', 'x'],
      ['end', []]
    ])
    expect(one.farewells).toEqual([])
  })

  it('is not given again to a request that goes on after little', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const asked = await begun(one, target.ask)
    asked.sending.pause()
    one.send(headers(asked.id, ok, true), data(asked.id, 'x'))
    await one.synced()
    asked.sending.resume()
    await one.synced()
    expect(one.windows(asked.id)).toEqual([])
  })

  it('is not told to whoever has sent everything', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const asked = await begun(one, target.ask)
    asked.sending.pause()
    one.send(headers(asked.id, ok, true), ...dataOf(asked.id, 60_000), data(asked.id, '', true))
    await asked.over()
    asked.sending.resume()
    await one.synced()
    expect(one.windows(asked.id)).toEqual([])
  })

  it('beyond the window of a request ends the connection', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const asked = await begun(one, target.ask)
    asked.sending.pause()
    one.send(headers(asked.id, ok, true), ...dataOf(asked.id, 65_535), data(asked.id, 'x'))
    expect((await asked.over()).at(-1)).toEqual([
      'error',
      502,
      'the target sent a malformed response: more data than was asked for'
    ])
    await until(() => one.isEnded)
    expect(one.farewells).toEqual([code.flowControl])
  })

  it.each<[name: string, end: (one: HandConnection, asked: Asked & { id: number }) => Promise<unknown>]>([
    ['of a request under way', () => Promise.resolve()],
    [
      'of a request that was cut',
      (one, asked) => {
        asked.sending.cut()
        return one.synced()
      }
    ],
    [
      'of a request that was answered',
      (one, asked) => {
        one.send(headers(asked.id, ok))
        return asked.over()
      }
    ]
  ])('%s counts for all of them, whose window is given again at its half', async (_name, end) => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const asked = await begun(one, target.ask)
    one.send(headers(asked.id, [[':status', '103']], true))
    await end(one, asked)
    if (asked.told.length === 2 && one.resets(asked.id).length === 0) {
      one.send(headers(asked.id, ok, true))
    }
    const [, ...before] = one.windows(0)
    for (let sent = 0; sent < 31; sent += 1) {
      one.send(data(asked.id, Buffer.alloc(16_384)))
      await one.synced()
    }
    one.send(data(asked.id, Buffer.alloc(16_383)))
    await one.synced()
    expect([before, one.windows(0).length]).toEqual([[], 1])
    one.send(data(asked.id, 'x'))
    await one.synced()
    expect(one.windows(0).slice(1)).toEqual([512 * 1024])
  })
})

describe('how many requests a connection carries', () => {
  it('is what the target says, and another connection carries the others', async () => {
    const target = await startByHand(rigs, { first: [[setting.streams, 1]] })
    const one = await target.connected()
    const a = await begun(one, target.ask)
    const b = target.ask()
    const other = await target.connection(1)
    await until(() => other.streams.length > 0)
    other.send(headers(1, ok))
    expect((await b.over()).at(-1)).toEqual(['end', []])
    one.send(headers(a.id, ok))
    await a.over()
    // The first one has room again.
    const c = await begun(one, target.ask)
    one.send(headers(c.id, ok))
    expect((await c.over()).at(-1)).toEqual(['end', []])
    expect(target.connections).toHaveLength(2)
  })

  it('is what the target says last', async () => {
    const target = await startByHand(rigs, { first: [[setting.streams, 1]] })
    const one = await target.connected()
    await begun(one, target.ask)
    one.send(settings([[setting.streams, 2]]))
    await one.synced()
    await begun(one, target.ask)
    target.ask()
    const other = await target.connection(1)
    await until(() => other.streams.length > 0)
    expect([one, other].map(({ streams }) => streams.length)).toEqual([3, 1])
  })

  it('is one until the target has sent its settings; a hundred wait for them', async () => {
    const target = await startByHand(rigs, { isSilent: true })
    const all = Array.from({ length: 101 }, () => target.ask())
    const [one, other] = [await target.connection(0), await target.connection(1)]
    // All that goes at once comes at once.
    await until(() => one.streams.length > 0 && other.streams.length > 0)
    expect([one, other].map(({ streams }) => streams.length)).toEqual([1, 1])
    one.send(settings())
    other.send(settings())
    await until(() => one.streams.length + other.streams.length === 101)
    expect([one, other].map(({ streams }) => streams.length).sort()).toEqual([1, 100])
    expect(all.every(({ told }) => told.length === 1)).toBe(true)
  })

  it('is never more than the target says: what waited for its settings goes one after the other', async () => {
    const target = await startByHand(rigs, { first: [[setting.streams, 2]] })
    const all = Array.from({ length: 5 }, () => target.ask())
    const one = await target.connection()
    for (const id of [1, 3, 5, 7, 9]) {
      await until(() => one.streams.includes(id))
      await one.synced()
      expect(one.streams.length).toBeLessThanOrEqual((id + 1) / 2 + 1)
      one.send(headers(id, ok))
    }
    for (const asked of all) {
      expect((await asked.over()).at(-1)).toEqual(['end', []])
    }
    expect(target.connections).toHaveLength(1)
  })

  it('is known of the connections before', async () => {
    const target = await startByHand(rigs, { first: [[setting.streams, 1]] })
    const one = await target.connected()
    target.ask()
    target.ask()
    target.ask()
    await target.connection(2)
    await until(() => target.connections.every(({ streams }) => streams.length > 0))
    expect([one, ...target.connections.slice(1)].map(({ streams }) => streams.length)).toEqual([2, 1, 1])
  })

  it('is none once the target takes no more, also for those that wait', async () => {
    const target = await startByHand(rigs, { first: [[setting.streams, 1]] })
    const [a, b] = [target.ask(), target.ask()]
    const one = await target.connection()
    await until(() => one.streams.length > 0)
    one.send(goAway(1, code.none))
    expect((await b.over()).at(-1)).toMatchObject(['error', 502, expect.stringContaining('did not take the request')])
    one.send(headers(1, ok))
    expect((await a.over()).at(-1)).toEqual(['end', []])
  })

  it('counts those that are cut no more', async () => {
    const target = await startByHand(rigs, { first: [[setting.streams, 1]] })
    const one = await target.connected()
    for (let round = 0; round < 3; round += 1) {
      const asked = await begun(one, target.ask)
      asked.sending.cut()
    }
    await one.synced()
    expect([one.streams, target.connections.length]).toEqual([[1, 3, 5, 7], 1])
  })
})

describe('a target that takes no more requests (GOAWAY)', () => {
  it('answers those that it has taken, and another connection carries the next one', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const taken = await begun(one, target.ask)
    const late = await begun(one, target.ask)
    one.send(goAway(taken.id, code.none))
    expect((await late.over()).at(-1)).toEqual([
      'error',
      502,
      'the target is closing the connection, and did not take the request'
    ])
    const next = target.ask()
    const other = await target.connection(1)
    await until(() => other.streams.length > 0)
    one.send(headers(taken.id, ok, true), data(taken.id, 'still', true))
    expect((await taken.over()).slice(-2)).toEqual([
      ['data', 'still'],
      ['end', []]
    ])
    // Nothing is left for it to do.
    await until(() => one.isEnded)
    expect(one.farewells).toEqual([code.none])
    other.send(headers(1, ok))
    expect((await next.over()).at(-1)).toEqual(['end', []])
  })

  it('may say so first, and what it has taken later', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const taken = await begun(one, target.ask)
    const late = await begun(one, target.ask)
    one.send(goAway(2 ** 31 - 1, code.none))
    await one.synced()
    expect([taken.told, late.told]).toEqual([[['sent']], [['sent']]])
    one.send(goAway(taken.id, code.none), headers(taken.id, ok))
    expect((await late.over()).at(-1)![0]).toBe('error')
    expect((await taken.over()).at(-1)).toEqual(['end', []])
  })

  it('with nothing under way is left at once', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    one.send(goAway(0, code.none))
    await until(() => one.isEnded)
    const next = target.ask()
    const other = await target.connection(1)
    other.send(headers(1, ok))
    expect((await next.over()).at(-1)).toEqual(['end', []])
  })

  it('with an error says which, to those that it does not answer', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const taken = await begun(one, target.ask)
    const late = await begun(one, target.ask)
    one.send(goAway(taken.id, code.calm))
    const error = ['error', 502, 'the target ended the connection (ENHANCE_YOUR_CALM)']
    expect((await late.over()).at(-1)).toEqual(error)
    expect(taken.told).toHaveLength(1)
    one.socket.end()
    expect((await taken.over()).at(-1)).toEqual(error)
  })
})

describe('a connection that is lost', () => {
  it.each<[name: string, lose: (one: HandConnection) => void]>([
    ['ended', one => one.socket.end()],
    ['reset', one => one.socket.resetAndDestroy()]
  ])('%s breaks its requests off, and the next one gets another', async (_name, lose) => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const [unanswered, half] = [await begun(one, target.ask), await begun(one, target.ask)]
    one.send(headers(half.id, ok, true), data(half.id, 'half'))
    await one.synced()
    lose(one)
    const error = ['error', 502, 'the target closed the connection']
    expect(await unanswered.over()).toEqual([['sent'], error])
    expect((await half.over()).slice(2)).toEqual([['data', 'half'], error])
    target.ask()
    await target.connection(1)
  })
})

describe('a connection that nobody uses', () => {
  it('is left after the idle time-out, which begins with the end of the last request', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    target.clock.advance(50_000)
    const asked = await begun(one, target.ask)
    target.clock.advance(100_000)
    one.send(headers(asked.id, ok))
    await asked.over()
    target.clock.advance(59_999)
    await one.synced()
    expect(one.farewells).toEqual([])
    target.clock.advance(1)
    await until(() => one.isEnded)
    expect(one.farewells).toEqual([code.none])
    expect(target.clock.pending()).toEqual([])
    target.ask()
    await target.connection(1)
  })

  it('is left by the idle time-out that holds then', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    target.idle.timeout = 90_000
    target.clock.advance(60_000)
    await one.synced()
    expect(one.farewells).toEqual([])
    target.clock.advance(30_000)
    await until(() => one.isEnded)
  })
})

describe('a transport that is closed', () => {
  it('sends what waits for the connection, and leaves when that is answered', async () => {
    const target = await startByHand(rigs)
    const asked = target.ask()
    target.transport.close()
    const one = await target.connection()
    await until(() => one.streams.length > 0)
    one.send(headers(1, ok))
    expect((await asked.over()).at(-1)).toEqual(['end', []])
    await until(() => one.isEnded)
    expect([one.farewells, target.clock.pending()]).toEqual([[code.none], []])
  })

  it('leaves a target that is not connected yet when nothing waits for it any more', async () => {
    const target = await startByHand(rigs)
    const asked = target.ask()
    target.transport.close()
    asked.sending.cut()
    // What limits the connecting goes with the connection.
    await until(() => target.clock.pending().length === 0)
    expect(target.connections.flatMap(({ frames }) => frames)).toEqual([])
    expect(asked.told).toEqual([])
  })

  it('lets what is under way end', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const [a, b] = [await begun(one, target.ask), await begun(one, target.upload)]
    target.transport.close()
    one.send(headers(a.id, ok))
    await a.over()
    b.body.end('all of it')
    await one.synced()
    expect([one.bodyOf(b.id), one.farewells]).toEqual(['all of it', []])
    one.send(headers(b.id, ok, true), data(b.id, 'x', true))
    expect((await b.over()).at(-1)).toEqual(['end', []])
    await until(() => one.isEnded)
    expect(one.farewells).toEqual([code.none])
  })

  it('leaves at once where nothing is under way', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    target.transport.close()
    await until(() => one.isEnded)
    expect([one.farewells, target.clock.pending()]).toEqual([[code.none], []])
  })
})

describe('a target that breaks the rules', () => {
  const malformed = 'the target sent a malformed response: '

  it.each<[name: string, frames: (id: number) => Buffer[], message: string, code: number]>([
    ['HTTP/1.1', () => [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')], 'a frame that is longer than 16K', 6],
    ['an answer to what was not asked', id => [headers(id + 2, ok)], 'a stream that nobody has opened', code.protocol],
    ['data of what was not asked', id => [data(id + 2, 'x')], 'a stream that nobody has opened', code.protocol],
    ['a reset of what was not asked', id => [reset(id + 2)], 'a stream that nobody has opened', code.protocol],
    ['a window of what was not asked', id => [window(id + 2, 1)], 'a stream that nobody has opened', code.protocol],
    ['a stream of its own', () => [headers(2, ok)], 'a stream that nobody has opened', code.protocol],
    ['a window that grows by nothing', () => [window(0, 0)], 'a window that grows by nothing', code.protocol],
    ['a window of a stream, too', id => [window(id, 0)], 'a window that grows by nothing', code.protocol],
    ['a window beyond 2^31', () => [window(0, 2 ** 31 - 65_535)], 'a window that is too large', code.flowControl],
    ['a stream’s beyond 2^31', id => [window(id, 2 ** 31 - 65_535)], 'a window that is too large', code.flowControl],
    [
      'a first window beyond 2^31',
      () => [settings([[setting.window, 2 ** 31]])],
      'a window that is too large',
      code.flowControl
    ],
    [
      'a first window that makes another one too large',
      id => [window(id, 1), settings([[setting.window, 2 ** 31 - 1]])],
      'a window that is too large',
      code.flowControl
    ],
    ['a block that cannot be read', id => [frame('headers', 5, id, Buffer.of(0x80))], 'a number that no field has', 9],
    [
      'a block that cannot be read, of a request that is over',
      () => [frame('headers', 5, 1, Buffer.of(0x80))],
      'a number that no field has',
      code.compression
    ]
  ])('%s is left, and its requests get 502', async (_name, frames, message, errorCode) => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const asked = await begun(one, target.upload)
    one.send(...frames(asked.id))
    expect(await asked.over()).toEqual([['sent'], ['error', 502, malformed + message]])
    await until(() => one.isEnded)
    expect(one.farewells).toEqual([errorCode])
    target.ask()
    await target.connection(1)
  })

  it.each<[name: string, frames: (id: number) => Buffer[]]>([
    ['the largest window', () => [window(0, 2 ** 31 - 1 - 65_535)]],
    ['the largest window of a stream', id => [window(id, 2 ** 31 - 1 - 65_535)]],
    ['the largest first window', () => [settings([[setting.window, 2 ** 31 - 1]])]],
    ['frames of a request that is over', () => [data(1, 'x', true), reset(1), window(1, 1), headers(1, ok)]],
    ['frames of no known type', id => [frame(99, 255, id, Buffer.from('x'))]]
  ])('%s breaks none', async (_name, frames) => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const asked = await begun(one, target.upload)
    one.send(...frames(asked.id), headers(asked.id, ok))
    expect((await asked.over()).at(-1)).toEqual(['end', []])
    expect(one.farewells).toEqual([])
  })

  it('the tables of blocks go on where nobody waits for the answer any more', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const [cut, asked] = [await begun(one, target.ask), await begun(one, target.ask)]
    cut.sending.cut()
    await one.synced()
    one.send(
      frame('headers', 5, cut.id, Buffer.concat([fields(ok), Buffer.from([0x40, 1, 120, 1, 121])])),
      frame('headers', 5, asked.id, Buffer.concat([fields(ok), Buffer.of(0xbe)]))
    )
    expect((await asked.over())[1]).toEqual(['response', 200, [['x', 'y']], true])
  })
})
