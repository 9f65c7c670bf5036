import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  createServer as createHttp2Server,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse
} from 'node:http2'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import type { ServicePort } from '../../resources/index.ts'

/** What a port of the stand-in speaks, as Istio's gateway would. */
export type PortRole = 'status' | 'tls' | 'http'

/**
 * The role of a Service port, by what Istio's gateway does on it: the status port is told by its number or name, TLS by
 * the name's protocol prefix (Istio's protocol selection), `appProtocol` or the well-known numbers.
 */
export function roleOf({ name = '', port, targetPort, appProtocol }: ServicePort): PortRole {
  if (name === 'status-port' || port === 15021 || targetPort === 15021) return 'status'
  if (/^(https|tls)(-|$)/.test(name) || appProtocol === 'https' || [443, 8443].includes(port)) return 'tls'
  return 'http'
}

type Request = IncomingMessage | Http2ServerRequest
type Response = ServerResponse | Http2ServerResponse

const answer = (response: Response, status: number, headers: Record<string, string>, body: string): void => {
  ;(response as ServerResponse).writeHead(status, { server: 'gateway-stand-in', ...headers })
  ;(response as ServerResponse).end(body)
}

/** As Envoy's bootstrap routes the status port: the readiness path, and nothing else. */
const answerStatus = (request: Request, response: Response): void =>
  request.url?.startsWith('/healthz/ready') ? answer(response, 200, {}, '') : answer(response, 404, {}, '')

/** The sample service behind the gateway: it answers with the request as it saw it. */
const answerEcho =
  (service: string) =>
  (request: Request, response: Response): void => {
    const headers = Object.fromEntries(
      Object.entries(request.headers)
        .filter(([name]) => !name.startsWith(':'))
        .map(([name, value]) => [name, String(value)])
    )
    const authority = request.headers[':authority']
    if (typeof authority === 'string') headers.host ??= authority
    request.resume()
    request.once('end', () =>
      answer(
        response,
        200,
        { 'content-type': 'application/json' },
        `${JSON.stringify({ service, method: request.method, path: request.url, headers }, undefined, 2)}\n`
      )
    )
  }

/** HTTP/1.1 and HTTP/2 with prior knowledge on one port, as Envoy's HTTP listeners take both. */
function createPlainServer(handle: (request: Request, response: Response) => void): Server {
  const http1 = createHttpServer(handle)
  const http2 = createHttp2Server(handle)
  return createTcpServer(socket => {
    socket.once('error', () => socket.destroy())
    socket.once('data', chunk => {
      socket.pause()
      socket.unshift(chunk)
      ;(chunk.toString('latin1', 0, 3) === 'PRI' ? http2 : http1).emit('connection', socket)
      socket.resume()
    })
  })
}

/** A server that frees its port and cuts its connections at once. */
export interface StandInServer {
  close(): Promise<void>
}

export interface StandInOptions {
  host: string
  port: number
  role: PortRole
  /** The name that the sample service answers with. */
  service: string
  /** For the TLS port: PEM. Any SNI, or none, gets it, as from an Istio Gateway with hosts `*`. */
  certificate: { certificate: string; key: string }
}

/** Opens one port of the stand-in for Istio's gateway. Rejects with the system's error where the port cannot be bound. */
export function openStandIn({ host, port, role, service, certificate }: StandInOptions): Promise<StandInServer> {
  const handle = role === 'status' ? answerStatus : answerEcho(service)
  const server: Server =
    role === 'tls'
      ? createSecureServer({ allowHTTP1: true, cert: certificate.certificate, key: certificate.key }, handle)
      : createPlainServer(handle)
  const sockets = new Set<Socket>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  // Plain HTTP on the TLS port: Envoy closes without an answer, and so does Node's TLS server.
  server.on('tlsClientError', (_error, socket: Socket) => socket.destroy())
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () =>
      resolve({
        close: () =>
          new Promise(closed => {
            server.close(() => closed())
            for (const socket of sockets) socket.destroy()
          })
      })
    )
  })
}
