import fc from 'fast-check'
import { filled, maybe, type Spec, some } from './words.ts'

const operation = filled({
  methods: maybe(some(['GET', 'P*', '*'], 1), 35),
  paths: maybe(some(['/a', '/a*', '*b', '/a/{*}', '/{**}/b', '*', '/A'], 2), 65),
  notPaths: maybe(some(['/b', '/a/*'], 1), 25),
  notMethods: maybe(some(['POST'], 1), 25)
})
const source = fc.constantFrom<Spec>(
  { remoteIpBlocks: ['203.0.113.0/24'] },
  { remoteIpBlocks: ['203.0.113.7', '198.51.100.0/24'] },
  { notRemoteIpBlocks: ['203.0.113.0/24'] },
  { ipBlocks: ['10.0.0.0/8'] },
  { notIpBlocks: ['10.0.0.0/8'] },
  { principals: ['*'] },
  { notPrincipals: ['*'] },
  { requestPrincipals: ['*'] },
  { notRequestPrincipals: ['*'] },
  { namespaces: ['default'] }
)
const condition = fc.oneof(
  filled({
    key: fc.constantFrom('request.headers[x-a]', 'request.headers[X-B]', 'request.headers[:authority]'),
    values: maybe(some(['one', 'o*', '*e', '*'], 2), 75),
    notValues: maybe(some(['two', 'one'], 1), 35)
  }).map(one => (one.values || one.notValues ? one : { ...one, values: ['one'] })),
  fc.constantFrom<Spec>(
    { key: 'remote.ip', values: ['203.0.113.7'] },
    { key: 'source.ip', notValues: ['203.0.113.7'] },
    { key: 'connection.sni', values: ['*.test'] },
    { key: 'destination.port', values: ['8080'] },
    { key: 'request.auth.claims[iss]', values: ['x'] }
  )
)
/** A rule of an AuthorizationPolicy for the situation's own hosts. */
export const rule = filled({
  from: maybe(
    source.map(one => [{ source: one }]),
    40
  ),
  to: fc
    .tuple(operation, fc.constantFrom<Spec>({ hosts: ['@', '*.@'] }, { hosts: ['A.@', '@*'] }))
    .map(([one, own]) => [{ operation: { ...one, ...own } }]),
  when: maybe(
    condition.map(one => [one]),
    35
  )
})
