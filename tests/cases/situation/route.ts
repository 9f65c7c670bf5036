/**
 * HTTP routes of VirtualServices, over few words, so that requests of the same words find them.
 *
 * @module
 */

import fc from 'fast-check'
import { filled, maybe, type Spec, some } from './words.ts'

/** Of the routes of a VirtualService; a delegate is told by its place. */
export interface RoutePlan extends Spec {
  delegate?: number
}

export const paths = [
  ...['/', '/a', '/a/', '/a/b', '/ab', '/A', '/A/b', '/b', '/b/c/d', '//a', '/a//b', '/x/../a', '/a/./b', '/%61'],
  ...['/a%2Fb', '/a%20b', '/a;v=1', '/a.b', '/pkg.Service/Call', '/pkg.Service/Other', '/a+b', "/a'b", '/a|b', '/a*b']
]
const prefixes = ['/', '/a', '/a/', '/A', '/a/b', '/b', '/pkg.Service/']
const expressions = ['/a.*', '/(a|b)(/.*)?', '/[a-z]+', '.*', '/A.*', '/[^/]+/b', '(?i)/a', '/a']
export const values = ['one', 'two', 'ONE', 'one two', 'one,two', '1', '']
const names = ['x-a', 'X-B', 'x-c']

function textMatch(texts: readonly string[], regexes: readonly string[]): fc.Arbitrary<Spec> {
  return fc.oneof(
    fc.constantFrom(...texts).map(exact => ({ exact })),
    fc.constantFrom(...texts.filter(Boolean)).map(prefix => ({ prefix })),
    fc.constantFrom(...regexes).map(regex => ({ regex }))
  )
}

const valueMatch = fc.oneof(textMatch(values, ['o.*', 'one|two', '[0-9]+', '.*']), fc.constant({}))
function map(keys: readonly string[], value: fc.Arbitrary<unknown>, most = 2): fc.Arbitrary<Spec> {
  return fc.dictionary(fc.constantFrom(...keys), value, { minKeys: 1, maxKeys: most })
}

const match = filled({
  uri: maybe(
    fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(...paths).map(exact => ({ exact })) },
      { weight: 4, arbitrary: fc.constantFrom(...prefixes).map(prefix => ({ prefix })) },
      { weight: 2, arbitrary: fc.constantFrom(...expressions).map(regex => ({ regex })) }
    ),
    80
  ),
  ignoreUriCase: fc.constantFrom(undefined, undefined, true),
  method: maybe(textMatch(['GET', 'POST', 'P'], ['GET|POST', 'P.*']), 25),
  authority: maybe(textMatch(['@', 'a.@', 'a', 'a.@:8080'], ['a.*', '.*:.*']), 15),
  scheme: maybe(textMatch(['http', 'https'], ['http.*']), 15),
  headers: maybe(map([...names, ':method', ':authority', ':path', 'host', 'cookie'], valueMatch), 40),
  withoutHeaders: maybe(map(names, fc.oneof(valueMatch, fc.constant({ regex: '*' }))), 25),
  queryParams: maybe(map(['q', 'p'], fc.oneof(textMatch(['1', 'a+b', 'a b', ''], ['[0-9]+', '.*']))), 30),
  port: fc.constantFrom(undefined, undefined, undefined, undefined, 80, 443)
})

const headerText = fc.constantFrom(
  ...['one', 'two', '50%%', '%REQ(x-a)%', '%REQ(x-z?:path)%', '%PROTOCOL%', '%REQ(:authority)%!', '"quoted"'],
  ...['%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%', '%REQ(x-none)%', '%REQ(X-A):2%', 'a  b', '%RESPONSE_CODE%']
)
const changed = ['x-a', 'x-b', 'X-New', 'x-envoy-original-path', 'user-agent', 'x-forwarded-proto', 'cookie']
const operations = filled({
  set: maybe(map(changed, headerText)),
  add: maybe(map(changed, headerText)),
  remove: maybe(some(changed, 2))
})
const answerOperations = filled({
  set: maybe(map(['x-a', 'strict-transport-security', 'content-type', 'location', 'server'], headerText)),
  add: maybe(map(['x-a', 'x-b', 'vary'], headerText)),
  remove: maybe(some(['x-a', 'content-type', 'server', 'x-envoy-upstream-service-time'], 2))
})
const headers = maybe(
  filled({
    request: maybe(
      fc.oneof(operations, { weight: 1, arbitrary: map(['host'], fc.constant('set.test'), 1).map(set => ({ set })) })
    ),
    response: maybe(answerOperations)
  }),
  35
)

const destination = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('web', 'api', 'beta').map(name => ({ host: `${name}.default.svc.cluster.local` }))
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Spec>(
      { host: 'web' },
      { host: 'noend.default.svc.cluster.local' },
      { host: 'web.default.svc.cluster.local', port: { number: 8080 } },
      { host: 'multi.default.svc.cluster.local', port: { number: 8081 } },
      { host: 'multi.default.svc.cluster.local' },
      { host: 'nowhere.test' },
      { host: 'extname.default.svc.cluster.local' },
      { host: 'api.default.svc.cluster.local', subset: 'there' },
      { host: 'api.default.svc.cluster.local', subset: 'empty' },
      { host: 'api.default.svc.cluster.local', subset: 'unknown' }
    )
  }
)
const route = fc.oneof(
  {
    weight: 4,
    arbitrary: filled({ destination, headers, weight: fc.constantFrom(undefined, 100, 1, 0) }).map(one => [one])
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      filled({ destination, headers, weight: fc.constant(100) }),
      filled({ destination, headers, weight: fc.constantFrom(undefined, 0) })
    )
  }
)
const rewrite = maybe(
  fc.oneof(
    filled({ uri: fc.constantFrom('/', '/z', '/z/', 'z', '/z?x=1'), authority: maybe(fc.constant('new.test'), 25) }),
    fc.constant<Spec>({ authority: 'new.test' }),
    fc.constantFrom<Spec>(
      { uriRegexRewrite: { match: '^/a(.*)$', rewrite: '/z\\1' } },
      { uriRegexRewrite: { match: 'a', rewrite: 'zz' } },
      { uriRegexRewrite: { match: '/([a-z]+)/([a-z]+)', rewrite: '/\\2/\\1' } },
      { uriRegexRewrite: { match: '.*', rewrite: '/whole' } }
    )
  ),
  40
)
const percentage = fc.constantFrom(undefined, { value: 0 }, { value: 100 })
const fault = maybe(
  filled({
    abort: fc.oneof(
      filled({ httpStatus: fc.constantFrom(418, 503, 200), percentage }),
      filled({ grpcStatus: fc.constantFrom('UNAVAILABLE', 'OK', 'NOT_FOUND'), percentage })
    )
  }),
  15
)
const corsPolicy = maybe(
  filled({
    allowOrigins: maybe(
      fc.array(textMatch(['https://one.test', 'https://', '*'], ['https://.*\\.test', 'https://one']), {
        minLength: 1,
        maxLength: 2
      }),
      80
    ),
    allowMethods: maybe(some(['GET', 'POST', 'PUT'], 2)),
    allowHeaders: maybe(some(['x-a', 'x-b', '*'], 2)),
    exposeHeaders: maybe(some(['x-a', 'x-b'], 2)),
    maxAge: fc.constantFrom(undefined, '24h', '5s', '1m30s'),
    allowCredentials: fc.constantFrom(undefined, true, false),
    unmatchedPreflights: fc.constantFrom(undefined, undefined, 'FORWARD', 'IGNORE')
  }),
  20
)
const redirect = filled({
  uri: fc.constantFrom(undefined, '/new', '/new?x=1', 'new'),
  authority: fc.constantFrom(undefined, undefined, 'new.test', 'new.test:8080'),
  scheme: fc.constantFrom(undefined, 'https', 'http'),
  port: fc.constantFrom(undefined, undefined, 80, 443, 8443),
  derivePort: fc.constantFrom(undefined, undefined, 'FROM_PROTOCOL_DEFAULT', 'FROM_REQUEST_PORT'),
  redirectCode: fc.constantFrom(undefined, 301, 302, 307, 308)
}).map(spec => {
  const { derivePort, ...rest } = spec
  return rest.port === undefined && derivePort !== undefined ? { ...rest, derivePort } : { scheme: 'https', ...rest }
})
const directResponse = filled({
  status: fc.constantFrom(200, 204, 404, 503),
  body: fc.constantFrom(undefined, { string: 'direct' }, { string: '' }, { bytes: 'ZGlyZWN0' })
})

/** A route that acts itself. */
export const leaf = fc.oneof(
  {
    weight: 6,
    arbitrary: filled({
      route,
      rewrite,
      fault,
      corsPolicy,
      headers,
      timeout: fc.constantFrom(undefined, undefined, '30s'),
      retries: fc.constantFrom(undefined, undefined, { attempts: 0 }, { attempts: 3, retryOn: '503' })
    })
  },
  { weight: 2, arbitrary: filled({ redirect, corsPolicy, headers }) },
  { weight: 2, arbitrary: filled({ directResponse, corsPolicy, headers }) }
)
const matches = maybe(fc.array(match, { minLength: 1, maxLength: 2 }), 75)
export function withMatch(action: fc.Arbitrary<Spec>): fc.Arbitrary<Spec> {
  return fc.tuple(matches, action).map(([wanted, spec]) => (wanted ? { match: wanted, ...spec } : spec))
}
export const httpRoute = withMatch(
  fc.oneof(
    { weight: 8, arbitrary: leaf },
    {
      weight: 1,
      arbitrary: filled({ delegate: fc.constantFrom(0, 1), headers, rewrite, corsPolicy })
    }
  )
) as fc.Arbitrary<RoutePlan>
