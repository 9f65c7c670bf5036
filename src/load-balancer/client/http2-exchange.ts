import { constants, type ServerHttp2Stream } from 'node:http2'
import type { Readable } from 'node:stream'
import type { RequestHead } from '../../elbv2/index.ts'
import { firstValueOf, type HeaderList, pairsOf, valuesOf } from '../../elbv2/index.ts'
import { headersObject } from '../message/http2-headers.ts'
import type { OnWritten } from '../transport/read-buffer.ts'
import type { Client, Exchange, ResponseHead } from './exchange.ts'

/** The head of a request in HTTP/1's terms: `:authority` becomes the Host header. */
function headOf(pairs: HeaderList): RequestHead {
  const head: RequestHead = { method: '', target: '*', version: '2.0', headers: [] }
  let authority: string | undefined
  let cookies = 0
  for (const pair of pairs) {
    const [name, value] = pair
    if (!name.startsWith(':')) {
      head.headers.push(pair)
      cookies += name === 'cookie' ? 1 : 0
    } else if (name === ':method') {
      head.method = value
    } else if (name === ':path') {
      head.target = value
    } else if (name === ':authority') {
      authority = value
    }
  }
  if (authority !== undefined) {
    head.headers = [['host', authority], ...head.headers.filter(([name]) => name !== 'host')]
  }
  if (cookies > 1) {
    head.headers = joinCookies(head.headers)
  }
  return head
}

/** Clients may split the Cookie header to compress it better; HTTP/1 has one only (RFC 9113 §8.2.3). */
function joinCookies(headers: HeaderList): HeaderList {
  const cookies = valuesOf(headers, 'cookie')
  const first = headers.findIndex(([name]) => name === 'cookie')
  return headers.flatMap((header, index): HeaderList => {
    if (index === first) {
      return [['cookie', cookies.join('; ')]]
    }
    return header[0] === 'cookie' ? [] : [header]
  })
}

/** One request on a client's HTTP/2 connection, and its answer. */
export class Http2Exchange implements Exchange {
  readonly head: RequestHead
  readonly client: Client
  readonly body: Readable
  readonly bodyLength: number | undefined
  requestTrailers: HeaderList = []
  receivedBytes: number
  sentBytes = 0
  responded = false
  aborted = false
  onDrain = (): void => {}
  #bodyless = false
  /** The request has no body. */
  readonly #isEnded: boolean
  readonly #stream: ServerHttp2Stream
  #trailers: HeaderList = []
  #finishCallbacks: (() => void)[] = []
  #finished = false
  /** Called with every byte that passes, in either direction. */
  readonly #onActive: () => void

  constructor(stream: ServerHttp2Stream, client: Client, pairs: HeaderList, flags: number, onActive: () => void) {
    this.#stream = stream
    this.#onActive = onActive
    this.client = client
    this.head = headOf(pairs)
    this.body = stream
    const length = firstValueOf(this.head.headers, 'content-length')
    const isEnded = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
    this.bodyLength = isEnded ? 0 : length === undefined ? undefined : Number(length)
    this.receivedBytes = pairs.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
    this.#isEnded = isEnded
    if (!isEnded) {
      this.#awaitBody()
    }
    stream.on('wantTrailers', () => stream.sendTrailers(headersObject(this.#trailers)))
    stream.on('error', () => {})
    stream.on('aborted', () => this.#abandon())
    stream.on('close', () => this.#abandon())
  }

  /** Only where one is to come: a stream that is not listened to ends with its answer, and by itself. */
  #awaitBody(): void {
    const stream = this.#stream
    stream.on('data', (chunk: Buffer) => {
      this.receivedBytes += chunk.length
      this.#onActive()
    })
    // Nothing flows until somebody takes the body.
    stream.pause()
    stream.on('trailers', (_headers, _flags, raw: string[]) => {
      this.requestTrailers = pairsOf(raw)
    })
    // Node ends the body of a stream that was reset, or lost with its connection, as it ends a complete one. A stream
    // that is closed before its answer is given was not ended by END_STREAM (RFC 9113 §8.1).
    stream.on('end', () => stream.closed && this.#abandon())
  }

  inform(status: number, _reason: string, headers: HeaderList): void {
    // AWS ignores `Expect: 100-continue` over HTTP/2.
    if (status === 100 || this.#stream.headersSent || this.#stream.destroyed) {
      return
    }
    this.#stream.additionalHeaders({ ':status': status, ...headersObject(headers) })
  }

  respond(head: ResponseHead): void {
    const stream = this.#stream
    this.responded = true
    this.#bodyless = head.bodyless
    if (stream.destroyed || stream.closed) {
      return
    }
    const length: HeaderList = head.length === undefined ? [] : [['content-length', String(head.length)]]
    const headers = headersObject([...head.lead, ...length, ...head.rest])
    stream.respond({ ':status': head.status, ...headers }, {
      endStream: head.bodyless,
      // Asking Node for them costs a turn.
      waitForTrailers: !head.bodyless && head.mayTrail,
      sendDate: false
    } as Parameters<ServerHttp2Stream['respond']>[1])
  }

  /** Nothing waits: frames of one turn leave together anyhow. */
  flush(): void {}

  write(chunk: Buffer, onWritten?: OnWritten): boolean {
    const stream = this.#stream
    if (this.#bodyless || stream.destroyed) {
      return true
    }
    this.sentBytes += chunk.length
    const flowing = stream.write(chunk, error => {
      this.#onActive()
      onWritten?.(error)
    })
    if (!flowing) {
      stream.once('drain', () => this.#finished || this.onDrain())
    }
    return flowing
  }

  get isWriting(): boolean {
    return this.#stream.writableLength > 0
  }

  end(trailers: HeaderList = []): void {
    const stream = this.#stream
    this.#trailers = trailers
    const end = (): void => {
      this.#finish()
      // What the client still sends of its request is not wanted any more (RFC 9113 §8.1).
      if (!this.#isEnded && !stream.readableEnded) {
        stream.resume().close(constants.NGHTTP2_NO_ERROR)
      }
    }
    if (!this.#bodyless) {
      stream.end(end)
    } else if (stream.writableFinished) {
      end()
    } else {
      stream.once('finish', end)
    }
  }

  /** HTTP/2 has no upgrade, and AWS knows no WebSocket over it. */
  upgrade(): undefined {
    return undefined
  }

  /** One stream does not end the connection of the others. */
  closeAfterwards(): void {}

  /** The client is gone; what it has sent of its request must not pass for all of it. */
  #abandon(): void {
    this.aborted ||= !this.#finished
    this.#finish()
  }

  abort(): void {
    this.aborted = true
    this.#finish()
    // Node resets it with INTERNAL_ERROR; `close` would send END_STREAM first, which ends the answer as if it were whole.
    this.#stream.destroy(new Error('the answer was cut'))
  }

  onFinish(callback: () => void): void {
    if (this.#finished) {
      callback()
    } else {
      this.#finishCallbacks.push(callback)
    }
  }

  #finish(): void {
    if (this.#finished) {
      return
    }
    this.#finished = true
    const callbacks = this.#finishCallbacks
    this.#finishCallbacks = []
    for (const callback of callbacks) {
      callback()
    }
  }
}
