/**
 * Targets that answer as none should: the client gets one answer that is one, or none; nobody else's answer is touched.
 */

import http2 from 'node:http2'
import type net from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { forwardTo, parseAnswer, type Rig, useRigs } from '../unit/load-balancer/rig.ts'
import { attack, outlast, rounds } from './edge.ts'
import { fields, flags, frame } from './http2-frames.ts'

const rigs = useRigs()

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

type Behaviour = string | ((socket: net.Socket) => void)

/** A target that answers checks well, and each request as `behave` says at that time. */
async function startTarget() {
  const target = { behave: ok as Behaviour, port: 0 }
  const { port } = await rigs.startTCP(socket =>
    socket.on('data', bytes => {
      if (bytes.includes('ELB-HealthChecker')) {
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
      } else if (typeof target.behave === 'string') {
        socket.write(target.behave, 'latin1')
      } else {
        target.behave(socket)
      }
    })
  )
  return Object.assign(target, { port })
}

async function startEdge(port: number, targetGroup: object = {}): Promise<Rig> {
  const rig = await rigs.start(
    {
      listeners: [
        { port: 80, defaultActions: [forwardTo('app')] },
        { port: 443, protocol: 'HTTPS', defaultActions: [forwardTo('app')] }
      ],
      targetGroups: { app: targetGroup }
    },
    { app: [{ id: 'i-1', address: '127.0.0.1', port }] }
  )
  await rig.check()
  return rig
}

/** Head after head, and what status each has. */
const answers: Record<string, Behaviour> = {
  'a length and chunks':
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nhello',
  'a list of lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello',
  'a negative length': 'HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello',
  'a signed length': 'HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello',
  'an empty length': 'HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nhello',
  'a length beyond 2^53': 'HTTP/1.1 200 OK\r\nContent-Length: 9007199254740993\r\n\r\nhello',
  'a length beyond 2^64': 'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello',
  'an encoding of no kind': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'the identity': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello',
  'a body behind 204': 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello',
  'a body behind 304': 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello',
  'chunks behind 204': 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'a switch that nobody asked for': 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nhello',
  'interim responses': `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n${ok}`,
  'an interim response that frames': `HTTP/1.1 103 Early\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n${ok}`,
  'thousands of interim responses': 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(20_000) + ok,
  'status 600': 'HTTP/1.1 600 Odd\r\nContent-Length: 2\r\n\r\nok',
  'status 999': 'HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nok',
  'status 099': 'HTTP/1.1 099 Odd\r\nContent-Length: 2\r\n\r\nok',
  'another version': 'HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'control characters in its reason': 'HTTP/1.1 200 O\0K\x1b\r\nContent-Length: 2\r\n\r\nok',
  'CR in its reason': 'HTTP/1.1 200 O\rK\r\nContent-Length: 2\r\n\r\nok',
  'a folded header': 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok',
  'NUL in a header': 'HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\nok',
  'CR in a header': 'HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b\r\nContent-Length: 2\r\n\r\nok',
  'a space ahead of a colon': 'HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok',
  'an empty name': 'HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 2\r\n\r\nok',
  'another answer behind it': `${ok}HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nPOISONED`,
  'a head of 33K': `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(33_000)}\r\nContent-Length: 2\r\n\r\nok`,
  'a chunk without a size': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n',
  'a negative chunk': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n',
  'trailers that frame':
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nContent-Length: 0\r\nSet-Cookie: a\r\n\r\n',
  'names that every object has': 'HTTP/1.1 200 OK\r\n__proto__: x\r\nconstructor: y\r\nContent-Length: 2\r\n\r\nok',
  nothing: socket => socket.end(),
  'a reset': socket => socket.resetAndDestroy(),
  'the start of a handshake': '\0\xff\x16\x03\x01',
  'half a head': socket => socket.end('HTTP/1.1 200 OK\r\nContent-'),
  'less than its length': socket => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort'),
  'half a chunk': socket => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel')
}

describe('a target that answers', () => {
  it.each(Object.entries(answers))('%s', async (_name, behaviour) => {
    const target = await startTarget()
    const rig = await startEdge(target.port)
    for (const method of ['GET', 'HEAD']) {
      target.behave = behaviour
      const { closed } = attack(rig.portOf(80), `${method} /odd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
      await rig.until(() => rig.requests().some(event => event.url === '/odd' && event.method === method))
      await outlast(rig, [closed])
      const text = await closed
      expect(text.match(/HTTP\/1\.1 [2-5]\d\d /g) ?? []).toHaveLength(1)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not come
      expect(parseAnswer(text).head).not.toMatch(/[\0\x1b]|\r(?!\n)|POISONED/)
      target.behave = ok
      expect(await rig.get(80, '/next')).toMatchObject({ status: 200, body: 'ok' })
    }
  })
})

const typeOfHeaders = 1
const acknowledged = frame('settings', flags.acknowledge, 0)

/** A target of HTTP/2 by hand: `answer` gets each stream. */
async function startHTTP2(answer: (socket: net.Socket, stream: number) => void): Promise<number> {
  const { port } = await rigs.startTCP(socket => {
    let bytes: Buffer = Buffer.alloc(0)
    let isOpen = false
    socket.on('data', chunk => {
      bytes = Buffer.concat([bytes, chunk])
      if (!isOpen && bytes.length >= 24) {
        isOpen = true
        bytes = bytes.subarray(24)
        socket.write(Buffer.concat([frame('settings', 0, 0), acknowledged]))
      }
      while (isOpen && bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
        const [length, type, stream] = [bytes.readUIntBE(0, 3), bytes[3], bytes.readUInt32BE(5)]
        const isCheck = bytes.subarray(9, 9 + length).includes('ELB') || !isChecked
        bytes = bytes.subarray(9 + length)
        if (type === typeOfHeaders && isCheck) {
          isChecked = true
          socket.write(frame('headers', flags.endHeaders | flags.endStream, stream, fields([[':status', '200']])))
        } else if (type === typeOfHeaders) {
          answer(socket, stream)
        }
      }
    })
  })
  // The first request is the health check's, whose name HPACK has coded.
  let isChecked = false
  return port
}

function head(stream: number, list: [string, string][], isLast = false): Buffer {
  return frame('headers', flags.endHeaders | (isLast ? flags.endStream : 0), stream, fields(list))
}

describe('a target of HTTP/2 that answers', () => {
  it.each<[string, (stream: number) => Buffer[], number | undefined]>([
    [
      'a second head',
      id => [head(id, [[':status', '200']]), head(id, [[':status', '404']]), frame('data', 1, id, Buffer.from('x'))],
      undefined
    ],
    ['status 101', id => [head(id, [[':status', '101']]), head(id, [[':status', '200']], true)], undefined],
    ['status 600', id => [head(id, [[':status', '600']], true)], 502],
    ['status 99', id => [head(id, [[':status', '99']], true)], 502],
    ['no status', id => [head(id, [['x', 'y']], true)], 502],
    [
      'two statuses',
      id => [
        head(
          id,
          [
            [':status', '200'],
            [':status', '404']
          ],
          true
        )
      ],
      502
    ],
    ['a status that is a text', id => [head(id, [[':status', 'abc']], true)], 502],
    [
      'a header with a line',
      id => [
        head(
          id,
          [
            [':status', '200'],
            ['x', 'a\r\nInjected: yes']
          ],
          true
        )
      ],
      undefined
    ],
    [
      'a connection header',
      id => [
        head(
          id,
          [
            [':status', '200'],
            ['connection', 'close']
          ],
          true
        )
      ],
      undefined
    ],
    [
      'a length that is wrong',
      id => [
        head(id, [
          [':status', '200'],
          ['content-length', '50']
        ]),
        frame('data', 1, id, Buffer.from('short'))
      ],
      undefined
    ],
    [
      'interim responses without end',
      id =>
        Array.from({ length: 2_000 }, () =>
          head(id, [
            [':status', '103'],
            ['link', 'a'.repeat(100)]
          ])
        ),
      502
    ]
  ])('%s', async (_name, frames, status) => {
    const port = await startHTTP2((socket, stream) => void socket.write(Buffer.concat(frames(stream))))
    const rig = await startEdge(port, { protocolVersion: 'HTTP2' })
    const answer = askHTTP2(rig)
    await rounds()
    await outlast(rig, [answer])
    const { statuses, headers } = await answer
    expect(statuses.length).toBeLessThanOrEqual(1)
    expect(Object.keys(headers).filter(name => /injected|connection/.test(name))).toEqual([])
    expect(statuses.filter(seen => seen < 200 || seen > 599)).toEqual([])
    expect(status === undefined ? undefined : statuses[0]).toBe(status)
  })
})

/** One request over HTTP/2: every final head that came of it, once its stream is closed. */
function askHTTP2(rig: Rig): Promise<{ statuses: number[]; headers: object }> {
  const session = http2.connect(`https://127.0.0.1:${rig.portOf(443)}`, {
    rejectUnauthorized: false,
    servername: 'app.test'
  })
  session.on('error', () => {})
  rigs.cleanups.push(() => session.destroy())
  const request = session.request({ ':path': '/odd' })
  const statuses: number[] = []
  let headers = {}
  request.on('response', fields => {
    statuses.push(fields[':status']!)
    headers = fields
  })
  request.on('error', () => {})
  request.resume()
  return new Promise(resolve => request.on('close', () => resolve({ statuses, headers })))
}

describe('a health check', () => {
  it('that cannot be made has failed, and the others go on', async () => {
    const target = await startTarget()
    const rig = await rigs.start(
      { listeners: [{ port: 80, defaultActions: [forwardTo('app')] }], targetGroups: { app: {} } },
      {
        app: [
          { id: 'i-1', address: '127.0.0.1', port: target.port },
          // No request takes such a port: asking for it throws.
          { id: 'i-2', address: '127.0.0.1', port: 70_000 }
        ]
      }
    )
    await rig.check()
    await rig.check(15_000)
    await rig.check(15_000)
    expect(rig.health('app').map(({ target: { id }, state }) => [id, state])).toEqual([
      ['i-1', 'healthy'],
      ['i-2', 'unhealthy']
    ])
    expect(await rig.get(80, '/')).toMatchObject({ status: 200 })
  })

  it('is made at its time although the clock is set back by an hour', async () => {
    const target = await startTarget()
    const rig = await startEdge(target.port)
    rig.clock.step(-3_600_000)
    const before = rig.checks.length
    await rig.check(15_000)
    await rig.check(15_000)
    expect(rig.checks.length).toBe(before + 2)
    const { closed } = attack(rig.portOf(80), '')
    await rounds()
    rig.clock.step(-3_600_000)
    rig.clock.advance(61_000)
    expect(await closed).toBe('')
  })
})
