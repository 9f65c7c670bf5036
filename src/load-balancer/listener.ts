/**
 * A listener's socket: accepts connections and finds the protocol that the client speaks.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ListenerConfiguration } from '../elbv2/index.ts'
import { type Failure, usageFailure } from '../failure.ts'
import type { Client, ClientConnection, ConnectionHost } from './client/exchange.ts'
import { Http1Connection } from './client/http1-connection.ts'
import { Http2Connection } from './client/http2-connection.ts'
import { refuseUnread, serve } from './serve/pipeline.ts'
import type { RequestHost } from './serve/request-context.ts'
import type { ListenerState } from './tls/listener-state.ts'
import { TLSServer, tlsKey } from './tls/tls-server.ts'

export interface Binding {
  host: string
  port: number
}

export class Listener {
  readonly binding: Binding
  readonly #host: RequestHost
  readonly #server: Server
  readonly #connections = new Set<ClientConnection>()
  readonly #sockets = new Set<Socket>()
  #state: ListenerState
  #tls: { key: string; server: TLSServer } | undefined
  /** Connections that came before `start`; undefined from then on. */
  #early: Socket[] | undefined = []
  #onIdle: (() => void) | undefined

  constructor(state: ListenerState, binding: Binding, host: RequestHost) {
    this.#state = state
    this.binding = binding
    this.#host = host
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

  /**
   * Takes the address; connections wait until `start`.
   *
   * @throws {Failure} when the address cannot be had.
   */
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

  /** Serves connections from now on: the load balancer has its configuration. */
  start(): void {
    const early = this.#early ?? []
    this.#early = undefined
    for (const socket of early) {
      if (!socket.destroyed) {
        this.#handshake(socket)
      }
    }
  }

  /** Takes a new configuration: requests that are in flight keep the one they began with. */
  configure(state: ListenerState): void {
    const key = tlsKey(state)
    if (state.configuration.protocol === 'HTTP') {
      this.#tls = undefined
    } else if (this.#tls?.key !== key) {
      this.#tls = { key, server: this.#createTLS(state) }
    }
    this.#state = state
  }

  /** Stops listening at once; resolves when the last request in flight is answered, or cut at the end of the grace. */
  async close(graceMilliseconds: number): Promise<void> {
    const { clock } = this.#host
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    for (const connection of this.#connections) {
      connection.drain()
    }
    if (graceMilliseconds > 0 && this.#connections.size > 0) {
      const idle = new Promise<void>(resolve => {
        this.#onIdle = resolve
      })
      const timer = clock.setTimeout(() => this.#onIdle?.(), graceMilliseconds)
      await idle
      clock.clearTimeout(timer)
    }
    this.destroy()
    await closed
  }

  /** Cuts every connection. */
  destroy(): void {
    for (const connection of this.#connections) {
      connection.destroy()
    }
    for (const socket of this.#sockets) {
      socket.destroy()
    }
  }

  #accept(socket: Socket): void {
    this.#host.onConnection()
    socket.on('error', () => socket.destroy())
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    if (this.#early) {
      this.#early.push(socket)
    } else {
      this.#handshake(socket)
    }
  }

  #handshake(socket: Socket): void {
    if (this.#tls) {
      const { clock, configuration } = this.#host
      const timer = clock.setTimeout(() => socket.destroy(), configuration.attributes.idleTimeout)
      function clear(): void {
        clock.clearTimeout(timer)
      }
      socket.once('close', clear)
      this.#tls.server.accept(socket, clear)
    } else {
      this.#serve(socket, clientOf(socket))
    }
  }

  #createTLS(state: ListenerState): TLSServer {
    return new TLSServer(state, {
      onConnection: (socket, tls) => this.#serve(socket, { ...clientOf(socket), tls }, socket.alpnProtocol === 'h2'),
      onFailure: () => this.#host.onTLSFailure()
    })
  }

  #serve(socket: Socket, client: Client, http2 = false): void {
    const { attributes } = this.#host.configuration
    const host: ConnectionHost = {
      clock: this.#host.clock,
      idleTimeout: attributes.idleTimeout,
      clientKeepAlive: attributes.clientKeepAlive,
      desyncMode: () => this.#host.configuration.attributes.desyncMode,
      onRequest: exchange => serve(exchange, this.configuration, this.#host),
      onRefused: (exchange, status, cause) => refuseUnread(exchange, this.configuration, this.#host, status, cause),
      onDefect: error => this.#host.onDefect(error)
    }
    const connection = http2
      ? new Http2Connection(socket as TLSSocket, client, host)
      : new Http1Connection(socket, client, host)
    this.#connections.add(connection)
    socket.once('close', () => {
      this.#connections.delete(connection)
      if (this.#connections.size === 0) {
        this.#onIdle?.()
      }
    })
  }
}

/** A dual-stack socket shows IPv4 addresses as mapped ones. */
/** An address without the prefix that a socket for both families puts before IPv4. */
export function plainAddress(address = ''): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '')
}

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
): Failure {
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
