/**
 * What a target of HTTP/2 answers, frame by frame, and what is told of it.
 */

import { describe, expect, it } from '@jest/globals'
import { data, fields, flags, frame, headers, reset } from '../../../attacks/http2-frames.ts'
import { useRigs } from '../rig.ts'
import { begun, code, ok, startByHand, type Told } from './http2-target.ts'

const rigs = useRigs()

describe('an answer', () => {
  const response: Told = ['response', 200, [['x', 'y']], false]
  const head: [string, string][] = [...ok, ['x', 'y']]

  it.each<[name: string, frames: (id: number) => Buffer[], told: Told[], method?: string]>([
    [
      'a head alone',
      id => [headers(id, head)],
      [
        ['response', 200, [['x', 'y']], true],
        ['end', []]
      ]
    ],
    [
      'trailers alone, as gRPC fails',
      id => [headers(id, [...ok, ['grpc-status', '12']])],
      [
        ['response', 200, [['grpc-status', '12']], true],
        ['end', []]
      ]
    ],
    [
      'a body',
      id => [headers(id, head, true), data(id, 'he'), data(id, 'llo', true)],
      [response, ['data', 'hello'], ['end', []]]
    ],
    [
      'a body that ends later',
      id => [headers(id, head, true), data(id, 'hello'), data(id, '', true)],
      [response, ['data', 'hello'], ['end', []]]
    ],
    ['no body, which is told later', id => [headers(id, head, true), data(id, '', true)], [response, ['end', []]]],
    [
      'a body and trailers',
      id => [headers(id, head, true), data(id, 'hello'), headers(id, [['x-sum', '7']])],
      [response, ['data', 'hello'], ['end', [['x-sum', '7']]]]
    ],
    [
      'interim answers',
      id => [
        headers(id, [[':status', '100']], true),
        headers(
          id,
          [
            [':status', '103'],
            ['link', '</a>']
          ],
          true
        ),
        headers(id, ok)
      ],
      [
        ['information', 100, []],
        ['information', 103, [['link', '</a>']]],
        ['response', 200, [], true],
        ['end', []]
      ]
    ],
    [
      'padding',
      id => [headers(id, head, true), frame('data', flags.padded | flags.endStream, id, Buffer.from('\x03hi\0\0\0'))],
      [response, ['data', 'hi'], ['end', []]]
    ],
    [
      'a length that is right',
      id => [headers(id, [...ok, ['content-length', '5']], true), data(id, 'hello', true)],
      [
        ['response', 200, [['content-length', '5']], false],
        ['data', 'hello'],
        ['end', []]
      ]
    ],
    [
      'a length, and trailers behind',
      id => [headers(id, [...ok, ['content-length', '2']], true), data(id, 'ok'), headers(id, [['x-sum', '7']])],
      [
        ['response', 200, [['content-length', '2']], false],
        ['data', 'ok'],
        ['end', [['x-sum', '7']]]
      ]
    ],
    [
      'two lengths that are the same',
      id => [headers(id, [...ok, ['content-length', '2'], ['content-length', '2']], true), data(id, 'ok', true)],
      [
        [
          'response',
          200,
          [
            ['content-length', '2'],
            ['content-length', '2']
          ],
          false
        ],
        ['data', 'ok'],
        ['end', []]
      ]
    ],
    [
      'the length of what HEAD leaves out',
      id => [headers(id, [...ok, ['content-length', '5']])],
      [
        ['response', 200, [['content-length', '5']], true],
        ['end', []]
      ],
      'HEAD'
    ],
    [
      'an answer to HEAD that ends later',
      id => [headers(id, [...ok, ['content-length', '5']], true), data(id, '', true)],
      [
        ['response', 200, [['content-length', '5']], false],
        ['end', []]
      ],
      'HEAD'
    ],
    [
      '304 with the length of what has not changed',
      id => [
        headers(id, [
          [':status', '304'],
          ['content-length', '5']
        ])
      ],
      [
        ['response', 304, [['content-length', '5']], true],
        ['end', []]
      ]
    ],
    [
      '204',
      id => [headers(id, [[':status', '204']], true), data(id, '', true)],
      [
        ['response', 204, [], false],
        ['end', []]
      ]
    ],
    [
      'several values of a header, in their order',
      id => [headers(id, [...ok, ['set-cookie', 'a'], ['x', '1'], ['set-cookie', 'b']])],
      [
        [
          'response',
          200,
          [
            ['set-cookie', 'a'],
            ['x', '1'],
            ['set-cookie', 'b']
          ],
          true
        ],
        ['end', []]
      ]
    ]
  ])('%s', async (_name, frames, expected, method = 'GET') => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const asked = await begun(one, () => target.ask({ method }))
    one.send(...frames(asked.id))
    expect(await asked.over()).toEqual([['sent'], ...expected])
    await one.synced()
    expect([one.resets(asked.id), one.farewells]).toEqual([[], []])
    expect(target.connections).toHaveLength(1)
  })

  it('that comes in small pieces is put together, though all are read into the same memory', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const asked = await begun(one, target.ask)
    const list: [string, string][] = Array.from({ length: 9 }, (_, index) => [`x-${index}`, `value ${index}`])
    const block = fields([...ok, ...list])
    const bytes = Buffer.concat([
      frame('headers', 0, asked.id, block.subarray(0, 70)),
      frame('continuation', flags.endHeaders, asked.id, block.subarray(70)),
      data(asked.id, 'hello', true)
    ])
    for (let at = 0; at < bytes.length; at += 13) {
      one.send(bytes.subarray(at, at + 13))
      // Each is read by itself.
      for (let turn = 0; turn < 5; turn += 1) {
        await new Promise(resolve => setImmediate(resolve))
      }
    }
    expect((await asked.over()).slice(1)).toEqual([
      ['response', 200, list, false],
      ['data', 'hello'],
      ['end', []]
    ])
  })

  const malformed = 'the target sent a malformed response'
  const long = 'the headers of the target are longer than 32K'
  const big: [string, string][] = ['a', 'b', 'c'].map(name => [name, name.repeat(11_000)])

  it.each<[name: string, frames: (id: number) => Buffer[], message?: string, reset?: number, method?: string]>([
    ['data ahead of its head', id => [data(id, 'x', true)]],
    ['its end ahead of its head', id => [data(id, '', true)]],
    ['no status', id => [headers(id, [['x', 'y']])]],
    ['no fields', id => [headers(id, [])]],
    ['a status behind another field', id => [headers(id, [['x', 'y'], ...ok])]],
    ['two statuses', id => [headers(id, [...ok, ...ok])]],
    ['another pseudo-header', id => [headers(id, [...ok, [':path', '/']])]],
    ['status 101', id => [headers(id, [[':status', '101']], true)]],
    ['status 600', id => [headers(id, [[':status', '600']])]],
    ['a status of four digits', id => [headers(id, [[':status', '2000']])]],
    ['a status with a space', id => [headers(id, [[':status', '200 ']])]],
    ['an interim answer and no other', id => [headers(id, [[':status', '103']])]],
    ['an interim answer and data', id => [headers(id, [[':status', '103']], true), data(id, 'x')]],
    ['a name in upper case', id => [headers(id, [...ok, ['X', 'y']])]],
    ['a name that is none', id => [headers(id, [...ok, ['a b', 'y']])]],
    ['an empty name', id => [headers(id, [...ok, ['', 'y']])]],
    ['a header of the connection', id => [headers(id, [...ok, ['connection', 'close']])]],
    ['Transfer-Encoding', id => [headers(id, [...ok, ['transfer-encoding', 'chunked']])]],
    ['a value with a line', id => [headers(id, [...ok, ['x', 'a\r\nb: c']])]],
    ['a value with a zero byte', id => [headers(id, [...ok, ['x', '\0']])]],
    ['a length that is no number', id => [headers(id, [...ok, ['content-length', '+5']], true)]],
    ['an empty length', id => [headers(id, [...ok, ['content-length', '']], true)]],
    ['a list of lengths', id => [headers(id, [...ok, ['content-length', '5, 5']], true)]],
    ['two lengths', id => [headers(id, [...ok, ['content-length', '1'], ['content-length', '2']], true)]],
    ['a length, and nothing behind', id => [headers(id, [...ok, ['content-length', '5']])]],
    [
      'headers of more than 32K',
      id => [
        frame('headers', 0, id, fields([...ok, big[0]!])),
        frame('continuation', 0, id, fields([big[1]!])),
        frame('continuation', 5, id, fields([big[2]!]))
      ],
      long,
      code.cancel
    ]
  ])(
    'with %s gives 502, and its stream is reset',
    async (_name, frames, message = malformed, resetCode = code.protocol, method = 'GET') => {
      const target = await startByHand(rigs)
      const one = await target.connected()
      const asked = await begun(one, () => target.ask({ method }))
      one.send(...frames(asked.id))
      expect((await asked.over()).filter(([what]) => what !== 'information')).toEqual([
        ['sent'],
        ['error', 502, message]
      ])
      await one.synced()
      expect(one.resets(asked.id)).toEqual([resetCode])
      // The others go on.
      const next = await begun(one, target.ask)
      one.send(headers(next.id, ok))
      expect((await next.over()).at(-1)).toEqual(['end', []])
      expect(target.connections).toHaveLength(1)
    }
  )

  it.each<[name: string, frames: (id: number) => Buffer[], body: Told[], message?: string, method?: string]>([
    [
      'less than its length',
      id => [headers(id, [...ok, ['content-length', '6']], true), data(id, 'hello', true)],
      [['data', 'hello']]
    ],
    ['nothing of its length', id => [headers(id, [...ok, ['content-length', '6']], true), data(id, '', true)], []],
    [
      'trailers ahead of its length',
      id => [headers(id, [...ok, ['content-length', '6']], true), headers(id, [['x', 'y']])],
      []
    ],
    [
      'more than its length',
      id => [headers(id, [...ok, ['content-length', '4']], true), data(id, 'hell'), data(id, 'o', true)],
      [['data', 'hell']]
    ],
    ['data behind HEAD', id => [headers(id, ok, true), data(id, 'x', true)], [], undefined, 'HEAD'],
    ['data behind 204', id => [headers(id, [[':status', '204']], true), data(id, 'x', true)], []],
    ['data behind 304', id => [headers(id, [[':status', '304']], true), data(id, 'x', true)], []],
    ['a second head', id => [headers(id, ok, true), headers(id, ok, true)], []],
    ['trailers that do not end it', id => [headers(id, ok, true), headers(id, [['x', 'y']], true)], []],
    ['trailers with a status', id => [headers(id, ok, true), headers(id, ok)], []],
    ['trailers with a line', id => [headers(id, ok, true), headers(id, [['x', 'a\nb']])], []],
    ['trailers of the connection', id => [headers(id, ok, true), headers(id, [['upgrade', 'x']])], []],
    [
      'trailers of more than 32K',
      id => [
        headers(id, ok, true),
        frame('headers', 1, id, fields([big[0]!])),
        frame('continuation', 0, id, fields([big[1]!])),
        frame('continuation', 4, id, fields([big[2]!]))
      ],
      [],
      long
    ],
    [
      'a reset',
      id => [headers(id, ok, true), data(id, 'half'), reset(id, code.internal)],
      [['data', 'half']],
      'the target reset the stream (INTERNAL_ERROR)'
    ],
    [
      'a reset without an error',
      id => [headers(id, ok, true), data(id, 'half'), reset(id, code.none)],
      [['data', 'half']],
      'the target reset the stream (NO_ERROR)'
    ],
    [
      'a reset with a code of no name',
      id => [headers(id, ok, true), reset(id, 99)],
      [],
      'the target reset the stream (error 99)'
    ]
  ])('under way with %s is broken off', async (name, frames, body, message = malformed, method = 'GET') => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const asked = await begun(one, () => target.ask({ method }))
    one.send(...frames(asked.id))
    const told = await asked.over()
    expect([told[1]![0], ...told.slice(2)]).toEqual(['response', ...body, ['error', 502, message]])
    await one.synced()
    expect(one.resets(asked.id)).toEqual(
      name.startsWith('a reset') ? [] : [message === long ? code.cancel : code.protocol]
    )
  })

  it('that the other side cannot take is an error of its own', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    const asked = await begun(one, () =>
      target.ask({}, ([what]) => {
        if (what === 'response') {
          throw new Error('no such head')
        }
      })
    )
    one.send(headers(asked.id, ok, true))
    expect((await asked.over()).slice(2)).toEqual([['error', 502, 'no such head']])
    await one.synced()
    expect([one.resets(asked.id), one.farewells]).toEqual([[code.cancel], []])
  })
})
