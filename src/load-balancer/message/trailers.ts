import type { HeaderList } from '../../elbv2/index.ts'
import { isToken } from '../../elbv2/index.ts'

/** Fields that frame, route or authorise a message, which nothing behind its body may change any more (RFC 9110 §6.5.1). */
const headOnly = new Set([
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'host',
  'keep-alive',
  'proxy-authorization',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade'
])

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const control = /[\x00-\x08\x0a-\x1f\x7f]/

/** The trailers that may be passed on. A message is not refused for the others: its body has long been on its way. */
export function passableTrailers(trailers: HeaderList): HeaderList {
  return trailers.filter(([name, value]) => isToken(name) && !headOnly.has(name.toLowerCase()) && !control.test(value))
}
