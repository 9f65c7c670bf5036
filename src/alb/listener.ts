/**
 * A listener's socket: accepts connections and finds the protocol that the client speaks.
 *
 * @module
 */

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import {
  createSecureContext,
  createServer as createTLSServer,
  type SecureContext,
  type Server as TLSServer,
  type TLSSocket
} from 'node:tls'
import { usageFailure } from '../failure.ts'
import { certificatesFor, type ListedCertificate } from './certificate.ts'
import type { ListenerConfiguration } from './configuration.ts'
import type { Client } from './exchange.ts'
import { type ClientConnection, Http1Connection } from './http1-connection.ts'
import { type Pipeline, refuseUnread, serve } from './pipeline.ts'
import { sslPolicy } from './ssl-policy.ts'

/** What a listener works with; replaced as a whole. */
export interface ListenerState {
  configuration: ListenerConfiguration
  /** The default certificate first; empty for HTTP. */
  certificates: ListedCertificate[]
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
    socket.on('error', () => socket.destroy())
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    if (this.#tls) this.#tls.server.emit('connection', socket)
    else this.#serve(socket, clientOf(socket))
  }

  #serve(socket: Socket, client: Client): void {
    const { attributes } = this.#pipeline.configuration
    const connection = new Http1Connection(socket, client, {
      clock: this.#pipeline.clock,
      idleTimeout: attributes.idleTimeout,
      clientKeepAlive: attributes.clientKeepAlive,
      desyncMode: () => this.#pipeline.configuration.attributes.desyncMode,
      onRequest: exchange => serve(exchange, this.configuration, this.#pipeline),
      onRefused: (exchange, status, cause) => refuseUnread(exchange, this.configuration, this.#pipeline, status, cause)
    })
    this.#connections.add(connection)
    socket.once('close', () => {
      this.#connections.delete(connection)
      if (this.#connections.size === 0) this.#onIdle?.()
    })
  }

  #createTLS({ configuration, certificates }: ListenerState): TLSServer {
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
          honorCipherOrder: true,
          cert: offered.map(({ certificate }) => certificate),
          key: offered.map(one => one.key)
        })
      contexts.set(key, context)
      return context
    }
    const server = createTLSServer({
      ...policy,
      cert: certificates[0]?.certificate,
      key: certificates[0]?.key,
      honorCipherOrder: true,
      SNICallback: (serverName, done) => done(null, contextFor(serverName)),
      ALPNProtocols: ['http/1.1']
    })
    server.on('secureConnection', socket => this.#serve(socket, clientOf(socket)))
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    return server
  }
}

/** Changes whenever new handshakes have to go another way. */
const tlsKey = ({ configuration, certificates }: ListenerState): string =>
  JSON.stringify([
    configuration.sslPolicy,
    configuration.mutualAuthentication,
    certificates.map(({ arn, fingerprint }) => [arn, fingerprint])
  ])

function clientOf(socket: Socket | TLSSocket): Client {
  // A dual-stack socket shows IPv4 clients as mapped addresses.
  return { address: (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, ''), port: socket.remotePort ?? 0 }
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
