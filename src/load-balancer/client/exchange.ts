import type { Duplex, Readable } from 'node:stream'
import type { Classification, Clock, DesyncMode, HeaderList, RequestHead } from '../../elbv2/index.ts'
import type { OnWritten } from '../transport/read-buffer.ts'

/** What is known of the TLS session of a client's connection. */
export interface ClientTLS {
  /** As access logs write it: `TLSv1.3`. */
  protocol: string
  /** OpenSSL's name of the cipher suite. */
  cipher: string
  /** Server name that the client asked for. */
  serverName?: string
  /** Whether a certificate of the listener is for that name; otherwise the default one was presented. */
  serverNameMatched?: boolean
  /** ARN of the certificate that was presented. */
  certificateARN?: string
  /** The client's certificates, leaf first, DER; empty without one. */
  clientCertificates: Buffer[]
}

/** The other end of a client's connection. */
export interface Client {
  address: string
  port: number
  /** Address of this side of the connection. */
  nodeAddress: string
  /** Name of the connection in logs: `TID_` and 32 hexadecimal digits. */
  connectionID: string
  tls?: ClientTLS
}

/** The head of an answer. The connection adds the framing and, for HTTP/1, `Connection`, between `lead` and `rest`. */
export interface ResponseHead {
  status: number
  reason: string
  /** What AWS puts first: Server of its own answers, Date, Content-Type. */
  lead: HeaderList
  rest: HeaderList
  /** Content-Length; undefined where it is not known beforehand. */
  length?: number | undefined
  /** True where no body follows, whatever the length says: HEAD, 204, 304. */
  bodyless: boolean
  /** Whether trailers may follow the body. */
  mayTrail: boolean
}

/** One request of a client and its answer, over any version of HTTP. */
export interface Exchange {
  readonly head: RequestHead
  readonly client: Client
  /** Made when it is first asked for: most requests have none. */
  readonly body: Readable
  /** Bytes of the body, or undefined where they are not known beforehand. */
  readonly bodyLength: number | undefined
  /** HTTP/1 only; HTTP/2 has no ambiguous framing. */
  readonly classification?: Classification
  /** Trailers of the request, complete when the body has ended. */
  readonly requestTrailers: HeaderList
  readonly receivedBytes: number
  readonly sentBytes: number
  /** Whether the head of the final answer is on its way. */
  readonly responded: boolean
  /** True once the client is gone or the exchange was cut. */
  readonly aborted: boolean
  /** Sends an interim answer such as 100 or 103. */
  inform(status: number, reason: string, headers: HeaderList): void
  /** Sends the head of the final answer; its body follows with `write` and `end`. It may wait for them until `flush`. */
  respond(head: ResponseHead): void
  /** Nothing follows for now: what waits to leave with it leaves. */
  flush(): void
  /**
   * A part of the body. False while the client is slower: `onDrain` is called when it has caught up.
   *
   * @param onWritten - called once when the bytes are not needed any more, or with an error; never where the client is gone.
   */
  write(chunk: Buffer, onWritten?: OnWritten): boolean
  onDrain: () => void
  /** Whether bytes that were given to `write` are still needed. */
  readonly isWriting: boolean
  /** The answer is complete. */
  end(trailers?: HeaderList): void
  /** Switches protocols: sends the head of a 101 and returns the bare connection. Undefined for HTTP/2. */
  upgrade(head: ResponseHead): Duplex | undefined
  /** The connection closes behind this exchange. */
  closeAfterwards(): void
  /** Cuts the exchange: resets the stream, or closes the connection. */
  abort(): void
  /** Calls back once when the exchange is over: answered in full, or aborted. */
  onFinish(callback: () => void): void
}

/** What a connection asks of the listener that accepted it. */
export interface ConnectionHost {
  clock: Clock
  /** Milliseconds without a byte until the connection ends. */
  idleTimeout: number
  /** Milliseconds from the opening of the connection after which it takes one last request. */
  clientKeepAlive: number
  /** Read anew for every request, since the configuration may change meanwhile. */
  desyncMode(): DesyncMode
  onRequest(exchange: Exchange): void
  /** A request that cannot be served at all: the listener answers with its page. */
  onRefused(exchange: Exchange, status: number, cause: string): void
  /** Something of the load balancer's own went wrong; the connection that it happened on is cut. */
  onDefect(error: unknown): void
}

/** A connection of a client, whatever the protocol. */
export interface ClientConnection {
  /** Takes no more requests; closes as soon as the ones in flight are answered. */
  drain(): void
  /** Closes at once. */
  destroy(): void
}
