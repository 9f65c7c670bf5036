/**
 * Targets of HTTP/2 that flood: it costs them their connection, or nobody anything; nobody else's answer is touched.
 */

import http2, { type ClientHttp2Stream } from 'node:http2'
import type net from 'node:net'
import v8 from 'node:v8'
import vm from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { forwardTo, path, type Rig, useRigs } from '../unit/load-balancer/rig.ts'
import { HandConnection, startByHand, until } from '../unit/load-balancer/transport/http2-target.ts'
import { data, fields, flags, frame, headers, remembered, reset, settings, window } from './http2-frames.ts'
import { nearly, numRuns } from './nearly.ts'
import { serverFrames } from './seeds.ts'

const rigs = useRigs()

const ok: [string, string][] = [[':status', '200']]

/**
 * Answers well on the first connection, which is the health check's, and so many requests of each other one; what `act` does with the
 * next one is seen by nobody.
 */
async function startFlooding(act: (socket: net.Socket, stream: number) => unknown, wellAnswered = 0) {
  let connections = 0
  return rigs.startTCP(
    socket => {
      connections += 1
      const most = connections === 1 ? 1 : wellAnswered
      const connection = new HandConnection(socket)
      let answered = 0
      socket.write(Buffer.concat([settings(), frame('settings', flags.acknowledge, 0)]))
      socket.on('data', () => {
        for (const stream of connection.streams.slice(answered)) {
          answered += 1
          if (answered <= most) {
            socket.write(headers(stream, ok))
          } else {
            socket.removeAllListeners('data')
            act(socket, stream)
            return
          }
        }
      })
    },
    { noDelay: true }
  )
}

/** Sends as many as the other side takes, until the connection is closed. */
async function pour(socket: net.Socket, count: number, make: () => Buffer): Promise<number> {
  const atOnce = 200
  let sent = 0
  let goOn: () => void = () => {}
  socket.on('drain', () => goOn())
  socket.on('close', () => goOn())
  for (; sent < count && !socket.destroyed; sent += atOnce) {
    if (!socket.write(Buffer.concat(Array.from({ length: atOnce }, make))) && !socket.destroyed) {
      await new Promise<void>(resolve => {
        goOn = resolve
      })
    }
  }
  return sent
}

interface Answer {
  status: number
  body: string
}

/** A client of the load balancer, over one connection. */
function clientOf(rig: Rig) {
  const session = http2.connect(`https://127.0.0.1:${rig.portOf(443)}`, {
    rejectUnauthorized: false,
    servername: 'app.test'
  })
  session.on('error', () => {})
  rigs.cleanups.push(() => session.destroy())
  function request(path: string): ClientHttp2Stream {
    const stream = session.request({ ':path': path })
    stream.on('error', () => {})
    return stream
  }
  function get(path: string): Promise<Answer> {
    const stream = request(path)
    const answer = { status: 0, body: '' }
    stream.on('response', head => {
      answer.status = head[':status']!
    })
    stream.on('data', chunk => {
      answer.body += chunk
    })
    return new Promise(resolve => stream.on('close', () => resolve(answer)))
  }
  return { request, get }
}

const good: Answer = { status: 200, body: 'good' }

async function startEdge(flooding: { port: number }) {
  const other = await rigs.startTarget((_request, response) => void response.end('good'))
  const rig = await rigs.start(
    {
      listeners: [
        {
          port: 443,
          protocol: 'HTTPS',
          rules: [{ conditions: [path('/flood*')], actions: [forwardTo('flooding')] }],
          defaultActions: [forwardTo('good')]
        }
      ],
      targetGroups: { flooding: { protocolVersion: 'HTTP2' }, good: {} }
    },
    { flooding: [{ id: 'i-flooding', address: '127.0.0.1', port: flooding.port }], good: [other.target('i-good')] }
  )
  await rig.check()
  const client = clientOf(rig)
  // Whatever a first request makes.
  await client.get('/good')
  return { rig, ...client }
}

v8.setFlagsFromString('--expose-gc')
const collect = vm.runInNewContext('gc') as () => void

/** Bytes that are held. */
function held(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const many = 20_000

/** What all of a flood may leave behind: what this file writes, and V8 compiles, is among it. */
const mostHeld = 24 * 1024 * 1024

describe('a target that floods and reads what it is answered', () => {
  it.each<[name: string, frames: (stream: number) => Buffer]>([
    ['pings', () => frame('ping', 0, 0, Buffer.alloc(8))],
    ['acknowledgements of pings', () => frame('ping', flags.acknowledge, 0, Buffer.alloc(8))],
    ['settings', () => settings([[4, 65_535]])],
    ['acknowledgements of settings', () => frame('settings', flags.acknowledge, 0)],
    ['resets of a stream that is over', () => reset(1)],
    ['windows', () => window(0, 1)],
    ['windows of a stream', stream => window(stream, 1)],
    ['priorities', stream => frame('priority', 0, stream, Buffer.alloc(5))],
    ['frames of no type', () => frame(0x77, 0, 0, Buffer.alloc(20))],
    ['empty data', stream => data(stream, '')],
    // Much more than the window of a stream.
    ['padding', stream => frame('data', flags.padded, stream, Buffer.concat([Buffer.of(99), Buffer.alloc(99)]))]
  ])('%s: its answer comes, and others do meanwhile', async (_name, make) => {
    let end: () => void = () => {}
    let isFlooded = false
    // The first stream is answered, so that there is one that is over; the flood comes with the next one.
    const target = await startFlooding(async (socket, stream) => {
      socket.resume()
      end = () => socket.write(data(stream, 'the end', true))
      const bytes = make(stream)
      socket.write(headers(stream, ok, true))
      await pour(socket, many, () => bytes)
      isFlooded = true
    }, 1)
    const { get } = await startEdge(target)
    expect((await get('/flood/first')).status).toBe(200)
    const before = held()
    const answer = get('/flood')
    expect(await get('/good')).toEqual(good)
    await until(() => isFlooded)
    expect(held() - before).toBeLessThan(mostHeld)
    expect(await get('/good')).toEqual(good)
    end()
    expect(await answer).toEqual({ status: 200, body: 'the end' })
  })
})

describe('a target that floods without an end', () => {
  it.each<[name: string, first: (stream: number) => Buffer, frames: (stream: number) => Buffer, isDeaf: boolean]>([
    ['pings, and reads no answer', () => settings(), () => frame('ping', 0, 0, Buffer.alloc(8)), true],
    ['settings, and reads no answer', () => settings(), () => settings(), true],
    [
      'continuations',
      stream => frame('headers', 0, stream, fields(ok)),
      stream => frame('continuation', 0, stream, fields([['x', 'a'.repeat(1000)]])),
      false
    ],
    [
      'empty continuations',
      stream => frame('headers', 0, stream, fields(ok)),
      stream => frame('continuation', 0, stream),
      false
    ],
    [
      'interim answers',
      () => settings(),
      stream =>
        headers(
          stream,
          [
            [':status', '103'],
            ['link', 'a'.repeat(100)]
          ],
          true
        ),
      false
    ],
    ['fields that nobody asked for', () => settings(), () => headers(99, ok), false],
    ['text', () => settings(), () => Buffer.alloc(100, 'x'), false]
  ])('%s: its request gets 502, and others go on', async (_name, first, make, isDeaf) => {
    let flooded: Promise<number> = Promise.resolve(0)
    const target = await startFlooding((socket, stream) => {
      if (isDeaf) {
        socket.pause()
      } else {
        socket.resume()
      }
      socket.write(first(stream))
      const bytes = make(stream)
      flooded = pour(socket, 1_000_000, () => bytes)
    })
    const { rig, get } = await startEdge(target)
    const before = held()
    const answer = get('/flood')
    expect(await get('/good')).toEqual(good)
    expect((await answer).status).toBe(502)
    expect(held() - before).toBeLessThan(mostHeld)
    expect(await get('/good')).toEqual(good)
    await rig.loadBalancer.close()
    expect(await flooded).toBeLessThan(1_000_000)
  })
})

it('a target that sends more than it may to a client that does not read is left, with little of it held', async () => {
  const target = await startFlooding((socket, stream) => {
    socket.resume()
    socket.write(headers(stream, ok, true))
    const bytes = data(stream, Buffer.alloc(16_384))
    void pour(socket, 2_000, () => bytes)
  })
  const { rig, get, request } = await startEdge(target)
  const before = held()
  request('/flood').pause()
  await rig.until(() => rig.requests().length > 1)
  expect(rig.requests()[1]!.cause).toBe('the target sent a malformed response: more data than was asked for')
  expect(held() - before).toBeLessThan(mostHeld)
  expect(await get('/good')).toEqual(good)
})

describe('blocks that stand for much more than they are long', () => {
  /** 60 KB that stand for 240 MB. */
  const bomb = Buffer.concat([remembered('x', 'v'.repeat(4000)), Buffer.alloc(56_000, 0xbe)])

  function block(stream: number, bytes: Buffer): Buffer {
    const parts = Array.from({ length: Math.ceil(bytes.length / 16_384) }, (_, index) =>
      bytes.subarray(16_384 * index, 16_384 * (index + 1))
    )
    return Buffer.concat(
      parts.map((part, index) =>
        frame(
          index === 0 ? 'headers' : 'continuation',
          (index === 0 ? flags.endStream : 0) | (index === parts.length - 1 ? flags.endHeaders : 0),
          stream,
          part
        )
      )
    )
  }

  it('give 502, and the connection goes on', async () => {
    let connections = 0
    const target = await startFlooding((socket, first) => {
      connections += 1
      let stream = first
      socket.resume()
      socket.write(block(stream, Buffer.concat([fields(ok), bomb])))
      // Then again, and at last an answer.
      socket.on('data', bytes => {
        if (bytes[3] === 1 || bytes.includes('/flood')) {
          stream += 2
          socket.write(stream < first + 20 ? block(stream, Buffer.concat([fields(ok), bomb])) : headers(stream, ok))
        }
      })
    })
    const { rig, get } = await startEdge(target)
    const before = held()
    for (let index = 0; index < 10; index += 1) {
      expect((await get('/flood')).status).toBe(502)
    }
    expect(rig.requests().at(-1)!.cause).toBe('the headers of the target are longer than 32K')
    expect(held() - before).toBeLessThan(mostHeld)
    expect((await get('/flood')).status).toBe(200)
    expect(connections).toBe(1)
  })
})

it('a target whose frames are nearly right ends each request, and once', async () => {
  const target = await startByHand(rigs, { isSilent: true })
  await fc.assert(
    fc.asyncProperty(nearly(serverFrames), async text => {
      const asked = [target.ask(), target.upload()]
      asked[1]!.body.end('hello')
      const one = await target.connection(target.connections.length)
      one.socket.end(Buffer.from(text, 'latin1'))
      await Promise.all(asked.map(({ over }) => over()))
      await until(() => one.isEnded)
      for (const { told } of asked) {
        expect(told.filter(([what]) => what === 'end' || what === 'error')).toEqual([told.at(-1)])
        expect(told.filter(([what]) => what === 'response').length).toBeLessThan(2)
      }
    }),
    { seed: 20_261_130, numRuns: numRuns / 5 }
  )
  // Nothing waits for anything any more.
  expect(target.clock.pending()).toEqual([])
})
