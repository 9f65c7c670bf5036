/**
 * Carries one request to its target and the answer back: both bodies stream, at the pace of the slower side. Nothing is
 * ever sent twice: a connection that the target has just closed gives 502, as on AWS.
 *
 * @module
 */

import { passedOn } from './answer.ts'
import type { ListenerConfiguration } from './configuration.ts'
import type { Exchange } from './exchange.ts'
import type { HeaderList } from './header-list.ts'
import { type OwnResponse, ownPage } from './page.ts'
import type { Pipeline } from './pipeline.ts'
import { MalformedBodyError } from './request-body.ts'
import type { RequestRecord } from './request-record.ts'
import type { RegisteredTarget } from './target-group.ts'
import type { Sending, TargetEvents, TargetRequest } from './transport.ts'
import { tunnel } from './websocket.ts'

export interface ProxyContext {
  listener: ListenerConfiguration
  pipeline: Pipeline
  record: RequestRecord
  target: RegisteredTarget
  request: TargetRequest
  /** The load balancer's cookies for an answer with these headers. */
  cookies(responseHeaders: HeaderList): HeaderList
  answerOwn(own: OwnResponse): void
}

export function proxy(exchange: Exchange, context: ProxyContext): void {
  const { listener, pipeline, record, target, request } = context
  const { clock } = pipeline
  let over = false
  let sending: Sending | undefined

  const cleanUp = (): void => {
    over = true
    idle.stop()
    target.inFlight.delete(cutTarget)
  }
  const fail = (status: 400 | 408 | 502 | 504, cause: string): void => {
    if (over) return
    cleanUp()
    sending?.cut()
    record.cause = cause
    // With the head gone already, cutting the connection is all that can tell the client.
    if (exchange.responded) exchange.abort()
    else context.answerOwn(ownPage(status, cause, { close: status < 500 }))
  }
  const cutTarget = (): void => fail(502, 'the deregistration delay of the target is over')
  const idle = watchIdle(pipeline, () => {
    if (exchange.responded) fail(504, 'no byte passed within the idle time-out')
    else if (request.bodyLength === 0 || exchange.body.readableEnded) {
      fail(504, 'the target did not answer within the idle time-out')
    } else fail(408, 'the client sent no data within the idle time-out')
  })
  const events: TargetEvents = {
    onSent() {
      record.sent = clock.now()
      idle.touch()
    },
    onInformation({ status, reason, headers }) {
      idle.touch()
      // The load balancer has answered 100 by itself.
      if (!over && status !== 100) exchange.inform(status, reason, headers)
    },
    onResponse(response) {
      if (over) return
      record.answered = clock.now()
      record.status = response.status
      record.targetStatus = response.status
      idle.touch()
      const head = passedOn(response, request.method, listener.attributes, context.cookies(response.headers))
      exchange.onDrain = () => sending?.resume()
      exchange.respond(head)
    },
    onData(chunk) {
      idle.touch()
      if (!over && !exchange.write(chunk)) sending?.pause()
    },
    onEnd(trailers) {
      if (over) return
      cleanUp()
      exchange.end(trailers)
    },
    onUpgrade(response, connection) {
      const client =
        over || request.upgrade === undefined
          ? undefined
          : exchange.upgrade({ ...response, lead: [], rest: response.headers, bodyless: true })
      if (!client) {
        connection.destroy()
        fail(502, 'the target switched protocols without being asked to')
        return
      }
      record.answered = clock.now()
      record.status = response.status
      record.targetStatus = response.status
      record.upgraded = true
      tunnel(client, connection, idle.touch)
    },
    onError: error => fail(error.status, error.message)
  }
  if (request.bodyLength !== 0) {
    // Listening alone must not let the body flow: nobody takes it until the target is connected.
    exchange.body.on('data', idle.touch).pause()
    exchange.body.on('error', error => {
      if (error instanceof MalformedBodyError) fail(400, error.message)
    })
  }
  target.inFlight.add(cutTarget)
  try {
    sending = target.transport.send(request, events)
  } catch (error) {
    fail(502, `the request cannot be sent to the target: ${(error as Error).message}`)
  }
  exchange.onFinish(() => {
    if (over) return
    cleanUp()
    sending?.cut()
  })
}

/** Calls back once no byte has passed for the idle time-out. */
function watchIdle({ clock, configuration }: Pipeline, onIdle: () => void): { touch(): void; stop(): void } {
  const { idleTimeout } = configuration.attributes
  let last = clock.now()
  const check = (): void => {
    const left = last + idleTimeout - clock.now()
    if (left <= 0) onIdle()
    else timer = clock.setTimeout(check, left)
  }
  let timer = clock.setTimeout(check, idleTimeout)
  return {
    touch: () => {
      last = clock.now()
    },
    stop: () => clock.clearTimeout(timer)
  }
}
