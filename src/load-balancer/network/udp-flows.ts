/**
 * The flows of a UDP listener: each client's datagrams go to one target for as long as they come, and its answers back.
 *
 * @module
 */

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import type { Clock, FlowEnd, NetworkListenerConfiguration } from '../../elbv2/index.ts'
import { udpIdleTimeout } from '../../elbv2/index.ts'
import { bindFailure } from '../listen.ts'
import type { Binding } from '../listener-set.ts'
import type { EndedFlow, FlowClient } from './ended-flow.ts'
import type { FlowTarget, TargetFlow } from './network-target-group.ts'

/** Where a flow of UDP goes. */
export interface UDPRoute {
  registered: FlowTarget
  /** Address that the target sees; absent where the system chooses. */
  localAddress?: string
}

export interface UDPHost {
  readonly clock: Clock
  readonly listener: NetworkListenerConfiguration
  /** Where a new flow goes, or why its datagrams are dropped. */
  route(client: FlowClient): UDPRoute | FlowEnd
  onStart(): void
  onEnd(ended: EndedFlow): void
}

/** Flows that a listener has at a time; each takes a socket. */
const defaultMostFlows = 8192

/** Bytes that may wait to be sent to a target, or to a client; what comes beyond is lost, as anywhere on the way. */
const mostWaiting = 1024 * 1024

/** Clients that were told of to have been dropped, of which nobody is told again. */
const mostDropped = 4096

/** Datagrams that wait for the socket to be there. */
const mostEarly = 64

class Flow implements TargetFlow {
  readonly moves = true
  readonly #started: number
  readonly #client: FlowClient
  readonly #flows: UDPFlows
  #bytesIn = 0
  #bytesOut = 0
  readonly #registered: FlowTarget
  readonly #socket: Socket
  /** Datagrams that came before the socket was connected. */
  #early: Buffer[] | undefined = []
  #lastActive: number
  #timer: unknown

  constructor(client: FlowClient, { registered, localAddress }: UDPRoute, flows: UDPFlows) {
    this.#client = client
    this.#flows = flows
    this.#registered = registered
    this.#started = flows.host.clock.elapsed()
    this.#lastActive = this.#started
    const { address, port } = registered.target
    this.#socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    // A target that refuses a datagram says so by ICMP, which the client of a load balancer does not hear.
    this.#socket.on('error', () => {})
    this.#socket.on('message', message => this.#onAnswer(message))
    this.#socket.on('connect', () => {
      const early = this.#early ?? []
      this.#early = undefined
      for (const datagram of early) {
        this.#socket.send(datagram)
      }
    })
    this.#socket.bind({ ...(localAddress && { address: localAddress }) }, () => this.#socket.connect(port, address))
    registered.flows.add(this)
    this.#arm(udpIdleTimeout)
  }

  send(datagram: Buffer): void {
    this.#bytesIn += datagram.length
    this.#lastActive = this.#flows.host.clock.elapsed()
    if (this.#early) {
      if (this.#early.length < mostEarly) {
        this.#early.push(datagram)
      }
    } else if (this.#socket.getSendQueueSize() < mostWaiting) {
      this.#socket.send(datagram)
    }
  }

  cut(end: FlowEnd): void {
    const { clock, listener, onEnd } = this.#flows.host
    clock.clearTimeout(this.#timer)
    this.#registered.flows.delete(this)
    this.#flows.remove(this.#client)
    this.#socket.close()
    onEnd({
      listener,
      transport: 'UDP',
      client: this.#client,
      target: this.#registered.target,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      started: this.#started,
      end
    })
  }

  /** The client's next datagram begins another flow, perhaps to another target. */
  forget(end: FlowEnd): void {
    this.cut(end)
  }

  #onAnswer(message: Buffer): void {
    this.#bytesOut += message.length
    this.#lastActive = this.#flows.host.clock.elapsed()
    this.#flows.answer(message, this.#client)
  }

  #arm(milliseconds: number): void {
    const { clock } = this.#flows.host
    this.#timer = clock.setTimeout(() => {
      const left = this.#lastActive + udpIdleTimeout - clock.elapsed()
      if (left > 0) {
        this.#arm(left)
      } else {
        this.cut('idle-timeout')
      }
    }, milliseconds)
  }
}

export class UDPFlows {
  readonly host: UDPHost
  readonly #socket: Socket
  readonly #mostFlows: number
  readonly #flows = new Map<string, Flow>()
  /** Clients whose datagrams are dropped, and of whom it was told. */
  readonly #dropped = new Set<string>()
  /** Drops what comes before the load balancer has its configuration. */
  #started = false

  /** @param mostFlows - that there may be at a time. */
  constructor({ host }: Binding, listener: UDPHost, mostFlows = defaultMostFlows) {
    this.host = listener
    this.#mostFlows = mostFlows
    this.#socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4' })
    this.#socket.on('message', (datagram, peer) => this.#onDatagram(datagram, peer))
  }

  /**
   * Takes the address.
   *
   * @throws {Failure} when it cannot be had.
   */
  open({ host, port }: Binding, listener: { port: number; protocol: string }): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once('error', (error: NodeJS.ErrnoException) => reject(bindFailure(error, listener, host, port)))
      this.#socket.bind({ address: host, port, exclusive: true }, () => {
        this.#socket.removeAllListeners('error').on('error', () => {})
        resolve()
      })
    })
  }

  /** Where it listens. */
  address(): ReturnType<Socket['address']> {
    return this.#socket.address()
  }

  start(): void {
    this.#started = true
  }

  get size(): number {
    return this.#flows.size
  }

  remove(client: FlowClient): void {
    this.#flows.delete(keyOf(client))
  }

  answer(message: Buffer, { address, port }: FlowClient): void {
    if (this.#socket.getSendQueueSize() < mostWaiting) {
      this.#socket.send(message, port, address)
    }
  }

  close(end: FlowEnd): Promise<void> {
    for (const flow of [...this.#flows.values()]) {
      flow.cut(end)
    }
    return new Promise(resolve => this.#socket.close(() => resolve()))
  }

  #onDatagram(datagram: Buffer, peer: RemoteInfo): void {
    // From no port comes nothing that could be answered, and answering it would throw.
    if (!this.#started || peer.port === 0) {
      return
    }
    const known = this.#flows.get(keyOf(peer))
    if (known) {
      known.send(datagram)
      return
    }
    const client = { address: peer.address, port: peer.port, nodeAddress: this.#socket.address().address }
    const route = this.#flows.size < this.#mostFlows ? this.host.route(client) : 'rejected'
    if (typeof route === 'string') {
      this.#drop(client, route)
      return
    }
    this.#dropped.delete(keyOf(client))
    const flow = new Flow(client, route, this)
    this.#flows.set(keyOf(client), flow)
    this.host.onStart()
    flow.send(datagram)
  }

  /** A flow that there is not is told of once. */
  #drop(client: FlowClient, end: FlowEnd): void {
    const key = keyOf(client)
    if (this.#dropped.has(key)) {
      return
    }
    if (this.#dropped.size >= mostDropped) {
      this.#dropped.clear()
    }
    this.#dropped.add(key)
    const { clock, listener, onEnd } = this.host
    const nothing = { target: undefined, bytesIn: 0, bytesOut: 0, started: clock.elapsed() }
    onEnd({ listener, transport: 'UDP', client, ...nothing, end })
  }
}

function keyOf({ address, port }: Pick<FlowClient, 'address' | 'port'>): string {
  return `${address} ${port}`
}
