import { describe, expect, test } from '@jest/globals'
import { assumeRoutes, type GatewayAnswer, IngressGateway, refusalFindings } from '../../../src/istio/index.ts'
import { type KubernetesObject, Resources, type Service } from '../../../src/resources/index.ts'

const apiVersion = 'gateway.networking.k8s.io/v1'

const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'edge-istio', namespace: 'edge' },
  spec: {
    selector: { 'gateway.networking.k8s.io/gateway-name': 'edge' },
    ports: [
      { name: 'status-port', port: 15021, targetPort: 15021 },
      { name: 'http', port: 80, targetPort: 80 }
    ]
  }
}

function gateway(listener: Record<string, unknown> = {}): KubernetesObject {
  const allowedRoutes = { namespaces: { from: 'All' } }
  return {
    apiVersion,
    kind: 'Gateway',
    metadata: { name: 'edge', namespace: 'edge' },
    spec: {
      gatewayClassName: 'istio',
      listeners: [{ name: 'http', port: 80, protocol: 'HTTP', allowedRoutes, ...listener }]
    }
  }
}

function route(rules: unknown[], more: Record<string, unknown> = {}, kind = 'HTTPRoute'): KubernetesObject {
  return {
    apiVersion,
    kind,
    metadata: { name: 'shop', namespace: 'shop' },
    spec: { parentRefs: [{ name: 'edge', namespace: 'edge' }], hostnames: ['a.test'], rules, ...more }
  }
}

const web = [{ name: 'web', port: 80 }]
const api = [{ name: 'api', port: 80 }]

function ask(objects: KubernetesObject[], path = '/', headers: [string, string][] = []): GatewayAnswer {
  const resources = new Resources([service, ...objects])
  return new IngressGateway(service, resources).answer(
    service.spec!.ports![1]!,
    { peer: '10.0.0.9' },
    { method: 'GET', path, authority: 'a.test', headers: [['host', 'a.test'], ...headers] }
  )
}

/** Where a request goes, with its path; else the status. */
function end({ outcome }: GatewayAnswer): string {
  if (outcome.kind === 'service') {
    return `${outcome.destination.host.split('.')[0]} ${outcome.request.path}`
  }
  return outcome.kind === 'response' ? String(outcome.status) : outcome.kind
}

describe('routes of the Gateway API', () => {
  test.each<[string, unknown[], string, string]>([
    [
      'a prefix of whole segments',
      [{ matches: [{ path: { value: '/api' } }], backendRefs: api }],
      '/api/x',
      'api /api/x'
    ],
    ['no prefix of characters', [{ matches: [{ path: { value: '/api' } }], backendRefs: api }], '/apix', '404'],
    [
      'the longer prefix first',
      [{ backendRefs: web }, { matches: [{ path: { value: '/api' } }], backendRefs: api }],
      '/api',
      'api /api'
    ],
    [
      'exact before prefix',
      [
        { matches: [{ path: { value: '/a/b' } }], backendRefs: web },
        { matches: [{ path: { type: 'Exact', value: '/a/b' } }], backendRefs: api }
      ],
      '/a/b',
      'api /a/b'
    ],
    ['no backend', [{}], '/', '500'],
    ['a backend of another namespace', [{ backendRefs: [{ name: 'web', namespace: 'other', port: 80 }] }], '/', '500'],
    [
      'a prefix that is taken away',
      [
        {
          matches: [{ path: { value: '/api' } }],
          filters: [
            { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } }
          ],
          backendRefs: api
        }
      ],
      '/api/x?y',
      'api /x?y'
    ]
  ])('%s', (_name, rules, path, expected) => {
    expect(end(ask([gateway(), route(rules)], path))).toBe(expected)
  })

  test('a ReferenceGrant lets a route use a Service of another namespace', () => {
    const grant: KubernetesObject = {
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      kind: 'ReferenceGrant',
      metadata: { name: 'shop', namespace: 'other' },
      spec: {
        from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop' }],
        to: [{ group: '', kind: 'Service' }]
      }
    }
    const rules = [{ backendRefs: [{ name: 'web', namespace: 'other', port: 80 }] }]
    expect(end(ask([gateway(), route(rules), grant]))).toBe('web /')
  })

  const entry = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name: 'outside', namespace: 'shop' },
    spec: { hosts: ['outside.test'], ports: [{ number: 80, name: 'http', protocol: 'HTTP' }], resolution: 'DNS' }
  }
  const hostname = { group: 'networking.istio.io', kind: 'Hostname' }
  const imported = { group: 'multicluster.x-k8s.io', kind: 'ServiceImport' }
  test.each<[string, Record<string, unknown>, string]>([
    ['a host of a ServiceEntry', { ...hostname, name: 'outside.test' }, 'outside /'],
    ['a host of none', { ...hostname, name: 'nowhere.test' }, '500'],
    ['a host with a namespace', { ...hostname, name: 'outside.test', namespace: 'shop' }, '500'],
    ['an import of a Service', { ...imported, name: 'web' }, 'web /'],
    ['an import of another namespace', { ...imported, name: 'web', namespace: 'other' }, '500'],
    ['a kind that Istio does not know', { group: 'example.test', kind: 'Bucket', name: 'web' }, '500']
  ])('a backend is %s', (_what, backend, expected) => {
    expect(end(ask([gateway(), entry, route([{ backendRefs: [{ ...backend, port: 80 }] }])]))).toBe(expected)
  })

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['a listener of its own namespace alone', { allowedRoutes: undefined }, {}],
    ['a listener for other hosts', { hostname: 'b.test' }, {}],
    [
      'a listener for other kinds',
      { allowedRoutes: { namespaces: { from: 'All' }, kinds: [{ kind: 'GRPCRoute' }] } },
      {}
    ],
    ['another section', {}, { parentRefs: [{ name: 'edge', namespace: 'edge', sectionName: 'https' }] }],
    ['another Gateway', {}, { parentRefs: [{ name: 'other', namespace: 'edge' }] }]
  ])('a route is not attached to %s', (_name, listener, more) => {
    expect(end(ask([gateway(listener), route([{ backendRefs: web }], more)]))).toBe('404')
  })

  test('a redirect keeps nothing that it does not name, and is 302', () => {
    const filters = [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https' } }]
    expect(ask([gateway(), route([{ filters }])], '/x').outcome).toMatchObject({
      status: 302,
      headers: expect.arrayContaining([['location', 'https://a.test/x']])
    })
  })

  test('a GRPCRoute takes calls by service and method', () => {
    const rules = [{ matches: [{ method: { service: 'shop.Cart', method: 'Add' } }], backendRefs: api }]
    expect(end(ask([gateway(), route(rules, {}, 'GRPCRoute')], '/shop.Cart/Add'))).toBe('api /shop.Cart/Add')
    expect(end(ask([gateway(), route(rules, {}, 'GRPCRoute')], '/shop.Cart/Remove'))).toBe('404')
  })

  test('weights are shares', () => {
    const rules = [
      {
        backendRefs: [
          { ...web[0], weight: 99 },
          { ...api[0], weight: 1 }
        ]
      }
    ]
    expect(ask([gateway(), route(rules)]).branches?.map(({ share }) => share)).toEqual([99, 1])
  })

  const redirect = { type: 'RequestRedirect', requestRedirect: { scheme: 'https' } }
  test.each<[string, KubernetesObject, string, string[]]>([
    ['counts', route([{ backendRefs: web }]), 'web /', []],
    [
      'is refused for a value does not count',
      route([{ filters: [redirect], backendRefs: web }]),
      '404',
      ['API_SERVER_REFUSES spec.rules.0']
    ],
    ['has a field too much counts', route([{ backendRefs: web, retry: { attempts: 2 } }]), 'web /', []]
  ])('a route that %s', (_what, object, expected, told) => {
    const findings = refusalFindings(new Resources([service, gateway(), object]))
    expect(end(ask([gateway(), object]))).toBe(expected)
    expect(findings.map(({ code, path }) => `${code} ${path}`)).toEqual(told)
  })

  test('no routes are assumed where there are any', () => {
    const resources = new Resources([service, gateway(), route([{ backendRefs: web }])])
    expect(assumeRoutes(resources).assumptions).toEqual([])
  })

  const foreign = { name: 'edge', namespace: 'certificates' }
  const refused = 'no ReferenceGrant of namespace certificates lets Gateways of edge take its Secret edge'
  test.each<[string, Record<string, unknown>, string | undefined]>([
    ['of another namespace', { certificateRefs: [foreign] }, refused],
    ['of another namespace beside one of its own', { certificateRefs: [foreign, { name: 'own' }] }, undefined],
    ['of the mesh itself', { options: { 'gateway.istio.io/tls-terminate-mode': 'ISTIO_SIMPLE' } }, undefined],
    ['that is not named', {}, 'its tls names no certificate']
  ])('a listener with a certificate %s', (_what, tls, reason) => {
    const objects = [gateway({ protocol: 'HTTPS', tls }), route([{ backendRefs: web }])]
    const resources = new Resources([service, ...objects])
    expect(assumeRoutes(resources).assumptions).toEqual([])
    const accepted = new IngressGateway(service, resources).accept(service.spec!.ports![1]!, {
      peer: '10.0.0.9',
      tls: {}
    })
    expect(accepted).toMatchObject(
      reason === undefined
        ? { kind: 'server' }
        : {
            kind: 'refused',
            reason: expect.stringContaining(`listener http of Gateway edge/edge is not programmed: ${reason}`)
          }
    )
  })
})

test.each<[what: string, rule: Record<string, unknown>, told: string[]]>([
  ['a time-out', { timeouts: { request: '10s' } }, ['an answer that takes longer than 10s becomes 504 (timeout)']],
  ['none', { timeouts: { request: '0s' } }, []],
  [
    'the time-out of an attempt without retries',
    { timeouts: { request: '10s', backendRequest: '2s' } },
    ['an answer that takes longer than 2s becomes 504 (timeout)']
  ],
  [
    'retries',
    { timeouts: { backendRequest: '2s' }, retry: { codes: [503] } },
    [
      'a request that fails is sent up to 2 more times on connect-failure,refused-stream,unavailable,cancelled,503, each after 2s without an answer'
    ]
  ],
  [
    'a mirror',
    {
      filters: [
        { type: 'RequestMirror', requestMirror: { backendRef: api[0], fraction: { numerator: 1, denominator: 4 } } }
      ]
    },
    ['api.shop.svc.cluster.local:80 gets a copy of 25 %, whose answer nobody sees']
  ]
])('a rule asks for %s', (_what, rule, told) => {
  expect(ask([gateway(), route([{ backendRefs: web, ...rule }])]).conduct ?? []).toEqual(told)
})

describe('ListenerSets', () => {
  const set: KubernetesObject = {
    apiVersion,
    kind: 'ListenerSet',
    metadata: { name: 'team', namespace: 'shop' },
    spec: {
      parentRef: { name: 'edge', namespace: 'edge' },
      listeners: [{ name: 'team', port: 80, protocol: 'HTTP', hostname: 'a.test' }]
    }
  }
  const parentRefs = [{ kind: 'ListenerSet', name: 'team' }]

  function taking(from: string | undefined): KubernetesObject {
    const { spec, ...rest } = gateway({ hostname: 'b.test' })
    return { ...rest, spec: { ...(spec as object), ...(from && { allowedListeners: { namespaces: { from } } }) } }
  }

  test.each([
    ['none', undefined, '404'],
    ['all', 'All', 'web /'],
    ['its own', 'Same', '404']
  ])('of a Gateway that takes %s', (_name, from, expected) => {
    expect(end(ask([taking(from), set, route([{ backendRefs: web }], { parentRefs })]))).toBe(expected)
  })

  test('a route of the Gateway is none of its ListenerSets', () => {
    expect(end(ask([taking('All'), set, route([{ backendRefs: web }])]))).toBe('404')
  })

  test('a listener whose place the Gateway has does not count', () => {
    const all = [
      taking('All'),
      {
        ...set,
        spec: { ...(set.spec as object), listeners: [{ name: 'team', port: 80, protocol: 'HTTP', hostname: 'b.test' }] }
      }
    ]
    expect(end(ask([...all, route([{ backendRefs: web }], { parentRefs, hostnames: undefined })]))).toBe('404')
  })
})
