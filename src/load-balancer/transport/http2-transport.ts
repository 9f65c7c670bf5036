import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import { firstValueOf, type HeaderList, pairsOf, without } from '../../elbv2/index.ts'
import { headersObject } from '../message/http2-headers.ts'
import { responseHeadLimit } from './response-head.ts'
import { openTargetSocket, type TargetSocketOptions } from './target-socket.ts'
import { TargetError, type TargetEvents, type TargetRequest, type Transport, targetError } from './transport.ts'

/** HTTP speaks HTTP/2 in clear text from the first byte on, HTTPS agrees on it by ALPN. */
export interface Http2TransportOptions extends TargetSocketOptions {
  /** Milliseconds that an idle connection is kept; read anew each time. */
  idleTimeout(): number
}

/** Carries requests over one HTTP/2 connection to the target, opened with the first request. */
export function createHttp2Transport(options: Http2TransportOptions): Transport {
  const connection = new Connection(options)
  return {
    send(request, events) {
      const { session, stream } = connection.begin(request)
      const exchange = new Exchange({ session, stream, events, connection })
      exchange.listen(request)
      return {
        cut: () => exchange.cut(),
        pause: () => void stream.pause(),
        resume: () => void stream.resume()
      }
    },
    close: () => connection.close()
  }
}

interface Begun {
  session: ClientHttp2Session
  stream: ClientHttp2Stream
}

/** The session of a transport: it is there while requests are in flight, and for as long after them as idle ones may be. */
class Connection {
  readonly #options: Http2TransportOptions
  #session: ClientHttp2Session | undefined
  /** Requests that wait for the session to be there. */
  readonly #waiting: (() => void)[] = []
  #inFlight = 0
  #closed = false
  #idleTimer: unknown

  constructor(options: Http2TransportOptions) {
    this.#options = options
  }

  /** Opens a stream; {@link settle} has to follow. */
  begin(request: TargetRequest): Begun {
    this.#inFlight += 1
    this.#options.clock.clearTimeout(this.#idleTimer)
    const session = this.#current()
    const stream = session.request(requestHeaders(request, this.#options), {
      endStream: request.bodyLength === 0,
      waitForTrailers: request.bodyLength !== 0
    })
    return { session, stream }
  }

  /** Calls back as soon as the session is there. */
  whenConnected({ connecting }: ClientHttp2Session, onConnect: () => void): void {
    if (connecting) {
      this.#waiting.push(onConnect)
    } else {
      onConnect()
    }
  }

  /** A request is over. */
  settle(): void {
    this.#inFlight -= 1
    if (this.#inFlight > 0) {
      return
    }
    const { clock, idleTimeout } = this.#options
    clock.clearTimeout(this.#idleTimer)
    if (this.#closed) {
      this.#session?.close()
    } else {
      this.#idleTimer = clock.setTimeout(() => this.#session?.close(), idleTimeout())
    }
  }

  /** Lets what is in flight finish. */
  close(): void {
    this.#closed = true
    this.#options.clock.clearTimeout(this.#idleTimer)
    if (this.#inFlight === 0) {
      this.#session?.close()
    }
  }

  #current(): ClientHttp2Session {
    const known = this.#session
    if (known && !known.closed && !known.destroyed) {
      return known
    }
    const session = open(this.#options)
    session.once('connect', () => {
      for (const onConnect of this.#waiting.splice(0)) {
        onConnect()
      }
    })
    this.#session = session
    return session
  }
}

/**
 * Tells whether the peer has said that its side of a stream is complete. Node ends a stream that was reset or lost
 * just as one that ended by END_STREAM; but it marks the one as closed first, the other one only afterwards.
 */
function watchEndStream(stream: ClientHttp2Stream): () => boolean {
  const push = stream.push
  let complete = false
  stream.push = (chunk, encoding) => {
    complete ||= chunk === null && !stream.closed && !stream.destroyed
    return push.call(stream, chunk, encoding)
  }
  return () => complete
}

/** One request on its way, until its answer has ended or either side gives up. */
class Exchange {
  readonly #stream: ClientHttp2Stream
  readonly #session: ClientHttp2Session
  readonly #events: TargetEvents
  readonly #connection: Connection
  #over = false
  #responded = false
  #trailers: HeaderList = []
  #stopSending = (): void => {}
  /** Whether the answer has come in full. */
  readonly #isComplete: () => boolean

  constructor({ session, stream, events, connection }: Begun & { events: TargetEvents; connection: Connection }) {
    this.#session = session
    this.#stream = stream
    this.#events = events
    this.#connection = connection
    this.#isComplete = watchEndStream(stream)
  }

  /** Follows the stream, and sends the body. */
  listen(request: TargetRequest): void {
    const stream = this.#stream
    this.#connection.whenConnected(this.#session, () => {
      if (!this.#over) {
        this.#events.onSent()
      }
    })
    stream.on('headers', (headers, _flags, raw: string[]) => this.#inform(Number(headers[':status']), raw))
    stream.on('response', (headers, flags, raw: string[]) => this.#respond(headers[':status'] ?? 0, flags, raw))
    stream.on('trailers', (_headers, _flags, raw: string[]) => {
      this.#trailers = pairsOf(raw)
    })
    stream.on('end', () => {
      if (!this.#isComplete()) {
        this.#failLater(undefined)
      } else if (this.#responded && this.#finish()) {
        this.#events.onEnd(this.#trailers)
      }
    })
    stream.on('error', error => this.#failLater(error))
    stream.on('close', () => this.#failLater(undefined))
    stream.on('wantTrailers', () => stream.sendTrailers(headersObject(request.trailers())))
    if (request.bodyLength !== 0) {
      const body = request.body()
      body.pipe(stream)
      this.#stopSending = () => void body.unpipe(stream)
    }
  }

  cut(): void {
    this.#finish()
  }

  #inform(status: number, raw: string[]): void {
    // Neither trailers that do not end the stream nor an upgrade exist in HTTP/2 (RFC 9113 §8.1, §8.6).
    if (this.#responded || !(status >= 100 && status < 200) || status === 101) {
      this.#refuse('the target sent a malformed response')
    } else if (!this.#over) {
      this.#events.onInformation({ status, reason: '', headers: plain(raw) })
    }
  }

  #respond(status: number, flags: number, raw: string[]): void {
    if (this.#over) {
      return
    }
    if (raw.reduce((sum, text) => sum + text.length, 0) > responseHeadLimit) {
      this.#refuse('the headers of the target are longer than 32K')
      return
    }
    if (this.#responded || status < 200 || status > 599) {
      this.#refuse('the target sent a malformed response')
      return
    }
    this.#responded = true
    const ended = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
    try {
      this.#events.onResponse({ status, reason: '', headers: plain(raw), ended })
      this.#events.onQuiet()
    } catch (error) {
      // A head that the client's side does not take may not end the process.
      this.#refuse((error as Error).message)
      return
    }
    this.#stream.on('data', (chunk: Buffer) => this.#over || this.#events.onData(chunk))
  }

  #refuse(message: string): void {
    this.#fail(new TargetError(502, message))
  }

  /** A session that fails says why better than its streams do, and a little later. */
  #failLater(error: Error | undefined): void {
    if (!this.#over) {
      setImmediate(() => this.#fail(failures.get(this.#session) ?? error ?? new TargetError(502, resetHeaders)))
    }
  }

  #fail(error: Error): void {
    if (this.#finish()) {
      this.#events.onError(targetError(error, !this.#session.connecting))
    }
  }

  /** Whether it was not over yet. */
  #finish(): boolean {
    if (this.#over) {
      return false
    }
    this.#over = true
    this.#stopSending()
    // Not `close`: that sends END_STREAM ahead of RST_STREAM, and what was given up would look complete.
    if (!this.#isComplete() || !this.#stream.writableEnded) {
      this.#stream.destroy(cancelled)
    }
    this.#connection.settle()
    return true
  }
}

/** Node resets a stream that is destroyed for this reason with CANCEL. */
const cancelled = new DOMException('nobody waits for the answer any more', 'AbortError')

const resetHeaders = 'the target reset the stream'

/** Why sessions ended. */
const failures = new WeakMap<ClientHttp2Session, Error>()

function open(options: Http2TransportOptions): ClientHttp2Session {
  const session = connect(originOf(options), {
    createConnection: () => openTargetSocket(options, { alpn: 'h2' }),
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
