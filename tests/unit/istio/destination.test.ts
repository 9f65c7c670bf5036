import { describe, expect, test } from '@jest/globals'
import { destinationsOf } from '../../../src/istio/destination.ts'
import type { DestinationSpec } from '../../../src/istio/istio.ts'
import { type KubernetesObject, Resources } from '../../../src/resources/index.ts'

function istio(kind: string, spec: unknown, namespace = 'shop'): KubernetesObject {
  return { apiVersion: 'networking.istio.io/v1', kind, metadata: { name: 'web', namespace }, spec }
}

function service(more: Record<string, unknown> = {}, annotations?: Record<string, string>): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop', ...(annotations && { annotations }) },
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...more }
  }
}

function deployment(labels: Record<string, string> = {}, replicas = 1): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { replicas, template: { metadata: { labels: { app: 'web', ...labels } } } }
  }
}

const host = 'web.shop.svc.cluster.local'

function resolve(objects: KubernetesObject[], destination: Partial<DestinationSpec> = {}, complete = false) {
  return destinationsOf([{ destination: { host, ...destination } }], {
    resources: new Resources(objects),
    namespace: 'istio-system',
    port: 443,
    complete
  })[0]!
}

const external = { hosts: ['api.example.com'], ports: [{ number: 443, name: 'https', protocol: 'HTTPS' }] }
const subsets = [{ name: 'v1', labels: { version: 'v1' } }]

describe('a destination has no cluster', () => {
  test.each<[string, KubernetesObject[], Partial<DestinationSpec>, boolean, string]>([
    ['without a Service', [], {}, true, 'there is no Service'],
    [
      'with a Service of another namespace',
      [service()],
      { host: 'web.edge.svc.cluster.local' },
      false,
      'Service shop/web is of another namespace'
    ],
    [
      'behind an alias, without the port',
      [
        service(),
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'alias', namespace: 'shop' },
          spec: { type: 'ExternalName', externalName: host }
        }
      ],
      { host: 'alias.shop.svc.cluster.local' },
      false,
      'has no port 443'
    ],
    ['without the port', [service()], { port: { number: 81 } }, false, 'has no port 81'],
    [
      'where the Service is exported to others',
      [service({}, { 'networking.istio.io/exportTo': '.' })],
      {},
      false,
      'is not exported'
    ],
    ['for a host without ServiceEntry', [], { host: 'api.example.com' }, false, 'no ServiceEntry'],
    [
      'for a ServiceEntry of others alone',
      [istio('ServiceEntry', { ...external, exportTo: ['.'] })],
      { host: 'api.example.com' },
      false,
      'which has the host api.example.com, is not exported'
    ],
    ['for half a name', [service()], { host: 'web.shop' }, false, 'no ServiceEntry'],
    ['for a subset that nobody defines', [service()], { subset: 'v1' }, false, 'subset v1'],
    [
      'for a subset that is exported to others',
      [service(), istio('DestinationRule', { host: 'web', subsets, exportTo: ['.'] })],
      { subset: 'v1' },
      false,
      'subset v1'
    ]
  ])('%s', (_name, objects, destination, complete, reason) => {
    expect(resolve(objects, destination, complete).problem).toMatchObject({
      unknown: true,
      body: '',
      reason: expect.stringContaining(reason)
    })
  })
})

describe('a destination is reached', () => {
  test.each<[string, KubernetesObject[], Partial<DestinationSpec>]>([
    ['by its only port', [service(), deployment()], {}],
    ['by a ServiceEntry', [istio('ServiceEntry', external)], { host: 'api.example.com' }],
    [
      'in a subset that has pods',
      [service(), deployment({ version: 'v1' }), istio('DestinationRule', { host: 'web', subsets })],
      { subset: 'v1' }
    ],
    [
      'in a subset of a wildcard rule',
      [
        service(),
        deployment({ version: 'v1' }),
        istio('DestinationRule', { host: '*.shop.svc.cluster.local', subsets })
      ],
      { subset: 'v1' }
    ]
  ])('%s', (_name, objects, destination) => {
    expect(resolve(objects, destination).problem).toBeUndefined()
  })

  test('where pods are not known, one is assumed and said to be', () => {
    expect(resolve([service()]).assumptions).toEqual(['a ready pod behind Service shop/web with the labels app=web'])
    expect(resolve([service(), deployment()]).assumptions).toEqual([])
  })
})

describe('a destination has no healthy pod', () => {
  test.each<[string, KubernetesObject[], Partial<DestinationSpec>]>([
    ['scaled down', [service(), deployment({}, 0)], {}],
    [
      'in a subset of other pods',
      [service(), deployment({ version: 'v2' }), istio('DestinationRule', { host: 'web', subsets })],
      { subset: 'v1' }
    ],
    [
      'by its EndpointSlices',
      [
        service(),
        {
          apiVersion: 'discovery.k8s.io/v1',
          kind: 'EndpointSlice',
          metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
          endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: false } }]
        }
      ],
      {}
    ]
  ])('%s', (_name, objects, destination) => {
    expect(resolve(objects, destination).problem?.body).toBe('no healthy upstream')
  })
})

describe('gateway and pods speak', () => {
  function withMode(mode: string, more: KubernetesObject[] = []) {
    return resolve([
      service(),
      deployment(),
      istio('DestinationRule', { host: 'web', trafficPolicy: { tls: { mode } } }),
      ...more
    ])
  }
  function namespace(labels?: Record<string, string>): KubernetesObject {
    return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', ...(labels && { labels }) } }
  }
  const strict: KubernetesObject = {
    apiVersion: 'security.istio.io/v1',
    kind: 'PeerAuthentication',
    metadata: { name: 'default', namespace: 'istio-system' },
    spec: { mtls: { mode: 'STRICT' } }
  }

  test.each<[string, string, KubernetesObject[], boolean]>([
    ['TLS of the mesh to pods with a sidecar', 'ISTIO_MUTUAL', [namespace({ 'istio-injection': 'enabled' })], true],
    ['TLS of the mesh to pods without', 'ISTIO_MUTUAL', [namespace()], false],
    ['TLS to a port for plain HTTP', 'SIMPLE', [], false],
    ['no TLS to pods that demand it', 'DISABLE', [namespace({ 'istio-injection': 'enabled' }), strict], false],
    ['no TLS to pods without a sidecar, whatever is demanded', 'DISABLE', [namespace(), strict], true]
  ])('%s', (_name, mode, more, isReached) => {
    expect(withMode(mode, more).problem === undefined).toBe(isReached)
  })

  test('of sidecars that nothing is known of, it is said', () => {
    const { problem, notEvaluated } = withMode('ISTIO_MUTUAL')
    expect(problem).toBeUndefined()
    expect(notEvaluated.join()).toContain('only pods with a sidecar understand')
  })
})
