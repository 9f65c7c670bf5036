import fc from 'fast-check'
import { paths, values } from './route.ts'

/** A request to a situation; `@` of its host is the situation's own domain. */
export interface RequestPlan {
  /** Server name that is sent over TLS: the host's, another of the situation, none. */
  tls: 'no' | 'host' | 'other' | 'none'
  host: string
  method: string
  path: string
  headers: Record<string, string>
}

const queries = ['', '', '', '?q=1', '?q', '?q=', '?q=a+b', '?q=a%20b', '?p=1&q=2', '?q=1&q=2', '?Q=1', '?q=1#q', '?']

export const request: fc.Arbitrary<RequestPlan> = fc.record({
  tls: fc.constantFrom('no', 'no', 'no', 'no', 'no', 'host', 'host', 'other', 'none'),
  host: fc.constantFrom(
    '@',
    '@',
    'a.@',
    'a.@',
    'b.a.@',
    'c.@',
    'A.@',
    '@:80',
    'a.@:8080',
    'r.@',
    'r.@',
    'a.r.@',
    'p.@',
    'x.p.@',
    'other.test'
  ),
  method: fc.constantFrom('GET', 'GET', 'GET', 'POST', 'OPTIONS', 'PUT'),
  path: fc.tuple(fc.constantFrom(...paths), fc.constantFrom(...queries)).map(([path, query]) => path + query),
  headers: fc
    .tuple(
      fc.dictionary(fc.constantFrom('x-a', 'x-b', 'x-c'), fc.constantFrom(...values), { maxKeys: 2 }),
      fc.constantFrom<Record<string, string>>(
        ...([{}, {}, {}] as Record<string, string>[]),
        { 'x-forwarded-for': '203.0.113.7' },
        { 'x-forwarded-for': '198.51.100.7, 203.0.113.7' },
        { 'x-forwarded-for': '2001:db8::1' },
        { 'x-forwarded-for': '203.0.113.7:4711' },
        { 'x-forwarded-proto': 'https' },
        { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.7' },
        { origin: 'https://one.test' },
        { origin: 'https://one.test', 'access-control-request-method': 'POST' },
        { origin: 'https://evil.test', 'access-control-request-method': 'POST' },
        { 'content-type': 'application/grpc', te: 'trailers' },
        { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'eA==' },
        { cookie: 'a=1; b=2' },
        { authorization: 'Bearer one.two.three' }
      )
    )
    .map(([own, others]) => ({ ...own, ...others }))
})
