/**
 * Bodies stream at the pace of the slower side, and what waits in between is bounded, however much there is to send.
 */

import http from 'node:http'
import http2 from 'node:http2'
import { connect, type Socket } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { forwardTo, type Rig, useRigs } from './rig.ts'
import { settled } from './settled.ts'

const { start, startTCP, startTarget, serve, cleanups } = useRigs()

const megabyte = 1024 * 1024
const block = Buffer.alloc(64 * 1024, 'x')

/** What sockets of the kernel and streams of both connections may hold together. */
const mostBuffered = 24 * megabyte

function edge(protocolVersion: 'HTTP1' | 'HTTP2' = 'HTTP1') {
  return {
    listeners: [
      { port: 80, defaultActions: [forwardTo('app')] },
      { port: 443, protocol: 'HTTPS' as const, defaultActions: [forwardTo('app')] }
    ],
    targetGroups: { app: { protocolVersion } }
  }
}

/** Writes for as long as the other side takes it. */
function pour(sink: { write(chunk: Buffer): boolean; on(event: 'drain', listener: () => void): unknown }) {
  const counter = { bytes: 0 }
  function fill(): void {
    do {
      counter.bytes += block.length
    } while (sink.write(block) && counter.bytes < 256 * megabyte)
  }
  sink.on('drain', fill)
  fill()
  return counter
}

/** A target that answers without end, and counts what it got rid of. */
async function endless(create: (listener: http.RequestListener) => http.Server | http2.Http2Server) {
  const poured: { bytes: number }[] = []
  const target = await serve(
    create((request, response) => {
      if (request.headers['user-agent'] === 'ELB-HealthChecker/2.0') {
        return void response.end()
      }
      response.on('error', () => {})
      poured.push(pour(response))
    }) as never,
    [],
    []
  )
  return { target, poured }
}

describe.each([
  ['HTTP1', http.createServer],
  ['HTTP2', http2.createServer]
] as const)('a client that stops reading, in front of %s', (protocolVersion, create) => {
  it('stops the target', async () => {
    const { target, poured } = await endless(create as never)
    const rig = await start(edge(protocolVersion), { app: [target.target()] })
    await rig.check()
    const session = http2.connect(`https://127.0.0.1:${rig.portOf(443)}`, {
      ca: rig.authority.certificate,
      servername: 'app.test'
    })
    session.on('error', () => {})
    cleanups.push(() => session.destroy())
    const stream = session.request({ ':authority': 'app.test', ':path': '/' })
    stream.on('error', () => {})
    await new Promise(resolve => stream.once('response', resolve))
    stream.pause()
    expect(await settled(() => poured[0]!.bytes)).toBeLessThan(mostBuffered)
  })
})

it('a client of HTTP/1.1 that never reads stops the target, and goes on when it does', async () => {
  const { target, poured } = await endless(http.createServer)
  const rig = await start(edge(), { app: [target.target()] })
  await rig.check()
  const client = connect(rig.portOf(80), '127.0.0.1').pause()
  client.write('GET / HTTP/1.1\r\nHost: app.test\r\n\r\n')
  while (poured.length === 0) {
    await new Promise(resolve => setImmediate(resolve))
  }
  const held = await settled(() => poured[0]!.bytes)
  expect(held).toBeLessThan(mostBuffered)
  client.resume()
  while (poured[0]!.bytes < held + 2 * mostBuffered) {
    await new Promise(resolve => setImmediate(resolve))
  }
  client.destroy()
})

function upload(rig: Rig): Socket {
  const client = connect(rig.portOf(80), '127.0.0.1')
  client.on('error', () => {})
  cleanups.push(() => client.destroy())
  client.write('POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 1000000000000\r\n\r\n')
  return client
}

it('a target that stops reading stops the client', async () => {
  const target = await startTCP(socket =>
    socket.once('data', chunk => {
      if (chunk.includes('ELB-HealthChecker')) {
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
      } else {
        socket.pause()
      }
    })
  )
  const rig = await start(edge(), { app: [target.target()] })
  await rig.check()
  const poured = pour(upload(rig))
  expect(await settled(() => poured.bytes)).toBeLessThan(mostBuffered)
})

it('a client that goes away ends the request at the target', async () => {
  let gone: () => void = () => {}
  const isGone = new Promise<void>(resolve => {
    gone = resolve
  })
  const target = await startTarget((request, response) => {
    response.write('begun')
    request.socket.once('close', gone)
  })
  const rig = await start(edge(), { app: [target.target()] })
  await rig.check()
  const client = connect(rig.portOf(80), '127.0.0.1')
  client.write('GET / HTTP/1.1\r\nHost: app.test\r\n\r\n')
  client.once('data', () => client.destroy())
  await isGone
  await rig.until(() => rig.requests().length === 1)
  expect(rig.requests()).toMatchObject([{ method: 'GET', targetStatus: 200 }])
})
