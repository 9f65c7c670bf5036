/** HTTP/1 from the client's side, over real sockets: what is refused, how connections live and end, and bad clients. */

import { describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { connect, request } from '../client.ts'
import { forwardTo, headerOf, host, parseAnswer, path, respond, useRigs } from '../rig.ts'

const { start, startTarget, startTCP } = useRigs()

const helloRequest = { listeners: [{ port: 80, defaultActions: [respond('200', 'hello')] }] }
const edgeSketch = { listeners: [{ port: 80, defaultActions: [forwardTo('app')] }], targetGroups: { app: {} } }
const idleMilliseconds = 60_000

async function edge(target: Awaited<ReturnType<typeof startTarget>>, attributes: Record<string, string> = {}) {
  const rig = await start({ ...edgeSketch, attributes }, { app: [target.target()] })
  await rig.check()
  return rig
}

function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

describe('a request that no rule gets to see', () => {
  const Kb = 1024
  function filled(count: number): string {
    return 'x'.repeat(count)
  }
  const manyHeaders = Array.from({ length: 60 }, (_, index) => `X-${index}: ${filled(1100)}\r\n`).join('')
  function addresses(count: number): string {
    return Array.from({ length: count }, (_, n) => `192.0.2.${n}`).join(', ')
  }

  it.each<[name: string, bytes: string, status: number, cause: RegExp, connection?: string]>([
    ['no Host in HTTP/1.1', 'GET / HTTP/1.1\r\n\r\n', 400, /no Host header/],
    ['a request line of 16K', `GET /${filled(16 * Kb)} HTTP/1.1\r\n`, 414, /request line is longer than 16K/],
    ['a header of 16K', request('GET /', { 'X-Long': filled(16 * Kb) }), 400, /header is longer than 16K/],
    ['headers of 64K', `GET / HTTP/1.1\r\nHost: a\r\n${manyHeaders}\r\n`, 400, /headers are longer than 64K/],
    ['CONNECT', 'CONNECT app.test:443 HTTP/1.1\r\nHost: app.test\r\n\r\n', 400, /CONNECT/],
    ['TRACE', request('TRACE /', { Connection: 'close' }), 405, /TRACE/],
    ['a target that is no path', request('GET app.test'), 400, /neither a path nor a URL/],
    ['a coding besides chunked', request('POST /', { 'Transfer-Encoding': 'gzip, chunked' }), 501, /Transfer-Encoding/],
    ['an unknown coding', request('POST /', { 'Transfer-Encoding': 'rot13' }), 400, /BadTransferEncoding/],
    [
      'more than 30 addresses',
      request('GET /', { 'X-Forwarded-For': addresses(31), Connection: 'close' }),
      463,
      /more than 30/
    ],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505, /unexpected version HTTP\/2.0/],
    ['another protocol', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n', 400, /BadMethod/],
    ['nonsense', 'hello\r\n\r\n', 400, /MissingUri/],
    ['a bare CR in a header', 'GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n', 400, /BadHeader/],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
      /MultipleContentLength/
    ]
  ])('%s', async (_name, bytes, status, cause) => {
    const rig = await start(helloRequest)
    const answer = parseAnswer(await rig.raw(80, bytes))
    expect(answer.status).toBe(status)
    expect(answer.headers.slice(0, 1)).toEqual([['Server', 'awselb/2.0']])
    expect(headerOf(answer, 'Connection')).toBe('close')
    expect(rig.requests()).toMatchObject([{ status, cause: expect.stringMatching(cause), rule: 'default' }])
  })

  it.each<[name: string, bytes: string]>([
    ['just under 16K of request line', request(`GET /${filled(16 * Kb - 16)}`, { Connection: 'close' })],
    ['just under 16K of header', request('GET /', { 'X-Long': filled(16 * Kb - 10), Connection: 'close' })],
    ['30 addresses', request('GET /', { 'X-Forwarded-For': addresses(30), Connection: 'close' })],
    ['the absolute form', request('GET http://other.test/', { Connection: 'close' })],
    ['the asterisk form', request('OPTIONS *', { Connection: 'close' })],
    ['a method of its own', request('PURGE /', { Connection: 'close' })],
    ['empty lines before it', `\r\n\r\n\n${request('GET /', { Connection: 'close' })}`],
    ['an HTTP/1.0 request without Host', 'GET / HTTP/1.0\r\n\r\n'],
    ['a later HTTP/1 version', 'GET / HTTP/1.7\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['spaces in the path', request('GET /a b c', { Connection: 'close' })]
  ])('but %s passes', async (_name, bytes) => {
    const rig = await start(helloRequest)
    expect(parseAnswer(await rig.raw(80, bytes))).toMatchObject({ status: 200, body: 'hello' })
  })

  it('of HTTP/1.0 without a Host asks for the load balancer by its own name', async () => {
    const rules = [{ conditions: [host('edge-123.eu-west-1.elb.amazonaws.com')], actions: [respond('200', 'edge')] }]
    const rig = await start({ listeners: [{ port: 80, rules }] })
    expect(parseAnswer(await rig.raw(80, 'GET / HTTP/1.0\r\n\r\n'))).toMatchObject({ status: 200, body: 'edge' })
  })

  it('HTTP/0.9 gets the body alone', async () => {
    const rig = await start(helloRequest)
    expect(await rig.raw(80, 'GET /\r\n')).toBe('hello')
  })

  it('is read the same wherever the network cuts it', async () => {
    const rig = await start(helloRequest)
    const bytes = request(
      'POST /',
      { 'Transfer-Encoding': 'chunked', Connection: 'close' },
      '3;x=y\r\nabc\r\n0\r\nA: b\r\n\r\n'
    )
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(bytes.length), { maxLength: 6 }), async cuts => {
        const client = await connect(rig.portOf(80))
        let from = 0
        for (const cut of [...cuts.sort((a, b) => a - b), bytes.length]) {
          client.send(bytes.slice(from, cut))
          from = cut
          await turn()
        }
        expect(parseAnswer(await client.closed)).toMatchObject({ status: 200, body: 'hello' })
      }),
      { numRuns: 25 }
    )
  })
})

describe('desync mitigation on the wire', () => {
  // Ambiguous: a GET with a body. Acceptable: a space in the URI. Severe: two lengths.
  const heads = {
    Acceptable: 'GET /a b HTTP/1.1\r\nHost: a\r\n',
    Ambiguous: 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n',
    Severe: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n'
  }
  it.each<[tier: keyof typeof heads, mode: string, status: number, connection: string]>([
    ['Acceptable', 'monitor', 200, 'keep-alive'],
    ['Acceptable', 'defensive', 200, 'keep-alive'],
    ['Acceptable', 'strictest', 400, 'close'],
    ['Ambiguous', 'monitor', 200, 'keep-alive'],
    ['Ambiguous', 'defensive', 200, 'close'],
    ['Ambiguous', 'strictest', 400, 'close'],
    ['Severe', 'monitor', 200, 'keep-alive'],
    ['Severe', 'defensive', 400, 'close'],
    ['Severe', 'strictest', 400, 'close']
  ])('%s in mode %s: %d, %s', async (tier, mode, status, connection) => {
    const rig = await start({ ...helloRequest, attributes: { 'routing.http.desync_mitigation_mode': mode } })
    const client = await connect(rig.portOf(80))
    client.send(`${heads[tier]}\r\nok`)
    const answer = await client.answer()
    expect([answer.status, headerOf(answer, 'Connection')]).toEqual([status, connection])
    if (connection === 'close') {
      await client.closed
    }
  })

  it('no mode lets through what nobody can tell the end of', async () => {
    const rig = await start({ ...helloRequest, attributes: { 'routing.http.desync_mitigation_mode': 'monitor' } })
    const smuggled = request('POST /', { 'Content-Length': '+5' }, request('GET /smuggled'))
    expect(parseAnswer(await rig.raw(80, smuggled)).status).toBe(400)
    expect(rig.requests()).toHaveLength(1)
  })

  it('a length beyond what numbers hold is no short one', async () => {
    const rig = await start(helloRequest)
    const client = await connect(rig.portOf(80))
    client.send(request('POST /', { 'Content-Length': '18446744073709551615' }, request('GET /smuggled')))
    await client.answer()
    await turn()
    expect(rig.requests()).toHaveLength(1)
  })

  it('an ambiguous request closes the target’s connection as well', async () => {
    const heads: string[] = []
    const closed: boolean[] = []
    const target = await startTCP(socket => {
      socket.on('data', chunk => {
        heads.push(chunk.toString('latin1'))
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
      })
      socket.on('close', () => closed.push(true))
    })
    const rig = await start(edgeSketch, { app: [target.target()] })
    await rig.check()
    heads.length = 0
    closed.length = 0
    const text = await rig.raw(80, 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok')
    expect(parseAnswer(text).status).toBe(200)
    expect(heads.join('')).toMatch(/Connection: close/i)
  })
})

describe('a connection', () => {
  it('takes request after request, in HTTP/1.0 only where the client asks for it', async () => {
    const rig = await start(helloRequest)
    const client = await connect(rig.portOf(80))
    for (let count = 0; count < 3; count++) {
      client.send(request('GET /'))
      expect(headerOf(await client.answer(), 'Connection')).toBe('keep-alive')
    }
    client.send('GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n')
    expect(headerOf(await client.answer(), 'Connection')).toBe('keep-alive')
    client.send('GET / HTTP/1.0\r\n\r\n')
    expect(headerOf(await client.answer(), 'Connection')).toBe('close')
    await client.closed
  })

  it('answers pipelined requests in their order, the slow one first', async () => {
    let release: () => void = () => {}
    const target = await startTarget((_request, response) => {
      release = () => void response.end('slow')
    })
    const rules = [{ conditions: [path('/slow')], actions: [forwardTo('app')] }]
    const rig = await start(
      { listeners: [{ port: 80, defaultActions: [respond('200', 'fast')], rules }], targetGroups: { app: {} } },
      { app: [target.target()] }
    )
    await rig.check()
    const client = await connect(rig.portOf(80))
    client.send(request('GET /slow') + request('GET /fast') + request('GET /fast', { Connection: 'close' }))
    while (target.seen.length === 0) {
      await turn()
    }
    expect(client.text).toBe('')
    release()
    const text = await client.closed
    expect(text.match(/slow|fast/g)).toEqual(['slow', 'fast', 'fast'])
  })

  it('serves thousands of pipelined requests without growing its stack', async () => {
    const rig = await start(helloRequest)
    const client = await connect(rig.portOf(80))
    client.send(request('GET /').repeat(4_999) + request('GET /', { Connection: 'close' }))
    expect((await client.closed).match(/hello/g)).toHaveLength(5_000)
  })

  it('that is idle between requests is closed without a word', async () => {
    const rig = await start(helloRequest)
    const client = await connect(rig.portOf(80))
    client.send(request('GET /'))
    const { text } = await client.answer()
    rig.clock.advance(idleMilliseconds - 1)
    client.send(request('GET /'))
    await client.answer()
    rig.clock.advance(idleMilliseconds - 1)
    expect(client.socket.readyState).toBe('open')
    rig.clock.advance(1)
    expect(await client.closed).toBe(text + text.replace(/Date: .*/, 'Date: Thu, 01 Jan 2026 00:00:59 GMT'))
  })

  it('that stops in the middle of a head gets 408', async () => {
    const rig = await start(helloRequest)
    const client = await connect(rig.portOf(80))
    client.send('GET / HT')
    await turn()
    await turn()
    rig.clock.advance(idleMilliseconds)
    const answer = parseAnswer(await client.closed)
    expect([answer.status, answer.head.split('\r\n')[0]]).toEqual([408, 'HTTP/1.1 408 Request Time-out'])
    expect(rig.requests()).toMatchObject([{ status: 408, method: '-', url: '-' }])
  })

  it('that gets old takes one last request', async () => {
    const rig = await start({
      ...helloRequest,
      attributes: { 'client_keep_alive.seconds': '60', 'idle_timeout.timeout_seconds': '300' }
    })
    const client = await connect(rig.portOf(80))
    rig.clock.advance(59_999)
    client.send(request('GET /'))
    expect(headerOf(await client.answer(), 'Connection')).toBe('keep-alive')
    rig.clock.advance(1)
    client.send(request('GET /'))
    expect(headerOf(await client.answer(), 'Connection')).toBe('close')
    await client.closed
  })
})

describe('a body', () => {
  it('is told to come before anybody has asked the target', async () => {
    const target = await startTarget()
    const rig = await edge(target)
    const client = await connect(rig.portOf(80))
    client.send(request('PUT /', { Expect: '100-continue', 'Content-Length': '3' }))
    expect(await client.heard(/\r\n\r\n/)).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    expect(target.seen).toEqual([])
    client.send('abc')
    await client.heard(/HTTP\/1.1 200/)
    expect(target.seen).toMatchObject([{ body: 'abc' }])
    expect(headerOf(target.seen[0]!, 'Expect')).toBeUndefined()
  })

  it('is not told to come in HTTP/1.0', async () => {
    const rig = await start(helloRequest)
    const text = await rig.raw(80, 'PUT / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx')
    expect(text).toMatch(/^HTTP\/1.1 200/)
  })

  it.each([
    ['by length', { 'Content-Length': '11' }, 'hello world'],
    ['in chunks', { 'Transfer-Encoding': 'chunked' }, '5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n'],
    ['in chunks with trailers', { 'Transfer-Encoding': 'Chunked' }, 'b\r\nhello world\r\n0\r\nX-Sum: 1\r\n\r\n']
  ])('reaches the target %s', async (_name, headers, body) => {
    const target = await startTarget()
    const rig = await edge(target)
    await rig.raw(80, request('POST /', { ...headers, Connection: 'close' }, body))
    expect(target.seen).toMatchObject([{ body: 'hello world' }])
  })

  it('that nobody wants is dropped, and the next request is served', async () => {
    const rig = await start(helloRequest)
    const client = await connect(rig.portOf(80))
    client.send(request('POST /', { 'Content-Length': '100000' }, 'x'.repeat(50_000)))
    expect((await client.answer()).status).toBe(200)
    client.send('x'.repeat(50_000) + request('GET /', { Connection: 'close' }))
    expect((await client.answer()).status).toBe(200)
    await client.closed
  })

  it.each(['zz\r\n', '5\r\nhello!\r\n', '-1\r\n', '11111111111111\r\n', `0\r\n${'x'.repeat(20_000)}\r\n\r\n`])(
    'in malformed chunks gets 400: %j',
    async body => {
      const target = await startTCP(socket => {
        socket.once('data', chunk => {
          if (chunk.includes('ELB-HealthChecker')) {
            socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
          }
        })
      })
      const rig = await start(edgeSketch, { app: [target.target()] })
      await rig.check()
      const answer = parseAnswer(await rig.raw(80, request('POST /', { 'Transfer-Encoding': 'chunked' }, body)))
      expect([answer.status, headerOf(answer, 'Connection')]).toEqual([400, 'close'])
    }
  )

  it('in malformed chunks, when the answer is out already, ends the connection', async () => {
    const rig = await start(helloRequest)
    const text = await rig.raw(80, request('POST /', { 'Transfer-Encoding': 'chunked' }, 'zz\r\nmore'))
    expect(parseAnswer(text).status).toBe(200)
  })
})

describe('a client that', () => {
  it('goes away before the answer counts as 460', async () => {
    let arrived: () => void = () => {}
    const request1 = new Promise<void>(resolve => {
      arrived = resolve
    })
    const rig = await edge(await startTarget(() => arrived()))
    const client = await connect(rig.portOf(80))
    client.send(request('GET /'))
    await request1
    client.socket.resetAndDestroy()
    await rig.until(() => rig.requests().length > 0)
    expect(rig.requests()).toMatchObject([{ status: 460 }])
    expect(rig.log[0]).toMatch(/ 460 - /)
  })

  it('closes its half while it waits counts as gone', async () => {
    const rig = await edge(await startTarget(() => {}))
    const client = await connect(rig.portOf(80))
    client.socket.end(request('GET /'))
    await client.closed
    await rig.until(() => rig.requests().length > 0)
    expect(rig.requests()).toMatchObject([{ status: 460 }])
  })

  it('closes its half behind a request that is answered at once gets the answer', async () => {
    const rig = await start(helloRequest)
    const client = await connect(rig.portOf(80))
    client.socket.end(request('GET /'))
    expect(parseAnswer(await client.closed)).toMatchObject({ status: 200, body: 'hello' })
  })

  it('sends a byte a minute is served all the same: any byte keeps the connection', async () => {
    const rig = await start(helloRequest)
    const client = await connect(rig.portOf(80))
    const bytes = request('GET /', { Connection: 'close' })
    for (const byte of bytes.slice(0, 20)) {
      client.send(byte)
      await turn()
      await turn()
      rig.clock.advance(idleMilliseconds - 1)
    }
    client.send(bytes.slice(20))
    expect(parseAnswer(await client.closed).status).toBe(200)
  })

  it('never reads is not served without end, and is cut after the idle time-out', async () => {
    const rig = await start({ listeners: [{ port: 80, defaultActions: [respond('200', 'x'.repeat(1024))] }] })
    const client = await connect(rig.portOf(80))
    client.socket.pause()
    // About 100 MB of answers are asked for; what the kernel and one stream buffer hold is served.
    const requests = Buffer.from(request('GET /').repeat(2_000))
    for (let count = 0; count < 50; count++) {
      client.send(requests)
    }
    let before = -1
    while (rig.requests().length !== before) {
      before = rig.requests().length
      for (let count = 0; count < 50; count++) {
        await turn()
      }
    }
    expect(before).toBeLessThan(50_000)
    rig.clock.advance(idleMilliseconds)
    rig.clock.advance(idleMilliseconds)
    client.socket.resume()
    await client.closed
  })

  it('takes a large answer slowly gets all of it', async () => {
    const size = 8 * 1024 * 1024
    const target = await startTarget((_request, response) => void response.end(Buffer.alloc(size, 'x')))
    const rig = await edge(target)
    const client = await connect(rig.portOf(80))
    client.socket.pause()
    client.send(request('GET /', { Connection: 'close' }))
    while (target.seen.length === 0) {
      await turn()
    }
    for (let count = 0; count < 20; count++) {
      await turn()
    }
    // Longer than the load balancer lingers once its side is ended.
    rig.clock.advance(10_000)
    client.socket.resume()
    expect(parseAnswer(await client.closed).body).toHaveLength(size)
  })

  it('sends more than its target takes has to wait', async () => {
    const target = await startTCP(socket => {
      socket.once('data', chunk => {
        if (chunk.includes('ELB-HealthChecker')) {
          socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
        } else {
          socket.pause()
        }
      })
    })
    const rig = await start(edgeSketch, { app: [target.target()] })
    await rig.check()
    const client = await connect(rig.portOf(80))
    const size = 64 * 1024 * 1024
    client.send(request('POST /', { 'Content-Length': String(size) }))
    client.send(Buffer.alloc(size))
    for (let count = 0; count < 500; count++) {
      await turn()
    }
    // Nobody reads from this client any more, so that its end goes unnoticed until the time-out.
    client.socket.resetAndDestroy()
    rig.clock.advance(idleMilliseconds)
    rig.clock.advance(idleMilliseconds)
    await rig.until(() => rig.requests().length > 0)
    // What two kernels' buffers and two streams hold got through.
    const received = Number(rig.log[0]?.split(' ')[10])
    expect(received).toBeGreaterThan(64 * 1024)
    expect(received).toBeLessThan(size / 2)
  })

  it('stops in the middle of a body gets 408', async () => {
    const rig = await edge(await startTarget())
    const client = await connect(rig.portOf(80))
    client.send(request('POST /', { 'Content-Length': '10' }, 'abc'))
    for (let count = 0; count < 20; count++) {
      await turn()
    }
    rig.clock.advance(idleMilliseconds)
    expect(parseAnswer(await client.closed).status).toBe(408)
  })

  it('stops in the middle of a body that nobody wants is cut', async () => {
    const rig = await start(helloRequest)
    const client = await connect(rig.portOf(80))
    client.send(request('POST /', { 'Content-Length': '10' }, 'abc'))
    const { text } = await client.answer()
    rig.clock.advance(idleMilliseconds)
    // Answered once: no 408 after it.
    expect(await client.closed).toBe(text)
  })
})

it('whatever bytes come, the next request is served', async () => {
  const rig = await start(helloRequest)
  const valid = request('POST /a?b', { 'Transfer-Encoding': 'chunked', 'X-Note': 'a' }, '3\r\nabc\r\n0\r\n\r\n')
  const change = fc.record({ at: fc.nat(valid.length - 1), byte: fc.integer({ min: 0, max: 255 }) })
  const mutated = fc.array(change, { minLength: 1, maxLength: 6 }).map(changes => {
    const bytes = Buffer.from(valid, 'latin1')
    for (const { at, byte } of changes) {
      bytes[at] = byte
    }
    return bytes
  })
  const bytes = fc.oneof(mutated, fc.uint8Array({ minLength: 1, maxLength: 200 }).map(Buffer.from))
  await fc.assert(
    fc.asyncProperty(bytes, async noise => {
      const client = await connect(rig.portOf(80))
      client.send(noise)
      client.socket.end()
      await client.closed
    }),
    { numRuns: 150 }
  )
  expect((await rig.get(80, '/')).body).toBe('hello')
  expect(rig.requests().filter(({ cause }) => cause?.startsWith('internal error'))).toEqual([])
})

it('hundreds of idle connections cost nobody else anything', async () => {
  const rig = await start(helloRequest)
  const idle = await Promise.all(Array.from({ length: 500 }, () => connect(rig.portOf(80))))
  expect((await rig.get(80, '/')).body).toBe('hello')
  idle[250]!.send(request('GET /'))
  expect((await idle[250]!.answer()).body).toBe('hello')
  rig.clock.advance(idleMilliseconds)
  await Promise.all(idle.map(client => client.closed))
})

it('an observer that throws ends neither the request nor the process', async () => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
  let isArmed = false
  function fail(what: string) {
    return (): void => {
      if (isArmed) {
        throw new Error(`${what} is broken`)
      }
    }
  }
  const rig = await start(helloRequest, {}, { onEvent: fail('onEvent'), accessLog: fail('accessLog') })
  isArmed = true
  expect((await rig.get(80, '/')).status).toBe(200)
  expect((await rig.get(80, '/')).status).toBe(200)
  isArmed = false
  expect(warn.mock.calls.map(([warning]) => (warning as Error).message)).toEqual([
    'accessLog is broken',
    'onEvent is broken',
    'accessLog is broken',
    'onEvent is broken'
  ])
  warn.mockRestore()
})
