/**
 * An aborted stream is not a complete one (RFC 9113 §8.1): neither a target nor a client may take it for that.
 */

import http from 'node:http'
import http2, { type ClientHttp2Stream } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { connectTLS } from './client.ts'
import { forwardTo, type Rig, useRigs } from './rig.ts'

const { start, startTCP, cleanups } = useRigs()

function edge(targetGroup: object) {
  return {
    listeners: [{ port: 443, protocol: 'HTTPS' as const, defaultActions: [forwardTo('app')] }],
    targetGroups: { app: targetGroup }
  }
}

function sessionTo(rig: Rig) {
  const session = http2.connect(`https://127.0.0.1:${rig.portOf(443)}`, {
    rejectUnauthorized: false,
    servername: 'app.test'
  })
  session.on('error', () => {})
  cleanups.push(() => session.destroy())
  return session
}

function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** The payload of a RST_STREAM, or the end of a GOAWAY's. */
function codeBytes(code: number): Buffer {
  return Buffer.from([0, 0, 0, code])
}

const cancel = 8

/** HPACK: `:status: 200`. */
const status200 = Buffer.from([0x88])

/** A target that says what became of the one upload that it gets. */
async function uploadTarget(version: 1 | 2) {
  let begun: () => void = () => {}
  let over: (outcome: string) => void = () => {}
  const beginning = new Promise<void>(resolve => {
    begun = resolve
  })
  const outcome = new Promise<string>(resolve => {
    over = resolve
  })
  function take(request: http.IncomingMessage | http2.Http2ServerRequest, answer: () => void): void {
    if (request.method !== 'PUT') {
      answer()
      return
    }
    request.on('data', begun)
    request.on('aborted', () => over('broken off'))
    request.on('end', () => over(request.aborted ? 'broken off' : 'complete'))
    request.on('error', () => {})
  }
  const server =
    version === 1
      ? http.createServer((request, response) => take(request, () => response.end()))
      : http2.createServer((request, response) => take(request, () => response.end()))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => {
    ;(server as http.Server).closeAllConnections?.()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { target: { id: 'i-1', address: '127.0.0.1', port }, beginning, outcome }
}

/** HPACK: `:method: PUT`, `:scheme: https`, `:path: /`, `:authority: app.test`. */
const put = Buffer.concat([
  Buffer.from([0x42, 3]),
  Buffer.from('PUT'),
  Buffer.from([0x87, 0x84, 0x41, 8]),
  Buffer.from('app.test')
])

describe('an upload that the client gives up is not complete for the target', () => {
  const ways: { name: string; give: (socket: Socket) => void }[] = [
    { name: 'RST_STREAM CANCEL', give: socket => socket.write(frame(3, 0, 1, codeBytes(cancel))) },
    { name: 'RST_STREAM NO_ERROR', give: socket => socket.write(frame(3, 0, 1, codeBytes(0))) },
    {
      name: 'GOAWAY and the end of the connection',
      give: socket => socket.end(frame(7, 0, 0, Buffer.concat([codeBytes(0), codeBytes(0)])))
    },
    { name: 'the connection is lost', give: socket => socket.destroy() }
  ]
  it.each(([1, 2] as const).flatMap(version => ways.map(way => ({ version, ...way }))))(
    '$name, target of HTTP/$version',
    async ({ version, give }) => {
      const { target, beginning, outcome } = await uploadTarget(version)
      const rig = await start(edge(version === 1 ? {} : { protocolVersion: 'HTTP2' }), { app: [target] })
      await rig.check()
      const client = await connectTLS(rig.portOf(443), { ALPNProtocols: ['h2'] })
      client.send(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)]))
      client.send(Buffer.concat([frame(1, 4, 1, put), frame(0, 0, 1, Buffer.from('a part of it'))]))
      await beginning
      give(client.socket)
      expect(await outcome).toBe('broken off')
    }
  )
})

describe('an answer that an HTTP/2 target breaks off is not complete for the client', () => {
  /** Answers the first request, which is the health check, and gives the others a part of an answer. */
  async function breaking(how: (socket: Socket, stream: number) => void) {
    let isChecked = false
    return startTCP(socket => {
      let bytes = Buffer.alloc(0)
      let opened = false
      function read(type: number, flags: number, stream: number): void {
        if (type === 4 && (flags & 1) === 0) {
          socket.write(frame(4, 1, 0))
        }
        if (type === 1 && !isChecked) {
          isChecked = true
          socket.write(frame(1, 5, stream, status200))
        } else if (type === 1) {
          socket.write(Buffer.concat([frame(1, 4, stream, status200), frame(0, 0, stream, Buffer.from('half'))]))
          // The acknowledgement says that the load balancer has read the answer.
          socket.write(frame(6, 0, 0, Buffer.alloc(8)))
        }
        if (type === 6) {
          how(socket, lastStream)
        }
      }
      let lastStream = 0
      socket.on('data', chunk => {
        bytes = Buffer.concat([bytes, chunk])
        if (!opened && bytes.length >= 24) {
          opened = true
          bytes = bytes.subarray(24)
          socket.write(frame(4, 0, 0))
        }
        while (opened && bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
          const [type, flags, stream] = [bytes[3]!, bytes[4]!, bytes.readUInt32BE(5)]
          bytes = bytes.subarray(9 + bytes.readUIntBE(0, 3))
          lastStream = stream || lastStream
          read(type, flags, stream)
        }
      })
    })
  }
  function reset(code: number) {
    return (socket: Socket, stream: number): void => void socket.write(frame(3, 0, stream, codeBytes(code)))
  }
  const ways: { name: string; how: (socket: Socket, stream: number) => void }[] = [
    { name: 'the end of the connection', how: socket => socket.end() },
    { name: 'a lost connection', how: socket => socket.resetAndDestroy() },
    { name: 'RST_STREAM NO_ERROR', how: reset(0) },
    { name: 'RST_STREAM INTERNAL_ERROR', how: reset(2) },
    { name: 'RST_STREAM CANCEL', how: reset(cancel) },
    {
      name: 'GOAWAY and the end of the connection',
      how: socket => socket.end(frame(7, 0, 0, Buffer.concat([Buffer.from([0x7f, 255, 255, 255]), codeBytes(0)])))
    }
  ]

  it.each(ways)('$name', async ({ how }) => {
    const target = await breaking(how)
    const rig = await start(edge({ protocolVersion: 'HTTP2' }), { app: [target.target()] })
    await rig.check()
    const stream: ClientHttp2Stream = sessionTo(rig).request({ ':path': '/', ':authority': 'app.test' })
    let status: unknown
    let body = ''
    stream.on('response', headers => {
      status = headers[':status']
    })
    stream.on('data', chunk => {
      body += chunk
    })
    stream.on('error', () => {})
    await new Promise(resolve => stream.once('close', resolve))
    expect({ status, body, code: stream.rstCode }).toEqual({
      status: 200,
      body: 'half',
      code: http2.constants.NGHTTP2_INTERNAL_ERROR
    })
    expect(rig.requests().at(-1)).toMatchObject({ status: 200, cause: expect.any(String) })
  })
})
