import { request as requestHTTP } from 'node:http'
import { type RequestOptions, request as requestHTTPS } from 'node:https'
import { type HeaderList, pairsOf } from '../elbv2/index.ts'

/** A request for a listener, as a client sends it that resolved the host to the listener's address. */
export interface SentRequest {
  method: string
  /** Path and query, as written. */
  target: string
  scheme: 'http' | 'https'
  /** For SNI. */
  host: string
  /** In their order, `Host` among them. */
  headers: HeaderList
  /** Address of this machine that it is sent from; default: as the system chooses. */
  from?: string
  /** Gives up. */
  signal?: AbortSignal
  /** Whether TLS ends at the load balancer, whose certificate is verified then; default true. What is behind it has one of its own. */
  endsTLS?: boolean
  /** Called when it is connected, with the address and port that it is sent from: `127.0.0.1:54321`. */
  onConnect?(from: string): void
}

export interface SentAnswer {
  status: number
  /** Reason phrase. */
  reason: string
  headers: HeaderList
  body: string
}

/**
 * Sends one request to a listener's address, `127.0.0.1:8443`. Redirects are not followed.
 *
 * @param ca PEM of the authority that is trusted.
 * @returns rejects with the socket's error where no answer comes.
 */
export function sendTo(
  address: string,
  { method, target, scheme, host, headers, from, signal, endsTLS = true, onConnect }: SentRequest,
  ca: string
): Promise<SentAnswer> {
  const [hostname, port] = address.split(/:(?=\d+$)/) as [string, string]
  const options = {
    ...{ hostname, port, method, path: target, headers: headers.flat(), agent: false, setDefaultHeaders: false },
    ...{ servername: host, ca, rejectUnauthorized: endsTLS },
    ...(from !== undefined && { localAddress: from }),
    ...(signal && { signal })
  } as RequestOptions
  return new Promise((resolve, reject) => {
    const sent = (scheme === 'https' ? requestHTTPS : requestHTTP)(options, response => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', chunk => {
        body += chunk
      })
      response.once('error', reject)
      response.once('end', () => {
        const { rawHeaders, statusCode = 0, statusMessage: reason = '' } = response
        resolve({ status: statusCode, reason, headers: pairsOf(rawHeaders), body })
      })
    })
    sent.once('socket', socket => {
      // Of TLS the connection comes first too: what is in it may never get so far.
      socket.once('connect', () => onConnect?.(`${socket.localAddress}:${socket.localPort}`))
    })
    sent.once('error', reject)
    sent.end()
  })
}
