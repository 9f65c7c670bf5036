/**
 * What a controller answers about itself, over HTTP: `/healthz`, `/readyz`, `/metrics`, `/status`.
 *
 * @module
 */

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { usageFailure } from '../failure.ts'
import { idleConnectionTimeout } from '../idle-connections.ts'

export interface OperationsOptions {
  host: string
  /** 0 lets the system choose. */
  port: number
  /** Whether it works: it leads, and has listed everything. Requests are for the one that does. */
  isReady(): boolean
  metrics(): string
  /** What `istio-alb status` reads. */
  status(): object
}

export interface Operations {
  port: number
  close(): Promise<void>
}

interface Answer {
  /** Default 200. */
  status?: number
  type?: string
  body: string
}

/** @throws Failure exit 2 `PORT_BUSY`. */
export async function serveOperations(options: OperationsOptions): Promise<Operations> {
  const answers: Record<string, () => Answer> = {
    // That it answers at all is its health: an API server that is away is no reason to restart it.
    '/healthz': () => ({ body: 'ok\n' }),
    '/readyz': () => (options.isReady() ? { body: 'ok\n' } : { status: 503, body: 'standing by\n' }),
    '/metrics': () => ({ type: 'text/plain; version=0.0.4; charset=utf-8', body: options.metrics() }),
    '/status': () => ({ type: 'application/json', body: JSON.stringify(options.status()) })
  }
  const server = createServer((request, response) => {
    function notFound(): Answer {
      return { status: 404, body: 'not found\n' }
    }
    const {
      status = 200,
      type = 'text/plain; charset=utf-8',
      body
    } = (answers[request.url?.split('?')[0] ?? ''] ?? notFound)()
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
  })
  server.keepAliveTimeout = idleConnectionTimeout
  await listen(server, options)
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? usageFailure(
              {
                code: 'PORT_BUSY',
                message: `${host}:${port} is in use by another program`,
                path: '--operations-port',
                actual: String(port),
                hint: 'choose another port'
              },
              { cause: error }
            )
          : error
      )
    )
    server.listen(port, host, resolve)
  })
}
