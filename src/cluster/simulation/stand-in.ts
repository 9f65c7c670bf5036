import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  createServer as createHttp2Server,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse
} from 'node:http2'
import { createServer, type Server, type Socket } from 'node:net'
import type { HeaderPairs } from '../../istio/index.ts'
import { type ClientHello, peekClientHello, plainAddress } from '../../load-balancer/index.ts'

/** What the first bytes of a connection are. */
export type Opening =
  /** HTTP/2 with prior knowledge, or anything else, which HTTP/1 will judge. */
  { kind: 'http1' | 'http2' } | { kind: 'tls'; serverName: string | undefined }

/** A certificate with its key, PEM. */
export interface KeyPair {
  certificate: string
  key: string
}

/** A request as a stand-in sees it. */
export interface StandInRequest {
  method: string
  path: string
  authority: string
  headers: HeaderPairs
  version: '1.0' | '1.1' | '2.0'
  /** Address of the connection's other end. */
  peer: string
  /** `address:port` that was connected to. */
  place: string
}

export interface StandInAnswer {
  status: number
  headers: HeaderPairs
  body: string
}

/** Whether a connection is served, and how; `reset` cuts it without an answer. */
export type Reception = 'reset' | { keyPair?: KeyPair; answer(request: StandInRequest): StandInAnswer }

/** What a stand-in does with its connections; asked for each anew. */
export interface Behaviour {
  receive(opening: Opening, peer: string): Reception
}

/** The type of a TLS record that carries a handshake (RFC 8446 §5.1). */
const handshake = 0x16

/** Tells TLS from plain HTTP by a connection's first bytes; what begins as TLS and is no hello, the handshake will judge. */
export function openingOf(hello: ClientHello | undefined, bytes: Buffer): Opening {
  if (hello || bytes[0] === handshake) {
    return { kind: 'tls', serverName: hello?.serverName }
  }
  return { kind: bytes.toString('latin1', 0, 3) === 'PRI' ? 'http2' : 'http1' }
}

type Request = IncomingMessage | Http2ServerRequest
type Response = Pick<ServerResponse | Http2ServerResponse, 'statusCode' | 'appendHeader'> & { end(body: string): void }

function pairsOf(raw: readonly string[]): HeaderPairs {
  return Array.from({ length: raw.length / 2 }, (_, index): [string, string] => [raw[2 * index]!, raw[2 * index + 1]!])
}

function requestOf(request: Request): StandInRequest {
  const pairs = pairsOf(request.rawHeaders)
  function pseudo(name: string): string | undefined {
    return pairs.find(([candidate]) => candidate === name)?.[1]
  }
  const headers = pairs.filter(([name]) => !name.startsWith(':'))
  const authority = pseudo(':authority') ?? request.headers.host ?? ''
  return {
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    authority,
    // HTTP/2 has the host as a pseudo header; services see it under its name.
    headers: request.headers.host === undefined ? [['host', authority], ...headers] : headers,
    version: request.httpVersion === '1.0' ? '1.0' : request.httpVersionMajor === 2 ? '2.0' : '1.1',
    peer: plainAddress(request.socket.remoteAddress),
    place: `${plainAddress(request.socket.localAddress)}:${request.socket.localPort}`
  }
}

/** Reads the body to its end, then answers. */
function respondWith(answer: (request: StandInRequest) => StandInAnswer) {
  return (request: Request, response: Response): void => {
    request.resume()
    request.once('end', () => {
      const { status, headers, body } = answer(requestOf(request))
      response.statusCode = status
      for (const [name, value] of headers) {
        response.appendHeader(name, value)
      }
      response.end(body)
    })
  }
}

/** A server that takes over connections that are accepted already. */
interface Protocol {
  emit(event: 'connection', socket: Socket): boolean
}

function protocolFor({ kind }: Opening, { keyPair, answer }: Exclude<Reception, 'reset'>): Protocol {
  const handle = respondWith(answer)
  if (kind === 'tls') {
    return createSecureServer({ allowHTTP1: true, cert: keyPair!.certificate, key: keyPair!.key }, handle).on(
      'tlsClientError',
      (_error, socket: Socket) => socket.destroy()
    )
  }
  return kind === 'http2' ? createHttp2Server(handle) : createHttpServer(handle)
}

/** A port that is open on loopback in a pod's place. */
export class StandIn {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #behaviour: Behaviour
  #protocols = new Map<Reception, Map<Opening['kind'], Protocol>>()

  private constructor(behaviour: Behaviour) {
    this.#behaviour = behaviour
    this.#server = createServer(socket => this.#accept(socket))
  }

  /** Rejects with the system's error where the port cannot be bound. */
  static open(host: string, port: number, behaviour: Behaviour): Promise<StandIn> {
    const standIn = new StandIn(behaviour)
    return new Promise((resolve, reject) => {
      standIn.#server.once('error', reject)
      standIn.#server.listen(port, host, () => resolve(standIn))
    })
  }

  /** For the connections from now on. */
  configure(behaviour: Behaviour): void {
    this.#behaviour = behaviour
    this.#protocols = new Map()
  }

  /** Frees the port and cuts its connections at once. */
  close(): Promise<void> {
    return new Promise(resolve => {
      this.#server.close(() => resolve())
      for (const socket of this.#sockets) {
        socket.destroy()
      }
    })
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    peekClientHello(socket, (hello, bytes) => this.#serve(socket, openingOf(hello, bytes)))
  }

  #serve(socket: Socket, opening: Opening): void {
    const reception = this.#behaviour.receive(opening, plainAddress(socket.remoteAddress))
    if (reception === 'reset') {
      socket.resetAndDestroy()
      return
    }
    const protocols = this.#protocols.get(reception) ?? new Map<Opening['kind'], Protocol>()
    this.#protocols.set(reception, protocols)
    try {
      const protocol = protocols.get(opening.kind) ?? protocolFor(opening, reception)
      protocols.set(opening.kind, protocol)
      protocol.emit('connection', socket)
      // TLS and HTTP/2 fetch by themselves what was read of the connection before; HTTP/1 waits for it to flow.
      if (opening.kind === 'http1') {
        socket.resume()
      }
    } catch {
      // A Secret that holds no key pair: Envoy has no certificate for the handshake, and closes.
      socket.resetAndDestroy()
    }
  }
}
