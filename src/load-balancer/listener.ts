/**
 * A listener's socket: accepts connections and finds the protocol that the client speaks.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ListenerConfiguration } from '../elbv2/index.ts'
import type { Client, ClientConnection, ConnectionHost } from './client/exchange.ts'
import { Http1Connection } from './client/http1-connection.ts'
import { Http2Connection } from './client/http2-connection.ts'
import { addressOf, listen, plainAddress } from './listen.ts'
import type { Binding, SetListener } from './listener-set.ts'
import { refuseUnread, serve } from './serve/pipeline.ts'
import type { RequestHost } from './serve/request-context.ts'
import type { ListenerState } from './tls/listener-state.ts'
import { TLSServer, tlsKey } from './tls/tls-server.ts'

export class Listener implements SetListener<ListenerState> {
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
    return addressOf(this.#server)
  }

  /**
   * Takes the address; connections wait until `start`.
   *
   * @throws {Failure} when the address cannot be had.
   */
  open(): Promise<void> {
    return listen(this.#server, this.binding, this.configuration)
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
      this.#tls.server.accept(socket, this.#host.configuration.attributes.idleTimeout)
    } else {
      this.#serve(socket, clientOf(socket))
    }
  }

  #createTLS(state: ListenerState): TLSServer {
    return new TLSServer(state, {
      clock: this.#host.clock,
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

function clientOf(socket: Socket | TLSSocket): Client {
  return {
    address: plainAddress(socket.remoteAddress),
    port: socket.remotePort ?? 0,
    nodeAddress: plainAddress(socket.localAddress),
    connectionID: `TID_${randomBytes(16).toString('hex')}`
  }
}
