/**
 * gRPC with the client and the server of its own project, and HTTP/2 by hand, through an HTTPS listener.
 */

import http2, { type IncomingHttpHeaders } from 'node:http2'
import * as grpc from '@grpc/grpc-js'
import { describe, expect, it } from '@jest/globals'
import { forwardTo, respond, useRigs } from './rig.ts'

const { start, startTCP, startTarget, serve, cleanups } = useRigs()

const bytes = { serialize: (text: string) => Buffer.from(text), deserialize: (buffer: Buffer) => buffer.toString() }
function method<Name extends string>(name: Name, requestStream: boolean, responseStream: boolean) {
  return {
    path: `/test.Echo/${name}`,
    requestStream,
    responseStream,
    requestSerialize: bytes.serialize,
    requestDeserialize: bytes.deserialize,
    responseSerialize: bytes.serialize,
    responseDeserialize: bytes.deserialize
  }
}

const service = {
  unary: method('Unary', false, false),
  collect: method('Collect', true, false),
  repeat: method('Repeat', false, true),
  chat: method('Chat', true, true)
}

/** An Echo server; without `health` it answers the load balancer's checks with 12, unimplemented. */
async function startServer(credentials = grpc.ServerCredentials.createInsecure()) {
  const server = new grpc.Server()
  const seen: grpc.Metadata[] = []
  server.addService(service, {
    unary(call: grpc.ServerUnaryCall<string, string>, done: grpc.sendUnaryData<string>) {
      seen.push(call.metadata)
      const trailers = new grpc.Metadata()
      trailers.set('x-sum', String(call.request.length))
      if (call.request === 'fail') {
        done({ code: grpc.status.NOT_FOUND, details: 'no such thing', metadata: trailers })
      } else {
        done(null, `echo ${call.request}`, trailers)
      }
    },
    collect(call: grpc.ServerReadableStream<string, string>, done: grpc.sendUnaryData<string>) {
      const parts: string[] = []
      call.on('data', part => parts.push(part))
      call.on('end', () => done(null, parts.join('+')))
    },
    repeat(call: grpc.ServerWritableStream<string, string>) {
      for (let index = 0; index < 100; index += 1) {
        call.write(`${call.request} ${index}`)
      }
      call.end()
    },
    chat(call: grpc.ServerDuplexStream<string, string>) {
      call.on('data', part => call.write(`re: ${part}`))
      call.on('end', () => call.end())
    }
  })
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)))
  )
  cleanups.push(() => server.forceShutdown())
  return { seen, target: { id: 'i-grpc', address: '127.0.0.1', port } }
}

function edge(targetGroup: object) {
  return {
    listeners: [{ port: 443, protocol: 'HTTPS' as const, defaultActions: [forwardTo('app')] }],
    targetGroups: { app: targetGroup }
  }
}

const grpcSketch = {
  protocolVersion: 'GRPC' as const,
  healthCheckConfig: { path: '/AWS.ALB/healthcheck', matcher: { grpcCode: '12' } } as never
}

async function echo({ secure = false } = {}) {
  const { authority } = await start({ listeners: [] })
  const { certificate, key } = await authority.issue('arn:target', ['anything.test'])
  const pair = { cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) }
  const server = await startServer(secure ? grpc.ServerCredentials.createSsl(null, [pair]) : undefined)
  const rig = await start(edge({ ...grpcSketch, ...(secure ? { protocol: 'HTTPS' } : {}) }), { app: [server.target] })
  await rig.check()
  const client = new grpc.Client(`127.0.0.1:${rig.portOf(443)}`, trusting(rig.authority.certificate), {
    'grpc.ssl_target_name_override': 'app.test'
  })
  cleanups.push(() => client.close())
  return { rig, client, server }
}

function trusting(authority: string): grpc.ChannelCredentials {
  return grpc.credentials.createSsl(Buffer.from(authority))
}

interface Outcome {
  value?: string
  code: number
  details: string
  trailers: grpc.Metadata
}

function unary(client: grpc.Client, request: string): Promise<Outcome> {
  return new Promise(resolve => {
    let value: string | undefined
    const call = client.makeUnaryRequest<string, string>(
      service.unary.path,
      bytes.serialize,
      bytes.deserialize,
      request,
      (_error, response) => {
        value = response
      }
    )
    call.on('status', ({ code, details, metadata }) =>
      setImmediate(() => resolve({ ...(value === undefined ? {} : { value }), code, details, trailers: metadata }))
    )
  })
}

describe.each([
  ['in clear text', false],
  ['over TLS, whose certificate nobody checks', true]
])('gRPC to targets %s', (_name, secure) => {
  it('a call with metadata, message and trailers', async () => {
    const { client, server, rig } = await echo({ secure })
    const { value, code, trailers } = await unary(client, 'hello')
    expect({ value, code, sum: trailers.get('x-sum') }).toEqual({ value: 'echo hello', code: 0, sum: ['5'] })
    expect(server.seen[0]?.get('x-forwarded-proto')).toEqual(['https'])
    await rig.until(() => rig.log.length > 0)
    expect(rig.log[0]).toMatch(/^grpcs .*"POST https:\/\/\S*\/test\.Echo\/Unary HTTP\/2\.0"/)
  })

  it('a failure of the server, which is a head alone', async () => {
    const { client } = await echo({ secure })
    expect(await unary(client, 'fail')).toMatchObject({ code: grpc.status.NOT_FOUND, details: 'no such thing' })
  })

  it('streams in both directions', async () => {
    const { client } = await echo({ secure })
    const collected = new Promise((resolve, reject) => {
      const call = client.makeClientStreamRequest<string, string>(
        service.collect.path,
        bytes.serialize,
        bytes.deserialize,
        (error, value) => (error ? reject(error) : resolve(value))
      )
      for (const part of ['a', 'b', 'c']) {
        call.write(part)
      }
      call.end()
    })
    expect(await collected).toBe('a+b+c')

    const repeated: string[] = []
    const repeat = client.makeServerStreamRequest<string, string>(
      service.repeat.path,
      bytes.serialize,
      bytes.deserialize,
      'n'
    )
    for await (const part of repeat) {
      repeated.push(part as string)
    }
    expect(repeated).toHaveLength(100)

    const chat = client.makeBidiStreamRequest<string, string>(service.chat.path, bytes.serialize, bytes.deserialize)
    const heard: string[] = []
    chat.write('one')
    for await (const part of chat) {
      heard.push(part as string)
      // The second message goes out after the first one’s answer: nothing waits for an end.
      if (heard.length === 1) {
        chat.write('two')
      } else {
        chat.end()
      }
    }
    expect(heard).toEqual(['re: one', 're: two'])
  })
})

describe('gRPC that fails at the load balancer', () => {
  it('gets status 14 in a head without a page', async () => {
    const rig = await start(edge(grpcSketch), { app: [] })
    const client = new grpc.Client(`127.0.0.1:${rig.portOf(443)}`, trusting(rig.authority.certificate), {
      'grpc.ssl_target_name_override': 'app.test'
    })
    cleanups.push(() => client.close())
    expect(await unary(client, 'hello')).toMatchObject({ code: grpc.status.UNAVAILABLE, details: 'unavailable' })
  })

  it('ends with its target’s session, and the next call opens another', async () => {
    const sessions: http2.ServerHttp2Session[] = []
    const server = http2.createServer()
    server.on('session', session => sessions.push(session))
    server.on('stream', (stream, headers) => {
      if (headers[':path'] === '/AWS.ALB/healthcheck') {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' }, { endStream: true })
      } else if (headers[':path'] === '/die') {
        stream.session?.destroy()
      } else {
        stream.respond({ ':status': 200, 'grpc-status': '0' }, { endStream: true })
      }
    })
    const target = await serve(server as never, [], [])
    const rig = await start(edge(grpcSketch), { app: [target.target()] })
    await rig.check()
    const client = await connectTo(rig)
    const headers = { ':method': 'POST', 'content-type': 'application/grpc' }
    expect(await client.ask({ ...headers, ':path': '/die' })).toMatchObject({ ':status': 502, 'grpc-status': '14' })
    expect(await client.ask({ ...headers, ':path': '/live' })).toMatchObject({ ':status': 200, 'grpc-status': '0' })
    // One for the check, one that died, one more.
    expect(sessions).toHaveLength(3)
  })
})

/** An HTTP/2 client of the rig's HTTPS listener. */
async function connectTo(rig: Awaited<ReturnType<typeof start>>) {
  const session = http2.connect(`https://127.0.0.1:${rig.portOf(443)}`, {
    ca: rig.authority.certificate,
    servername: 'app.test'
  })
  session.on('error', () => {})
  cleanups.push(() => session.destroy())
  return {
    session,
    ask: (headers: http2.OutgoingHttpHeaders, body?: string): Promise<IncomingHttpHeaders & { body: string }> =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ':authority': 'app.test', ...headers }, { endStream: body === undefined })
        let answer: IncomingHttpHeaders = {}
        let text = ''
        stream.on('response', head => {
          answer = head
        })
        stream.on('trailers', trailers => {
          answer = { ...answer, ...trailers }
        })
        stream.on('data', chunk => {
          text += chunk
        })
        stream.on('error', reject)
        stream.on('close', () => resolve({ ...answer, body: text }))
        if (body !== undefined) {
          stream.end(body)
        }
      })
  }
}

describe('which request fits which target group', () => {
  const requests = {
    'HTTP/2 GET': { ':method': 'GET' },
    'HTTP/2 POST': { ':method': 'POST' },
    gRPC: { ':method': 'POST', 'content-type': 'application/grpc' },
    'gRPC with a format': { ':method': 'POST', 'content-type': 'application/grpc+proto' },
    'gRPC-Web': { ':method': 'POST', 'content-type': 'application/grpc-web' }
  }

  it.each<[string, 'HTTP1' | 'HTTP2' | 'GRPC', Record<keyof typeof requests, number>]>([
    [
      'HTTP/1.1',
      'HTTP1',
      { 'HTTP/2 GET': 200, 'HTTP/2 POST': 200, gRPC: 464, 'gRPC with a format': 464, 'gRPC-Web': 200 }
    ],
    [
      'HTTP/2',
      'HTTP2',
      { 'HTTP/2 GET': 200, 'HTTP/2 POST': 200, gRPC: 200, 'gRPC with a format': 200, 'gRPC-Web': 200 }
    ],
    ['gRPC', 'GRPC', { 'HTTP/2 GET': 464, 'HTTP/2 POST': 200, gRPC: 200, 'gRPC with a format': 200, 'gRPC-Web': 200 }]
  ])('a target group of %s', async (_name, protocolVersion, expected) => {
    const target = await startTarget(
      undefined,
      undefined,
      (protocolVersion === 'HTTP1' ? undefined : http2.createServer) as never
    )
    const rig = await start(edge({ protocolVersion }), { app: [target.target()] })
    await rig.check()
    const client = await connectTo(rig)
    const found: Record<string, unknown> = {}
    for (const [name, headers] of Object.entries(requests)) {
      const answer = await client.ask({ ':path': '/', ...headers }, headers[':method'] === 'POST' ? 'x' : undefined)
      found[name] = answer[':status']
    }
    expect(found).toEqual(expected)
  })
})

describe('HTTP/2 to a target', () => {
  async function through(onStream: (stream: http2.ServerHttp2Stream, headers: IncomingHttpHeaders) => void) {
    const server = http2.createServer()
    server.on('stream', (stream, headers) => {
      stream.on('error', () => {})
      if (headers['user-agent'] === 'ELB-HealthChecker/2.0') {
        stream.respond({ ':status': 200 }, { endStream: true })
      } else {
        onStream(stream, headers)
      }
    })
    const target = await serve(server as never, [], [])
    const rig = await start(edge({ protocolVersion: 'HTTP2' }), { app: [target.target()] })
    await rig.check()
    return { rig, client: await connectTo(rig) }
  }

  it('carries authority, headers, body and trailers', async () => {
    const { client } = await through((stream, headers) => {
      stream.respond(
        { ':status': 200, 'x-authority': headers[':authority'], 'x-for': headers['x-forwarded-for'] },
        { waitForTrailers: true }
      )
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '7' }))
      stream.pipe(stream)
    })
    expect(await client.ask({ ':method': 'PUT', ':path': '/a?b' }, 'hello')).toMatchObject({
      ':status': 200,
      'x-authority': 'app.test',
      'x-for': '127.0.0.1',
      body: 'hello',
      'x-sum': '7'
    })
  })

  it.each<{ name: string; act: (stream: http2.ServerHttp2Stream) => void; cause: RegExp }>([
    {
      name: 'a stream that is reset',
      act: stream => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR),
      cause: /reset|malformed|closed/
    },
    { name: 'a session that is gone', act: stream => stream.session?.destroy(), cause: /reset|closed/ },
    {
      name: 'headers of more than 32K',
      act: stream =>
        stream.respond({ ':status': 200, 'x-a': 'x'.repeat(17_000), 'x-b': 'x'.repeat(17_000) }, { endStream: true }),
      cause: /longer than 32K/
    }
  ])('$name gives 502', async ({ act, cause }) => {
    const { rig, client } = await through(act)
    expect(await client.ask({ ':path': '/' })).toMatchObject({ ':status': 502, server: 'awselb/2.0' })
    expect(rig.requests().at(-1)?.cause).toMatch(cause)
  })

  it('a target that speaks HTTP/1.1 gives 502', async () => {
    const target = await startTCP(socket => socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
    const rig = await start(edge({ protocolVersion: 'HTTP2' }), { app: [target.target()] })
    await rig.check()
    expect(rig.health('app')).toMatchObject([{ state: 'initial' }])
    const client = await connectTo(rig)
    expect(await client.ask({ ':path': '/' })).toMatchObject({ ':status': 502 })
  })

  it('shares one connection among requests', async () => {
    const sessions = new Set<unknown>()
    const { client } = await through(stream => {
      sessions.add(stream.session)
      stream.respond({ ':status': 200 }, { endStream: true })
    })
    await Promise.all(Array.from({ length: 20 }, () => client.ask({ ':path': '/' })))
    expect(sessions.size).toBe(1)
  })
})

describe('health checks of gRPC targets', () => {
  it.each<{
    name: string
    answer: (stream: http2.ServerHttp2Stream) => void
    matcher: string
    state: string
    description?: string
  }>([
    {
      name: 'the code is in the trailers',
      answer(stream) {
        stream.respond({ ':status': 200 }, { waitForTrailers: true })
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
        stream.end()
      },
      matcher: '0',
      state: 'healthy'
    },
    {
      name: 'the code is in the head',
      answer: stream => stream.respond({ ':status': 200, 'grpc-status': '12' }, { endStream: true }),
      matcher: '0-99',
      state: 'healthy'
    },
    {
      name: 'another code',
      answer: stream => stream.respond({ ':status': 200, 'grpc-status': '12' }, { endStream: true }),
      matcher: '0',
      state: 'unhealthy',
      description: 'Health checks failed with these codes: [12]'
    },
    {
      name: 'another HTTP status',
      answer: stream => stream.respond({ ':status': 404 }, { endStream: true }),
      matcher: '0',
      state: 'unhealthy',
      description: 'Health checks failed with these codes: [404]'
    },
    {
      name: 'no code at all',
      answer: stream => stream.respond({ ':status': 200 }, { endStream: true }),
      matcher: '0',
      state: 'unhealthy',
      description: 'Health checks failed'
    }
  ])('$name', async ({ answer, matcher, state, description }) => {
    const paths: unknown[] = []
    const server = http2.createServer()
    server.on('stream', (stream, headers) => {
      paths.push([headers[':method'], headers[':path'], headers['content-type'], headers['user-agent']])
      answer(stream)
    })
    const target = await serve(server as never, [], [])
    const group = {
      protocolVersion: 'GRPC',
      healthCheckConfig: { path: '/grpc.health.v1.Health/Check', matcher: { grpcCode: matcher } }
    }
    const rig = await start(edge(group), { app: [target.target()] })
    await rig.check()
    await rig.check(15_000)
    expect(rig.health('app')).toMatchObject([{ state, ...(description === undefined ? {} : { description }) }])
    expect(paths[0]).toEqual(['POST', '/grpc.health.v1.Health/Check', 'application/grpc', 'ELB-HealthChecker/2.0'])
  })
})

it('a fixed response to gRPC is an ordinary one', async () => {
  const rig = await start({
    listeners: [{ port: 443, protocol: 'HTTPS', defaultActions: [respond('404', 'nothing')] }]
  })
  const client = await connectTo(rig)
  expect(await client.ask({ ':method': 'POST', ':path': '/', 'content-type': 'application/grpc' }, '')).toMatchObject({
    ':status': 404,
    body: 'nothing'
  })
})

describe('what no client can be sent', () => {
  it.each([
    ['a trailer that HTTP/2 forbids', 'TE: gzip'],
    ['a trailer whose name is none', 'Bad name: x'],
    ['a trailer that belongs into a head', 'Content-Length: 5'],
    ['a trailer with a control character', 'X-Bell: \x07']
  ])('%s harms nobody else', async (_name, trailer) => {
    const target = await startTCP(socket =>
      socket.on('data', () =>
        socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${trailer}\r\n\r\n`)
      )
    )
    const { listeners, targetGroups } = edge({})
    const clear = { port: 80, defaultActions: [forwardTo('app')] }
    const rig = await start({ listeners: [...listeners, clear], targetGroups }, { app: [target.target()] })
    await rig.check()
    const client = await connectTo(rig)
    const answer = await client.ask({ ':path': '/' })
    expect(answer).toMatchObject({ ':status': 200, body: 'ok' })
    expect(Object.keys(answer)).toEqual([':status', 'body'])
    expect((await rig.get(80, '/')).body).toBe('2\r\nok\r\n0\r\n\r\n')
  })

  it.each([
    ['a header that HTTP/2 forbids', { te: 'gzip' }],
    ['a header with a name of JavaScript’s', { constructor: 'x', 'has-own-property': 'y' }],
    ['a header twice that may come once', { 'content-type': 'text/plain', age: ['1', '2'] }]
  ])('%s, from a target of HTTP/1.1', async (_name, headers) => {
    const target = await startTarget((_request, response) => void response.writeHead(200, headers as never).end('ok'))
    const rig = await start(edge({}), { app: [target.target()] })
    await rig.check()
    const client = await connectTo(rig)
    expect(await client.ask({ ':path': '/' })).toMatchObject({ ':status': 200, body: 'ok' })
  })
})
