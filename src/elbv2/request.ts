/**
 * The head of a request, and what rules see of it.
 *
 * @module
 */

import { firstValueOf, type HeaderList } from './header-list.ts'

export type HttpVersion = '0.9' | '1.0' | '1.1' | '2.0'

/** The head of a request as the client sent it, whatever the protocol. */
export interface RequestHead {
  method: string
  /** The request target as sent: `/path?query`, `http://host/path`, or `*`. For HTTP/2 `:path`. */
  target: string
  version: HttpVersion
  /** For HTTP/2 with `:authority` as the first `host`. */
  headers: HeaderList
}

/** A request target taken apart; nothing in it is decoded. */
export interface RequestTarget {
  /** Host and port of the absolute form. */
  authority?: string
  /** Starts with `/`, or is `*`. */
  path: string
  /** Behind the `?`; absent without one. */
  query?: string
}

/** What the conditions of rules are evaluated against. */
export interface RequestFacts {
  method: string
  /** Lower case, without port; empty when the request names none. */
  host: string
  /** Normalised. */
  path: string
  /** As sent, without `?`. */
  query: string
  headers: HeaderList
  /** Address of the connection's other end, never X-Forwarded-For. */
  sourceAddress: string
}

/** Takes a request target apart. */
export function parseTarget(target: string): RequestTarget {
  // Nearly all targets begin with their path.
  const absolute = target.startsWith('/') ? null : /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(target)
  const rest = absolute ? target.slice(absolute[0].length) : target
  const mark = rest.indexOf('?')
  const path = mark < 0 ? rest : rest.slice(0, mark)
  // RFC 9112 §3.2.2: an absolute form without a path asks for `/`.
  const parsed: RequestTarget = { path: path === '' ? '/' : path }
  if (absolute) {
    parsed.authority = absolute[1]!
  }
  if (mark >= 0) {
    parsed.query = rest.slice(mark + 1)
  }
  return parsed
}

/** The name in a Host header, without port, lower case: `[::1]:80` gives `[::1]`. */
export function hostName(authority: string): string {
  return authority.trim().replace(/:\d*$/, '').toLowerCase()
}

/**
 * The path that rules compare: percent-encoded unreserved characters are decoded, `.` and `..` segments taken out.
 * AWS documents that it normalises, not how; the target gets the original bytes (docs/unverified.md).
 */
export function normalizePath(path: string): string {
  if (!path.startsWith('/') || !(path.includes('%') || path.includes('/.'))) {
    return path
  }
  const decoded = path.replace(/%([0-9a-f]{2})/gi, (encoded, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16))
    return /[A-Za-z0-9\-._~]/.test(character) ? character : encoded
  })
  const segments: string[] = []
  const given = decoded.split('/').slice(1)
  given.forEach((segment, index) => {
    const isLast = index === given.length - 1
    if (segment === '..') {
      segments.pop()
    }
    if (segment !== '.' && segment !== '..') {
      segments.push(segment)
    }
    // RFC 3986 §5.2.4: a path that ends in a dot segment names a folder.
    else if (isLast) {
      segments.push('')
    }
  })
  return `/${segments.join('/')}`
}

/** What rules see of a request from that address. */
export function requestFacts(head: RequestHead, sourceAddress: string): RequestFacts {
  const target = parseTarget(head.target)
  return {
    method: head.method,
    host: hostName(target.authority ?? firstValueOf(head.headers, 'host') ?? ''),
    path: normalizePath(target.path),
    query: target.query ?? '',
    headers: head.headers,
    sourceAddress
  }
}

/** Whether a request is gRPC. gRPC-Web is not. */
export function isGRPC({ version, headers }: Pick<RequestHead, 'version' | 'headers'>): boolean {
  return version === '2.0' && /^application\/grpc($|[+;])/i.test(firstValueOf(headers, 'content-type') ?? '')
}
