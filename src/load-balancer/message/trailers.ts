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

/** What only the load balancer may tell a target of a client: its address, its identity, its certificate. */
const ownField = /^(x-forwarded-|x-amzn-|x-real-ip$|forwarded$|via$)/

/**
 * The trailers of a request that its target may get. Targets that merge trailers into headers would otherwise believe
 * the client; `own` are the load balancer's header names, lower case, where a listener has other ones.
 */
export function requestTrailers(trailers: HeaderList, own: ReadonlySet<string>): HeaderList {
  return passableTrailers(trailers).filter(([name]) => {
    // Many servers take both for the same.
    const lower = name.toLowerCase().replaceAll('_', '-')
    return !headOnly.has(lower) && !ownField.test(lower) && !own.has(lower)
  })
}
