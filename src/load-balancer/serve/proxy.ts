/**
 * Carries one request to its target and the answer back: both bodies stream, at the pace of the slower side. Nothing is
 * ever sent twice: a connection that the target has just closed gives 502, as on AWS.
 *
 * @module
 */

import type { Duplex } from 'node:stream'
import type { HeaderList } from '../../elbv2/index.ts'
import { ownPage } from '../../elbv2/index.ts'
import type { Exchange } from '../client/exchange.ts'
import { MalformedBodyError } from '../message/request-body.ts'
import { passableTrailers } from '../message/trailers.ts'
import type { Seat } from '../roster.ts'
import type { RegisteredTarget } from '../target-group/registered-target.ts'
import type { OnWritten } from '../transport/read-buffer.ts'
import { responseHeadLimit } from '../transport/response-head.ts'
import {
  ConnectionError,
  type Sending,
  type TargetError,
  type TargetEvents,
  type TargetRequest,
  type TargetResponse
} from '../transport/transport.ts'
import { answerOwn, endToEnd, passedOn } from './answer.ts'
import type { Watched } from './idle-watch.ts'
import type { RequestContext } from './request-context.ts'
import { tunnel } from './websocket.ts'

/** What goes to a target, and what comes with its answer. */
export interface Proxied {
  target: RegisteredTarget
  request: TargetRequest
  /** The load balancer's cookies for an answer with these headers. */
  cookies(responseHeaders: HeaderList): HeaderList
}

/** Bytes of an interim answer besides its headers. */
const interimOverhead = 32

/** Sends a request to its target. */
export function proxy(context: RequestContext, proxied: Proxied): void {
  new ProxiedRequest(context, proxied).start()
}

/** A request on its way to a target, and the answer on its way back. */
class ProxiedRequest implements TargetEvents, Watched {
  readonly #exchange: Exchange
  readonly #context: RequestContext
  readonly #proxied: Proxied
  readonly idleTimeout: number
  lastByte = 0
  #sending: Sending | undefined
  #over = false
  #watchSeat: Seat<Watched> | undefined
  #targetSeat: Seat<() => void> | undefined
  /** All interim answers of a request together may be as long as one head: a client that does not read holds them all. */
  #interimBytes = 0
  /** Made here: one that `start` makes keeps each request alive until the one before is collected, which takes a full collection. */
  readonly #resume = (): void => this.#sending?.resume()
  readonly #cut = (): void => this.#fail(502, 'the deregistration delay of the target is over')

  constructor(context: RequestContext, proxied: Proxied) {
    this.#exchange = context.exchange
    this.#context = context
    this.#proxied = proxied
    this.idleTimeout = context.host.configuration.attributes.idleTimeout
  }

  start(): void {
    const { request, target } = this.#proxied
    this.#context.record.request = request
    const exchange = this.#exchange
    this.#touch()
    this.#watchSeat = this.#context.host.idleWatch.watch(this)
    if (request.bodyLength !== 0) {
      // Listening alone must not let the body flow: nobody takes it until the target is connected.
      exchange.body.on('data', () => this.#touch()).pause()
      exchange.body.on('error', error => {
        if (error instanceof MalformedBodyError) {
          this.#fail(400, error.message)
        }
      })
    }
    this.#targetSeat = target.inFlight.enter(this.#cut)
    exchange.onDrain = this.#resume
    try {
      this.#sending = target.transport.send(request, this)
    } catch (error) {
      this.#fail(502, `the request cannot be sent to the target: ${(error as Error).message}`)
    }
    exchange.onFinish(() => {
      if (this.#over) {
        return
      }
      this.#cleanUp()
      this.#sending?.cut()
    })
  }

  onSent(): void {
    this.#context.record.sent = this.#touch()
  }

  onInformation({ status, reason, headers }: TargetResponse): void {
    if (this.#over) {
      return
    }
    this.#touch()
    this.#interimBytes += headers.reduce((sum, [name, value]) => sum + name.length + value.length, interimOverhead)
    if (this.#interimBytes > responseHeadLimit) {
      this.#fail(502, 'the interim responses of the target are longer than 32K')
    }
    // The load balancer has answered 100 by itself.
    else if (status !== 100) {
      this.#exchange.inform(status, reason, endToEnd(headers))
    }
  }

  onResponse(response: TargetResponse): void {
    if (this.#over) {
      return
    }
    const { request, cookies } = this.#proxied
    this.#record(response)
    this.#exchange.respond(
      passedOn(response, request.method, this.#context.listener.attributes, cookies(response.headers))
    )
  }

  onData(chunk: Buffer, onWritten?: OnWritten): boolean {
    this.#touch()
    if (this.#over) {
      return true
    }
    if (!this.#exchange.write(chunk, onWritten)) {
      this.#sending?.pause()
    }
    return !this.#exchange.isWriting
  }

  onQuiet(): void {
    if (!this.#over) {
      this.#exchange.flush()
    }
  }

  onEnd(trailers: HeaderList): void {
    if (this.#over) {
      return
    }
    this.#cleanUp()
    this.#exchange.end(passableTrailers(trailers))
  }

  onUpgrade(response: TargetResponse, connection: Duplex): void {
    const asked = !this.#over && this.#proxied.request.upgrade !== undefined
    const head = { ...response, lead: [], rest: response.headers, bodyless: true, mayTrail: false }
    const client = asked ? this.#exchange.upgrade(head) : undefined
    if (!client) {
      connection.destroy()
      this.#fail(502, 'the target switched protocols without being asked to')
      return
    }
    this.#record(response)
    this.#context.record.upgraded = true
    tunnel(client, connection, () => this.#touch())
  }

  onError(error: TargetError): void {
    // "Registered instances closing the connection" is 504 of a Classic Load Balancer. (User guide: HTTP errors.)
    const isTimeout = error instanceof ConnectionError && this.#context.host.configuration.kind === 'classic'
    this.#fail(isTimeout ? 504 : error.status, error.message)
  }

  #record(response: TargetResponse): void {
    const { record } = this.#context
    const { status } = response
    record.response = response
    record.answered = this.#touch()
    record.status = status
    record.targetStatus = status
  }

  #fail(status: 400 | 408 | 502 | 504, cause: string): void {
    if (this.#over) {
      return
    }
    this.#cleanUp()
    this.#sending?.cut()
    this.#context.record.cause = cause
    // With the head gone already, cutting the connection is all that can tell the client.
    if (this.#exchange.responded) {
      this.#exchange.abort()
    } else {
      answerOwn(this.#context, ownPage(status, cause, { close: status < 500 }))
    }
  }

  #cleanUp(): void {
    this.#over = true
    this.#context.host.idleWatch.forget(this.#watchSeat!)
    this.#proxied.target.inFlight.leave(this.#targetSeat!)
  }

  /** A byte has passed; returns when. */
  #touch(): number {
    this.lastByte = this.#context.host.clock.elapsed()
    return this.lastByte
  }

  timeOut(): void {
    const { request } = this.#proxied
    if (this.#exchange.responded) {
      this.#fail(504, 'no byte passed within the idle time-out')
    } else if (request.bodyLength === 0 || this.#exchange.body.readableEnded) {
      this.#fail(504, 'the target did not answer within the idle time-out')
    } else {
      this.#fail(408, 'the client sent no data within the idle time-out')
    }
  }
}
