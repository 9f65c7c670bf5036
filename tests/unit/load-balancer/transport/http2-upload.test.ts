/**
 * The bodies of requests to a target of HTTP/2 go at its pace, to the byte.
 */

import { PassThrough } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { headers, settings, window } from '../../../attacks/http2-frames.ts'
import { useRigs } from '../rig.ts'
import { begun, type HandConnection, ok, setting, startByHand } from './http2-target.ts'

const rigs = useRigs()

function lengths(one: HandConnection, stream: number): number[] {
  return one.of(stream, 'data').map(({ payload }) => payload.length)
}

describe('what a target takes of a request', () => {
  it('is nothing at first, and as much as it says later', async () => {
    const target = await startByHand(rigs, { first: [[setting.window, 0]] })
    const one = await target.connected()
    const asked = await begun(one, target.upload)
    asked.body.end('hello world')
    await one.synced()
    expect(one.bodyOf(asked.id)).toBe('')
    // For requests that are under way as for later ones.
    one.send(settings([[setting.window, 3]]))
    await one.synced()
    expect(one.bodyOf(asked.id)).toBe('hel')
    one.send(window(asked.id, 2))
    await one.synced()
    expect(one.bodyOf(asked.id)).toBe('hello')
    one.send(settings([[setting.window, 9]]))
    await one.synced()
    expect(one.bodyOf(asked.id)).toBe('hello world')
    expect(one.of(asked.id).at(-1)).toMatchObject({ flags: 1, payload: Buffer.alloc(0) })
  })

  it('is less than nothing where it takes back what it had given', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const asked = await begun(one, target.upload)
    asked.body.write('x'.repeat(100))
    await one.synced()
    one.send(settings([[setting.window, 10]]))
    await one.synced()
    asked.body.end('and more')
    one.send(window(asked.id, 90))
    await one.synced()
    expect(lengths(one, asked.id)).toEqual([100])
    one.send(window(asked.id, 3))
    await one.synced()
    expect(lengths(one, asked.id)).toEqual([100, 3])
    one.send(settings([[setting.window, 100]]))
    await one.synced()
    expect(one.bodyOf(asked.id)).toBe(`${'x'.repeat(100)}and more`)
  })

  it('is 65535 bytes unless it says otherwise, in frames of 16 KiB at most, though it would take larger ones', async () => {
    const target = await startByHand(rigs, { first: [[setting.frameSize, 1_000_000]] })
    const one = await target.connected()
    const asked = await begun(one, target.upload)
    asked.body.end(Buffer.alloc(100_000))
    await one.synced()
    expect(lengths(one, asked.id)).toEqual([16_384, 16_384, 16_384, 16_383])
    // More of either is not enough.
    one.send(window(asked.id, 10))
    await one.synced()
    expect(lengths(one, asked.id)).toHaveLength(4)
    one.send(window(0, 4))
    await one.synced()
    expect(lengths(one, asked.id).slice(4)).toEqual([4])
    one.send(window(0, 100_000))
    await one.synced()
    expect(lengths(one, asked.id).slice(4)).toEqual([4, 6])
    one.send(window(asked.id, 100_000))
    await one.synced()
    expect(lengths(one, asked.id).reduce((sum, length) => sum + length, 0)).toBe(100_000)
    expect(one.of(asked.id).at(-1)!.flags).toBe(1)
  })

  it('is waited for by the end of a body that was there before it was sent', async () => {
    const target = await startByHand(rigs, { first: [[setting.window, 5]] })
    const one = await target.connected()
    const body = new PassThrough()
    body.end('hello world')
    const asked = await begun(one, () => target.upload({ body: () => body }))
    await one.synced()
    expect([one.bodyOf(asked.id), one.of(asked.id).at(-1)!.flags]).toEqual(['hello', 0])
    one.send(window(asked.id, 5))
    await one.synced()
    expect([one.bodyOf(asked.id), one.of(asked.id).at(-1)!.flags]).toEqual(['hello worl', 0])
    one.send(window(asked.id, 5))
    await one.synced()
    expect([one.bodyOf(asked.id), one.of(asked.id).at(-1)!.flags]).toEqual(['hello world', 1])
  })

  it('does not keep trailers from a body that waits for nothing', async () => {
    const target = await startByHand(rigs, { first: [[setting.window, 5]] })
    const one = await target.connected()
    const asked = await begun(one, () => target.upload({ trailers: () => [['x-sum', '7']] }))
    asked.body.end('hello')
    await one.synced()
    expect(one.of(asked.id).map(({ type, flags }) => [type, flags])).toEqual([
      ['headers', 4],
      ['data', 0],
      ['headers', 5]
    ])
  })
})

describe('several bodies', () => {
  it('take turns where the connection takes little', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const first = await begun(one, target.upload)
    first.body.end(Buffer.alloc(65_535))
    await one.synced()
    const others = [await begun(one, target.upload), await begun(one, target.upload), await begun(one, target.upload)]
    for (const { body } of others) {
      body.end(Buffer.alloc(40_000))
    }
    await one.synced()
    const before = one.frames.length
    one.send(window(0, 5 * 16_384))
    await one.synced()
    const [a, b, c] = others.map(({ id }) => id)
    expect(
      one.frames
        .slice(before)
        .filter(({ type }) => type === 'data')
        .map(({ stream }) => stream)
    ).toEqual([a, b, c, a, b])
    one.send(window(0, 200_000))
    await one.synced()
    expect(others.map(({ id }) => lengths(one, id).reduce((sum, length) => sum + length, 0))).toEqual([
      40_000, 40_000, 40_000
    ])
  })

  it('do not wait for one that the target takes nothing of', async () => {
    const target = await startByHand(rigs, { first: [[setting.window, 0]] })
    const one = await target.connected()
    const [stuck, other] = [await begun(one, target.upload), await begun(one, target.upload)]
    stuck.body.end('stuck')
    other.body.end('other')
    await one.synced()
    one.send(window(other.id, 100))
    await one.synced()
    expect([stuck, other].map(({ id }) => one.bodyOf(id))).toEqual(['', 'other'])
  })

  it('leave what one that was cut did not need', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    one.send(settings([[setting.window, 200_000]]))
    const [first, second] = [await begun(one, target.upload), await begun(one, target.upload)]
    first.body.end(Buffer.alloc(100_000))
    await one.synced()
    second.body.end('second')
    await one.synced()
    first.sending.cut()
    one.send(window(0, 6))
    await one.synced()
    expect(one.bodyOf(second.id)).toBe('second')
    one.send(headers(second.id, ok))
    expect((await second.over()).at(-1)).toEqual(['end', []])
  })
})

describe('a body that the target does not take', () => {
  it('is not read any further', async () => {
    const target = await startByHand(rigs, { first: [[setting.window, 10]] })
    const one = await target.connected()
    const asked = await begun(one, target.upload)
    asked.body.write('x'.repeat(20))
    await one.synced()
    const more = Buffer.alloc(1000)
    for (let index = 0; index < 50; index += 1) {
      asked.body.write(more)
    }
    await one.synced()
    expect(asked.body.isPaused()).toBe(true)
    // What it had at hand when it was stopped, and no more.
    expect(asked.body.readableLength + asked.body.writableLength).toBe(50_000)
    one.send(window(asked.id, 100_000))
    await one.synced()
    await one.synced()
    expect(one.bodyOf(asked.id)).toHaveLength(50_020)
  })
})
