import { isIP } from 'node:net'
import type { HeaderList, RequestHead } from '../elbv2/index.ts'
import { type Failure, usageFailure } from '../failure.ts'

/** A request to follow. */
export interface TraceRequest {
  /** Default GET. */
  method?: string
  /** `https://shop.example.com/orders?id=7`; the port is the listener's, the scheme's own where it is left out. */
  url: string
  /** In their order; `host` replaces the URL's. */
  headers?: HeaderList
  /** Address that the load balancer sees; default 203.0.113.10, one of those kept for documentation. */
  client?: string
  /** Default 1.1; an HTTPS listener speaks 2.0 too. */
  version?: '1.0' | '1.1' | '2.0'
}

/** A request as a listener gets it. */
export interface ReadRequest {
  head: RequestHead
  scheme: 'http' | 'https'
  /** Of the URL: what the client's resolver and SNI know. */
  host: string
  port: number
  client: string
}

const defaultClient = '203.0.113.10'

function wrong(code: string, message: string, path: string, hint: string) {
  return usageFailure({ code, message, path, hint })
}

const httpURL = /^(https?):\/\/([^/?#\s]+)((?:[/?][^#\s]*)?)(?:#.*)?$/i

/** What keeps a request from being one of HTTP. */
function refusalOf({ method = 'GET', url, client }: TraceRequest): Failure | undefined {
  if (!httpURL.test(url) || !URL.canParse(url)) {
    return wrong('URL_MALFORMED', `${url} is no URL of HTTP`, 'URL', 'write it as https://shop.example.com/orders')
  }
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(method)) {
    return wrong(
      'METHOD_MALFORMED',
      `${method} is no method of HTTP`,
      'METHOD',
      'write the method first: GET https://…'
    )
  }
  return client !== undefined && isIP(client) === 0
    ? wrong('CLIENT_MALFORMED', `${client} is no IP address`, '--client', `name an address such as ${defaultClient}`)
    : undefined
}

/** Whether a client can send a request: what objects ask for may be what no URL and no method can say. */
export function canBeSent(request: TraceRequest): boolean {
  return refusalOf(request) === undefined
}

/**
 * Takes a request apart; path and query stay as written.
 *
 * @throws Failure exit 2: `URL_MALFORMED`, `METHOD_MALFORMED`, `CLIENT_MALFORMED`.
 */
export function readRequest(request: TraceRequest): ReadRequest {
  const refusal = refusalOf(request)
  if (refusal) {
    throw refusal
  }
  const { method = 'GET', url, headers = [], client, version } = request
  const [, scheme = '', authority = '', rest = ''] = httpURL.exec(url)!
  const secure = scheme.toLowerCase() === 'https'
  const port = /:(\d+)$/.exec(authority)?.[1]
  const target = rest === '' || rest.startsWith('?') ? `/${rest}` : rest
  const hasHost = headers.some(([name]) => name.toLowerCase() === 'host')
  return {
    head: {
      method,
      target,
      version: version ?? '1.1',
      headers: hasHost ? headers : [['Host', authority], ...headers]
    },
    scheme: secure ? 'https' : 'http',
    host: authority.replace(/:\d+$/, '').toLowerCase(),
    port: port === undefined ? (secure ? 443 : 80) : Number(port),
    client: client ?? defaultClient
  }
}

/** A request as one line, `GET https://shop.example.com/orders`; without a method it is GET. */
export function parseRequest(request: TraceRequest | string): TraceRequest {
  if (typeof request !== 'string') {
    return request
  }
  const [first = '', second] = request.trim().split(/\s+/)
  return second === undefined ? { url: first } : { method: first, url: second }
}
