/**
 * A flow of TCP or TLS: two connections that are one in behaviour. Bytes, ends of either half and resets pass through, at the pace
 * of the slower side.
 *
 * @module
 */

import { connect as connectTCP, type Socket } from 'node:net'
import { connect as connectTLS, TLSSocket } from 'node:tls'
import type { Clock, FlowEnd, NetworkListenerConfiguration } from '../../elbv2/index.ts'
import { giveBack, lend, type OnWritten, type ReusedBuffer, reusedBuffer } from '../transport/read-buffer.ts'
import { targetTLS } from '../transport/target-socket.ts'
import type { EndedFlow, FlowClient, FlowTLS } from './ended-flow.ts'
import type { FlowTarget, TargetFlow } from './network-target-group.ts'

/** Where a flow goes. */
export interface FlowRoute {
  registered: FlowTarget
  /** Whether the target is spoken TLS to. */
  tls: boolean
  /** Address that the connection to the target comes from; absent where the system chooses. */
  localAddress?: string
  /** The PROXY protocol's header. */
  header?: Buffer
  /** Whether the header waits for the client's first bytes. */
  headerWaits?: boolean
}

/** Who hears of flows. */
export interface FlowHost {
  readonly clock: Clock
  /** The flow is over; sockets may still be there that wait for a last packet. */
  onEnd(flow: TCPFlow, ended: EndedFlow): void
  /** A reset came from one of the sides, or was sent by the load balancer itself. */
  onReset(from: 'client' | 'target' | 'load-balancer'): void
  /** A handshake with the target failed. */
  onTargetTLSFailure(): void
  /** The flow's sockets are gone. */
  onClosed(flow: TCPFlow): void
}

/** Milliseconds that a target has to accept a connection: as long as clients try on, and what a TLS listener gives it. */
const connectTimeouts = { TCP: 30_000, TLS: 10_000 }

/** Milliseconds for which a client that is not answered would try to connect: all of Linux's attempts. */
const patience = 127_000

/**
 * Sends a reset instead of an orderly end.
 *
 * @param plain the connection that a TLS one is spoken over.
 */
function reset(socket: Socket, plain: Socket): void {
  // Node does not reset a connection that is just about to send its end, and then never closes it: the process spins at its exit.
  // The end that TLS sends is known of the connection above alone.
  const isEnding = [socket, plain].some(one => one.writableEnded && !one.writableFinished)
  if (!plain.destroyed && !isEnding) {
    plain.resetAndDestroy()
  }
  socket.destroy()
}

/** A client's connection with what is known of it. */
export interface AcceptedClient {
  socket: Socket
  /** The connection below TLS; the same without. */
  plain: Socket
  from: FlowClient
  listener: NetworkListenerConfiguration
  started: number
  tls?: FlowTLS
}

export class TCPFlow implements TargetFlow {
  readonly moves = false
  readonly #client: AcceptedClient
  readonly #host: FlowHost
  /** Those that are open, with the connections below them. */
  readonly #sockets = new Map<Socket, Socket>()
  #bytesIn = 0
  #bytesOut = 0
  #route: FlowRoute | undefined
  #target: Socket | undefined
  /** What the target is read into, where Node does not choose. */
  #reused: ReusedBuffer | undefined
  #header: Buffer | undefined
  #timer: unknown
  #lastActive: number
  /** Who ended the flow; told when both connections are over, or at once where it is forgotten. */
  #endedBy: FlowEnd | undefined
  #isTold = false
  #isJoined = false
  /** Both sides have said that no more comes, and have been told so. */
  #isComplete = false
  #isForgotten = false
  #isSilent = false

  /** @param client whose bytes are not read yet. */
  constructor(client: AcceptedClient, host: FlowHost) {
    this.#client = client
    this.#host = host
    this.#lastActive = client.started
    this.#watch(client.socket, client.plain, 'client')
  }

  /** Connects to the target, and from then on passes everything through. */
  open(route: FlowRoute): void {
    this.#route = route
    route.registered.flows.add(this)
    const plain = this.#connect(route)
    this.#limit()
    if (!route.tls) {
      this.#target = plain
      this.#watch(plain, plain, 'target')
      plain.once('connect', () => this.#join(plain))
      return
    }
    const { socket } = this.#client
    const protocol = socket instanceof TLSSocket && socket.alpnProtocol
    const target = halfOpen(
      connectTLS({ ...targetTLS, socket: plain, ...(protocol ? { ALPNProtocols: [protocol] } : {}) })
    )
    this.#target = target
    this.#watch(target, plain, 'target')
    plain.once('connect', () => this.#limit())
    target.once('secureConnect', () => this.#join(target))
  }

  /** A Network Load Balancer says nothing of it; a Classic one closes. */
  #endIdle(): void {
    if (this.#client.listener.closes) {
      this.cut('idle-timeout')
    } else {
      this.forget('idle-timeout')
    }
  }

  cut(end: FlowEnd): void {
    this.#endedBy ??= end
    this.#resetAll()
    this.#tell()
  }

  forget(end: FlowEnd): void {
    if (this.#isForgotten || this.#isTold) {
      return
    }
    this.#endedBy ??= end
    this.#isForgotten = true
    this.#tell()
    for (const socket of this.#sockets.keys()) {
      socket.resume()
    }
  }

  /** Whether nothing is left of it but sockets that wait for a last packet. */
  get isForgotten(): boolean {
    return this.#isForgotten
  }

  /** Resets what is left of a flow that is forgotten. */
  destroy(): void {
    for (const [socket, plain] of this.#sockets) {
      reset(socket, plain)
    }
  }

  /** Lets the client wait for an answer: its packets are dropped, until it gives up. */
  silence(end: FlowEnd): void {
    this.#isForgotten = true
    this.#endedBy = end
    this.#tell()
    this.#isSilent = true
    this.#timer = this.#host.clock.setTimeout(() => this.destroy(), patience)
    this.#client.socket.resume()
  }

  /** The header of the PROXY protocol goes ahead of everything, of a handshake as well. */
  #connect({ registered: { target }, tls, localAddress, header, headerWaits }: FlowRoute): Socket {
    const { address: host, port } = target
    // TLS reads by itself what it is spoken over.
    if (!tls) {
      this.#reused = reusedBuffer(bytes =>
        this.#client.tls
          ? lend(bytes, (bytes, onWritten) => this.#fromTarget(socket, bytes, onWritten))
          : this.#fromTarget(socket, bytes)
      )
    }
    const socket: Socket = connectTCP({
      host,
      port,
      noDelay: true,
      allowHalfOpen: true,
      ...(localAddress && { localAddress }),
      ...(this.#reused && { onread: this.#reused })
    })
    if (header && headerWaits && !tls) {
      this.#header = header
    } else if (header) {
      socket.write(header)
    }
    return socket
  }

  #join(target: Socket): void {
    const { socket: client, listener, tls } = this.#client
    this.#isJoined = true
    if (tls && target instanceof TLSSocket && target.alpnProtocol) {
      tls.targetProtocol = target.alpnProtocol
    }
    this.#arm(listener.idleTimeout)
    this.#touch()
    client.on('data', (chunk: Buffer) => this.#fromClient(client, chunk, target))
    if (!this.#reused) {
      target.on('data', (chunk: Buffer) => this.#fromTarget(target, chunk))
    }
    client.resume()
  }

  #fromClient(client: Socket, chunk: Buffer, target: Socket): void {
    if (this.#isForgotten) {
      this.#refuse(client)
      return
    }
    this.#bytesIn += chunk.length
    this.#touch()
    let bytes = chunk
    if (this.#header) {
      bytes = Buffer.concat([this.#header, chunk])
      this.#header = undefined
    }
    this.#pass(bytes, client, target)
    if (target.writableLength === 0) {
      giveBack(bytes)
    }
  }

  /** Returns whether nobody needs the bytes any more. */
  #fromTarget(target: Socket, chunk: Buffer, onWritten?: OnWritten): boolean {
    if (this.#isForgotten) {
      this.#refuse(target)
      return true
    }
    this.#bytesOut += chunk.length
    this.#touch()
    this.#pass(chunk, target, this.#client.socket, onWritten)
    return this.#client.socket.writableLength === 0
  }

  /** At the pace of the slower side. What was taken at once needs no pause, however much it was. */
  #pass(bytes: Buffer, from: Socket, to: Socket, onWritten?: OnWritten): void {
    if (!to.write(bytes, onWritten) && to.writableLength > 0) {
      if (!from.isPaused()) {
        to.once('drain', () => from.resume())
      }
      from.pause()
    }
  }

  /** What is the same for both connections. */
  #watch(socket: Socket, plain: Socket, side: 'client' | 'target'): void {
    this.#sockets.set(socket, plain)
    socket.on('end', () => this.#onEnd(socket, side))
    socket.on('error', (error: NodeJS.ErrnoException) => this.#onError(error, side))
    socket.on('close', () => this.#onClose(socket, side))
  }

  #onEnd(socket: Socket, side: 'client' | 'target'): void {
    if (this.#isSilent) {
      socket.destroy()
      return
    }
    if (this.#isTold) {
      this.#refuse(socket)
      return
    }
    this.#endedBy ??= side
    this.#touch()
    const other = side === 'client' ? this.#target : this.#client.socket
    // With nothing left to come or to go, closing it says the same in one call.
    if (other?.readableEnded && other.writableLength === 0 && !(other instanceof TLSSocket)) {
      this.#isComplete = true
      other.destroy()
    } else {
      other?.end()
    }
  }

  #onError(error: NodeJS.ErrnoException, side: 'client' | 'target'): void {
    if (this.#isTold) {
      return
    }
    const isConnecting = side === 'target' && !this.#isJoined
    if (isConnecting && isHandshakeError(error)) {
      this.#host.onTargetTLSFailure()
      this.#endedBy ??= 'tls-handshake'
    } else {
      this.#endedBy ??= isConnecting && error.code === 'ETIMEDOUT' ? 'connect-timeout' : side
    }
    if (resets.has(error.code)) {
      this.#host.onReset(side)
    }
    const other = side === 'client' ? this.#target : this.#client.socket
    if (other) {
      this.#reset(other)
    }
  }

  #onClose(socket: Socket, side: 'client' | 'target'): void {
    this.#sockets.delete(socket)
    if (side === 'target') {
      this.#reused?.release()
    }
    if (!this.#isTold) {
      // Closed without an end of its own, as a connection is that was reset while nobody read it.
      this.#endedBy ??= side
      const other = side === 'client' ? this.#target : this.#client.socket
      if (other && !other.destroyed && !this.#isComplete && !(socket.readableEnded && socket.writableFinished)) {
        this.#reset(other)
      }
    }
    if (this.#sockets.size === 0) {
      this.#host.clock.clearTimeout(this.#timer)
      this.#tell()
      this.#host.onClosed(this)
    }
  }

  /** A packet for a flow that the load balancer knows no more. */
  #refuse(socket: Socket): void {
    if (!this.#client.listener.closes) {
      this.#host.onReset('load-balancer')
    }
    this.#reset(socket)
  }

  #reset(socket: Socket): void {
    const plain = this.#sockets.get(socket)
    if (this.#client.listener.closes) {
      socket.destroy()
    } else if (plain) {
      reset(socket, plain)
    }
  }

  #resetAll(): void {
    for (const socket of this.#sockets.keys()) {
      this.#refuse(socket)
    }
  }

  #tell(): void {
    if (this.#isTold) {
      return
    }
    this.#isTold = true
    const { from, listener, started, tls } = this.#client
    this.#host.clock.clearTimeout(this.#timer)
    this.#route?.registered.flows.delete(this)
    this.#host.onEnd(this, {
      listener,
      transport: 'TCP',
      client: from,
      target: this.#route?.registered.target,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      started,
      end: this.#endedBy ?? 'load-balancer',
      ...(tls && { tls })
    })
  }

  #touch(): void {
    this.#lastActive = this.#host.clock.elapsed()
  }

  /** Gives the target its time to connect, or to do its handshake. */
  #limit(): void {
    const { clock } = this.#host
    const time = this.#client.listener.protocol === 'TLS' ? connectTimeouts.TLS : connectTimeouts.TCP
    clock.clearTimeout(this.#timer)
    this.#timer = clock.setTimeout(() => this.cut('connect-timeout'), time)
  }

  /** Forgets the flow when nothing was sent for the idle time-out: a timer that is late by what was sent meanwhile runs again. */
  #arm(milliseconds: number): void {
    const { clock } = this.#host
    clock.clearTimeout(this.#timer)
    this.#timer = clock.setTimeout(() => {
      const left = this.#lastActive + this.#client.listener.idleTimeout - clock.elapsed()
      if (left > 0) {
        this.#arm(left)
      } else {
        this.#endIdle()
      }
    }, milliseconds)
  }
}

/** How Node tells of a reset: while reading, while writing, and instead of a connection. */
const resets: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE', 'ECONNREFUSED'])

/** One direction may end before the other. */
export function halfOpen(socket: TLSSocket): TLSSocket {
  socket.allowHalfOpen = true
  return socket
}

function isHandshakeError({ code = '' }: NodeJS.ErrnoException): boolean {
  return code === 'EPROTO' || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')
}
