import type { HeaderList } from './header-list.ts'

/** The name that the load balancer gives itself in what it answers on its own. */
export const server = 'awselb/2.0'

/** Reason phrases of the codes that the load balancer makes; 463 and 464 have none. 411 and 431 are not among its codes. */
export const reasons: Readonly<Record<number, string>> = {
  301: 'Moved Permanently',
  302: 'Found',
  400: 'Bad Request',
  401: 'Authorization Required',
  403: 'Forbidden',
  405: 'Not Allowed',
  408: 'Request Time-out',
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Large',
  463: '',
  464: '',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
  505: 'HTTP Version Not Supported',
  507: 'Insufficient Storage',
  561: 'Authentication Error'
}

/** Codes that come with an empty body instead of a page. */
const empty = new Set([463, 464])

/** The body of the load balancer's own page for a code, byte for byte as captured from AWS in 2024 and later. */
export function pageOf(status: number): string {
  if (empty.has(status)) {
    return ''
  }
  const title = `${status} ${reasons[status] ?? ''}`.trimEnd()
  return [
    '<html>',
    `<head><title>${title}</title></head>`,
    '<body>',
    `<center><h1>${title}</h1></center>`,
    '</body>',
    '</html>',
    ''
  ].join('\r\n')
}

/** An answer that the load balancer makes by itself. */
export interface OwnResponse {
  status: number
  reason: string
  /** Absent where the answer carries no body. */
  contentType?: string
  body: string
  /** What follows the fixed headers, such as Location. */
  headers: HeaderList
  /** Why, in one phrase: for the log. Absent where it is what the rule asks for. */
  cause?: string
  /** True to close the client's connection behind the answer. */
  close?: boolean
  /** True where nothing but framing goes with it. */
  isBare?: boolean
}

/** The load balancer's page for a code. */
export function ownPage(
  status: number,
  cause?: string,
  options: { close?: boolean; headers?: HeaderList } = {}
): OwnResponse {
  return {
    status,
    reason: reasons[status] ?? '',
    ...(empty.has(status) ? {} : { contentType: 'text/html' }),
    body: pageOf(status),
    headers: options.headers ?? [],
    ...(cause === undefined ? {} : { cause }),
    ...(options.close ? { close: true } : {})
  }
}
