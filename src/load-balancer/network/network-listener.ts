/**
 * A listener of a Network Load Balancer: its sockets, and the flows that came through it.
 *
 * @module
 */

import { createServer, type Server, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { type Clock, carries, type FlowEnd, type NetworkListenerConfiguration } from '../../elbv2/index.ts'
import type { ClientTLS } from '../client/exchange.ts'
import { addressOf, listen, plainAddress, singleAddressOf } from '../listen.ts'
import type { Binding, SetListener } from '../listener-set.ts'
import type { TLSState } from '../tls/listener-state.ts'
import { TLSServer, tlsKey } from '../tls/tls-server.ts'
import type { EndedFlow, FlowClient, FlowTLS } from './ended-flow.ts'
import { type AcceptedClient, type FlowHost, type FlowRoute, halfOpen, TCPFlow } from './tcp-flow.ts'
import { UDPFlows } from './udp-flows.ts'

export interface NetworkListenerState {
  configuration: NetworkListenerConfiguration
  /** For listeners that end TLS. */
  tls?: TLSState
}

/** What a listener needs of its load balancer. */
export interface NetworkHost {
  readonly clock: Clock
  /** Whether the security groups let a client in. */
  admits(listener: NetworkListenerConfiguration, transport: 'TCP' | 'UDP', client: FlowClient): boolean
  /** Where a new flow goes, or why it goes nowhere. */
  route(listener: NetworkListenerConfiguration, transport: 'TCP' | 'UDP', client: FlowClient): FlowRoute | FlowEnd
  onStart(listener: NetworkListenerConfiguration, transport: 'TCP' | 'UDP'): void
  onEnd(ended: EndedFlow): void
  onReset(from: 'client' | 'target' | 'load-balancer'): void
  onTLSFailure(side: 'client' | 'target'): void
}

/** Flows that are over and whose sockets wait for a last packet, at most; beyond, the oldest are reset. */
const mostForgotten = 4096

/** A client's handshake on its way. */
interface Handshake {
  plain: Socket
  started: number
  tls: FlowTLS
}

export class NetworkListener implements SetListener<NetworkListenerState> {
  readonly binding: Binding
  readonly #host: NetworkHost
  readonly #tcp: Server | undefined
  readonly #udp: UDPFlows | undefined
  readonly #flowHost: FlowHost
  readonly #flows = new Set<TCPFlow>()
  /** In the order in which they were forgotten. */
  readonly #forgotten = new Set<TCPFlow>()
  readonly #handshakes = new Map<string, Handshake>()
  #state: NetworkListenerState
  #tls: { key: string; server: TLSServer } | undefined
  /** Connections that came before `start`; undefined from then on. */
  #early: Socket[] | undefined = []
  #onIdle: (() => void) | undefined
  /** What clients connect to, where there is one address alone. */
  #nodeAddress: string | undefined

  constructor(state: NetworkListenerState, binding: Binding, host: NetworkHost) {
    this.#state = state
    this.binding = binding
    this.#host = host
    this.#flowHost = {
      clock: host.clock,
      onEnd: (flow, ended) => this.#onEnd(flow, ended),
      onReset: side => host.onReset(side),
      onTargetTLSFailure: () => host.onTLSFailure('target'),
      onClosed: flow => void this.#forgotten.delete(flow)
    }
    const { protocol } = state.configuration
    if (carries(protocol, 'TCP') || protocol === 'TLS') {
      const options = { noDelay: true, allowHalfOpen: true, pauseOnConnect: true }
      this.#tcp = createServer(options, socket => this.#accept(socket))
    }
    if (carries(protocol, 'UDP')) {
      this.#udp = this.#createUDP()
    }
    this.configure(state)
  }

  get configuration(): NetworkListenerConfiguration {
    return this.#state.configuration
  }

  get address(): string {
    return addressOf((this.#tcp ?? this.#udp)!)
  }

  /** Flows at the moment, by transport. */
  get active(): { tcp: number; udp: number } {
    return { tcp: this.#flows.size, udp: this.#udp?.size ?? 0 }
  }

  async open(): Promise<void> {
    const { binding, configuration } = this
    if (!this.#tcp) {
      return this.#udp?.open(binding, configuration)
    }
    await listen(this.#tcp, binding, configuration)
    this.#nodeAddress = singleAddressOf(this.#tcp)
    try {
      // Where the system chose the port, both have the same.
      const port = Number(addressOf(this.#tcp).split(':').at(-1))
      await this.#udp?.open({ ...binding, port }, configuration)
    } catch (error) {
      await new Promise(resolve => this.#tcp!.close(resolve))
      throw error
    }
  }

  start(): void {
    const early = this.#early ?? []
    this.#early = undefined
    for (const socket of early) {
      if (!socket.destroyed) {
        this.#begin(socket)
      }
    }
    this.#udp?.start()
  }

  /** Flows that are there keep the configuration that they began with. */
  configure(state: NetworkListenerState): void {
    if (!state.tls) {
      this.#tls = undefined
    } else if (this.#tls?.key !== tlsKey(state.tls)) {
      this.#tls = { key: tlsKey(state.tls), server: this.#createTLS(state.tls) }
    }
    this.#state = state
  }

  async close(graceMilliseconds: number): Promise<void> {
    const { clock } = this.#host
    const closed = new Promise<void>(resolve => (this.#tcp ? this.#tcp.close(() => resolve()) : resolve()))
    if (graceMilliseconds > 0 && this.#flows.size > 0) {
      const idle = new Promise<void>(resolve => {
        this.#onIdle = resolve
      })
      const timer = clock.setTimeout(() => this.#onIdle?.(), graceMilliseconds)
      await idle
      clock.clearTimeout(timer)
    }
    this.destroy()
    await this.#udp?.close('load-balancer')
    await closed
  }

  destroy(): void {
    for (const flow of [...this.#flows]) {
      flow.cut('load-balancer')
    }
    for (const flow of this.#forgotten) {
      flow.destroy()
    }
    for (const { plain } of this.#handshakes.values()) {
      plain.destroy()
    }
    for (const socket of this.#early ?? []) {
      socket.destroy()
    }
    this.#onIdle?.()
  }

  #accept(socket: Socket): void {
    if (this.#early) {
      socket.on('error', () => {})
      this.#early.push(socket)
    } else {
      this.#begin(socket)
    }
  }

  #begin(socket: Socket): void {
    const { configuration } = this
    const from = clientOf(socket, this.#nodeAddress)
    const started = this.#host.clock.elapsed()
    if (!this.#host.admits(configuration, 'TCP', from)) {
      this.#flow({ socket, plain: socket, from, started }).silence('security-group')
      return
    }
    this.#host.onStart(configuration, 'TCP')
    if (this.#tls) {
      this.#handshake(socket, from, started, this.#tls.server)
    } else {
      this.#serve({ socket, plain: socket, from, started })
    }
  }

  #handshake(plain: Socket, client: FlowClient, started: number, server: TLSServer): void {
    const { configuration } = this
    const key = keyOf(client)
    const handshake: Handshake = { plain, started, tls: {} }
    this.#handshakes.set(key, handshake)
    plain.on('error', () => plain.destroy())
    // Before the handshake; from then on it is TLS's to see.
    plain.once('end', () => plain.destroy())
    plain.once('close', () => {
      if (this.#handshakes.get(key) === handshake) {
        this.#handshakes.delete(key)
        const end = handshake.tls.hello ? 'tls-handshake' : 'client'
        const nothing = { target: undefined, bytesIn: 0, bytesOut: 0 }
        const { tls } = handshake
        this.#host.onEnd({ listener: configuration, transport: 'TCP', client, ...nothing, started, end, tls })
      }
    })
    server.accept(plain, configuration.idleTimeout, hello => {
      if (hello) {
        handshake.tls.hello = hello
      }
    })
    plain.resume()
  }

  #createTLS(state: TLSState): TLSServer {
    return new TLSServer(state, {
      clock: this.#host.clock,
      onConnection: (socket, tls) => this.#secured(socket, tls),
      onFailure: (socket, error) => {
        this.#host.onTLSFailure('client')
        const handshake = this.#handshakes.get(keyOf(clientOf(socket, this.#nodeAddress)))
        const alert = alertOf(error)
        if (handshake && alert !== undefined) {
          handshake.tls.alert = alert
        }
      }
    })
  }

  #secured(socket: TLSSocket, session: ClientTLS): void {
    const from = clientOf(socket, this.#nodeAddress)
    const handshake = this.#handshakes.get(keyOf(from))
    if (!handshake) {
      socket.destroy()
      return
    }
    this.#handshakes.delete(keyOf(from))
    halfOpen(socket)
    const { plain, started, tls } = handshake
    const protocolByALPN = socket.alpnProtocol || undefined
    const established = this.#host.clock.elapsed()
    this.#serve({
      socket,
      plain,
      from,
      started,
      tls: { ...tls, session: { ...session, protocolByALPN, established } }
    })
  }

  #serve(client: Omit<AcceptedClient, 'listener'>): void {
    const flow = this.#flow(client)
    const route = this.#host.route(this.configuration, 'TCP', client.from)
    if (typeof route !== 'string') {
      flow.open(route)
    } else if (route === 'hairpin') {
      flow.silence(route)
    } else {
      flow.cut(route)
    }
  }

  #flow(client: Omit<AcceptedClient, 'listener'>): TCPFlow {
    const flow = new TCPFlow({ ...client, listener: this.configuration }, this.#flowHost)
    this.#flows.add(flow)
    return flow
  }

  #onEnd(flow: TCPFlow, ended: EndedFlow): void {
    this.#flows.delete(flow)
    if (flow.isForgotten) {
      this.#forgotten.add(flow)
      if (this.#forgotten.size > mostForgotten) {
        const [oldest] = this.#forgotten
        this.#forgotten.delete(oldest!)
        oldest!.destroy()
      }
    }
    this.#host.onEnd(ended)
    if (this.#flows.size === 0) {
      this.#onIdle?.()
    }
  }

  #createUDP(): UDPFlows {
    const listener = this
    const host = this.#host
    return new UDPFlows(this.binding, {
      clock: host.clock,
      get listener() {
        return listener.configuration
      },
      route(client) {
        return host.admits(listener.configuration, 'UDP', client)
          ? host.route(listener.configuration, 'UDP', client)
          : 'security-group'
      },
      onStart: () => host.onStart(listener.configuration, 'UDP'),
      onEnd: ended => host.onEnd(ended)
    })
  }
}

/** To ask the system for what is known costs a call for each flow. */
function clientOf(socket: Socket, nodeAddress: string | undefined): FlowClient {
  return {
    address: plainAddress(socket.remoteAddress),
    port: socket.remotePort ?? 0,
    nodeAddress: nodeAddress ?? plainAddress(socket.localAddress)
  }
}

function keyOf({ address, port }: FlowClient): string {
  return `${address} ${port}`
}

/** OpenSSL's codes for alerts that came from the other side: 1000 and the alert's own number, in the low digits of its error. */
function alertOf(error: Error | undefined): number | undefined {
  const code = Number.parseInt(/error:([0-9A-F]{8}):/.exec(error?.message ?? '')?.[1] ?? '', 16) & 0x7fffff
  return code >= 1000 && code <= 1255 ? code - 1000 : undefined
}
