/**
 * The flows of a UDP listener: each client's datagrams go to one target for as long as they come, and its answers back.
 *
 * @module
 */

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import type { Clock, FlowEnd, Target } from '../../elbv2/index.ts'
import { udpIdleTimeout } from '../../elbv2/index.ts'
import { bindFailure } from '../listen.ts'
import type { Binding } from '../listener-set.ts'
import type { FlowTarget, TargetFlow } from './network-target-group.ts'

/** Where a flow of UDP goes. */
export interface UDPRoute {
  registered: FlowTarget
  /** Address that the target sees; absent where the system chooses. */
  localAddress?: string
}

export interface UDPHost {
  readonly clock: Clock
  /** Where a new flow goes; undefined where its datagrams are dropped. */
  route(client: { address: string; port: number }): UDPRoute | undefined
  onEnd(flow: UDPFlow, end: FlowEnd): void
  /** There was no room for a flow. */
  onRejected(): void
}

/** Flows that a listener has at a time; each takes a socket. */
const mostFlows = 8192

/** Bytes that may wait to be sent to a target, or to a client; what comes beyond is lost, as anywhere on the way. */
const mostWaiting = 1024 * 1024

export interface UDPFlow extends TargetFlow {
  readonly client: string
  readonly target: Target
  readonly started: number
  readonly bytesIn: number
  readonly bytesOut: number
}

class Flow implements UDPFlow {
  readonly client: string
  readonly target: Target
  readonly started: number
  bytesIn = 0
  bytesOut = 0
  readonly #peer: RemoteInfo
  readonly #flows: UDPFlows
  readonly #registered: FlowTarget
  readonly #socket: Socket
  /** Datagrams that came before the socket was connected. */
  #early: Buffer[] | undefined = []
  #lastActive: number
  #timer: unknown

  constructor(client: string, peer: RemoteInfo, { registered, localAddress }: UDPRoute, flows: UDPFlows) {
    this.client = client
    this.#peer = peer
    this.#flows = flows
    this.#registered = registered
    this.target = registered.target
    this.started = flows.host.clock.now()
    this.#lastActive = this.started
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
    this.bytesIn += datagram.length
    this.#lastActive = this.#flows.host.clock.now()
    if (this.#early) {
      if (this.#early.length < 64) {
        this.#early.push(datagram)
      }
    } else if (this.#socket.getSendQueueSize() < mostWaiting) {
      this.#socket.send(datagram)
    }
  }

  cut(end: FlowEnd): void {
    this.#flows.host.clock.clearTimeout(this.#timer)
    this.#registered.flows.delete(this)
    this.#flows.remove(this)
    this.#socket.close()
    this.#flows.host.onEnd(this, end)
  }

  /** The client's next datagram begins another flow, perhaps to another target. */
  forget(end: FlowEnd): void {
    this.cut(end)
  }

  #onAnswer(message: Buffer): void {
    this.bytesOut += message.length
    this.#lastActive = this.#flows.host.clock.now()
    this.#flows.answer(message, this.#peer)
  }

  #arm(milliseconds: number): void {
    const { clock } = this.#flows.host
    this.#timer = clock.setTimeout(() => {
      const left = this.#lastActive + udpIdleTimeout - clock.now()
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
  readonly #flows = new Map<string, Flow>()
  /** Drops what comes before the load balancer has its configuration. */
  #started = false

  constructor({ host }: Binding, listener: UDPHost) {
    this.host = listener
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

  remove({ client }: UDPFlow): void {
    this.#flows.delete(client)
  }

  answer(message: Buffer, { address, port }: RemoteInfo): void {
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
    if (!this.#started) {
      return
    }
    const key = `${peer.address}:${peer.port}`
    const known = this.#flows.get(key)
    if (known) {
      known.send(datagram)
      return
    }
    if (this.#flows.size >= mostFlows) {
      this.host.onRejected()
      return
    }
    const route = this.host.route(peer)
    if (route) {
      const flow = new Flow(key, peer, route, this)
      this.#flows.set(key, flow)
      flow.send(datagram)
    }
  }
}
