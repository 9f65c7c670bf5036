/** HTTP/2 from the client's side: by Node's client where it can say it, frame by frame where it cannot. */

import http2, { type ClientHttp2Session, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import { describe, expect, it } from '@jest/globals'
import { type Client, connectTLS } from '../client.ts'
import { forwardTo, headerOf, type Rig, respond, useRigs } from '../rig.ts'

const { start, startTarget, cleanups } = useRigs()

const idleMilliseconds = 60_000
const httpsSketch = { port: 443, protocol: 'HTTPS' as const }
const helloRequest = { listeners: [{ ...httpsSketch, defaultActions: [respond('200', 'hello')] }] }
const edgeSketch = { listeners: [{ ...httpsSketch, defaultActions: [forwardTo('app')] }], targetGroups: { app: {} } }

async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await new Promise(resolve => setImmediate(resolve))
  }
}

function session(rig: Rig): ClientHttp2Session {
  const client = http2.connect(`https://127.0.0.1:${rig.portOf(443)}`, {
    rejectUnauthorized: false,
    servername: 'app.test'
  })
  client.on('error', () => {})
  cleanups.push(() => client.destroy())
  return client
}

interface Answer {
  headers: IncomingHttpHeaders & { ':status'?: number }
  body: string
  /** The error code of the stream's end. */
  code: number
}

function ask(client: ClientHttp2Session, headers: OutgoingHttpHeaders = {}, body?: string): Promise<Answer> {
  return new Promise(resolve => {
    const stream = client.request({ ':authority': 'app.test', ...headers }, { endStream: body === undefined })
    let answer: Answer['headers'] = {}
    let text = ''
    stream.on('response', given => {
      answer = given
    })
    stream.on('data', chunk => {
      text += chunk
    })
    stream.on('error', () => {})
    stream.on('close', () => resolve({ headers: answer, body: text, code: stream.rstCode }))
    if (body !== undefined) {
      stream.end(body)
    }
  })
}

async function edge(target: Awaited<ReturnType<typeof startTarget>>, attributes: Record<string, string> = {}) {
  const rig = await start({ ...edgeSketch, attributes }, { app: [target.target()] })
  await rig.check()
  return rig
}

describe('a request', () => {
  it('is answered with AWS’s headers and no others', async () => {
    const rig = await start(helloRequest)
    const { headers, body } = await ask(session(rig))
    expect(body).toBe('hello')
    expect(Object.entries({ ...headers })).toEqual([
      [':status', 200],
      ['server', 'awselb/2.0'],
      ['date', 'Thu, 01 Jan 2026 00:00:00 GMT'],
      ['content-type', 'text/plain; charset=utf-8'],
      ['content-length', '5']
    ])
  })

  it('of HEAD has the same headers and no body', async () => {
    const rig = await start(helloRequest)
    const { headers, body } = await ask(session(rig), { ':method': 'HEAD' })
    expect([headers['content-length'], body]).toEqual(['5', ''])
  })

  it('reaches an HTTP/1.1 target, its names in small letters but for the load balancer’s own', async () => {
    const target = await startTarget()
    const rig = await edge(target)
    const { headers, body } = await ask(session(rig), { ':method': 'POST', ':path': '/a?b', 'x-one': '1' }, 'text')
    expect(headers[':status']).toBe(200)
    expect(JSON.parse(body)).toMatchObject({ method: 'POST', url: '/a?b', body: 'text' })
    expect(target.seen[0]?.headers.map(([name]) => name)).toEqual(
      expect.arrayContaining([
        'X-Forwarded-For',
        'X-Forwarded-Proto',
        'X-Forwarded-Port',
        'Host',
        'X-Amzn-Trace-Id',
        'x-one'
      ])
    )
    expect(headerOf(target.seen[0]!, 'Host')).toBe('app.test')
  })

  it('has its cookies joined, and loses names that HTTP/2 does not take', async () => {
    const target = await startTarget()
    const rig = await edge(target)
    await ask(session(rig), { cookie: ['a=1', 'b=2'], under_score: 'x', 'with.dot': 'x' })
    const { headers } = target.seen[0]!
    expect(headers.filter(([name]) => /cookie/i.test(name))).toEqual([['cookie', 'a=1; b=2']])
    expect(headers.map(([name]) => name)).not.toEqual(expect.arrayContaining(['under_score']))
  })

  it.each<[name: string, headers: OutgoingHttpHeaders, status: number]>([
    ['TRACE', { ':method': 'TRACE' }, 405],
    ['a path of 16K', { ':path': `/${'x'.repeat(16 * 1024)}` }, 414],
    ['a header of 16K', { 'x-long': 'x'.repeat(16 * 1024) }, 400],
    ['more than 30 addresses', { 'x-forwarded-for': Array.from({ length: 31 }, () => '192.0.2.1').join() }, 463]
  ])('that is refused: %s', async (_name, headers, status) => {
    const rig = await start(helloRequest)
    const client = session(rig)
    expect((await ask(client, headers)).headers[':status']).toBe(status)
    // One refused request does not end the connection of the others.
    expect((await ask(client)).body).toBe('hello')
  })

  it('with headers of more than 64K ends, and the connection goes on', async () => {
    const rig = await start(helloRequest)
    const client = session(rig)
    await ask(client)
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`x-${index}`, 'x'.repeat(3_000)]))
    const refused = await ask(client, many)
    expect(refused.headers[':status']).toBeUndefined()
    expect((await ask(client)).body).toBe('hello')
  })

  it('that expects 100 is not told to continue', async () => {
    const target = await startTarget()
    const rig = await edge(target)
    const client = session(rig)
    const stream = client.request({ ':authority': 'app.test', ':method': 'PUT', expect: '100-continue' })
    let continued = false
    stream.on('continue', () => {
      continued = true
    })
    stream.resume().end('x')
    await new Promise(resolve => stream.on('close', resolve))
    expect(continued).toBe(false)
    expect(headerOf(target.seen[0]!, 'Expect')).toBeUndefined()
  })

  it('of gRPC that fails has the failure in its headers', async () => {
    const rig = await start({ ...edgeSketch, targetGroups: { app: { protocolVersion: 'GRPC' } } })
    const { headers, body } = await ask(session(rig), { ':method': 'POST', 'content-type': 'application/grpc' }, 'x')
    expect(body).toBe('')
    expect(Object.entries(headers)).toEqual([
      [':status', 503],
      ['server', 'awselb/2.0'],
      ['grpc-status', '14'],
      ['grpc-message', 'unavailable']
    ])
  })
})

describe('a connection', () => {
  it('says that it takes 128 requests at a time, 64K of headers, and pushes nothing', async () => {
    const rig = await start(helloRequest)
    const client = session(rig)
    await new Promise(resolve => client.once('remoteSettings', resolve))
    expect(client.remoteSettings).toMatchObject({ maxConcurrentStreams: 128, maxHeaderListSize: 65_536 })
    expect((await ask(client)).body).toBe('hello')
  })

  it('is ended with GOAWAY when it gets old, the last request answered', async () => {
    const rig = await start({
      ...helloRequest,
      attributes: { 'client_keep_alive.seconds': '60', 'idle_timeout.timeout_seconds': '300' }
    })
    const client = session(rig)
    await ask(client)
    rig.clock.advance(60_000)
    const goaway = new Promise(resolve => client.once('goaway', resolve))
    expect((await ask(client)).body).toBe('hello')
    expect(await goaway).toBe(0)
    await new Promise(resolve => (client.closed ? resolve(0) : client.once('close', resolve)))
  })

  it('that is idle is closed, whatever it pings', async () => {
    const rig = await start(helloRequest)
    const client = session(rig)
    await ask(client)
    rig.clock.advance(idleMilliseconds - 1)
    await new Promise(resolve => client.ping(resolve))
    expect(client.closed).toBe(false)
    const closed = new Promise(resolve => client.once('close', resolve))
    rig.clock.advance(1)
    await closed
    expect(client.closed).toBe(true)
  })

  it('lets requests in flight finish when the listener goes', async () => {
    let answer: () => void = () => {}
    const target = await startTarget((_request, response) => {
      answer = () => void response.end('late')
    })
    const rig = await edge(target)
    const client = session(rig)
    const late = ask(client)
    while (target.seen.length === 0) {
      await turns(1)
    }
    await rig.apply({ listeners: [{ port: 81 }] })
    answer()
    expect((await late).body).toBe('late')
  })

  it('is cut when the client takes none of what it asked for', async () => {
    const target = await startTarget((_request, response) => void response.end(Buffer.alloc(200_000)))
    const rig = await edge(target)
    const client = await framed(rig)
    // A window of nothing: no byte of a body may be sent.
    client.send(frame(settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0])))
    client.send(frame(headersFrame, endStreamFlag | endHeaders, 1, get))
    while (target.seen.length === 0) {
      await turns(1)
    }
    await turns()
    rig.clock.advance(idleMilliseconds)
    rig.clock.advance(2 * idleMilliseconds)
    const frames = await client.heard(all => all.some(({ type }) => type === rstStream || type === goawayFrame))
    expect(frames.filter(({ type, payload }) => type === data && payload.length > 0)).toEqual([])
  })
})

const data = 0
const headersFrame = 1
const rstStream = 3
const settings = 4
const pingFrame = 6
const goawayFrame = 7
const windowUpdate = 8
const endStreamFlag = 1
const ack = 1
const endHeaders = 4
const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

/** HPACK: indexed `:method: GET`, `:scheme: https`, `:path: /`, and `:authority: app.test` as it is. */
const get = Buffer.concat([Buffer.from([0x82, 0x87, 0x84, 0x41, 8]), Buffer.from('app.test')])

function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

interface Frame {
  type: number
  flags: number
  stream: number
  payload: Buffer
}

function framesOf(text: string): Frame[] {
  const bytes = Buffer.from(text, 'latin1')
  const frames: Frame[] = []
  for (let at = 0; at + 9 <= bytes.length; ) {
    const end = at + 9 + bytes.readUIntBE(at, 3)
    if (end > bytes.length) {
      break
    }
    frames.push({
      type: bytes[at + 3]!,
      flags: bytes[at + 4]!,
      stream: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + 9, end)
    })
    at = end
  }
  return frames
}

/** A connection that has shaken hands, with what it hears as frames. */
async function framed(rig: Rig) {
  const client: Client = await connectTLS(rig.portOf(443), { ALPNProtocols: ['h2'] })
  client.send(preface)
  client.send(frame(settings, 0, 0))
  return {
    send: (bytes: Buffer) => client.send(bytes),
    closed: client.closed.then(framesOf),
    async heard(condition: (frames: Frame[]) => boolean): Promise<Frame[]> {
      return framesOf(await client.heard(text => condition(framesOf(text))))
    }
  }
}

describe('frame by frame', () => {
  function isAnswer(stream: number) {
    return (one: Frame) => one.type === headersFrame && one.stream === stream
  }
  function isReset(stream: number) {
    return (one: Frame) => one.type === rstStream && one.stream === stream
  }
  function codeOf(one: Frame | undefined): number | undefined {
    return one?.payload.readUInt32BE(one.type === goawayFrame ? 4 : 0)
  }

  it('a ping is answered', async () => {
    const client = await framed(await start(helloRequest))
    client.send(frame(pingFrame, 0, 0, Buffer.from('12345678')))
    const frames = await client.heard(all => all.some(({ type }) => type === pingFrame))
    expect(frames.find(({ type }) => type === pingFrame)).toMatchObject({
      flags: ack,
      payload: Buffer.from('12345678')
    })
  })

  it('more than 128 requests at a time, against what was agreed, end the connection', async () => {
    const rig = await edge(await startTarget(() => {}))
    const client = await framed(rig)
    await client.heard(all => all.some(({ type }) => type === settings))
    client.send(frame(settings, ack, 0))
    for (let count = 0; count < 129; count++) {
      client.send(frame(headersFrame, endStreamFlag | endHeaders, 2 * count + 1, get))
    }
    const frames = await client.closed
    expect(codeOf(frames.find(({ type }) => type === goawayFrame))).toBe(1)
  })

  it.each<[name: string, frames: Buffer[], code: number]>([
    ['a stream of the server’s', [frame(headersFrame, endStreamFlag | endHeaders, 2, get)], 1],
    ['data on a stream that nobody opened', [frame(data, endStreamFlag, 1, Buffer.from('x'))], 1],
    ['a frame that is too large', [frame(data, 0, 1, Buffer.alloc(20_000))], 6],
    ['settings of a wrong length', [frame(settings, 0, 0, Buffer.alloc(5))], 6],
    ['a window beyond its limit', [frame(windowUpdate, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff]))], 3],
    [
      'compressed nonsense',
      [frame(headersFrame, endStreamFlag | endHeaders, 1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))],
      9
    ]
  ])('%s ends the connection', async (_name, bytes, code) => {
    const client = await framed(await start(helloRequest))
    await client.heard(all => all.some(({ type }) => type === settings))
    for (const one of bytes) {
      client.send(one)
    }
    const frames = await client.closed
    expect(codeOf(frames.find(({ type }) => type === goawayFrame))).toBe(code)
  })

  it.each<[name: string, headers: Buffer]>([
    ['no path', get.subarray(0, 2)],
    ['no authority', get.subarray(0, 3)],
    [
      'a name in capitals',
      Buffer.concat([get, Buffer.from([0, 1]), Buffer.from('A'), Buffer.from([1]), Buffer.from('x')])
    ],
    [
      'a connection header',
      Buffer.concat([get, Buffer.from([0, 10]), Buffer.from('connection'), Buffer.from([5]), Buffer.from('close')])
    ],
    ['a second path', Buffer.concat([get, Buffer.from([0x84])])]
  ])('a request with %s is reset', async (_name, headers) => {
    const client = await framed(await start(helloRequest))
    client.send(frame(headersFrame, endStreamFlag | endHeaders, 1, headers))
    const frames = await client.heard(all => all.some(isReset(1)))
    expect(codeOf(frames.find(isReset(1)))).toBe(1)
    client.send(frame(headersFrame, endStreamFlag | endHeaders, 3, get))
    await client.heard(all => all.some(isAnswer(3)))
  })

  it('requests that are opened and reset without end cost the client its connection', async () => {
    const rig = await edge(await startTarget(() => {}))
    const client = await framed(rig)
    const reset = Buffer.from([0, 0, 0, 8])
    for (let count = 0; count < 5_000; count++) {
      const stream = 2 * count + 1
      client.send(
        Buffer.concat([
          frame(headersFrame, endStreamFlag | endHeaders, stream, get),
          frame(rstStream, 0, stream, reset)
        ])
      )
    }
    const frames = await client.closed
    expect(codeOf(frames.findLast(({ type }) => type === goawayFrame))).toBeGreaterThan(0)
  })
})
