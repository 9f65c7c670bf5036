import { describe, expect, test } from '@jest/globals'
import { leftOutDelegations, resolvedVirtualServices } from '../../../src/istio/virtual-service.ts'
import { type KubernetesObject, Resources } from '../../../src/resources/index.ts'

function virtualService(name: string, spec: unknown, namespace = 'edge'): KubernetesObject {
  return { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name, namespace }, spec }
}

const route = [{ destination: { host: 'web' } }]

function root(more: Record<string, unknown> = {}) {
  return virtualService('root', {
    hosts: ['a.test'],
    gateways: ['edge'],
    http: [{ match: [{ uri: { prefix: '/a' } }], delegate: { name: 'part', namespace: 'team' }, ...more }]
  })
}

function routesWith(...delegates: KubernetesObject[]) {
  const all = resolvedVirtualServices(new Resources([root(), ...delegates]))
  return all.find(({ name }) => name === 'VirtualService edge/root')!.http
}

describe('a delegate', () => {
  test('gets the root’s match, and its own short names are of its own namespace', () => {
    const [only] = routesWith(virtualService('part', { http: [{ route }] }, 'team'))
    expect(only).toMatchObject({
      name: 'VirtualService edge/root http[0] > VirtualService team/part http[0]',
      spec: { match: [{ uri: { prefix: '/a' } }], route: [{ destination: { host: 'web.team.svc.cluster.local' } }] }
    })
  })

  test.each<[string, Record<string, unknown>, number]>([
    ['a narrower prefix', { match: [{ uri: { prefix: '/a/b' } }] }, 1],
    ['an exact path below', { match: [{ uri: { exact: '/a/b' } }] }, 1],
    ['a prefix elsewhere', { match: [{ uri: { prefix: '/b' } }] }, 0],
    ['a regular expression', { match: [{ uri: { regex: '/a/.*' } }] }, 0],
    ['another part of the request', { match: [{ method: { exact: 'GET' } }] }, 1]
  ])('with %s', (_name, more, count) => {
    expect(routesWith(virtualService('part', { http: [{ ...more, route }] }, 'team'))).toHaveLength(count)
  })

  test.each<[string, unknown[]]>([
    ['is not there', []],
    ['has hosts of its own', [virtualService('part', { hosts: ['b.test'], http: [{ route }] }, 'team')]],
    ['is exported to others alone', [virtualService('part', { exportTo: ['.'], http: [{ route }] }, 'team')]]
  ])('that %s takes nothing', (_name, delegates) => {
    expect(routesWith(...(delegates as KubernetesObject[]))).toEqual([])
  })

  test.each<[string, KubernetesObject[], string | undefined]>([
    ['absent', [], 'its delegate VirtualService team/part is among the objects'],
    [
      'refused',
      [virtualService('part', { http: [{ route: [{}, {}] }] }, 'team')],
      'its delegate VirtualService team/part counts'
    ],
    [
      'hosts',
      [virtualService('part', { hosts: ['b.test'], http: [{ route }] }, 'team')],
      'its delegate VirtualService team/part has no hosts of its own'
    ],
    [
      'exportTo',
      [virtualService('part', { exportTo: ['.'], http: [{ route }] }, 'team')],
      'its delegate VirtualService team/part is exported to namespace edge'
    ],
    [
      'conflict',
      [virtualService('part', { http: [{ match: [{ uri: { prefix: '/b' } }], route }] }, 'team')],
      'its delegate VirtualService team/part has a route whose match lies inside the one of the route that delegates'
    ]
  ])('takes nothing, as it is: %s', (obstacle, delegates, condition) => {
    expect(leftOutDelegations(new Resources([root(), ...delegates]))).toMatchObject([{ obstacle, condition }])
  })

  test('that takes one of its routes is not left out', () => {
    const http = [{ match: [{ uri: { prefix: '/b' } }], route }, { route }]
    expect(leftOutDelegations(new Resources([root(), virtualService('part', { http }, 'team')]))).toEqual([])
  })

  test('takes over what it does not say itself', () => {
    const delegate = virtualService('part', { http: [{ route }] }, 'team')
    const objects = [root({ headers: { request: { set: { 'x-of': 'root' } } } }), delegate]
    const [{ http } = { http: [] }] = resolvedVirtualServices(new Resources(objects))
    expect(http[0]!.spec.headers).toEqual({ request: { set: { 'x-of': 'root' } } })
  })
})

test.each([
  ['edge', 'team/edge'],
  ['other/edge', 'other/edge'],
  ['edge.other', 'other/edge'],
  ['edge.other.svc.cluster.local', 'other/edge']
])('the gateway %s is %s', (written, expected) => {
  const object = virtualService('web', { hosts: ['a.test'], gateways: [written], http: [{ route }] }, 'team')
  expect(resolvedVirtualServices(new Resources([object]))[0]!.gateways).toEqual([expected])
})

test('of one age, the name decides and then the namespace', () => {
  const objects = ['web-b', 'web', 'web'].map((name, index) =>
    virtualService(name, { hosts: ['a.test'], gateways: ['edge'], http: [{ route }] }, ['a', 'b', 'a'][index])
  )
  expect(resolvedVirtualServices(new Resources(objects)).map(({ name }) => name)).toEqual([
    'VirtualService a/web',
    'VirtualService b/web',
    'VirtualService a/web-b'
  ])
})
