/**
 * What a target of HTTP/2 gets of a request, frame by frame, to its end or until it is cut.
 */

import { PassThrough } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import type { HeaderList } from '../../../../src/elbv2/index.ts'
import { data, headers, reset, window } from '../../../attacks/http2-frames.ts'
import { useRigs } from '../rig.ts'
import { begun, code, ok, setting, startByHand } from './http2-target.ts'

const rigs = useRigs()

it('what came at once is told as that', async () => {
  const target = await startByHand(rigs)
  const one = await target.connected()
  const heard: string[] = []
  const [asked, other] = [
    await begun(one, () => target.ask({}, ([what]) => heard.push(what))),
    await begun(one, target.ask)
  ]
  const together = [headers(asked.id, ok, true), headers(other.id, ok), data(asked.id, 'a'), data(asked.id, 'b')]
  one.send(Buffer.concat(together))
  await one.synced()
  expect(heard.slice(0, 4)).toEqual(['sent', 'response', 'data', 'data'])
  expect(heard.slice(4)).not.toHaveLength(0)
  expect(new Set(heard.slice(4))).toEqual(new Set(['quiet']))
})

describe('a request', () => {
  it('ends with its head, its body, or its trailers', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const plain = await begun(one, target.ask)
    const sized = await begun(one, () => target.ask({ method: 'PUT', bodyLength: 5 }))
    sized.body.end('hello')
    const trailers: HeaderList = [['X-Sum', '7']]
    const trailing = await begun(one, () => target.upload({ trailers: () => trailers }))
    trailing.body.end('hello')
    await one.synced()
    const [, , last] = [plain, sized, trailing].map(({ id }) => one.of(id))
    expect(one.of(plain.id).map(({ flags: flag }) => flag)).toEqual([5])
    expect(one.of(sized.id).map(({ type, flags: flag }) => [type, flag])).toEqual([
      ['headers', 4],
      ['data', 0],
      ['data', 1]
    ])
    expect(last!.map(({ type, flags: flag }) => [type, flag])).toEqual([
      ['headers', 4],
      ['data', 0],
      ['headers', 5]
    ])
    // In their order: the decoder follows.
    const [, sizedHead, , trailed] = [plain, sized, trailing]
      .flatMap(({ id }) => one.of(id, 'headers'))
      .map(head => one.fields(head))
    expect(sizedHead).toContainEqual(['content-length', '5'])
    expect(trailed).toEqual([['x-sum', '7']])
  })

  it('of a body that has ended already ends at once', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const asked = await begun(one, () =>
      target.upload({
        trailers: () => [['x-sum', '0']],
        body: () => ({ readableEnded: true, off: () => ({ off: () => {} }) }) as never
      })
    )
    await one.synced()
    expect(one.of(asked.id).map(({ type, flags: flag }) => [type, flag])).toEqual([
      ['headers', 4],
      ['headers', 5]
    ])
  })

  it('answered ahead of its end is over: the rest is not sent', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const asked = await begun(one, target.upload)
    asked.body.write('a part')
    await one.synced()
    one.send(headers(asked.id, [[':status', '413']]))
    expect((await asked.over()).at(-1)).toEqual(['end', []])
    asked.body.end('of it')
    // As servers do; nobody waits for it any more.
    one.send(reset(asked.id, code.none), window(asked.id, 5))
    await one.synced()
    expect([one.bodyOf(asked.id), one.resets(asked.id), one.farewells]).toEqual(['a part', [code.cancel], []])
  })

  it('goes on while its answer does', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const asked = await begun(one, target.upload)
    one.send(headers(asked.id, ok, true), data(asked.id, 'early'))
    asked.body.write('a part')
    await one.synced()
    expect(asked.told.at(-1)).toEqual(['data', 'early'])
    asked.body.end(' and the rest')
    await one.synced()
    one.send(data(asked.id, ' and late', true))
    expect((await asked.over()).slice(-2)).toEqual([
      ['data', 'early and late'],
      ['end', []]
    ])
    await one.synced()
    expect([one.bodyOf(asked.id), one.resets(asked.id)]).toEqual(['a part and the rest', []])
  })
})

describe('a request that is cut', () => {
  it('ahead of the connection is never sent, and nothing is heard of it', async () => {
    const target = await startByHand(rigs)
    const cut = target.ask({ path: '/cut' })
    const other = target.ask({ path: '/other' })
    cut.sending.cut()
    const one = await target.connection()
    one.send(headers(1, ok))
    await other.over()
    await one.synced()
    expect(one.streams).toEqual([1])
    expect(one.fields(one.of(1)[0]!)).toContainEqual([':path', '/other'])
    expect(cut.told).toEqual([])
  })

  it('with its body under way is reset, and sends no more of it', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const asked = await begun(one, target.upload)
    asked.body.write('a part')
    await one.synced()
    asked.sending.cut()
    asked.body.end('of it')
    await one.synced()
    expect([one.bodyOf(asked.id), one.resets(asked.id)]).toEqual(['a part', [code.cancel]])
    one.send(headers(asked.id, ok, true), data(asked.id, 'late', true))
    await one.synced()
    expect(asked.told).toEqual([['sent']])
  })

  it('by whoever hears that its body has ended is not complete', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const body = new PassThrough()
    body.once('end', () => asked.sending.cut())
    const asked = await begun(one, () => target.upload({ body: () => body }))
    body.end('hello')
    await one.synced()
    expect(one.of(asked.id).map(({ type, flags }) => [type, flags])).toEqual([
      ['headers', 4],
      ['data', 0],
      ['reset', 0]
    ])
  })

  it('with its body waiting for the target sends none of that', async () => {
    const target = await startByHand(rigs, { first: [[setting.window, 5]] })
    const one = await target.connected()
    const asked = await begun(one, target.upload)
    asked.body.end('hello and more')
    await one.synced()
    asked.sending.cut()
    one.send(window(asked.id, 100))
    await one.synced()
    expect(one.of(asked.id).map(({ type }) => type)).toEqual(['headers', 'data', 'reset'])
    expect(one.bodyOf(asked.id)).toBe('hello')
  })

  it('with its answer under way is reset, and nothing is heard of the rest', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const asked = await begun(one, target.ask)
    one.send(headers(asked.id, ok, true), data(asked.id, 'half'))
    await one.synced()
    asked.sending.cut()
    one.send(data(asked.id, 'the rest'), headers(asked.id, [['x', 'y']]))
    await one.synced()
    expect(one.resets(asked.id)).toEqual([code.cancel])
    expect(asked.told.at(-1)).toEqual(['data', 'half'])
  })

  it.each(['response', 'data'])('when it is told of its %s hears nothing more', async when => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const heard: string[] = []
    const asked = await begun(one, () =>
      target.ask({}, ([what]) => {
        heard.push(what)
        if (what === when) {
          asked.sending.cut()
        }
      })
    )
    one.send(Buffer.concat([headers(asked.id, ok, true), data(asked.id, 'hello', true)]))
    await one.synced()
    expect(heard).toEqual(['sent', 'response', 'data'].slice(0, when === 'data' ? 3 : 2))
    expect(one.resets(asked.id)).toEqual([code.cancel])
  })

  it('twice is reset once', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const asked = await begun(one, target.ask)
    asked.sending.cut()
    asked.sending.cut()
    await one.synced()
    expect(one.resets(asked.id)).toEqual([code.cancel])
  })

  it('when it is over is not reset', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const asked = await begun(one, target.upload)
    asked.body.end('all')
    await one.synced()
    one.send(headers(asked.id, ok))
    await asked.over()
    asked.sending.cut()
    await one.synced()
    expect(one.resets(asked.id)).toEqual([])
  })
})
