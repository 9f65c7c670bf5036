import { assumedRequests, Http2TargetConnection } from './http2-target-connection.ts'
import type { IdleTimerOptions } from './idle-timer.ts'
import type { TargetSocketOptions } from './target-socket.ts'
import type { Transport } from './transport.ts'

export type Http2TransportOptions = TargetSocketOptions & IdleTimerOptions

/** Carries requests over one HTTP/2 connection to the target, and over another one where that has no room for more. */
export function createHttp2Transport(options: Http2TransportOptions): Transport {
  const open: Http2TargetConnection[] = []
  const limits = { requests: assumedRequests }

  function onClose(connection: Http2TargetConnection): void {
    open.splice(open.indexOf(connection), 1)
  }
  function connect(): Http2TargetConnection {
    const connection = new Http2TargetConnection({ ...options, limits, onClose })
    open.push(connection)
    return connection
  }
  return {
    send(request, events) {
      return (open.find(({ hasRoom }) => hasRoom) ?? connect()).send(request, events)
    },
    close() {
      for (const connection of [...open]) {
        connection.close()
      }
    }
  }
}
