import { type ClientHttp2Session, connect, constants } from 'node:http2'
import { firstValueOf, type HeaderList, pairsOf, without } from '../../elbv2/index.ts'
import { headersObject } from '../message/http2-headers.ts'
import { responseHeadLimit } from './response-head.ts'
import { openTargetSocket, type TargetSocketOptions } from './target-socket.ts'
import { TargetError, type TargetRequest, type Transport, targetError } from './transport.ts'

/** HTTP speaks HTTP/2 in clear text from the first byte on, HTTPS agrees on it by ALPN. */
export interface Http2TransportOptions extends TargetSocketOptions {
  /** Milliseconds that an idle connection is kept; read anew each time. */
  idleTimeout(): number
}

/** Carries requests over one HTTP/2 connection to the target, opened with the first request. */
export function createHttp2Transport(options: Http2TransportOptions): Transport {
  const { clock } = options
  let session: ClientHttp2Session | undefined
  /** Requests that wait for the session to be there. */
  const waiting: (() => void)[] = []
  let inFlight = 0
  let closed = false
  let idleTimer: unknown

  function current(): ClientHttp2Session {
    if (session && !session.closed && !session.destroyed) {
      return session
    }
    session = open(options)
    session.once('connect', () => {
      for (const onConnect of waiting.splice(0)) {
        onConnect()
      }
    })
    return session
  }
  function settle(): void {
    inFlight -= 1
    if (inFlight > 0) {
      return
    }
    clock.clearTimeout(idleTimer)
    if (closed) {
      session?.close()
    } else {
      idleTimer = clock.setTimeout(() => session?.close(), options.idleTimeout())
    }
  }
  return {
    send(request, events) {
      inFlight += 1
      clock.clearTimeout(idleTimer)
      const used = current()
      const stream = used.request(requestHeaders(request, options), {
        endStream: request.bodyLength === 0,
        waitForTrailers: request.bodyLength !== 0
      })
      let over = false
      let responded = false
      let trailers: HeaderList = []
      function finish(): boolean {
        if (over) {
          return false
        }
        over = true
        settle()
        return true
      }
      function fail(error: Error): void {
        if (finish()) {
          events.onError(targetError(error, !used.connecting))
        }
      }
      function onConnect(): void {
        if (!over) {
          events.onSent()
        }
      }
      if (used.connecting) {
        waiting.push(onConnect)
      } else {
        onConnect()
      }
      stream.on('headers', (headers, _flags, raw: string[]) =>
        events.onInformation({ status: Number(headers[':status']), reason: '', headers: plain(raw) })
      )
      stream.on('response', (headers, flags, raw: string[]) => {
        if (over) {
          return
        }
        if (raw.reduce((sum, text) => sum + text.length, 0) > responseHeadLimit) {
          fail(new TargetError(502, 'the headers of the target are longer than 32K'))
          stream.close(constants.NGHTTP2_CANCEL)
          return
        }
        responded = true
        const ended = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
        try {
          events.onResponse({ status: headers[':status'] ?? 0, reason: '', headers: plain(raw), ended })
        } catch (error) {
          // A head that the client's side does not take may not end the process.
          fail(new TargetError(502, (error as Error).message))
          stream.close(constants.NGHTTP2_CANCEL)
          return
        }
        stream.on('data', (chunk: Buffer) => over || events.onData(chunk))
      })
      stream.on('trailers', (_headers, _flags, raw: string[]) => {
        trailers = pairsOf(raw)
      })
      stream.on('end', () => responded && finish() && events.onEnd(trailers))
      // A session that fails says why better than its streams do, and a little later.
      stream.on('error', error => over || setImmediate(() => fail(failures.get(used) ?? error)))
      stream.on(
        'close',
        () => over || setImmediate(() => fail(failures.get(used) ?? new TargetError(502, resetHeaders)))
      )
      stream.on('wantTrailers', () => stream.sendTrailers(headersObject(request.trailers())))
      if (request.bodyLength !== 0) {
        request.body().pipe(stream)
      }
      return {
        cut() {
          if (finish()) {
            stream.close(constants.NGHTTP2_CANCEL)
          }
        },
        pause: () => void stream.pause(),
        resume: () => void stream.resume()
      }
    },
    close() {
      closed = true
      clock.clearTimeout(idleTimer)
      if (inFlight === 0) {
        session?.close()
      }
    }
  }
}

const resetHeaders = 'the target reset the stream'

/** Why sessions ended. */
const failures = new WeakMap<ClientHttp2Session, Error>()

function open(options: Http2TransportOptions): ClientHttp2Session {
  const session = connect(originOf(options), {
    createConnection: () => openTargetSocket(options, 'h2'),
    settings: { enablePush: false }
  })
  session.on('error', error => failures.set(session, failures.get(session) ?? error))
  session.on('goaway', () => session.close())
  return session
}

function originOf({ target, protocol }: Http2TransportOptions): string {
  const host = target.address.includes(':') ? `[${target.address}]` : target.address
  return `${protocol.toLowerCase()}://${host}:${target.port}`
}

function plain(raw: string[]): HeaderList {
  return pairsOf(raw).filter(([name]) => !name.startsWith(':'))
}

const hostHeader = new Set(['host'])

function requestHeaders(request: TargetRequest, { target, protocol }: Http2TransportOptions) {
  const length: HeaderList =
    request.bodyLength === undefined || request.bodyLength === 0 ? [] : [['content-length', String(request.bodyLength)]]
  return {
    ':method': request.method,
    ':scheme': protocol.toLowerCase(),
    ':authority': firstValueOf(request.headers, 'host') ?? `${target.address}:${target.port}`,
    ':path': request.path,
    ...headersObject([...without(request.headers, hostHeader), ...length])
  }
}
