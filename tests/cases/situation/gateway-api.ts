/**
 * HTTPRoutes and GRPCRoutes.
 *
 * @module
 */

import fc from 'fast-check'
import { filled, maybe, type Spec } from './words.ts'

export const teamNamespace = 'team'

export interface GatewayRoutePlan {
  kind: string
  young: boolean
  hostnames: string[]
  rules: Spec[]
}

const named = fc.array(
  filled({
    type: fc.constantFrom(undefined, 'Exact', 'RegularExpression'),
    name: fc.constantFrom('x-a', 'x-b'),
    value: fc.constantFrom('one', 'two')
  }),
  { minLength: 1, maxLength: 1 }
)
const parameter = named.map(list => list.map(one => ({ ...one, name: 'q', value: '1' })))
const backendRefs = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('web', 'api').map(name => [{ name, port: 80 }]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Spec[]>(
      [],
      [{ name: 'nowhere', port: 80 }],
      [{ name: 'web', namespace: teamNamespace, port: 80 }],
      [
        { name: 'web', port: 80, weight: 1 },
        { name: 'api', port: 80, weight: 0 }
      ],
      [{ name: 'noend', port: 80 }],
      [{ name: 'web', port: 8080 }]
    )
  }
)
const modifier = filled({
  set: maybe(fc.constantFrom([{ name: 'x-a', value: 'set' }])),
  add: maybe(fc.constantFrom([{ name: 'X-B', value: 'added' }])),
  remove: maybe(fc.constantFrom(['x-c']))
})
const pathModifier = fc.constantFrom<Spec>(
  { type: 'ReplaceFullPath', replaceFullPath: '/full' },
  { type: 'ReplacePrefixMatch', replacePrefixMatch: '/z' },
  { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' },
  { type: 'ReplacePrefixMatch', replacePrefixMatch: '/z/' }
)
const filter = fc.oneof(
  modifier.map(requestHeaderModifier => ({ type: 'RequestHeaderModifier', requestHeaderModifier })),
  modifier.map(responseHeaderModifier => ({ type: 'ResponseHeaderModifier', responseHeaderModifier })),
  filled({ hostname: maybe(fc.constant('new.test')), path: maybe(pathModifier) }).map(urlRewrite => ({
    type: 'URLRewrite',
    urlRewrite
  })),
  filled({
    scheme: fc.constantFrom(undefined, 'https', 'http'),
    hostname: maybe(fc.constant('new.test')),
    port: fc.constantFrom(undefined, 80, 443, 8443),
    statusCode: fc.constantFrom(undefined, 301, 302),
    path: maybe(pathModifier)
  }).map(requestRedirect => ({ type: 'RequestRedirect', requestRedirect }))
)
const filters = maybe(fc.uniqueArray(filter, { minLength: 1, maxLength: 2, selector: ({ type }) => type }), 50)
const pathRule = fc.oneof(
  fc.constantFrom('/', '/a', '/a/', '/a/b').map(value => ({ type: 'PathPrefix', value })),
  fc.constantFrom('/a', '/a/b', '/A').map(value => ({ type: 'Exact', value })),
  fc.constantFrom('/a.*', '/[a-z]+').map(value => ({ type: 'RegularExpression', value }))
)
const httpRule = filled({
  matches: maybe(
    fc.array(
      filled({
        path: maybe(pathRule, 75),
        headers: maybe(named, 30),
        queryParams: maybe(parameter, 25),
        method: fc.constantFrom(undefined, undefined, 'GET', 'POST')
      }),
      { minLength: 1, maxLength: 2 }
    ),
    80
  ),
  filters,
  backendRefs
}).map(prefixRewritesOnly)

/** A prefix is replaced only where every match asks for one, as the API server demands; a redirect has no backends. */
function prefixRewritesOnly(rule: Spec): Spec {
  const all = (rule.filters ?? []) as { type: string; requestRedirect?: Spec; urlRewrite?: Spec }[]
  const text = JSON.stringify(all)
  const isRedirect = all.some(({ type }) => type === 'RequestRedirect')
  const kept = isRedirect ? all.filter(({ type }) => type !== 'URLRewrite') : all
  const { backendRefs: backends, matches: wanted, filters: _, ...rest } = rule
  const onlyPrefix = [{ path: { type: 'PathPrefix', value: '/a' } }]
  return {
    ...rest,
    ...(text.includes('ReplacePrefixMatch') ? { matches: onlyPrefix } : wanted ? { matches: wanted } : {}),
    ...(kept.length > 0 && { filters: kept }),
    ...(!isRedirect && { backendRefs: backends })
  }
}

const grpcRule = filled({
  matches: maybe(
    fc.array(
      filled({
        method: maybe(
          fc.constantFrom<Spec>(
            { service: 'pkg.Service' },
            { service: 'pkg.Service', method: 'Call' },
            { method: 'Call' },
            { type: 'RegularExpression', service: 'pkg\\..*' }
          ),
          80
        ),
        headers: maybe(named, 30)
      }),
      { minLength: 1, maxLength: 2 }
    ),
    80
  ),
  backendRefs: fc.constantFrom('web', 'api').map(name => [{ name, port: 80 }])
})
export const gatewayRoute: fc.Arbitrary<GatewayRoutePlan> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('HTTPRoute'),
      young: fc.boolean(),
      hostnames: fc.constantFrom<string[]>(['r.@'], ['*.r.@'], ['r.@', 'a.r.@']),
      rules: fc.array(httpRule, { minLength: 1, maxLength: 2 })
    })
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('GRPCRoute'),
      young: fc.boolean(),
      hostnames: fc.constant<string[]>(['r.@']),
      rules: fc.array(grpcRule, { minLength: 1, maxLength: 2 })
    })
  }
)
