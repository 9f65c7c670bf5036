/**
 * What carries requests to one target, over connections that all clients share.
 *
 * @module
 */

import type { Duplex, Readable } from 'node:stream'
import type { HeaderList } from '../../elbv2/index.ts'
import type { OnWritten } from './read-buffer.ts'

/** A request as the target gets it. */
export interface TargetRequest {
  method: string
  /** Path and query. */
  path: string
  /** Without framing and connection headers. */
  headers: HeaderList
  /** Only to be asked for where there is one. */
  body(): Readable
  /** Bytes, or undefined where they are not known beforehand. */
  bodyLength: number | undefined
  /** Complete when the body has ended. */
  trailers(): HeaderList
  /** Protocol to switch to, for a WebSocket. */
  upgrade?: string | undefined
  /** A header of the PROXY protocol, where the request gets a new connection. */
  proxyHeader?: Buffer | undefined
  /** Use a connection of its own that ends with the request. */
  closeAfterwards: boolean
}

export interface TargetResponse {
  status: number
  reason: string
  /** As the target sent them. */
  headers: HeaderList
  /** Over HTTP/2, whether the head ends the answer: how gRPC reports a failure ahead of any message. */
  ended?: boolean
}

/** What comes of a request. Exactly one of `onEnd`, `onUpgrade` and `onError` ends it. */
export interface TargetEvents {
  /** Connected, and the head is on its way. */
  onSent(): void
  onInformation(response: TargetResponse): void
  onResponse(response: TargetResponse): void
  /**
   * A part of the body, in order. False where the bytes are needed beyond this call: otherwise others may take their place.
   *
   * @param onWritten - called once when such bytes are not needed any more, or with an error.
   */
  onData(chunk: Buffer, onWritten?: OnWritten): boolean
  /** All that came at once has been told. */
  onQuiet(): void
  /** The body was read to its end. */
  onEnd(trailers: HeaderList): void
  onUpgrade(response: TargetResponse, connection: Duplex): void
  onError(error: TargetError): void
}

/** A request on its way. */
export interface Sending {
  /** Cuts it; nothing is heard of it any more. */
  cut(): void
  /** Stops reading the body of the answer, so that the target has to wait. */
  pause(): void
  resume(): void
}

export interface Transport {
  /** Sends a request. Only `onSent` may be called back before this returns. */
  send(request: TargetRequest, events: TargetEvents): Sending
  /** No more requests: closes each connection as soon as it is idle. */
  close(): void
}

/** A target did not answer as it should. */
export class TargetError extends Error {
  /** What the client gets, as far as it has no answer yet. */
  readonly status: 502 | 504

  constructor(status: 502 | 504, message: string) {
    super(message)
    this.status = status
  }
}

/** A target has no connection for the request, or no more: what it would have answered is not known. */
export class ConnectionError extends TargetError {
  constructor(message: string) {
    super(502, message)
  }
}

/** AWS's code for an error of Node's sockets: a time-out gives 504, everything else 502. */
export function targetError(error: NodeJS.ErrnoException, connected: boolean): TargetError {
  if (error instanceof TargetError) {
    return error
  }
  const code = error.code ?? error.message
  if (code === 'ETIMEDOUT') {
    return new TargetError(504, 'the connection to the target timed out')
  }
  if (code === 'ECONNREFUSED') {
    return new ConnectionError('the target refused the connection')
  }
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') {
    return new ConnectionError('the target cannot be reached')
  }
  if (code === 'ERR_HTTP2_ERROR') {
    return new TargetError(502, 'the target sent a malformed response')
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')) {
    return new ConnectionError('the TLS handshake with the target failed')
  }
  return new ConnectionError(connected ? 'the target closed the connection' : `the target cannot be reached (${code})`)
}
