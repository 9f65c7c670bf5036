import type { HeaderList } from '../../elbv2/index.ts'
import { encodeFields, encodePseudo, noTable } from '../http2/field-encoder.ts'
import { defaultWindow, type ErrorName, errorName } from '../http2/frame.ts'
import type { FrameWriter } from '../http2/frame-writer.ts'
import { areFields, bodyLengthOf, parseHttp2Response } from './http2-response.ts'
import { Http2Upload, type SendWindow } from './http2-upload.ts'
import { responseHeadLimit } from './response-head.ts'
import { type Sending, TargetError, type TargetEvents, type TargetRequest } from './transport.ts'

/** The connection that carries a request. */
export interface RequestCarrier {
  readonly writer: FrameWriter
  readonly sendWindow: SendWindow
  /** What requests name as their authority where they have no Host. */
  readonly authority: string
  readonly scheme: string
  /** A request is over. */
  settle(request: Http2Request): void
}

/** Bytes of an answer that are taken before the target is told that it may send more. */
const windowStep = defaultWindow >> 1

/** Bytes that are copied rather than kept with everything that was read with them. */
const fewBytes = 4 * 1024

/** One request on its way, until its answer has ended or either side gives up. */
export class Http2Request implements Sending {
  readonly request: TargetRequest
  readonly events: TargetEvents
  /** Number of its stream; 0 until it is begun. */
  id = 0
  readonly #carrier: RequestCarrier
  #over = false
  /** Bytes that the target may still send. */
  #receiveWindow = defaultWindow
  #isPaused = false
  #isAnswering = false
  /** Bytes that the body of the answer has yet to have; undefined where it does not say. */
  #left: number | undefined
  #isAnswered = false
  /** Undefined where the request has no body. */
  #upload: Http2Upload | undefined

  constructor(request: TargetRequest, events: TargetEvents, carrier: RequestCarrier) {
    this.request = request
    this.events = events
    this.#carrier = carrier
  }

  /**
   * Sends the head, and the body as it comes.
   *
   * @param id - number of the stream.
   * @param window - bytes of the body that the target takes to begin with.
   */
  begin(id: number, window: number): void {
    this.id = id
    const { request, events } = this
    const { writer, sendWindow: shared } = this.#carrier
    const hasBody = request.bodyLength !== 0
    writer.headers(id, this.#head(), !hasBody)
    events.onSent()
    if (hasBody && !this.#over) {
      this.#upload = new Http2Upload(id, request, { writer, shared, window })
    }
  }

  #head(): string {
    const { method, path, headers, bodyLength } = this.request
    let authority: string | undefined
    const others: HeaderList = []
    for (const header of headers) {
      if (header[0].length === 4 && header[0].toLowerCase() === 'host') {
        authority ??= header[1]
      } else {
        others.push(header)
      }
    }
    if (bodyLength !== undefined && bodyLength !== 0) {
      others.push(['content-length', String(bodyLength)])
    }
    return (
      (this.id === 1 ? noTable : '') +
      encodePseudo(':method', method) +
      encodePseudo(':scheme', this.#carrier.scheme) +
      encodePseudo(':authority', authority ?? this.#carrier.authority) +
      encodePseudo(':path', path) +
      encodeFields(others)
    )
  }

  /** The target takes so many bytes more of the body than before, or fewer. */
  widen(more: number): void {
    this.#upload?.widen(more)
  }

  /** A block of fields of the answer: heads, then trailers. */
  onHeaders(fields: HeaderList, length: number, isLast: boolean): void {
    if (length > responseHeadLimit) {
      this.#refuse('the headers of the target are longer than 32K')
    } else if (this.#isAnswering) {
      this.#takeTrailers(fields, isLast)
    } else {
      this.#takeHead(fields, isLast)
    }
  }

  #takeHead(fields: HeaderList, isLast: boolean): void {
    const response = parseHttp2Response(fields, isLast)
    if (response && response.status < 200) {
      this.events.onInformation(response)
      return
    }
    const left = response ? bodyLengthOf(response, this.request.method) : 'malformed'
    if (!response || left === 'malformed') {
      this.#refuseMalformed()
      return
    }
    this.#isAnswering = true
    this.#left = left
    // A length that does not come is told before the client believes it.
    if (isLast && !this.#isWhole) {
      this.#refuseMalformed()
      return
    }
    try {
      this.events.onResponse(response)
    } catch (error) {
      // A head that the client's side does not take may not end the process.
      this.#refuse((error as Error).message)
      return
    }
    if (isLast) {
      this.#end([])
    }
  }

  #takeTrailers(fields: HeaderList, isLast: boolean): void {
    if (!isLast || !areFields(fields)) {
      this.#refuseMalformed()
    } else {
      this.#end(fields)
    }
  }

  /** A frame of data has begun. False where it is longer than the target was allowed to send. */
  account(length: number): boolean {
    // What came before has been taken, also where it was nothing but padding, of which nothing is told.
    this.#grant()
    this.#receiveWindow -= length
    return this.#receiveWindow >= 0
  }

  /** A part of the answer. Returns whether the bytes are not needed any more. */
  onData(bytes: Buffer): boolean {
    if (!this.#isAnswering || (this.#left !== undefined && bytes.length > this.#left)) {
      this.#refuseMalformed()
      return true
    }
    if (this.#left !== undefined) {
      this.#left -= bytes.length
    }
    // Few bytes are copied: whoever takes them may need them for a while, and what they were read into goes on being used.
    const isCopied = bytes.length <= fewBytes
    const isDone = this.events.onData(isCopied ? Buffer.from(bytes) : bytes)
    this.#grant()
    return isDone || isCopied
  }

  onDataEnd(): void {
    this.#end([])
  }

  /** All that came at once has been told. */
  onQuiet(): void {
    if (!this.#over) {
      this.events.onQuiet()
    }
  }

  /** Whether an answer that ends here is as long as it says. */
  get #isWhole(): boolean {
    return this.#isAnswering && (this.#left === undefined || this.#left === 0)
  }

  #end(trailers: HeaderList): void {
    if (!this.#isWhole) {
      this.#refuseMalformed()
      return
    }
    this.#isAnswered = true
    if (this.#finish('CANCEL')) {
      this.events.onEnd(trailers)
    }
  }

  /** The target has reset the stream. */
  onReset(code: number): void {
    this.fail(new TargetError(502, `the target reset the stream (${errorName(code)})`))
  }

  #refuseMalformed(): void {
    this.#refuse('the target sent a malformed response', 'PROTOCOL_ERROR')
  }

  #refuse(message: string, code: ErrorName = 'CANCEL'): void {
    this.fail(new TargetError(502, message), code)
  }

  /** @param code - what the target is told; nothing where there is nobody to be told, or no need to. */
  fail(error: TargetError, code?: ErrorName): void {
    if (this.#finish(code)) {
      this.events.onError(error)
    }
  }

  cut(): void {
    this.#finish('CANCEL')
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#grant()
  }

  /** Lets the target send more, once enough was taken. A client that does not read gets no more than a window. */
  #grant(): void {
    const taken = defaultWindow - this.#receiveWindow
    if (!this.#isPaused && !this.#over && taken >= windowStep) {
      this.#receiveWindow = defaultWindow
      this.#carrier.writer.windowUpdate(this.id, taken)
    }
  }

  /** Whether it was not over yet. What either side has not completed is reset: nothing that was given up may look complete. */
  #finish(code?: ErrorName): boolean {
    if (this.#over) {
      return false
    }
    this.#over = true
    this.#upload?.stop()
    const isComplete = this.#isAnswered && this.#upload?.isSent !== false
    if (code !== undefined && this.id !== 0 && !isComplete) {
      this.#carrier.writer.reset(this.id, code)
    }
    this.#carrier.settle(this)
    return true
  }
}
