/**
 * Bytes of targets are read into buffers that are used again, and those of clients are freed: none may be while the other side, which
 * may be slow, has yet to take them.
 */

import http, { type IncomingMessage, type RequestOptions } from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from '@jest/globals'
import { createDevelopmentAuthority } from '../../../src/load-balancer/index.ts'
import { networkStackOf, tcpTo } from '../elbv2/network/sketch.ts'
import { forwardTo, type Rig, useRigs } from './rig.ts'
import { settled } from './settled.ts'

const { start, startTarget, serve, cleanups } = useRigs()

const megabyte = 1024 * 1024

const bodies = new Map<number, Buffer>()

/** The body of a number: no two of them, and no two parts of one, are alike. */
function bodyOf(number: number): Buffer {
  const known = bodies.get(number)
  if (known) {
    return known
  }
  const size = sizeOf(number)
  const words = new Uint32Array(Math.ceil(size / 4))
  let word = number + 1
  for (let index = 0; index < words.length; index += 1) {
    word = (Math.imul(word, 1_664_525) + 1_013_904_223) >>> 0
    words[index] = word
  }
  const body = Buffer.from(words.buffer, 0, size)
  bodies.set(number, body)
  return body
}

/** Around what sockets hold while nobody reads, so that the last bytes of some are just those that have to wait. */
function sizeOf(number: number): number {
  return number % 6 === 5 ? 1000 + number : megabyte + Math.floor(((number * 0.618) % 1) * 8 * megabyte)
}

/** Less than makes anybody wait for a slow client. */
const piece = 20_000

/** What has been sent so far. */
interface Sent {
  bytes: number
}

/** Sends the body of a number at the other side's pace: in two of four piece by piece. */
function sendBody(number: number, sink: NodeJS.WritableStream, sent: Sent): void {
  const body = bodyOf(number)
  const step = number % 4 < 2 ? body.length : piece
  function send(at: number): void {
    if (at >= body.length) {
      sink.end()
      return
    }
    function next(): void {
      setImmediate(send, at + step)
    }
    sent.bytes += step
    if (sink.write(body.subarray(at, at + step))) {
      next()
    } else {
      sink.once('drain', next)
    }
  }
  sink.on('error', () => {})
  send(0)
}

/** In chunks where the number is odd. */
function framing(number: number): Record<string, number> {
  return number % 2 === 0 ? { 'Content-Length': sizeOf(number) } : {}
}

/** Answers with the body of the number in the path. */
async function startNumbered() {
  const sent = { bytes: 0 }
  const target = await startTarget((request, response) => {
    const number = Number(request.url!.slice(1))
    response.writeHead(200, framing(number))
    sendBody(number, response, sent)
  })
  return { target, sent }
}

/** Reads bodies when it is told to, and answers whether each is the one of the number in the path. */
async function startReader(create: (listener: http.RequestListener) => http.Server) {
  const waiting: (() => void)[] = []
  const server = create((request, response) => {
    if (request.method === 'GET') {
      response.end('ok')
      return
    }
    waiting.push(() => {
      const number = Number(request.url!.slice(1))
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.once('end', () =>
        response.end(Buffer.concat(chunks).equals(bodyOf(number)) ? 'whole' : `another than ${number}`)
      )
    })
  })
  return { target: await serve(server, [], []), waiting }
}

type Readable = NodeJS.ReadableStream & { pause(): unknown; resume(): unknown }

/** Reads all of them at once, and returns the numbers of those whose bytes are others. */
async function misread(answers: { number: number; answer: Readable }[]): Promise<number[]> {
  const wrong = await Promise.all(
    answers.map(async ({ number, answer }) => {
      const chunks: Buffer[] = []
      await new Promise(resolve => {
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.once('end', resolve)
        answer.once('error', resolve)
        answer.resume()
      })
      return Buffer.concat(chunks).equals(bodyOf(number)) ? [] : [number]
    })
  )
  return wrong.flat()
}

function requested(kind: typeof http | typeof https, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    kind.get({ host: '127.0.0.1', ...options }, answer => resolve(answer.pause())).on('error', reject)
  })
}

/** Sends the body of a number, and returns what comes back. */
type Upload = (number: number, sent: Sent) => Promise<string>

function uploaded(kind: typeof http | typeof https, options: RequestOptions): Upload {
  return (number, sent) =>
    new Promise((resolve, reject) => {
      const request = kind.request(
        {
          host: '127.0.0.1',
          method: 'POST',
          path: `/${number}`,
          headers: { Host: 'app.test', ...framing(number) },
          agent: false,
          ...options
        },
        answer => text(answer).then(resolve, reject)
      )
      request.on('error', reject)
      sendBody(number, request, sent)
    })
}

function secure(rig: Rig): RequestOptions {
  return { port: rig.portOf(443), ca: rig.authority.certificate, servername: 'app.test' } as RequestOptions
}

const uploads: Record<string, (rig: Rig) => Upload> = {
  'HTTP/1.1': rig => uploaded(http, { port: rig.portOf(80) }),
  HTTPS: rig => uploaded(https, secure(rig)),
  'HTTP/2': rig => {
    const session = http2.connect(`https://127.0.0.1:${rig.portOf(443)}`, {
      ca: rig.authority.certificate,
      servername: 'app.test'
    })
    cleanups.push(() => session.destroy())
    return (number, sent) => {
      const path = { ':method': 'POST', ':path': `/${number}`, ':authority': 'app.test' }
      const stream = session.request(path, { endStream: false })
      sendBody(number, stream, sent)
      return text(stream)
    }
  }
}

const headers = { Host: 'app.test' }
const numbers = Array.from({ length: 12 }, (_, index) => index)

const ways: Record<string, (rig: Rig) => (number: number) => Promise<Readable>> = {
  'HTTP/1.1': rig => number => requested(http, { port: rig.portOf(80), path: `/${number}`, headers, agent: false }),
  HTTPS: rig => number =>
    requested(https, {
      port: rig.portOf(443),
      path: `/${number}`,
      headers,
      agent: false,
      ca: rig.authority.certificate,
      servername: 'app.test'
    } as RequestOptions),
  'HTTP/2': rig => {
    const session = http2.connect(`https://127.0.0.1:${rig.portOf(443)}`, {
      ca: rig.authority.certificate,
      servername: 'app.test'
    })
    cleanups.push(() => session.destroy())
    return async number => session.request({ ':authority': 'app.test', ':path': `/${number}` }).pause()
  }
}

function edge(protocol: 'HTTP' | 'HTTPS') {
  return {
    listeners: [
      { port: 80, defaultActions: [forwardTo('app')] },
      { port: 443, protocol: 'HTTPS' as const, defaultActions: [forwardTo('app')] }
    ],
    targetGroups: { app: { protocol } }
  }
}

describe.each(Object.keys(ways))('answers over %s to clients that are slow', way => {
  it('are whole, and each its own', async () => {
    const { target, sent } = await startNumbered()
    const rig = await start(edge('HTTP'), { app: [target.target()] })
    await rig.check()
    const ask = ways[way]!(rig)
    const answers = []
    for (const number of numbers) {
      answers.push({ number, answer: await ask(number) })
    }
    // Nobody reads until everything in between is full.
    await settled(() => sent.bytes)
    expect(await misread(answers)).toEqual([])
  })
})

const flows = {
  'HTTP/1.1': () => networkStackOf(tcpTo()),
  HTTPS: () => networkStackOf(tcpTo({}, { port: 443, protocol: 'TLS' }))
}

it.each(['HTTP/1.1', 'HTTPS'] as const)(
  'flows of %s to clients that are slow are whole, and each its own',
  async way => {
    const { target, sent } = await startNumbered()
    const rig = await start(flows[way](), { app: [target.target()] })
    await rig.check()
    const answers = []
    for (const number of numbers) {
      answers.push({ number, answer: await ways[way]!(rig)(number) })
    }
    await settled(() => sent.bytes)
    expect(await misread(answers)).toEqual([])
  }
)

/** Sends them all, lets the target read once nothing goes on, and returns what it says of each. */
async function sendAll(send: Upload, waiting: (() => void)[]): Promise<string[]> {
  const sent = { bytes: 0 }
  const answers = Promise.all(numbers.map(number => send(number, sent)))
  await settled(() => sent.bytes)
  // Over one connection of HTTP/2 some begin when others have ended.
  const told = setInterval(() => {
    for (const read of waiting.splice(0)) {
      read()
    }
  }, 1)
  const said = await answers
  clearInterval(told)
  return said
}

const whole = numbers.map(() => 'whole')

it.each([
  ['HTTP/1.1', 'HTTP'],
  ['HTTPS', 'HTTPS'],
  ['HTTP/2', 'HTTP']
] as const)('uploads over %s to a target of %s that is slow are whole', async (way, protocol) => {
  const authority = await createDevelopmentAuthority()
  const { certificate: cert, key } = await authority.issue('arn:target', ['app.test'])
  const { target, waiting } = await startReader(listener =>
    protocol === 'HTTP' ? http.createServer(listener) : https.createServer({ cert, key }, listener)
  )
  const rig = await start(edge(protocol), { app: [target.target()] })
  await rig.check()
  expect(await sendAll(uploads[way]!(rig), waiting)).toEqual(whole)
})

it.each(['HTTP/1.1', 'HTTPS'] as const)('flows of %s to a target that is slow are whole', async way => {
  const { target, waiting } = await startReader(http.createServer)
  const rig = await start(flows[way](), { app: [target.target()] })
  await rig.check()
  expect(await sendAll(uploads[way]!(rig), waiting)).toEqual(whole)
})
