import { isIP } from 'node:net'
import type { HeaderList, RequestHead } from '../elbv2/index.ts'
import { usageFailure } from '../failure.ts'

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

/**
 * Takes a request apart; path and query stay as written.
 *
 * @throws Failure exit 2: `URL_MALFORMED`, `METHOD_MALFORMED`, `CLIENT_MALFORMED`.
 */
export function readRequest({ method = 'GET', url, headers = [], client, version }: TraceRequest): ReadRequest {
  const [, scheme, authority, rest] = /^(https?):\/\/([^/?#\s]+)((?:[/?][^#\s]*)?)(?:#.*)?$/i.exec(url) ?? []
  if (!scheme || !authority || !URL.canParse(url)) {
    throw wrong('URL_MALFORMED', `${url} is no URL of HTTP`, 'URL', 'write it as https://shop.example.com/orders')
  }
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(method)) {
    throw wrong('METHOD_MALFORMED', `${method} is no method of HTTP`, 'METHOD', 'write the method first: GET https://…')
  }
  if (client !== undefined && isIP(client) === 0) {
    throw wrong(
      'CLIENT_MALFORMED',
      `${client} is no IP address`,
      '--client',
      `name an address such as ${defaultClient}`
    )
  }
  const secure = scheme.toLowerCase() === 'https'
  const port = /:(\d+)$/.exec(authority)?.[1]
  const target = rest === '' || rest!.startsWith('?') ? `/${rest}` : rest!
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
