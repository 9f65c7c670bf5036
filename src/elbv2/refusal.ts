import { forwardedAddresses } from './forwarded-headers.ts'
import { firstValueOf } from './header-list.ts'
import { type OwnResponse, ownPage } from './page.ts'
import { parseTarget, type RequestHead } from './request.ts'

/** More addresses in X-Forwarded-For than this are refused. */
const mostForwardedAddresses = 30

/** The answer to a request that no rule gets to see; undefined for all others. */
export function refusalOf(head: RequestHead): OwnResponse | undefined {
  const close = { close: true }
  if (head.version === '1.1' && firstValueOf(head.headers, 'host') === undefined) {
    return ownPage(400, 'the request has no Host header', close)
  }
  if (head.method === 'CONNECT') {
    return ownPage(400, 'CONNECT is not supported', close)
  }
  if (head.method === 'TRACE') {
    return ownPage(405, 'TRACE is not allowed')
  }
  if (!/^(\/|\*$)/.test(parseTarget(head.target).path)) {
    return ownPage(400, 'the request target is neither a path nor a URL', close)
  }
  if (forwardedAddresses(head.headers) > mostForwardedAddresses) {
    return ownPage(463, `X-Forwarded-For holds more than ${mostForwardedAddresses} addresses`)
  }
  return undefined
}
