import { createHash } from 'node:crypto'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import {
  createServer as createHttp2Server,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse
} from 'node:http2'
import { createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { pairsOf } from '../../elbv2/index.ts'
import type { HeaderPairs, ProxyHeader, ProxyProtocol } from '../../istio/index.ts'
import { type ClientHello, peekClientHello, plainAddress, utf8Octets } from '../../load-balancer/index.ts'
import { takeProxyHeader } from './proxy-header.ts'

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
  /** The connection becomes one of another protocol, and what is sent over it comes back. */
  upgrade?: true
}

/** Whether a connection is served, and how; `reset` cuts it without an answer. */
export type Reception =
  | 'reset'
  | {
      keyPair?: KeyPair
      /** The oldest version of TLS that is taken. */
      minVersion?: 'TLSv1.3'
      answer(request: StandInRequest): StandInAnswer
    }

/** What a stand-in does with its connections; asked for each anew. */
export interface Behaviour {
  /** What is made of a header of the PROXY protocol; default: nobody knows it. */
  proxyProtocol?: ProxyProtocol
  /** @param proxied whether the connection began with such a header; the peer is then the one that it names. */
  receive(opening: Opening, peer: string, proxied?: boolean): Reception
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

/** Clients that headers of the PROXY protocol named, by the port that their connections come from. */
type Proxied = Map<string, string>

/** The other end of a connection, and the end here, as one name. */
function connectionOf({
  remotePort,
  localAddress,
  localPort
}: Pick<Socket, 'remotePort' | 'localAddress' | 'localPort'>): string {
  return `${remotePort} ${localAddress} ${localPort}`
}

function requestOf(request: Request, proxied: Proxied): StandInRequest {
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
    peer: proxied.get(connectionOf(request.socket)) ?? plainAddress(request.socket.remoteAddress),
    place: `${plainAddress(request.socket.localAddress)}:${request.socket.localPort}`
  }
}

/** What was told already. */
const told = new Set<string>()

/** Where an answer cannot be given as it is meant (a header that no HTTP carries), the connection is cut: it ends nothing else. */
function attempt(work: () => void, cut: () => void): void {
  try {
    work()
  } catch (error) {
    const text = `a stand-in cannot answer: ${(error as Error).message}`
    if (!told.has(text)) {
      told.add(text)
      process.emitWarning(text)
    }
    cut()
  }
}

/** A request that was read to its end leaves its connection open, whatever becomes of it. */
function cutOff(request: Request): void {
  if ('stream' in request) {
    request.stream.destroy(new Error('there is no answer'))
  } else {
    request.socket.destroy()
  }
}

/** Envoy sends the bytes of UTF-8 that an object holds; Node takes one character a byte. */
function octetsOf(value: string): string {
  return /[\u0100-\uffff]/.test(value) ? utf8Octets(value) : value
}

/** Reads the body to its end, then answers. */
function respondWith(answer: (request: StandInRequest) => StandInAnswer, proxied: Proxied) {
  return (request: Request, response: Response): void => {
    request.resume()
    function respond(): void {
      const { status, headers, body } = answer(requestOf(request, proxied))
      // No status: the connection ends without an answer.
      if (status === 0) {
        cutOff(request)
        return
      }
      response.statusCode = status
      for (const [name, value] of headers) {
        response.appendHeader(name, octetsOf(value))
      }
      response.end(body)
    }
    request.once('end', () => attempt(respond, () => cutOff(request)))
  }
}

/** Answers a request to change the protocol: what comes over the connection from then on goes back as it came. */
function upgradeWith(answer: (request: StandInRequest) => StandInAnswer, proxied: Proxied) {
  function respond(request: IncomingMessage, socket: Duplex, first: Buffer): void {
    const { status, headers, body, upgrade } = answer(requestOf(request, proxied))
    const key = request.headers['sec-websocket-key'] ?? ''
    const accept = createHash('sha1').update(`${key}${webSocketGUID}`).digest('base64')
    const lines = upgrade
      ? [['Connection', 'Upgrade'], ['Upgrade', 'websocket'], ['Sec-WebSocket-Accept', accept], ...headers]
      : [...headers, ['Content-Length', String(Buffer.byteLength(body))], ['Connection', 'close']]
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      ...lines.map(([name, value]) => `${name}: ${value}`)
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n${upgrade ? '' : body}`)
    if (!upgrade) {
      socket.end()
      return
    }
    socket.write(first)
    socket.pipe(socket)
  }
  return (request: IncomingMessage, socket: Duplex, first: Buffer): void => {
    socket.on('error', () => socket.destroy())
    attempt(
      () => respond(request, socket, first),
      () => socket.destroy()
    )
  }
}

/** A server that takes over connections that are accepted already. */
interface Protocol {
  emit(event: 'connection', socket: Socket): boolean
}

function protocolFor(
  { kind }: Opening,
  { keyPair, minVersion, answer }: Exclude<Reception, 'reset'>,
  proxied: Proxied
): Protocol {
  const handle = respondWith(answer, proxied)
  const upgrade = upgradeWith(answer, proxied)
  if (kind === 'tls') {
    const tls = { allowHTTP1: true, cert: keyPair!.certificate, key: keyPair!.key, ...(minVersion && { minVersion }) }
    return createSecureServer(tls, handle)
      .on('upgrade', upgrade)
      .on('tlsClientError', (_error, socket: Socket) => socket.destroy())
  }
  return kind === 'http2' ? createHttp2Server(handle) : createHttpServer(handle).on('upgrade', upgrade)
}

/** What WebSocket adds to a client's key before it is hashed (RFC 6455). */
const webSocketGUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** A port that is open on loopback in a pod's place. */
export class StandIn {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #proxied: Proxied = new Map()
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
    if (this.#behaviour.proxyProtocol) {
      takeProxyHeader(socket, header => this.#begin(socket, header))
    } else {
      this.#begin(socket)
    }
  }

  /** @param header that the connection began with, and that is taken off. */
  #begin(socket: Socket, header?: ProxyHeader): void {
    if (header?.source !== undefined) {
      const connection = connectionOf(socket)
      this.#proxied.set(connection, header.source)
      socket.once('close', () => this.#proxied.delete(connection))
    }
    peekClientHello(socket, (hello, bytes) =>
      attempt(
        () => this.#serve(socket, openingOf(hello, bytes), header),
        () => socket.resetAndDestroy()
      )
    )
    socket.resume()
  }

  #serve(socket: Socket, opening: Opening, header: ProxyHeader | undefined): void {
    const peer = header?.source ?? plainAddress(socket.remoteAddress)
    const reception = this.#behaviour.receive(opening, peer, header !== undefined)
    if (reception === 'reset') {
      socket.resetAndDestroy()
      return
    }
    const protocols = this.#protocols.get(reception) ?? new Map<Opening['kind'], Protocol>()
    this.#protocols.set(reception, protocols)
    try {
      const protocol = protocols.get(opening.kind) ?? protocolFor(opening, reception, this.#proxied)
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
