import { describe, expect, test } from '@jest/globals'
import { coverageOf } from '../../../src/check/index.ts'
import { buildPlan, defaultEnvironment } from '../../../src/model/index.ts'
import { assumeMissing, parseManifests } from '../../../src/resources/index.ts'

function cover(...objects: object[]) {
  const given = parseManifests(objects.map(object => ({ text: JSON.stringify(object), file: 'edge.json' })))
  return coverageOf(given, buildPlan(assumeMissing(given).resources, defaultEnvironment))
}

function ingress(spec: object, annotations: Record<string, string> = {}) {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'b', namespace: 'a', annotations },
    spec
  }
}

const annotated = { 'alb.ingress.kubernetes.io/scheme': 'internal' }

function ingressClass(name: string, controller: string) {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name }, spec: { controller } }
}

function service(spec: object, annotations: Record<string, string> = {}) {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'b', namespace: 'a', annotations }, spec }
}

const gatewayAPI = 'gateway.networking.k8s.io/v1'

function gatewayClass(name: string, controllerName: string) {
  return { apiVersion: gatewayAPI, kind: 'GatewayClass', metadata: { name }, spec: { controllerName } }
}

function gateway(gatewayClassName: string, name = 'edge') {
  const listeners = [{ name: 'http', port: 80, protocol: 'HTTP' }]
  return {
    apiVersion: gatewayAPI,
    kind: 'Gateway',
    metadata: { name, namespace: 'a' },
    spec: { gatewayClassName, listeners }
  }
}

function route(...parentRefs: object[]) {
  return { apiVersion: gatewayAPI, kind: 'HTTPRoute', metadata: { name: 'b', namespace: 'a' }, spec: { parentRefs } }
}

function listenerSet(parentRef: object) {
  const listeners = [{ name: 'more', port: 81, protocol: 'HTTP' }]
  return {
    apiVersion: gatewayAPI,
    kind: 'ListenerSet',
    metadata: { name: 'b', namespace: 'a' },
    spec: { parentRef, listeners }
  }
}

const ofOthers = gatewayClass('nginx', 'gateway.nginx.org/nginx-gateway-controller')
const passedOver =
  'Gateway a/edge is not looked at: its class nginx is of the controller gateway.nginx.org/nginx-gateway-controller'

describe('is looked at', () => {
  test.each<[string, object[]]>([
    ['an Ingress of the class alb', [ingress({ ingressClassName: 'alb' })]],
    ['an Ingress with annotations, whatever its class', [ingress({ ingressClassName: 'edge' }, annotated)]],
    ['an Ingress with annotations and no class', [ingress({}, annotated)]],
    [
      'an Ingress of EKS Auto Mode',
      [ingress({ ingressClassName: 'auto' }), ingressClass('auto', 'eks.amazonaws.com/alb')]
    ],
    ["an Ingress of Istio's own class", [ingress({}, { 'kubernetes.io/ingress.class': 'istio' })]],
    ['a Service that is no front door', [service({ type: 'NodePort' })]],
    [
      'a route of a Gateway of AWS',
      [route({ name: 'edge' }), gatewayClass('alb', 'gateway.k8s.aws/alb'), gateway('alb')]
    ],
    [
      "a route of Istio's Gateway",
      [route({ name: 'edge' }), gatewayClass('istio', 'istio.io/gateway-controller'), gateway('istio')]
    ],
    ['a route of a Service', [route({ kind: 'Service', group: '', name: 'edge' })]],
    ['a route without parents', [route()]],
    [
      "parameters of Istio's Gateway",
      [
        {
          ...gateway('istio'),
          spec: {
            gatewayClassName: 'istio',
            infrastructure: { parametersRef: { group: '', kind: 'ConfigMap', name: 'b' } }
          }
        },
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b', namespace: 'a' }, data: { service: '' } }
      ]
    ],
    ["an object of Istio's", [{ apiVersion: 'networking.istio.io/v1', kind: 'Sidecar', metadata: { name: 's' } }]]
  ])('%s', (_name, objects) => {
    expect(cover(...objects)).toMatchObject({ lookedAt: objects.length, notLookedAt: [] })
  })
})

describe('is not looked at', () => {
  test.each<[string, object[], string]>([
    [
      "an Ingress of a class that is not there, without the controller's annotations",
      [ingress({ ingressClassName: 'nginx' })],
      'its class nginx is not among the objects and it has no alb annotations'
    ],
    [
      "another controller's class",
      [ingress({ ingressClassName: 'nginx' }, annotated), ingressClass('nginx', 'k8s.io/ingress-nginx')],
      'its class nginx is of the controller k8s.io/ingress-nginx'
    ],
    [
      'a class by annotation',
      [ingress({}, { 'kubernetes.io/ingress.class': 'nginx' })],
      "its class nginx, by annotation, is not the AWS Load Balancer Controller's"
    ],
    [
      'neither class nor annotations',
      [ingress({})],
      'it names no class, no IngressClass among the objects is the default and it has no alb annotations'
    ],
    [
      'a Service of EKS Auto Mode',
      [service({ type: 'LoadBalancer', loadBalancerClass: 'eks.amazonaws.com/nlb' })],
      'EKS Auto Mode makes its load balancer, by rules that are not modelled; as a backend it is looked at'
    ],
    [
      'a route whose Gateway is not among the objects',
      [route({ name: 'edge', namespace: 'c' })],
      'Gateway c/edge is not among the objects'
    ],
    [
      'a route that names no namespace of its Gateway',
      [route({ name: 'edge' }), { ...gateway('istio'), metadata: { name: 'edge', namespace: 'c' } }],
      'Gateway a/edge is not among the objects; Gateway c/edge is, which its reference would name with namespace: c'
    ],
    [
      'a route whose ListenerSet is not among the objects',
      [route({ kind: 'ListenerSet', name: 'shops' })],
      'ListenerSet a/shops is not among the objects'
    ],
    [
      'a Service of a class that nobody here takes',
      [service({ type: 'LoadBalancer', loadBalancerClass: 'tailscale' })],
      "its class tailscale is neither the AWS Load Balancer Controller's nor the cloud provider's; as a backend it is looked at"
    ]
  ])('%s', (_name, objects, reason) => {
    const object = objects[0] as ReturnType<typeof ingress>
    expect(cover(...objects).notLookedAt).toEqual([
      { object: `${object.kind} a/b`, reason, file: 'edge.json', line: 1 }
    ])
  })

  test.each([
    ['by its name', []],
    ['by its controller', [gatewayClass('istio-waypoint', 'istio.io/mesh-controller')]]
  ])('a waypoint, which has no part in the edge, with its routes: %s', (_name, classes) => {
    const { notLookedAt } = cover(gateway('istio-waypoint'), route({ name: 'edge' }), ...classes)
    expect(notLookedAt).toEqual([
      expect.objectContaining({ object: '1 Gateway', ofKind: true }),
      expect.objectContaining({ object: '1 HTTPRoute', ofKind: true })
    ])
  })

  test('what others deploy', () => {
    const release = { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', metadata: { name: 'edge' } }
    expect(cover(release).notLookedAt).toEqual([
      expect.objectContaining({
        object: '1 HelmRelease',
        reason: expect.stringContaining('what it deploys is not among')
      })
    ])
  })

  test('an Ingress of an API that is gone', () => {
    const old = { apiVersion: 'extensions/v1beta1', kind: 'Ingress', metadata: { name: 'edge' } }
    expect(cover(old).notLookedAt).toEqual([
      expect.objectContaining({ reason: 'no API server takes extensions/v1beta1 any more' })
    ])
  })

  test.each<[string, object, object[]]>([
    ["a route of another controller's Gateway", route({ name: 'edge' }), []],
    [
      'one that names it with its namespace and a listener',
      route({ namespace: 'a', name: 'edge', sectionName: 'http' }),
      []
    ],
    ["a ListenerSet of another controller's Gateway", listenerSet({ name: 'edge' }), []]
  ])('%s', (_name, object, others) => {
    const { lookedAt, notLookedAt } = cover(object, ofOthers, gateway('nginx'), ...others)
    expect(lookedAt).toBe(1)
    expect(notLookedAt[0]).toMatchObject({ reason: passedOver, file: 'edge.json' })
    expect(notLookedAt.map(one => one.object).toSorted()[0]).toBe('Gateway a/edge')
  })

  test('a route through a ListenerSet', () => {
    const objects = [
      route({ kind: 'ListenerSet', name: 'b' }),
      listenerSet({ name: 'edge' }),
      ofOthers,
      gateway('nginx')
    ]
    expect(cover(...objects).notLookedAt.map(({ object }) => object)).toEqual([
      'HTTPRoute a/b',
      'ListenerSet a/b',
      'Gateway a/edge'
    ])
  })

  test('a route of two Gateways only where neither is looked at', () => {
    const objects = [
      route({ name: 'edge' }, { name: 'own' }),
      ofOthers,
      gateway('nginx'),
      gatewayClass('alb', 'gateway.k8s.aws/alb'),
      gateway('alb', 'own')
    ]
    expect(cover(...objects).notLookedAt.map(({ object }) => object)).toEqual(['Gateway a/edge'])
  })

  test('a ListenerSet that names a ListenerSet ends', () => {
    expect(cover(listenerSet({ kind: 'ListenerSet', name: 'b' })).notLookedAt).toEqual([])
  })

  test.each<[what: string, objects: object[], unasked: true | undefined]>([
    ['nothing that asks for a load balancer', [service({ type: 'NodePort' })], true],
    ['an Ingress that has one', [ingress({ ingressClassName: 'alb' })], undefined],
    ['an Ingress that cannot be loaded', [ingress({ ingressClassName: 'albs' }, annotated)], undefined],
    ['a Service that asks', [service({ type: 'LoadBalancer', ports: [{ port: 80 }] })], undefined]
  ])('%s: whether requests are followed', (_, objects, unasked) => {
    expect(cover(...objects).unasked).toBe(unasked)
  })

  test('kinds that have no part in the edge, once a kind', () => {
    const [one, two] = ['one', 'two'].map(name => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name },
      data: {}
    }))
    expect(cover(one!, two!, ingress({ ingressClassName: 'alb' }))).toEqual({
      lookedAt: 1,
      notLookedAt: [{ object: '2 ConfigMap', reason: 'the kind has no part in the edge', ofKind: true }]
    })
  })
})
