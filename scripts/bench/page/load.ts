/**
 * Load in a process of its own, over connections that stay: each message `{"port", "seconds", "rate"}` is one run, answered with
 * what came of it. Without a rate, a request follows the answer to the one before.
 */

import { Agent, request } from 'node:http'

/** What a run is asked for. */
export interface LoadOrder {
  port: number
  seconds: number
  /** Requests a second; default as many as come back. */
  rate?: number
}

/** What came of a run. */
export interface LoadResult {
  answered: number
  failed: number
  /** Of the run. */
  seconds: number
}

const connections = 16
const agent = new Agent({ keepAlive: true, maxSockets: connections })

/** Paths with an ID in them: a page that follows requests cannot know them all. */
let next = 0
const paths = [() => '/', () => `/cart/${next}`, () => `/orders/${next}?page=2`, () => '/old']

function send(port: number): Promise<boolean> {
  next++
  const path = paths[next % paths.length]!()
  const headers = {
    Host: 'shop.example.com',
    'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
    Accept: 'text/html,application/xhtml+xml',
    'Accept-Language': 'en',
    Cookie: 'session=1f1f1f1f00004000800000000001; theme=dark'
  }
  return new Promise(resolve => {
    const sent = request({ host: '127.0.0.1', port, path, headers, agent }, response => {
      response.resume()
      response.once('end', () => resolve((response.statusCode ?? 500) < 400))
    })
    sent.once('error', () => resolve(false))
    sent.end()
  })
}

async function run({ port, seconds, rate }: LoadOrder): Promise<LoadResult> {
  const begin = performance.now()
  const end = begin + seconds * 1000
  const result = { answered: 0, failed: 0, seconds }
  function count(isAnswered: boolean): void {
    result[isAnswered ? 'answered' : 'failed']++
  }
  if (rate === undefined) {
    async function loop(): Promise<void> {
      while (performance.now() < end) {
        count(await send(port))
      }
    }
    await Promise.all(Array.from({ length: connections }, loop))
  } else {
    const open = new Set<Promise<void>>()
    let sent = 0
    while (performance.now() < end) {
      const due = Math.floor(((performance.now() - begin) / 1000) * rate)
      for (; sent < due; sent++) {
        const one: Promise<void> = send(port).then(isAnswered => {
          count(isAnswered)
          open.delete(one)
        })
        open.add(one)
      }
      await new Promise(resolve => setTimeout(resolve, 4))
    }
    await Promise.all(open)
  }
  return { ...result, seconds: (performance.now() - begin) / 1000 }
}

process.on('message', (order: LoadOrder) => void run(order).then(result => process.send?.(result)))
process.on('disconnect', () => process.exit())
process.send?.('ready')
