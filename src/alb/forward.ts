/**
 * The forward action: chooses target group and target, and carries the request there and the answer back.
 *
 * @module
 */

import type { Readable } from 'node:stream'
import type { ForwardAction } from './action.ts'
import { passedOn } from './answer.ts'
import type { ListenerConfiguration } from './configuration.ts'
import type { Exchange } from './exchange.ts'
import { forwardedHeaders } from './forwarded-headers.ts'
import { type OwnResponse, ownPage } from './page.ts'
import type { Pipeline } from './pipeline.ts'
import { parseTarget, type RequestHead } from './request.ts'
import type { RequestRecord } from './request-record.ts'
import type { Rule } from './rule.ts'
import type { RegisteredTarget, TargetGroup } from './target-group.ts'
import { selectTargetGroup } from './target-group-selection.ts'
import type { TargetEvents } from './transport.ts'

export interface ForwardContext {
  listener: ListenerConfiguration
  rule: Rule
  action: ForwardAction
  pipeline: Pipeline
  record: RequestRecord
}

type Answer = (own: OwnResponse) => void

/**
 * Forwards a request. Returns the answer in the target's place where there is none to ask; `answerOwn` gives it when
 * the target fails later.
 */
export function forward(
  exchange: Exchange,
  head: RequestHead,
  context: ForwardContext,
  answerOwn: Answer
): OwnResponse | undefined {
  const { action, pipeline, record } = context
  const chosen = selectTargetGroup(action.targetGroups, pipeline.random())
  const group = chosen && pipeline.targetGroup(chosen.id)
  if (!group) return ownPage(503, 'all target groups of the action have the weight 0')
  record.targetGroup = group
  const target = group.choose()
  if (!target) return ownPage(503, 'the target group has no registered targets')
  record.target = target
  send(exchange, head, context, group, target, answerOwn)
  return undefined
}

function send(
  exchange: Exchange,
  head: RequestHead,
  context: ForwardContext,
  _group: TargetGroup,
  registered: RegisteredTarget,
  answerOwn: Answer
): void {
  const { listener, pipeline, record } = context
  const { clock } = pipeline
  const { attributes } = pipeline.configuration
  const target = parseTarget(head.target)
  let over = false

  const fail = (status: 502 | 504, cause: string): void => {
    if (over) return
    over = true
    record.cause = cause
    cleanUp()
    // With the head gone already, cutting the connection is all that can tell the client.
    if (exchange.responded) exchange.abort()
    else answerOwn(ownPage(status, cause))
  }
  const idle = watchIdle(context, () => {
    cut()
    const cause = exchange.responded ? 'no byte passed' : 'the target did not answer'
    fail(504, `${cause} within the idle time-out`)
  })
  const cutTarget = (): void => {
    cut()
    fail(502, 'the deregistration delay of the target is over')
  }
  const cleanUp = (): void => {
    idle.stop()
    registered.inFlight.delete(cutTarget)
  }
  exchange.body.on('data', idle.touch)

  const events: TargetEvents = {
    onSent() {
      record.sent = clock.now()
      idle.touch()
    },
    onInformation(response) {
      idle.touch()
      if (response.status !== 100) exchange.inform(response.status, response.reason, response.headers)
    },
    onResponse(response, body: Readable) {
      record.answered = clock.now()
      record.status = response.status
      record.targetStatus = response.status
      idle.touch()
      const sink = exchange.respond(passedOn(response, head.method, listener.attributes, []))
      body.on('data', idle.touch)
      body.pipe(sink, { end: false })
      finishSink = trailers => {
        exchange.sendTrailers(trailers)
        sink.end()
      }
    },
    onEnd(trailers) {
      over = true
      cleanUp()
      finishSink(trailers)
    },
    onUpgrade(_response, connection) {
      connection.destroy()
      fail(502, 'the target switched protocols without being asked to')
    },
    onError: error => fail(error.status, error.message)
  }
  let finishSink: (trailers: Parameters<TargetEvents['onEnd']>[0]) => void = () => {}
  registered.inFlight.add(cutTarget)
  const cut = registered.transport.send(
    {
      method: head.method,
      path: target.query === undefined ? target.path : `${target.path}?${target.query}`,
      headers: forwardedHeaders(head, {
        attributes,
        listener,
        client: exchange.client,
        traceID: record.traceID!,
        dnsName: pipeline.dnsName
      }),
      body: exchange.body,
      bodyLength: exchange.bodyLength,
      trailers: () => exchange.requestTrailers,
      closeAfterwards: exchange.classification?.tier === 'Ambiguous'
    },
    events
  )
  exchange.onFinish(() => {
    if (over) return
    over = true
    cleanUp()
    cut()
  })
}

/** Calls back once no byte has passed for the idle time-out. */
function watchIdle({ pipeline }: ForwardContext, onIdle: () => void): { touch(): void; stop(): void } {
  const { clock } = pipeline
  const { idleTimeout } = pipeline.configuration.attributes
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
