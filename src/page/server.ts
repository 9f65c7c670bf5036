/**
 * Serves the page on loopback, to this machine's own browser alone: whoever names another host, or comes from another site,
 * gets nothing.
 *
 * @module
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { Failure, usageFailure } from '../failure.ts'
import { findingPage } from '../report/index.ts'
import type { Assets } from './assets.ts'
import type { Recorder, Source } from './recorder.ts'
import { carryOut, readOrder } from './sending.ts'

export interface PageOptions {
  /** 0 lets the system choose. */
  port: number
  source: Source
  recorder: Recorder
  assets: Assets
}

/** A page that is served. */
export interface ServedPage {
  /** `http://127.0.0.1:45123/` */
  url: string
  close(): Promise<void>
}

/** Nothing but the page's own files may run, style or be asked; nobody may frame it. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'"
].join('; ')

const headers = {
  'Content-Security-Policy': policy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store'
}

/** Browsers that look on at once. */
const mostReaders = 16

/** Bytes of an order. */
const mostBytes = 65_536

/** Bytes that a browser may be behind: then it gets everything anew, once it has caught up. */
const mostBehind = 4_194_304

interface Asked {
  method: string
  path: string
  host: string | undefined
  origin: string | undefined
  /** `Sec-Fetch-Site` and `Sec-Fetch-Mode`. */
  site: string | undefined
  mode: string | undefined
}

/** Why somebody gets nothing; undefined where there is no reason. */
function refusalOf({ method, path, host, origin, site, mode }: Asked, port: number): string | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]
  if (host === undefined || !hosts.includes(host.toLowerCase())) {
    return 'this page is served to 127.0.0.1 and localhost alone'
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    return 'this page answers no other site'
  }
  const isFollowedLink = method === 'GET' && path === '/' && mode === 'navigate'
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isFollowedLink) {
    return 'this page answers no other site'
  }
  return method === 'POST' && origin === undefined ? 'a request is sent from the page alone' : undefined
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

function readAsked({ method = '', url = '', headers }: IncomingMessage): Asked {
  return {
    method,
    path: url.split('?')[0]!,
    host: headers.host,
    origin: headers.origin,
    site: first(headers['sec-fetch-site']),
    mode: first(headers['sec-fetch-mode'])
  }
}

function readBody(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', chunk => {
      text += chunk
      if (text.length > mostBytes) {
        resolve(undefined)
        request.destroy()
      }
    })
    request.once('end', () => resolve(text))
    request.once('error', reject)
  })
}

/** Answers one browser after the other. */
class Page {
  readonly #options: PageOptions
  readonly #streams = new Set<ServerResponse>()
  readonly #files: Map<string, { type: string; zipped: Buffer }>

  constructor(options: PageOptions) {
    this.#options = options
    const { page, script, style } = options.assets
    this.#files = new Map(
      [
        ['/', 'text/html; charset=utf-8', page] as const,
        ['/page.js', 'text/javascript; charset=utf-8', script] as const,
        ['/page.css', 'text/css; charset=utf-8', style] as const
      ].map(([path, type, text]) => [path, { type, zipped: gzipSync(text) }])
    )
  }

  answer(request: IncomingMessage, response: ServerResponse, port: number): void {
    const asked = readAsked(request)
    const refusal = refusalOf(asked, port)
    if (refusal !== undefined) {
      this.#say(response, 403, { error: refusal })
      return
    }
    const file = asked.method === 'GET' ? this.#files.get(asked.path) : undefined
    const code = /^\/findings\/([A-Z0-9_]+)$/.exec(asked.path)?.[1]
    const number = /^\/requests\/(\d+)$/.exec(asked.path)?.[1]
    if (file) {
      response.writeHead(200, { ...headers, 'Content-Type': file.type, 'Content-Encoding': 'gzip' }).end(file.zipped)
    } else if (asked.method === 'GET' && asked.path === '/events') {
      this.#stream(response)
    } else if (asked.method === 'GET' && code !== undefined) {
      this.#explain(response, code)
    } else if (asked.method === 'GET' && number !== undefined) {
      const detail = this.#options.recorder.detail(Number(number))
      this.#say(response, detail ? 200 : 404, detail ?? { error: 'that request is not kept any more' })
    } else if (asked.method === 'POST' && asked.path === '/requests') {
      this.#send(request, response).catch((error: Error) => this.#say(response, 500, { error: error.message }))
    } else {
      this.#say(response, 404, { error: `there is no ${asked.method} ${asked.path}` })
    }
  }

  /** Ends the streams that are open. */
  close(): void {
    for (const stream of this.#streams) {
      stream.end()
    }
  }

  #say(response: ServerResponse, status: number, body: object): void {
    if (!response.headersSent) {
      response.writeHead(status, { ...headers, 'Content-Type': 'application/json' })
    }
    response.end(JSON.stringify(body))
  }

  #explain(response: ServerResponse, code: string): void {
    const text = findingPage(code)
    if (text === undefined) {
      this.#say(response, 404, { error: `no finding of check has the code ${code}` })
      return
    }
    response.writeHead(200, { ...headers, 'Content-Type': 'text/plain; charset=utf-8' }).end(text)
  }

  async #send(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!request.headers['content-type']?.startsWith('application/json')) {
      this.#say(response, 415, { error: 'an order is JSON' })
      return
    }
    const text = await readBody(request)
    if (text === undefined) {
      return
    }
    const { source, recorder } = this.#options
    try {
      this.#say(
        response,
        200,
        await carryOut(readOrder(text), source, (from, prediction) => recorder.sending(from, prediction))
      )
    } catch (error) {
      if (!(error instanceof Failure)) {
        throw error
      }
      const { findings } = error
      this.#say(response, 422, { error: findings.map(({ message }) => message).join('; '), findings })
    }
  }

  /** Everything at first, and then what is new: `event: beginning`, `event: batch`. */
  #stream(response: ServerResponse): void {
    if (this.#streams.size >= mostReaders) {
      this.#say(response, 503, { error: `${mostReaders} browsers look on already` })
      return
    }
    const { recorder } = this.#options
    this.#streams.add(response)
    response.writeHead(200, { ...headers, 'Content-Type': 'text/event-stream' })
    function tell(event: string, data: object): void {
      response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    }
    let isBehind = false
    tell('beginning', recorder.begin())
    const end = recorder.read(batch => {
      if (response.writableLength > mostBehind) {
        isBehind = true
      } else if (isBehind) {
        isBehind = false
        tell('beginning', recorder.begin())
      } else {
        tell('batch', batch)
      }
    })
    response.once('close', () => {
      end()
      this.#streams.delete(response)
    })
  }
}

/**
 * Serves the page.
 *
 * @throws Failure exit 2 `PORT_BUSY` where somebody listens on the port already.
 */
export async function serve(options: PageOptions): Promise<ServedPage> {
  const page = new Page(options)
  let port = 0
  const server = createServer((request, response) => page.answer(request, response, port))
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(busy(options.port, error)))
    server.listen({ host: '127.0.0.1', port: options.port }, resolve)
  })
  port = (server.address() as AddressInfo).port
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise(resolve => {
        page.close()
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

function busy(port: number, error: Error): Failure {
  return usageFailure({
    code: 'PORT_BUSY',
    message: `the page cannot be served on port ${port} of 127.0.0.1: ${error.message}`,
    path: '--page',
    actual: String(port),
    hint: 'name another port with --page, 0 for any, or off'
  })
}
