/**
 * Carries requests to a target over HTTP/1.1 connections that are kept alive. The heads are written and read here and
 * not by Node's client: that one hangs up just before the target's announced keep-alive ends, and hides the 502s that
 * AWS's clients see; nor does it carry trailers and header names as they came.
 *
 * @module
 */

import type { IdleTimerOptions } from './idle-timer.ts'
import { TargetConnection } from './target-connection.ts'
import type { TargetSocketOptions } from './target-socket.ts'
import type { Transport } from './transport.ts'

export type Http1TransportOptions = TargetSocketOptions & IdleTimerOptions

/** Keeps connections until the target or the idle time-out ends them, whatever the target announces in Keep-Alive. */
export function createHttp1Transport(options: Http1TransportOptions): Transport {
  /** The one used last is the next to be used. */
  const idle: TargetConnection[] = []
  let closed = false

  function onIdle(connection: TargetConnection): void {
    if (closed) {
      connection.destroy()
    } else {
      idle.push(connection)
    }
  }
  function onClose(connection: TargetConnection): void {
    const index = idle.lastIndexOf(connection)
    if (index >= 0) {
      idle.splice(index, 1)
    }
  }
  /** The one used last that is not closed: the event that tells of it comes later than what else the system has told. */
  function takeIdle(): TargetConnection | undefined {
    let connection = idle.pop()
    while (connection?.isClosed) {
      connection = idle.pop()
    }
    return connection
  }
  return {
    send(request, events) {
      const kept = request.closeAfterwards ? undefined : takeIdle()
      const connection = kept ?? new TargetConnection({ ...options, proxyHeader: request.proxyHeader, onIdle, onClose })
      return connection.send(request, events)
    },
    close() {
      closed = true
      for (const connection of idle.splice(0)) {
        connection.destroy()
      }
    }
  }
}
