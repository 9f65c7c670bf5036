/**
 * A listener's socket: accepts connections and finds the protocol that the client speaks.
 *
 * @module
 */

import { constants, randomBytes, type X509Certificate } from 'node:crypto'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import {
  createSecureContext,
  createServer as createTLSServer,
  type DetailedPeerCertificate,
  type SecureContext,
  type Server as TLSServer,
  type TLSSocket
} from 'node:tls'
import { usageFailure } from '../failure.ts'
import { certificatesFor, coversHost, type ListedCertificate } from './certificate.ts'
import type { ListenerConfiguration } from './configuration.ts'
import type { Client, ClientConnection, ClientTLS, ConnectionHost } from './exchange.ts'
import { Http1Connection } from './http1-connection.ts'
import { Http2Connection } from './http2-connection.ts'
import { type Pipeline, refuseUnread, serve } from './pipeline.ts'
import { sslPolicy } from './ssl-policy.ts'

/** What a listener works with; replaced as a whole. */
export interface ListenerState {
  configuration: ListenerConfiguration
  /** The default certificate first; empty for HTTP. */
  certificates: ListedCertificate[]
  /** PEM of the authorities whose clients are let in; absent unless the listener verifies clients. */
  trustStore?: string
  /** Whether HTTP/2 is offered. */
  http2: boolean
}

export interface Binding {
  host: string
  port: number
}

export class Listener {
  readonly binding: Binding
  readonly #pipeline: Pipeline
  readonly #server: Server
  readonly #connections = new Set<ClientConnection>()
  readonly #sockets = new Set<Socket>()
  #state: ListenerState
  #tls: { key: string; server: TLSServer } | undefined
  #onIdle: (() => void) | undefined

  constructor(state: ListenerState, binding: Binding, pipeline: Pipeline) {
    this.#state = state
    this.binding = binding
    this.#pipeline = pipeline
    this.#server = createServer({ noDelay: true }, socket => this.#accept(socket))
    this.configure(state)
  }

  get configuration(): ListenerConfiguration {
    return this.#state.configuration
  }

  /** Where it listens: `127.0.0.1:8443`. */
  get address(): string {
    const { address, port, family } = this.#server.address() as AddressInfo
    return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`
  }

  /** @throws {Failure} when the address cannot be had. */
  open(): Promise<void> {
    const { host, port } = this.binding
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) =>
        reject(bindFailure(error, this.configuration, host, port))
      )
      this.#server.listen({ host, port, exclusive: true }, () => {
        this.#server.removeAllListeners('error').on('error', () => {})
        resolve()
      })
    })
  }

  /** Takes a new configuration: requests that are in flight keep the one they began with. */
  configure(state: ListenerState): void {
    const key = tlsKey(state)
    if (state.configuration.protocol === 'HTTP') this.#tls = undefined
    else if (this.#tls?.key !== key) this.#tls = { key, server: this.#createTLS(state) }
    this.#state = state
  }

  /** Stops listening at once; resolves when the last request in flight is answered. */
  async close(graceMilliseconds: number): Promise<void> {
    const { clock } = this.#pipeline
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    const idle = new Promise<void>(resolve => {
      this.#onIdle = resolve
    })
    for (const connection of this.#connections) connection.drain()
    if (this.#connections.size === 0) this.#onIdle?.()
    const timer = clock.setTimeout(() => this.#onIdle?.(), graceMilliseconds)
    if (graceMilliseconds > 0) await idle
    clock.clearTimeout(timer)
    for (const connection of this.#connections) connection.destroy()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #accept(socket: Socket): void {
    this.#pipeline.onConnection()
    socket.on('error', () => socket.destroy())
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    if (this.#tls) this.#tls.server.emit('connection', socket)
    else this.#serve(socket, clientOf(socket))
  }

  #serveTLS(socket: TLSSocket, { certificates }: ListenerState): void {
    const presented = (socket.getX509Certificate() as X509Certificate | undefined)?.fingerprint256
    const arn = certificates.find(({ fingerprint }) => fingerprint === presented)?.arn
    const client: Client = {
      ...clientOf(socket),
      tls: {
        protocol: socket.getProtocol() ?? '-',
        cipher: socket.getCipher().name,
        ...serverNameOf(socket, certificates),
        ...(arn === undefined ? {} : { certificateARN: arn }),
        clientCertificates: clientCertificatesOf(socket)
      }
    }
    this.#serve(socket, client, socket.alpnProtocol === 'h2')
  }

  #serve(socket: Socket, client: Client, http2 = false): void {
    const { attributes } = this.#pipeline.configuration
    const host: ConnectionHost = {
      clock: this.#pipeline.clock,
      idleTimeout: attributes.idleTimeout,
      clientKeepAlive: attributes.clientKeepAlive,
      desyncMode: () => this.#pipeline.configuration.attributes.desyncMode,
      onRequest: exchange => serve(exchange, this.configuration, this.#pipeline),
      onRefused: (exchange, status, cause) => refuseUnread(exchange, this.configuration, this.#pipeline, status, cause)
    }
    const connection = http2
      ? new Http2Connection(socket as TLSSocket, client, host)
      : new Http1Connection(socket, client, host)
    this.#connections.add(connection)
    socket.once('close', () => {
      this.#connections.delete(connection)
      if (this.#connections.size === 0) this.#onIdle?.()
    })
  }

  #createTLS(state: ListenerState): TLSServer {
    const { configuration, certificates, trustStore } = state
    const mode = configuration.mutualAuthentication?.mode ?? 'off'
    // A session that is resumed would not show the client's certificate.
    const mutual =
      mode === 'off'
        ? {}
        : {
            requestCert: true,
            rejectUnauthorized: mode === 'verify',
            secureOptions: constants.SSL_OP_NO_TICKET,
            ...(trustStore === undefined ? {} : { ca: trustStore })
          }
    const policy = sslPolicy(configuration.sslPolicy)
    const contexts = new Map<string, SecureContext>()
    const contextFor = (serverName: string | undefined): SecureContext => {
      const chosen = certificatesFor(certificates, serverName)
      // The client decides by the algorithms it knows: the best certificate of each kind goes into the handshake.
      const offered = [chosen.find(one => one.isECDSA), chosen.find(one => !one.isECDSA)].filter(
        one => one !== undefined
      )
      const key = offered.map(({ arn }) => arn).join()
      const context =
        contexts.get(key) ??
        createSecureContext({
          ...policy,
          ...mutual,
          honorCipherOrder: true,
          cert: offered.map(({ certificate }) => certificate),
          key: offered.map(one => one.key)
        })
      contexts.set(key, context)
      return context
    }
    const server = createTLSServer({
      ...policy,
      ...mutual,
      cert: certificates[0]?.certificate,
      key: certificates[0]?.key,
      honorCipherOrder: true,
      SNICallback: (serverName, done) => done(null, contextFor(serverName)),
      ALPNProtocols: state.http2 ? ['h2', 'http/1.1'] : ['http/1.1']
    })
    server.on('secureConnection', socket => this.#serveTLS(socket, state))
    server.on('tlsClientError', (_error, socket) => {
      this.#pipeline.onTLSFailure()
      socket.destroy()
    })
    return server
  }
}

/** Changes whenever new handshakes have to go another way. */
const tlsKey = ({ configuration, certificates, trustStore, http2 }: ListenerState): string =>
  JSON.stringify([
    http2,
    trustStore,
    configuration.sslPolicy,
    configuration.mutualAuthentication,
    certificates.map(({ arn, fingerprint }) => [arn, fingerprint])
  ])

function serverNameOf({ servername }: TLSSocket, certificates: ListedCertificate[]): Partial<ClientTLS> {
  // Node says false where the client named none.
  if (typeof servername !== 'string') return {}
  const serverNameMatched = certificates.some(({ domains }) => domains.some(domain => coversHost(domain, servername)))
  return { serverName: servername, serverNameMatched }
}

/** The certificates that the client sent, leaf first. */
function clientCertificatesOf(socket: TLSSocket): Buffer[] {
  const chain: Buffer[] = []
  let certificate = socket.getPeerCertificate(true) as DetailedPeerCertificate | undefined
  // The chain ends in itself, or in nothing.
  while (certificate?.raw && !chain.some(known => known.equals(certificate!.raw))) {
    chain.push(certificate.raw)
    certificate = certificate.issuerCertificate
  }
  return chain
}

/** A dual-stack socket shows IPv4 addresses as mapped ones. */
const plainAddress = (address = ''): string => address.replace(/^::ffff:(?=\d+\.)/, '')

function clientOf(socket: Socket | TLSSocket): Client {
  return {
    address: plainAddress(socket.remoteAddress),
    port: socket.remotePort ?? 0,
    nodeAddress: plainAddress(socket.localAddress),
    connectionID: `TID_${randomBytes(16).toString('hex')}`
  }
}

function bindFailure(
  error: NodeJS.ErrnoException,
  { port, protocol }: ListenerConfiguration,
  host: string,
  bound: number
) {
  const listener = `the ${protocol} listener on port ${port}`
  const where = `${host}:${bound}`
  if (error.code === 'EADDRINUSE') {
    return usageFailure(
      {
        code: 'PORT_BUSY',
        message: `port ${bound} on ${host} is in use by another program, so ${listener} cannot open`,
        path: `listener ${port}`,
        expected: `${where} is free`,
        actual: 'another program listens there',
        hint: `end the program that listens on ${where}, or move the listeners with --port-offset`
      },
      { cause: error }
    )
  }
  if (error.code === 'EACCES') {
    return usageFailure(
      {
        code: 'PORT_NOT_PERMITTED',
        message: `this user may not open port ${bound} on ${host}, so ${listener} cannot open`,
        path: `listener ${port}`,
        hint: 'move the listeners above port 1023 with --port-offset'
      },
      { cause: error }
    )
  }
  return usageFailure(
    {
      code: 'ADDRESS_UNAVAILABLE',
      message: `${where} cannot be listened on (${error.code ?? error.message}), so ${listener} cannot open`,
      path: `listener ${port}`,
      hint: 'bind to an address of this machine, such as 127.0.0.1'
    },
    { cause: error }
  )
}
