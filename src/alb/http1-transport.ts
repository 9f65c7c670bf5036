import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Clock, Target } from './contract.ts'
import { pairsOf } from './header-list.ts'
import { CONNECT_TIMEOUT, TargetError, type TargetRequest, type Transport, targetError } from './transport.ts'

/** Longest head of a target's answer, in bytes: more gives 502. (User guide: "Quotas", HTTP headers.) */
const RESPONSE_HEAD_LIMIT = 32 * 1024

/**
 * TLS to targets: AWS checks no certificate, sends no server name (the ingress gateways of Istio and Envoy notice), and
 * speaks every version from 1.0 on, which OpenSSL allows only below its first security level.
 */
export const TARGET_TLS = {
  rejectUnauthorized: false,
  servername: '',
  minVersion: 'TLSv1',
  ciphers: 'DEFAULT@SECLEVEL=0'
} as const

export interface Http1TransportOptions {
  target: Target
  protocol: 'HTTP' | 'HTTPS'
  clock: Clock
  /** Milliseconds that an idle connection is kept; read anew each time. */
  idleTimeout(): number
}

/** Keeps connections alive until the target or the idle time-out ends them, whatever the target announces in Keep-Alive. */
function createAgent(options: Http1TransportOptions): http.Agent {
  const settings = { keepAlive: true, maxFreeSockets: 1000, maxCachedSessions: 0 }
  const agent = options.protocol === 'HTTPS' ? new https.Agent(settings) : new http.Agent(settings)
  const idleTimers = new WeakMap<object, unknown>()
  // Node would drop the connection shortly before the target does. AWS does not, which is how a target whose keep-alive
  // is shorter than the idle time-out makes for 502s now and then.
  const hooks = agent as unknown as {
    keepSocketAlive(socket: Socket): boolean
    reuseSocket(socket: Socket, request: ClientRequest): void
  }
  hooks.keepSocketAlive = socket => {
    socket.setTimeout(0)
    idleTimers.set(
      socket,
      options.clock.setTimeout(() => socket.destroy(), options.idleTimeout())
    )
    socket.once('close', () => options.clock.clearTimeout(idleTimers.get(socket)))
    return true
  }
  const reuse = hooks.reuseSocket.bind(agent)
  hooks.reuseSocket = (socket, request) => {
    options.clock.clearTimeout(idleTimers.get(socket))
    reuse(socket, request)
  }
  return agent
}

export function createHttp1Transport(options: Http1TransportOptions): Transport {
  const { target, protocol, clock } = options
  const agent = createAgent(options)
  let inFlight = 0
  let closed = false
  return {
    send(request, events) {
      inFlight += 1
      let over = false
      const finish = (): boolean => {
        if (over) return false
        over = true
        inFlight -= 1
        if (closed && inFlight === 0) agent.destroy()
        return true
      }
      const outgoing = (protocol === 'HTTPS' ? https : http).request({
        ...(protocol === 'HTTPS' ? TARGET_TLS : {}),
        agent: request.closeAfterwards ? false : agent,
        host: target.address,
        port: target.port,
        method: request.method,
        path: request.path,
        headers: framed(request),
        setHost: false,
        maxHeaderSize: RESPONSE_HEAD_LIMIT,
        setDefaultHeaders: false
      } as https.RequestOptions)
      let connected = false
      watchConnect(outgoing, protocol, clock, () => {
        connected = true
        if (!over) events.onSent()
      })
      outgoing.on('error', error => finish() && events.onError(targetError(error, connected)))
      outgoing.on('information', ({ statusCode, statusMessage, rawHeaders }) =>
        events.onInformation({ status: statusCode, reason: statusMessage, headers: pairsOf(rawHeaders) })
      )
      outgoing.on('upgrade', (response, socket, head) => {
        if (!finish()) return void socket.destroy()
        if (head.length > 0) socket.unshift(head)
        events.onUpgrade(responseOf(response), socket)
      })
      outgoing.on('response', response => {
        if (over) return void response.destroy()
        response.on('end', () => response.complete && finish() && events.onEnd(pairsOf(response.rawTrailers)))
        response.on('close', () => finish() && events.onError(cutOff()))
        response.on('error', () => finish() && events.onError(cutOff()))
        events.onResponse(responseOf(response), response)
      })
      sendBody(outgoing, request)
      return () => {
        if (!finish()) return
        outgoing.on('error', () => {})
        outgoing.destroy()
      }
    },
    close() {
      closed = true
      if (inFlight === 0) agent.destroy()
    }
  }
}

const cutOff = (): TargetError => new TargetError(502, 'the target closed the connection in the middle of its response')

const responseOf = (response: IncomingMessage) => ({
  status: response.statusCode ?? 0,
  reason: response.statusMessage ?? '',
  headers: pairsOf(response.rawHeaders)
})

/** The headers of the wire, flat: with the framing of the body, which is the client's. */
function framed({ headers, bodyLength, method, upgrade, closeAfterwards }: TargetRequest): string[] {
  const all = headers.flat()
  if (upgrade !== undefined) return [...all, 'Connection', 'upgrade', 'Upgrade', upgrade]
  if (bodyLength === undefined) all.push('Transfer-Encoding', 'chunked')
  else if (bodyLength > 0 || !/^(GET|HEAD|OPTIONS|DELETE|TRACE)$/.test(method)) {
    all.push('Content-Length', String(bodyLength))
  }
  return [...all, 'Connection', closeAfterwards ? 'close' : 'keep-alive']
}

function sendBody(outgoing: ClientRequest, { body, trailers }: TargetRequest): void {
  body.pipe(outgoing, { end: false })
  body.on('end', () => {
    const list = trailers()
    if (list.length > 0) outgoing.addTrailers(list)
    outgoing.end()
  })
  if (body.readableEnded) outgoing.end()
}

/** Calls back when the target can be sent to, and gives up after the time-outs for connecting and for the handshake. */
function watchConnect(outgoing: ClientRequest, protocol: 'HTTP' | 'HTTPS', clock: Clock, onReady: () => void): void {
  outgoing.once('socket', socket => {
    if (!socket.connecting && (protocol === 'HTTP' || outgoing.reusedSocket)) return onReady()
    let timer = clock.setTimeout(
      () => outgoing.destroy(new TargetError(504, 'the connection to the target timed out')),
      CONNECT_TIMEOUT
    )
    const done = (): void => {
      clock.clearTimeout(timer)
      onReady()
    }
    socket.once('close', () => clock.clearTimeout(timer))
    if (protocol === 'HTTP') return void socket.once('connect', done)
    socket.once('connect', () => {
      clock.clearTimeout(timer)
      timer = clock.setTimeout(
        () => outgoing.destroy(new TargetError(504, 'the TLS handshake with the target timed out')),
        CONNECT_TIMEOUT
      )
    })
    ;(socket as TLSSocket).once('secureConnect', done)
  })
}
