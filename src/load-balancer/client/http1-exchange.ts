import type { Socket } from 'node:net'
import { type Duplex, Readable } from 'node:stream'
import type { Classification, HeaderList, RequestHead } from '../../elbv2/index.ts'
import { fieldText, headerLines } from '../message/field-text.ts'
import type { BodyLength } from '../message/request-head.ts'
import type { OnWritten } from '../transport/read-buffer.ts'
import type { Client, Exchange, ResponseHead } from './exchange.ts'

/** What an exchange asks of its connection. */
export interface Http1ExchangeHost {
  /** Hands the socket over, for a tunnel. */
  release(): Socket
  /** The answer is given in full; its last bytes may still wait for the client. */
  onAnswered(): void
}

/** Longest part of a body, in bytes, that is copied behind its head. */
const shortBody = 16 * 1024

/** One request on a client's HTTP/1 connection, and its answer. */
export class Http1Exchange implements Exchange {
  readonly head: RequestHead
  readonly client: Client
  readonly bodyLength: number | undefined
  readonly classification?: Classification
  onDrain = (): void => {}
  requestTrailers: HeaderList = []
  receivedBytes = 0
  sentBytes = 0
  responded = false
  aborted = false
  bodyEnded = false
  willClose = false
  /** The answer is given in full, though its last bytes may still wait for the client. */
  answered = false
  /** The answer has left in full, or the exchange was aborted. */
  finished = false
  readonly #socket: Socket
  readonly #host: Http1ExchangeHost
  #answer: 'plain' | 'chunked' | 'bodyless' = 'plain'
  /** Of the answer, until something follows it or nothing does for now. */
  #heldHead = ''
  #body: Readable | undefined
  #finishCallbacks: (() => void)[] = []

  constructor(
    socket: Socket,
    client: Client,
    head: RequestHead,
    length: BodyLength,
    classification: Classification | undefined,
    host: Http1ExchangeHost
  ) {
    this.#socket = socket
    this.#host = host
    this.client = client
    this.head = head
    this.bodyLength = length === 'chunked' ? undefined : length
    if (classification) {
      this.classification = classification
    }
  }

  get body(): Readable {
    if (!this.#body) {
      this.#body = new Readable({ read: () => void this.#socket.resume() })
      // Whoever forwards the body learns of its end through onFinish; an error alone must not end the process.
      this.#body.on('error', () => {})
      if (this.bodyEnded) {
        this.#body.push(null)
      }
    }
    return this.#body
  }

  /** Answered in full, and nothing left to read. */
  get complete(): boolean {
    return this.finished && this.bodyEnded
  }

  /** Takes bytes of the body; returns false where no more are wanted for now. */
  receive(data: Buffer): boolean {
    this.receivedBytes += data.length
    return this.body.destroyed || this.finished || this.body.push(data)
  }

  endBody(trailers: HeaderList): void {
    this.bodyEnded = true
    this.requestTrailers = trailers
    if (this.#body?.destroyed === false) {
      this.#body.push(null)
    }
  }

  inform(status: number, reason: string, headers: HeaderList): void {
    if (this.head.version === '1.1') {
      this.#write(headText(status, reason, headers))
    }
  }

  respond(head: ResponseHead): void {
    this.responded = true
    const chunked = !head.bodyless && head.length === undefined && this.head.version === '1.1'
    // Without a length HTTP/1.0 ends the body by closing.
    if (!head.bodyless && head.length === undefined && !chunked) {
      this.willClose = true
    }
    this.#answer = head.bodyless ? 'bodyless' : chunked ? 'chunked' : 'plain'
    if (this.head.version !== '0.9') {
      const length = head.length === undefined ? '' : `Content-Length: ${head.length}\r\n`
      const framing = chunked ? 'Transfer-Encoding: chunked\r\n' : length
      const connection = `Connection: ${this.willClose ? 'close' : 'keep-alive'}\r\n`
      const lines = headerLines(head.lead) + framing + connection + headerLines(head.rest)
      this.#heldHead = `HTTP/1.1 ${head.status} ${fieldText(head.reason)}\r\n${lines}\r\n`
    }
  }

  write(chunk: Buffer, onWritten?: OnWritten): boolean {
    if (this.#answer === 'bodyless') {
      return true
    }
    const flowing =
      this.#answer === 'chunked' ? this.#writeChunk(chunk, onWritten) : this.#write(this.#withHead(chunk), onWritten)
    if (!flowing) {
      this.#onceDrained(() => this.onDrain())
    }
    return flowing
  }

  get isWriting(): boolean {
    return this.#socket.writableLength > 0
  }

  end(trailers: HeaderList = []): void {
    this.answered = true
    this.#host.onAnswered()
    this.flush()
    if (this.#answer === 'chunked') {
      this.#write(`0\r\n${headerLines(trailers)}\r\n`)
    }
    if (this.#socket.writableNeedDrain) {
      this.#onceDrained(() => this.#finish())
    } else {
      this.#finish()
    }
  }

  #writeChunk(chunk: Buffer, onWritten?: OnWritten): boolean {
    this.#socket.cork()
    this.#write(`${chunk.length.toString(16)}\r\n`)
    this.#write(chunk, onWritten)
    const flowing = this.#write('\r\n')
    this.#socket.uncork()
    return flowing || !this.isWriting
  }

  /** A short body leaves in one piece with its head: one call of the system instead of two. */
  #withHead(chunk: Buffer): Buffer {
    const head = this.#heldHead
    if (head === '' || chunk.length > shortBody) {
      return chunk
    }
    this.#heldHead = ''
    const whole = Buffer.allocUnsafe(head.length + chunk.length)
    chunk.copy(whole, whole.write(head, 0, 'latin1'))
    return whole
  }

  flush(): void {
    const head = this.#heldHead
    this.#heldHead = ''
    if (head !== '') {
      this.#write(head)
    }
  }

  #onceDrained(act: () => void): void {
    this.#socket.once('drain', () => this.finished || act())
  }

  upgrade(head: ResponseHead): Duplex {
    this.responded = true
    this.willClose = true
    this.#write(headText(head.status, head.reason, [...head.lead, ...head.rest]))
    const socket = this.#host.release()
    socket.once('close', () => this.#finish())
    return socket
  }

  closeAfterwards(): void {
    this.willClose = true
  }

  abort(): void {
    this.#socket.destroy()
    this.abandon()
  }

  /** The connection is gone. */
  abandon(): void {
    if (this.finished) {
      return
    }
    this.aborted = true
    this.#finish()
    this.#body?.destroy()
  }

  onFinish(callback: () => void): void {
    if (this.finished) {
      callback()
    } else {
      this.#finishCallbacks.push(callback)
    }
  }

  #finish(): void {
    if (this.finished) {
      return
    }
    this.finished = true
    const callbacks = this.#finishCallbacks
    this.#finishCallbacks = []
    for (const callback of callbacks) {
      callback()
    }
  }

  #write(data: string | Buffer, onWritten?: OnWritten): boolean {
    if (this.#socket.destroyed || this.#socket.writableEnded) {
      return true
    }
    if (this.#heldHead !== '') {
      this.flush()
    }
    this.sentBytes += data.length
    const flowing = typeof data === 'string' ? this.#socket.write(data, 'latin1') : this.#socket.write(data, onWritten)
    // Much that the system took at once is no reason to wait.
    return flowing || !this.isWriting
  }
}

/** The space behind the code stands even before an empty reason (RFC 9112 §4). */
function headText(status: number, reason: string, headers: HeaderList): string {
  return `HTTP/1.1 ${status} ${fieldText(reason)}\r\n${headerLines(headers)}\r\n`
}
