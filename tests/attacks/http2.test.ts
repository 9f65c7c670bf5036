/**
 * HTTP/2 as no client speaks it: frames without end, and heads that mean something else once they are HTTP/1.
 */

import { describe, expect, it } from '@jest/globals'
import { useRigs } from '../unit/load-balancer/rig.ts'
import { http2Port, outlast, rounds, settle, startEdge } from './edge.ts'
import {
  data,
  fields,
  flags,
  frame,
  headers,
  lastRemembered,
  openSession,
  type RawSession,
  remembered,
  requestFields,
  reset,
  settings,
  window
} from './http2-frames.ts'

const rigs = useRigs()

/** Clients' streams have odd numbers. */
function streamOf(index: number): number {
  return 2 * index + 1
}

const post = requestFields('/flood', [], 'POST')

/** What is sent, and how many streams of it a target may see at most. */
const floods: [name: string, run: (session: RawSession) => Promise<unknown>, mostRequests: number][] = [
  [
    'streams that are reset at once',
    session =>
      session.flood(5_000, index =>
        Buffer.concat([headers(streamOf(index), requestFields('/flood')), reset(streamOf(index))])
      ),
    1_500
  ],
  [
    'streams that make the other side reset them',
    session =>
      session.flood(5_000, index => Buffer.concat([headers(streamOf(index), post, true), window(streamOf(index), 0)])),
    1_500
  ],
  [
    'bodies longer than they said',
    session =>
      session.flood(5_000, index => {
        const list = requestFields('/flood', [['content-length', '1']], 'POST')
        return Buffer.concat([headers(streamOf(index), list, true), data(streamOf(index), 'xx')])
      }),
    1_500
  ],
  [
    'continuations without end',
    session => {
      session.send(frame('headers', flags.endStream, 1, fields(requestFields('/flood'))))
      return session.flood(5_000, index => frame('continuation', 0, 1, fields([[`x-${index}`, 'a'.repeat(100)]])))
    },
    0
  ],
  [
    'empty continuations',
    session => {
      session.send(frame('headers', flags.endStream, 1, fields(requestFields('/flood'))))
      return session.flood(5_000, () => frame('continuation', 0, 1))
    },
    0
  ],
  ['settings', session => session.flood(20_000, () => settings([[3, 100]])), 0],
  [
    'settings of a client that does not read',
    session => {
      session.socket.pause()
      return session.flood(20_000, () => settings([[3, 100]])).finally(() => session.socket.resume())
    },
    0
  ],
  ['pings', session => session.flood(20_000, () => frame('ping', 0, 0, Buffer.alloc(8))), 0],
  [
    'pings of a client that does not read',
    session => {
      session.socket.pause()
      return session.flood(20_000, () => frame('ping', 0, 0, Buffer.alloc(8))).finally(() => session.socket.resume())
    },
    0
  ],
  [
    'empty data',
    session => {
      session.send(headers(1, post, true))
      return session.flood(20_000, () => data(1, ''))
    },
    1
  ],
  [
    'priorities',
    session => session.flood(20_000, index => frame('priority', 0, streamOf(index), Buffer.from([0, 0, 0, 0, 15]))),
    0
  ],
  ['frames of no type', session => session.flood(20_000, () => frame(0x77, 0, 0, Buffer.alloc(20))), 0],
  ['windows', session => session.flood(20_000, () => window(0, 1)), 0],
  ['a window beyond its limit', async session => session.send(window(0, 0x7fffffff), window(0, 0x7fffffff)), 0],
  [
    'a table that is referred to thousands of times',
    async session => {
      const block = [
        fields(requestFields('/flood')),
        remembered('x-bomb', 'b'.repeat(3_900)),
        ...Array(12_000).fill(lastRemembered)
      ]
      session.send(
        frame('headers', flags.endHeaders | flags.endStream, 1, Buffer.concat(block as Buffer[]).subarray(0, 16_000))
      )
    },
    0
  ],
  [
    'a table of four gigabytes',
    async session => {
      const block = Buffer.concat([Buffer.from([0x3f, 0xe1, 0xff, 0xff, 0xff, 0x0f]), fields(requestFields('/flood'))])
      session.send(frame('headers', flags.endHeaders | flags.endStream, 1, block))
    },
    0
  ],
  [
    'a thousand fields',
    async session =>
      session.send(
        headers(
          1,
          requestFields(
            '/flood',
            Array.from({ length: 1_100 }, (_, index) => [`x${index}`, 'a'])
          )
        )
      ),
    1
  ],
  ['more streams than there may be', session => session.flood(300, index => headers(streamOf(index), post, true)), 128],
  ['a frame longer than it may be', async session => session.send(frame('data', 0, 1, Buffer.alloc(20_000))), 0]
]

describe('a flood', () => {
  it.each(floods)('of %s harms nobody else', async (_name, run, mostRequests) => {
    const { rig, strict } = await startEdge(rigs)
    const session = await openSession(rig.portOf(443))
    await run(session)
    await settle(rig)
    expect(strict.heads.filter(({ url }) => url === '/flood').length).toBeLessThanOrEqual(mostRequests)
    session.socket.destroy()
    await session.closed
    await settle(rig)
  })
})

const hidden = 'GET /SMUG HTTP/1.1\r\nHost: a\r\n\r\n'
const lineFeeds = '\u010d\u010a'

function more(...list: [string, string | Buffer][]) {
  return (): Buffer[] => [headers(1, requestFields('/v', list, 'POST'), true), data(1, hidden, true)]
}

function pseudo(...list: [string, string | Buffer][]) {
  return (): Buffer[] => [headers(1, list)]
}

const base: [string, string][] = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', 'a']
]

const vectors: [name: string, frames: () => Buffer[]][] = [
  ...['0', '500', '+5', ' 5', '5, 5', '18446744073709551615', '9223372036854775807'].map(
    (length): [string, () => Buffer[]] => [`a length of ${length}`, more(['content-length', length])]
  ),
  ['two lengths', more(['content-length', '0'], ['content-length', '50'])],
  ['an encoding', more(['transfer-encoding', 'chunked'])],
  ['an encoding in capitals', more(['Transfer-Encoding', 'chunked'])],
  ['a value with CR LF', more(['foo', 'bar\r\nTransfer-Encoding: chunked'])],
  ['a value with LF', more(['foo', 'bar\nTransfer-Encoding: chunked'])],
  ['a value with CR', more(['foo', 'bar\rX: y'])],
  ['a value with NUL', more(['foo', 'bar\0X: y'])],
  ['a value that loses its upper bits', more(['foo', Buffer.from(`bar${lineFeeds}Injected: yes`)])],
  ['a cookie that loses its upper bits', more(['cookie', Buffer.from(`a=${lineFeeds}Injected: yes`)])],
  ['a name with a line', more(['foo: bar\r\ntransfer-encoding', 'chunked'])],
  ['a name with a colon', more(['transfer-encoding: chunked\r\nx', '1'])],
  ['a name with a space', more(['transfer-encoding ', 'chunked'])],
  ['an empty name', more(['', 'chunked'])],
  ['a connection header', more(['connection', 'close'])],
  ['an upgrade', more(['upgrade', 'websocket'])],
  ['te', more(['te', 'gzip'])],
  [
    'a method that is a request',
    pseudo([':method', 'GET /SMUG HTTP/1.1\r\nX: '], [':scheme', 'https'], [':authority', 'a'], [':path', '/v'])
  ],
  [
    'a method with a path',
    pseudo([':method', 'GET /SMUG'], [':scheme', 'https'], [':authority', 'a'], [':path', '/v'])
  ],
  ['a path with a version', pseudo(...base, [':path', '/v HTTP/1.1'])],
  ['a path with a request', pseudo(...base, [':path', '/v HTTP/1.1\r\nX: y\r\n\r\nGET /SMUG'])],
  [
    'a path that loses its upper bits',
    pseudo(...base, [':path', Buffer.from(`/v\u0120HTTP/1.1${lineFeeds}Injected: yes`)])
  ],
  ['a path with a tab', pseudo(...base, [':path', '/v\tx'])],
  ['no path', pseudo(...base)],
  ['an empty path', pseudo(...base, [':path', ''])],
  [
    'an authority with a line',
    pseudo([':method', 'GET'], [':scheme', 'https'], [':authority', 'a\r\nInjected: yes'], [':path', '/v'])
  ],
  [
    'a scheme that is a URL',
    pseudo([':method', 'GET'], [':scheme', 'http://evil/x?'], [':authority', 'a'], [':path', '/v'])
  ],
  ['two authorities', pseudo(...base, [':authority', 'b'], [':path', '/v'])],
  ['two paths', pseudo(...base, [':path', '/admin'], [':path', '/v'])],
  [
    'a pseudo field behind others',
    pseudo([':method', 'GET'], ['a', 'b'], [':scheme', 'https'], [':authority', 'a'], [':path', '/v'])
  ],
  ['a pseudo field of no kind', pseudo(...base, [':path', '/v'], [':foo', 'x'])],
  ['CONNECT', pseudo([':method', 'CONNECT'], [':authority', 'evil:443'])],
  [
    'an extended CONNECT',
    pseudo(
      [':method', 'CONNECT'],
      [':protocol', 'websocket'],
      [':scheme', 'https'],
      [':authority', 'a'],
      [':path', '/v']
    )
  ],
  ['a stream of even number', () => [headers(2, requestFields('/v'))]],
  [
    'data behind the end',
    () => [headers(1, requestFields('/v', [], 'POST'), true), data(1, 'x', true), data(1, hidden, true)]
  ],
  [
    'trailers that frame and identify',
    () => [
      headers(1, requestFields('/v', [], 'POST'), true),
      data(1, 'x'),
      headers(1, [
        ['transfer-encoding', 'chunked'],
        ['content-length', '9'],
        ['x-amzn-oidc-data', 'forged'],
        ['x-forwarded-for', '6.6.6.6']
      ])
    ]
  ],
  [
    'trailers with a path',
    () => [headers(1, requestFields('/v', [], 'POST'), true), data(1, 'x'), headers(1, [[':path', '/SMUG']])]
  ]
]

describe('a head of HTTP/2', () => {
  it.each([
    ['HTTP/1', 443, /^(injected|x)$/i],
    ['HTTP/2', http2Port, /^(injected|x|transfer-encoding|connection|upgrade)$/i]
  ] as const)('makes one request of %s, or none, whatever stands in it', async (_version, port, smuggled) => {
    const { rig, strict, overHTTP2 } = await startEdge(rigs)
    const target = port === http2Port ? overHTTP2 : strict
    const sessions: RawSession[] = []
    for (const [, frames] of vectors) {
      const session = await openSession(rig.portOf(port))
      session.send(...frames())
      sessions.push(session)
    }
    await settle(rig)
    await rounds()
    await outlast(
      rig,
      sessions.map(({ closed }) => closed)
    )
    const attacked = target.heads.filter(({ url }) => url !== '/settle')
    const meant = rig.requests().filter(({ url, target: to }) => to !== undefined && url !== '/settle')
    expect(target.complaints.filter(text => !text.startsWith('HPE_INVALID_URL'))).toEqual([])
    expect(attacked.length).toBeGreaterThan(3)
    expect(attacked.length).toBeLessThanOrEqual(meant.length)
    expect(attacked.filter(({ url, method }) => url.includes('SMUG') || method === 'CONNECT')).toEqual([])
    const names = attacked.flatMap(({ headers: list }) => list.filter((_, index) => index % 2 === 0))
    expect(names.filter(name => smuggled.test(name))).toEqual([])
    const values = attacked.flatMap(({ headers: list }) => list)
    expect(values.filter(text => /forged|6\.6\.6\.6|[\r\n]/.test(text))).toEqual([])
  })
})
