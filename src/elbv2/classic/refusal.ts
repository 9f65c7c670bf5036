import { type OwnResponse, ownPage } from '../page.ts'
import { parseTarget, type RequestHead } from '../request.ts'

/** Characters that a method may have. (User guide: "HTTP 405: METHOD_NOT_ALLOWED".) */
const longestMethod = 127

/** The answer to a request that no instance gets to see; undefined for all others. */
export function classicRefusalOf(head: RequestHead): OwnResponse | undefined {
  if (head.method === 'CONNECT') {
    return ownPage(400, 'CONNECT is not supported', { close: true })
  }
  if (head.method.length > longestMethod) {
    return ownPage(405, `the method is longer than ${longestMethod} characters`)
  }
  return /^(\/|\*$)/.test(parseTarget(head.target).path)
    ? undefined
    : ownPage(400, 'the request target is neither a path nor a URL', { close: true })
}
