import type { OutgoingHttpHeaders } from 'node:http'
import type { HeaderList } from '../../elbv2/index.ts'
import { fieldText } from './field-text.ts'

/** Headers that HTTP/2 does not carry (RFC 9113 §8.2.2). */
export const connectionSpecific: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings'
])

/** Headers that Node's HTTP/2 takes only one value of; the first one stands. */
const single = new Set(
  (
    'access-control-allow-credentials access-control-max-age access-control-request-method age authorization content-encoding content-language content-length ' +
    'content-location content-md5 content-range content-type date dnt etag expires ' +
    'from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified ' +
    'location max-forwards proxy-authorization range referer retry-after tk upgrade-insecure-requests ' +
    'user-agent x-content-type-options '
  )
    .trim()
    .split(' ')
)

/** Headers as Node's HTTP/2 takes them: names in lower case, several values as a list. */
export function headersObject(headers: HeaderList): OutgoingHttpHeaders {
  // Without a prototype: a header may be called `constructor`.
  const object: Record<string, string | string[]> = Object.create(null)
  for (const [given, text] of headers) {
    const name = given.toLowerCase()
    if (connectionSpecific.has(name) || (name === 'te' && text !== 'trailers')) {
      continue
    }
    const value = fieldText(text)
    const present = object[name]
    if (present === undefined) {
      object[name] = value
    } else if (!single.has(name)) {
      object[name] = [present, value].flat()
    }
  }
  return object
}
