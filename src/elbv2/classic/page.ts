import type { OwnResponse } from '../page.ts'

/**
 * What a Classic Load Balancer writes behind the code of its own answers; none of them has a body, or names a server.
 * (User guide: "Troubleshoot a Classic Load Balancer: HTTP errors"; captures of 503 and 504.)
 */
const reasons: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  502: 'BAD_GATEWAY',
  503: 'Service Unavailable: Back-end server is at capacity',
  504: 'GATEWAY_TIMEOUT'
}

/** Codes of an Application Load Balancer that a Classic one has another for. */
const others: Readonly<Record<number, number>> = { 413: 400, 414: 400, 501: 400, 505: 400 }

/** An answer of the load balancer's own as a Classic one gives it. */
export function classicPage({ status, reason, cause, close }: OwnResponse): OwnResponse {
  const code = others[status] ?? status
  return {
    status: code,
    reason: reasons[code] ?? reason,
    body: '',
    headers: [],
    isBare: true,
    ...(cause !== undefined && { cause }),
    ...(close && { close })
  }
}
