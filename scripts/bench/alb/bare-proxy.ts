/**
 * The least that a proxy on Node does: undici's pool behind Node's own server, and nothing in between.
 * Arguments: JSON of {@link Launch}.
 */

import { readFileSync } from 'node:fs'
import http, { type RequestListener } from 'node:http'
import http2 from 'node:http2'
import { Pool } from 'undici'
import type { Launch } from './proxies.ts'

const { ports, backendPort, certificate, key } = JSON.parse(process.argv[2]!) as Launch
const pool = new Pool(`http://127.0.0.1:${backendPort}`, { connections: 128, pipelining: 1 })

const forward: RequestListener = (request, response) => {
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !name.startsWith(':')))
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined
  pool.dispatch(
    { path: request.url!, method: request.method as 'GET', headers, body: hasBody ? request : null },
    {
      onRequestStart() {},
      onResponseStart(_controller, status, answered) {
        const { connection: _connection, 'keep-alive': _keepAlive, ...kept } = answered
        response.writeHead(status, kept)
      },
      onResponseData(controller, chunk) {
        if (response.write(chunk)) {
          return
        }
        controller.pause()
        response.once('drain', () => controller.resume())
      },
      onResponseEnd: () => void response.end(),
      onResponseError() {
        if (!response.headersSent) {
          response.writeHead(502)
        }
        response.end()
      }
    }
  )
}

http.createServer(forward).listen(ports.HTTP, '127.0.0.1')
http2
  .createSecureServer(
    { allowHTTP1: true, cert: readFileSync(certificate), key: readFileSync(key) },
    forward as unknown as Parameters<typeof http2.createSecureServer>[1]
  )
  .listen(ports.HTTPS, '127.0.0.1')
