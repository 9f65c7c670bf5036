/**
 * Targets that do not do what they should, byte by byte, and what the client gets of it.
 */

import { connect, type Socket } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { forwardTo, parseAnswer, useRigs } from '../rig.ts'

const { start, startTCP, startTarget, closedPort } = useRigs()

const edge = {
  listeners: [{ port: 80, defaultActions: [forwardTo('app')] }],
  targetGroups: { app: {} }
}

/** A target that says this once the head of a request has come; health checks get a 200. */
function scripted(say: (socket: Socket, head: string) => void) {
  return startTCP(socket => {
    let head = ''
    socket.on('data', chunk => {
      head += chunk.toString('latin1')
      if (!head.includes('\r\n\r\n')) {
        return
      }
      const complete = head
      head = ''
      if (complete.includes('ELB-HealthChecker')) {
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
      } else {
        say(socket, complete)
      }
    })
  })
}

async function rigFor(say: (socket: Socket, head: string) => void) {
  const target = await scripted(say)
  const rig = await start(edge, { app: [target.target()] })
  await rig.check()
  return rig
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

describe('nothing has been answered yet: the load balancer answers', () => {
  it.each<{ name: string; say: (socket: Socket) => unknown; status: number; cause: string }>([
    { name: 'closes', say: socket => socket.end(), status: 502, cause: 'the target closed the connection' },
    { name: 'resets', say: socket => socket.resetAndDestroy(), status: 502, cause: 'the target closed the connection' },
    {
      name: 'speaks another protocol',
      say: socket => socket.write('SSH-2.0-OpenSSH_9.2p1\r\n'),
      status: 502,
      cause: 'malformed response'
    },
    {
      name: 'closes within its head',
      say: socket => socket.end('HTTP/1.1 200 OK\r\nContent-Le'),
      status: 502,
      cause: 'in the middle of its response'
    },
    {
      name: 'sends a header that is none',
      say: socket => socket.write('HTTP/1.1 200 OK\r\nnonsense\r\n\r\n'),
      status: 502,
      cause: 'a header is not one'
    },
    {
      name: 'sends more than 32K of headers',
      say: socket => socket.write(`HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(33_000)}\r\n\r\n`),
      status: 502,
      cause: 'longer than 32K'
    },
    {
      name: 'switches protocols unasked',
      say: socket => socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'),
      status: 502,
      cause: 'without being asked'
    },
    ...[600, 999].map(status => ({
      name: `answers ${status}`,
      say: (socket: Socket) => socket.write(`HTTP/1.1 ${status} Odd\r\nContent-Length: 0\r\n\r\n`),
      status: 502,
      cause: 'malformed response'
    })),
    {
      name: 'has control characters in its reason',
      say: socket => socket.write('HTTP/1.1 200 O\x1b[2JK\r\nContent-Length: 0\r\n\r\n'),
      status: 502,
      cause: 'malformed response'
    },
    {
      name: 'sends interim responses without end',
      say: socket => socket.write(`HTTP/1.1 103 Early Hints\r\nLink: <${'a'.repeat(1000)}>\r\n\r\n`.repeat(33)),
      status: 502,
      cause: 'interim responses of the target are longer than 32K'
    },
    {
      name: 'sends two lengths',
      say: socket => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok'),
      status: 502,
      cause: 'not one number'
    }
  ])('a target that $name', async ({ say, status, cause }) => {
    const rig = await rigFor(say)
    const text = await rig.raw(80, 'GET / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n')
    const answer = parseAnswer(text.slice(Math.max(0, text.lastIndexOf('HTTP/1.1 '))))
    expect(answer).toMatchObject({ status, body: expect.stringContaining(`${status} Bad Gateway`) })
    expect(rig.requests().at(-1)).toMatchObject({ status, cause: expect.stringContaining(cause) })
    expect(rig.requests().at(-1)).not.toHaveProperty('targetStatus')
  })

  it('a target that says nothing gives 504 when the idle time-out is over, not before', async () => {
    let asked: () => void = () => {}
    const isAsked = new Promise<void>(resolve => {
      asked = resolve
    })
    const rig = await rigFor(() => asked())
    const answer = rig.get(80, '/')
    await isAsked
    rig.clock.advance(59_999)
    expect(rig.requests()).toHaveLength(0)
    rig.clock.advance(1)
    expect(await answer).toMatchObject({ status: 504, body: expect.stringContaining('504 Gateway Time-out') })
  })

  it('a port that nobody listens on gives 502', async () => {
    const port = await closedPort()
    const rig = await start(edge, { app: [{ id: 'i-gone', address: '127.0.0.1', port }] })
    await rig.check()
    expect((await rig.get(80, '/')).status).toBe(502)
    expect(rig.requests().at(-1)?.cause).toBe('the target refused the connection')
  })
})

it('an interim response keeps what frames it to itself', async () => {
  const rig = await rigFor(socket =>
    socket.write(
      `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: x-hop\r\nX-Hop: 1\r\n\r\n${ok}`
    )
  )
  const text = await rig.raw(80, 'GET / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n')
  expect(text.slice(0, text.indexOf('\r\n\r\n'))).toBe('HTTP/1.1 103 Early Hints\r\nLink: </a>')
})

describe('the answer is under way: the client’s connection is cut, and never ends as if all were well', () => {
  it.each<{ name: string; say: (socket: Socket) => unknown }>([
    {
      name: 'closes before its length',
      say: socket => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')
    },
    {
      name: 'closes between its chunks',
      say: socket => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n')
    },
    {
      name: 'sends a chunk size that is none',
      say: socket => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nxyz\r\n')
    },
    {
      name: 'sends a chunk that is longer than its size',
      say: socket => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf+more\r\n')
    }
  ])('a target that $name', async ({ say }) => {
    const rig = await rigFor(say)
    const text = await rig.raw(80, 'GET / HTTP/1.1\r\nHost: app.test\r\n\r\n')
    expect(parseAnswer(text)).toMatchObject({ status: 200, body: expect.stringContaining('half') })
    expect(text).not.toMatch(/\r\n0\r\n\r\n$/)
    expect(rig.requests().at(-1)).toMatchObject({ status: 200, targetStatus: 200, cause: expect.any(String) })
  })

  it('a target that stalls is cut after the idle time-out', async () => {
    const rig = await rigFor(socket => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'))
    const client = connect(rig.portOf(80), '127.0.0.1').setEncoding('latin1')
    client.write('GET / HTTP/1.1\r\nHost: app.test\r\n\r\n')
    for await (const chunk of client as AsyncIterable<string>) {
      if (chunk.includes('half')) {
        rig.clock.advance(60_000)
      }
    }
    expect(rig.requests().at(-1)).toMatchObject({ status: 200, cause: 'no byte passed within the idle time-out' })
  })
})

describe('connections to a target', () => {
  /** Names each connection's requests: `1:/a 1:/b 2:/c`. */
  async function counting(answerOf: (path: string, socket: Socket) => void) {
    const log: string[] = []
    let connections = 0
    const target = await startTCP(socket => {
      connections += 1
      const name = connections
      socket.on('data', chunk => {
        const path = chunk.toString().split(' ')[1] ?? ''
        log.push(`${name}:${path}`)
        answerOf(path, socket)
      })
    })
    // Without health checks: nothing is registered as healthy, and the load balancer fails open.
    const rig = await start(edge, { app: [target.target()] })
    rig.clock.advance(0)
    await new Promise(resolve => setImmediate(resolve))
    return { rig, log: () => log.filter(entry => entry !== '1:/') }
  }

  it.each<{ name: string; answer: string; shared: boolean }>([
    { name: 'are shared by all clients', answer: ok, shared: true },
    {
      name: 'end where the target says so',
      answer: ok.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'),
      shared: false
    },
    { name: 'end where HTTP/1.0 says nothing', answer: ok.replace('1.1', '1.0'), shared: false },
    { name: 'end where more comes than was asked for', answer: `${ok}HTTP/1.1 200 OK\r\n`, shared: false },
    {
      name: 'outlive what Keep-Alive announces',
      answer: ok.replace('\r\n\r\n', '\r\nKeep-Alive: timeout=1\r\n\r\n'),
      shared: true
    }
  ])('$name', async ({ answer, shared }) => {
    const { rig, log } = await counting((_path, socket) => void socket.write(answer))
    const bodies = [await rig.get(80, '/a'), await rig.get(80, '/b')].map(({ body }) => body)
    expect(bodies).toEqual(['ok', 'ok'])
    const [first, second] = log().map(entry => entry.split(':')[0])
    expect(first === second).toBe(shared)
  })

  it('are kept for the idle time-out of the load balancer', async () => {
    const { rig, log } = await counting((_path, socket) => void socket.write(ok))
    await rig.get(80, '/a')
    rig.clock.advance(59_000)
    await rig.get(80, '/b')
    rig.clock.advance(60_000)
    await rig.get(80, '/c')
    const [a, b, c] = log().map(entry => entry.split(':')[0])
    expect(a).toBe(b)
    expect(c).not.toBe(b)
  })

  it('never carry a second request ahead of the first one’s answer', async () => {
    const waiting: Socket[] = []
    const { rig, log } = await counting((path, socket) => {
      if (path === '/') {
        return void socket.write(ok)
      }
      waiting.push(socket)
      if (waiting.length === 2) {
        for (const one of waiting) {
          one.write(ok)
        }
      }
    })
    await Promise.all([rig.get(80, '/a'), rig.get(80, '/b')])
    expect(new Set(log().map(entry => entry.split(':')[0])).size).toBe(2)
  })
})

describe('what passes through', () => {
  it('interim answers, then the final one', async () => {
    const rig = await rigFor(socket =>
      socket.write(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n${ok}`)
    )
    const { text } = await rig.get(80, '/')
    expect(text).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/style\.css>\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
  })

  it('a body that ends with the connection, in chunks', async () => {
    const rig = await rigFor(socket => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it'))
    const { body, headers } = await rig.get(80, '/')
    expect(headers).toContainEqual(['Transfer-Encoding', 'chunked'])
    expect(body).toBe('9\r\nall of it\r\n0\r\n\r\n')
  })

  it('trailers of the answer', async () => {
    const rig = await rigFor(socket =>
      socket.write(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n'
      )
    )
    expect((await rig.get(80, '/')).body).toBe('2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n')
  })

  it('trailers of the request', async () => {
    const heads: string[] = []
    const target = await startTCP(socket => {
      let text = ''
      socket.on('data', chunk => {
        text += chunk.toString()
        if (!/\r\n\r\n$/.test(text) || (text.includes('chunked') && !text.includes('\r\n0\r\n'))) {
          return
        }
        heads.push(text)
        text = ''
        socket.write(ok)
      })
    })
    const rig = await start(edge, { app: [target.target()] })
    await rig.check()
    const parts = ['POST / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n']
    await rig.raw(80, `${parts[0]}3\r\nabc\r\n0\r\nX-Sum: 6\r\n\r\n`)
    expect(heads.at(-1)).toMatch(/Transfer-Encoding: chunked\r\n.*\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 6\r\n\r\n$/s)
  })

  it.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n', ['Content-Length', '1000']],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n', ['ETag', '"1"']],
    ['GET', 'HTTP/1.1 204 No Content\r\nX-Empty: yes\r\n\r\n', ['X-Empty', 'yes']]
  ])('an answer without a body: %s, %j', async (method, answer, header) => {
    const rig = await rigFor(socket => socket.write(answer))
    const { headers, body } = await rig.get(80, '/', {}, method)
    expect(headers).toContainEqual(header)
    expect(body).toBe('')
  })

  it('an answer that comes before the request is complete, and ends its connection to the target', async () => {
    const rig = await rigFor(socket => socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n'))
    const request = 'POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 1000\r\nConnection: close\r\n\r\nhalf'
    const text = rig.raw(80, request)
    await rig.until(() => rig.requests().length === 1)
    expect(rig.requests()[0]).toMatchObject({ status: 413, targetStatus: 413 })
    rig.clock.advance(60_000)
    expect(parseAnswer(await text).status).toBe(413)
  })

  it('methods, queries and bytes as they came', async () => {
    const target = await startTarget()
    const rig = await start(edge, { app: [target.target()] })
    await rig.check()
    await rig.raw(
      80,
      'PROPFIND /a%2fb?x=%20&y HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc'
    )
    expect(target.seen).toMatchObject([{ method: 'PROPFIND', url: '/a%2fb?x=%20&y', body: 'abc' }])
  })
})
