/**
 * Bytes of targets are read into buffers that are used again: none may be read over while a client that is slow has yet to take them.
 */

import http, { type IncomingMessage, type RequestOptions } from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import { describe, expect, it } from '@jest/globals'
import { networkStackOf, tcpTo } from '../elbv2/network/sketch.ts'
import { forwardTo, type Rig, useRigs } from './rig.ts'
import { settled } from './settled.ts'

const { start, startTarget, cleanups } = useRigs()

const megabyte = 1024 * 1024

/** No two bodies, and no two parts of one, are alike. */
function bodyOf(number: number, size: number): Buffer {
  const words = new Uint32Array(Math.ceil(size / 4))
  let word = number + 1
  for (let index = 0; index < words.length; index += 1) {
    word = (Math.imul(word, 1_664_525) + 1_013_904_223) >>> 0
    words[index] = word
  }
  return Buffer.from(words.buffer, 0, size)
}

/** Around what sockets hold while nobody reads, so that the last bytes of some are just those that have to wait. */
function sizeOf(number: number): number {
  return number % 6 === 5 ? 1000 + number : megabyte + Math.floor(((number * 0.618) % 1) * 8 * megabyte)
}

/** Less than makes anybody wait for a slow client. */
const piece = 20_000

/** Answers with the body of the number in the path: in chunks where it is odd, and in two of four piece by piece. */
async function startNumbered() {
  const sent = { bytes: 0 }
  const target = await startTarget((request, response) => {
    const number = Number(request.url!.slice(1))
    const body = bodyOf(number, sizeOf(number))
    const step = number % 4 < 2 ? body.length : piece
    response.on('error', () => {})
    if (number % 2 === 0) {
      response.setHeader('Content-Length', body.length)
    }
    function send(at: number): void {
      if (at >= body.length) {
        response.end()
        return
      }
      function next(): void {
        setImmediate(send, at + step)
      }
      sent.bytes += step
      if (response.write(body.subarray(at, at + step))) {
        next()
      } else {
        response.once('drain', next)
      }
    }
    send(0)
  })
  return { target, sent }
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
      return Buffer.concat(chunks).equals(bodyOf(number, sizeOf(number))) ? [] : [number]
    })
  )
  return wrong.flat()
}

function requested(kind: typeof http | typeof https, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    kind.get({ host: '127.0.0.1', ...options }, answer => resolve(answer.pause())).on('error', reject)
  })
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

describe.each(Object.keys(ways))('answers over %s to clients that are slow', way => {
  it('are whole, and each its own', async () => {
    const { target, sent } = await startNumbered()
    const rig = await start(
      {
        listeners: [
          { port: 80, defaultActions: [forwardTo('app')] },
          { port: 443, protocol: 'HTTPS', defaultActions: [forwardTo('app')] }
        ],
        targetGroups: { app: {} }
      },
      { app: [target.target()] }
    )
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

it('flows to clients that are slow are whole, and each its own', async () => {
  const { target, sent } = await startNumbered()
  const rig = await start(networkStackOf(tcpTo()), { app: [target.target()] })
  await rig.check()
  const answers = []
  for (const number of numbers) {
    answers.push({ number, answer: await ways['HTTP/1.1']!(rig)(number) })
  }
  await settled(() => sent.bytes)
  expect(await misread(answers)).toEqual([])
})
