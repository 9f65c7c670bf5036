import { describe, expect, test } from '@jest/globals'
import { assumeRoutes, type GatewayAnswer, type GatewayRequest, IngressGateway } from '../../../src/istio/index.ts'
import { type KubernetesObject, Resources, type Service } from '../../../src/resources/index.ts'

const namespace = 'istio-system'
const selector = { istio: 'ingressgateway' }

const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'gateway', namespace },
  spec: {
    type: 'NodePort',
    selector,
    ports: [
      { name: 'status-port', port: 15021, targetPort: 15021, nodePort: 30021 },
      { name: 'http2', port: 80, targetPort: 8080, nodePort: 30080 },
      { name: 'https', port: 443, targetPort: 8443, nodePort: 30443 }
    ]
  }
}

function istio(kind: string, name: string, spec: unknown, own = namespace): KubernetesObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind,
    metadata: { name, namespace: own },
    spec
  }
}

function httpServer(hosts = ['*'], more = {}) {
  return {
    port: { number: 80, name: 'http', protocol: 'HTTP' },
    hosts,
    ...more
  }
}
function tlsServer(hosts = ['*'], tls: Record<string, unknown> = { mode: 'SIMPLE', credentialName: 'tls' }) {
  return {
    port: { number: 443, name: `https-${hosts[0]}`, protocol: 'HTTPS' },
    hosts,
    tls
  }
}
function gateway(servers: unknown[], more = {}) {
  return istio('Gateway', 'edge', { selector, servers, ...more })
}
function route(host: string, weight?: number) {
  return {
    destination: { host, port: { number: 80 } },
    ...(weight !== undefined && { weight })
  }
}
function virtualService(name: string, http: unknown[], more = {}) {
  return istio('VirtualService', name, { hosts: ['*'], gateways: ['edge'], http, ...more })
}

interface Ask extends Partial<GatewayRequest> {
  port?: 'status-port' | 'http2' | 'https'
  serverName?: string
  complete?: boolean
}

function ask(
  objects: KubernetesObject[],
  { port = 'http2', serverName, complete = false, ...request }: Ask = {}
): GatewayAnswer {
  const resources = new Resources([service, ...objects])
  const tls = port === 'https' ? { tls: serverName === undefined ? {} : { serverName } } : {}
  return new IngressGateway(service, resources, { complete }).answer(
    service.spec!.ports!.find(({ name }) => name === port)!,
    { peer: '10.0.0.9', ...tls },
    { method: 'GET', path: '/', authority: 'shop.example.com', headers: [], ...request }
  )
}

const toWeb = virtualService('web', [{ route: [route('web')] }])

describe('an ingress gateway', () => {
  test('does not listen on a port for which no Gateway has a server, and is ready all the same', () => {
    expect(ask([]).outcome).toMatchObject({ kind: 'refused', reason: expect.stringContaining('port 80') })
    expect(ask([], { port: 'status-port', path: '/healthz/ready' }).outcome).toMatchObject({ status: 200 })
    const other = istio('Gateway', 'edge', { selector: { istio: 'other' }, servers: [httpServer()] })
    expect(ask([other, toWeb]).outcome.kind).toBe('refused')
  })

  test.each([
    { what: 'redirects', route: { redirect: { uri: '/new' } }, status: 301 },
    { what: 'answers directly', route: { directResponse: { status: 204 } }, status: 204 }
  ])('gives a route that $what no corsPolicy, preflights included', ({ route: own, status }) => {
    const corsPolicy = { allowOrigins: [{ exact: '*' }] }
    const headers: [string, string][] = [
      ['origin', 'https://one.test'],
      ['access-control-request-method', 'PUT']
    ]
    const objects = [gateway([httpServer()]), virtualService('web', [{ ...own, corsPolicy }])]
    for (const method of ['OPTIONS', 'GET']) {
      const { outcome } = ask(objects, { method, headers })
      expect(outcome).toMatchObject({ kind: 'response', status })
      expect(JSON.stringify(outcome)).not.toContain('access-control')
    }
  })

  test.each([
    { what: 'redirects', own: { redirect: { uri: '/new' } } },
    { what: 'answers directly', own: { directResponse: { status: 200 } } }
  ])('names itself in what it answers itself, whatever a route that $what says', ({ own }) => {
    const headers = { response: { set: { server: 'mine' }, add: { Server: 'too' } } }
    const { outcome } = ask([gateway([httpServer()]), virtualService('web', [{ ...own, headers }])])
    const told = outcome.kind === 'response' ? outcome.headers.filter(([name]) => name.toLowerCase() === 'server') : []
    expect(told).toEqual([['server', 'istio-envoy']])
  })

  test('passes TLS through where no mode is set, and says so where nothing is then listened for', () => {
    const { outcome } = ask([gateway([tlsServer(['*'], { credentialName: 'tls' })]), toWeb], { port: 'https' })
    expect(outcome).toMatchObject({ kind: 'refused', reason: expect.stringContaining('tls.mode is not set') })
  })

  const delegating = { match: [{ uri: { prefix: '/pay' } }], delegate: { name: 'pay', namespace: 'team' } }
  const nowhere = ['VirtualService team/pay, to which VirtualService istio-system/root http[0] delegates, is nowhere']
  const hosts = ['shop.test']
  test.each<[string, KubernetesObject[], string, string[]]>([
    ['it alone would have taken', [virtualService('root', [delegating], { hosts })], '/pay', nowhere],
    [
      'the next route takes',
      [virtualService('root', [delegating, { directResponse: { status: 200 } }], { hosts })],
      '/pay',
      nowhere
    ],
    ['it would not have taken', [virtualService('root', [delegating], { hosts })], '/cart', []],
    [
      'it would not have had for its host',
      [virtualService('root', [delegating], { hosts: ['other.test'] })],
      '/pay',
      []
    ]
  ])('takes a delegate to be nowhere for a request that %s', (_what, objects, path, assumptions) => {
    const answer = ask([gateway([httpServer()]), ...objects], { path, authority: 'shop.test' })
    expect(answer.assumptions).toEqual(assumptions)
    const named = answer.considered.filter(({ misses }) => misses.some(text => text.startsWith('its delegate')))
    expect(named).toHaveLength(assumptions.length)
  })

  test('a route before one whose delegate is nowhere hinges on nothing', () => {
    const http = [{ match: [{ uri: { prefix: '/pay' } }], directResponse: { status: 200 } }, delegating]
    const objects = [gateway([httpServer()]), virtualService('root', http, { hosts })]
    expect(ask(objects, { path: '/pay', authority: 'shop.test' }).assumptions).toEqual([])
  })

  test('puts the headers of a route on the answer of a fault too', () => {
    const fault = { abort: { httpStatus: 418, percentage: { value: 100 } } }
    const headers = { response: { set: { 'x-a': 'two' } } }
    const { outcome } = ask([
      gateway([httpServer()]),
      virtualService('web', [{ route: [route('web')], fault, headers }])
    ])
    expect(outcome).toMatchObject({ status: 418, headers: expect.arrayContaining([['x-a', 'two']]) })
  })

  test('takes a server by the Service’s port, or by the pods’ where the Service has no such number', () => {
    function at(number: number) {
      return gateway([{ ...httpServer(), port: { number, name: 'http', protocol: 'HTTP' } }])
    }
    expect(ask([at(80), toWeb]).outcome.kind).toBe('service')
    expect(ask([at(8080), toWeb]).outcome.kind).toBe('service')
    expect(ask([at(8081), toWeb]).outcome.kind).toBe('refused')
  })

  test.each([
    ['no server name, and a server for one host', ['shop.example.com'], undefined, 'reset'],
    ['no server name, and a wildcard', ['*.example.com'], undefined, 'reset'],
    ['no server name, and *', ['*'], undefined, 'service'],
    ['no server name, and * of a namespace', ['istio-system/*'], undefined, 'service'],
    ['the right server name', ['shop.example.com'], 'shop.example.com', 'service'],
    ['a server name that the wildcard covers', ['*.example.com'], 'shop.example.com', 'service'],
    ['another server name', ['shop.example.com'], 'other.example.com', 'reset']
  ])('TLS with %s', (_name, hosts, serverName, expected) => {
    const { outcome } = ask([gateway([tlsServer(hosts)]), toWeb], { port: 'https', ...(serverName && { serverName }) })
    expect(outcome.kind).toBe(expected)
  })

  function secret(
    own: string,
    data: Record<string, string> = { 'tls.crt': 'YQ==', 'tls.key': 'YQ==' }
  ): KubernetesObject {
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'tls', namespace: own },
      data
    }
  }

  test.each<[string, KubernetesObject[], boolean, string]>([
    ['in its own namespace', [secret(namespace)], true, 'service'],
    ['in another namespace', [secret('shop')], false, 'Secret tls is in namespace shop'],
    ['without a key', [secret(namespace, { 'tls.crt': 'YQ==' })], false, 'holds no tls.crt and tls.key'],
    ['nowhere, and everything is known', [], true, 'there is no Secret istio-system/tls'],
    ['nowhere, and not everything is known', [], false, 'service']
  ])('a certificate %s', (_name, secrets, complete, expected) => {
    const web: Service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace },
      spec: { ports: [{ port: 80 }] }
    }
    const { outcome } = ask([gateway([tlsServer()]), toWeb, web, ...secrets], { port: 'https', complete })
    if (expected === 'service') {
      expect(outcome.kind).toBe('service')
    } else {
      expect(outcome).toMatchObject({ kind: 'reset', reason: expect.stringContaining(expected) })
    }
  })

  test.each([
    [{ mode: 'MUTUAL', credentialName: 'tls' }, 'client certificate (mode MUTUAL)'],
    [{ mode: 'ISTIO_MUTUAL' }, 'client certificate (mode ISTIO_MUTUAL)']
  ])('%j cuts a load balancer off', (tls, reason) => {
    const { outcome } = ask([gateway([tlsServer(['*'], tls)]), toWeb], { port: 'https' })
    expect(outcome).toMatchObject({ kind: 'reset', reason: expect.stringContaining(reason) })
  })

  test('does not listen where TLS is passed through and no route takes any', () => {
    const { outcome } = ask([gateway([tlsServer(['*'], { mode: 'PASSTHROUGH' })]), toWeb], { port: 'https' })
    expect(outcome).toMatchObject({ kind: 'refused', reason: expect.stringContaining('no tls or tcp route') })
  })

  test.each([
    [
      'a host with a namespace and without',
      [tlsServer(['shop/a.example.com']), tlsServer(['a.example.com'])],
      'refused'
    ],
    [
      'one host twice, which istiod sees',
      [tlsServer(['a.example.com']), tlsServer(['b.test', 'a.example.com'])],
      'reset'
    ],
    ['one server that repeats a name', [tlsServer(['shop/a.example.com', './a.example.com'])], 'reset']
  ])('%s: Envoy refuses a port with two chains for one name', (_, servers, kind) => {
    const { outcome } = ask([gateway(servers), toWeb], { port: 'https' })
    const reason = kind === 'refused' ? 'Envoy refuses all of the port' : 'no server name (SNI)'
    expect(outcome).toMatchObject({ kind, reason: expect.stringContaining(reason) })
  })

  test('demands the PROXY protocol where its pods are told so', () => {
    const deployment: KubernetesObject = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'gateway', namespace },
      spec: {
        template: {
          metadata: {
            labels: selector,
            annotations: { 'proxy.istio.io/config': 'gatewayTopology: { proxyProtocol: {} }' }
          }
        }
      }
    }
    const { outcome } = ask([deployment, gateway([httpServer()]), toWeb])
    expect(outcome).toMatchObject({ kind: 'reset', reason: expect.stringContaining('PROXY protocol') })
  })

  const httpsOnly = [gateway([httpServer(['*'], { tls: { httpsRedirect: true } })]), toWeb]
  function mesh(numTrustedProxies: number): KubernetesObject {
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'istio', namespace },
      data: { mesh: `defaultConfig: { gatewayTopology: { numTrustedProxies: ${numTrustedProxies} } }` }
    }
  }

  test('redirects in circles behind a load balancer that it does not believe', () => {
    const headers: [string, string][] = [['X-Forwarded-Proto', 'https']]
    expect(ask(httpsOnly, { headers }).outcome).toMatchObject({
      status: 301,
      headers: expect.arrayContaining([['location', 'https://shop.example.com/']]),
      reason: expect.stringContaining('trusted proxies: 0')
    })
    expect(ask([...httpsOnly, mesh(1)], { headers }).outcome.kind).toBe('service')
  })

  test.each<[string, KubernetesObject[], string | undefined]>([
    ['nothing says how many proxies are trusted', httpsOnly, 'the mesh'],
    ['the mesh trusts one', [...httpsOnly, mesh(1)], undefined],
    ['the mesh trusts none', [...httpsOnly, mesh(0)], undefined],
    ['no route looks at the scheme', [gateway([httpServer()]), toWeb], undefined]
  ])('says what an answer hinges on: %s', (_name, objects, told) => {
    const resources = new Resources([service, ...objects])
    const forwarded: [string, string][] = [['X-Forwarded-Proto', 'https']]
    const request = { method: 'GET', path: '/', authority: 'shop.example.com', headers: forwarded }
    const connection = { peer: '192.0.2.1' }
    const ingress = new IngressGateway(service, resources)
    const port = service.spec!.ports![1]!
    const { outcome } = ingress.answer(port, connection, request)
    const unsure = ingress.unsureOf(port, connection, request, outcome)
    expect(unsure ?? '').toEqual(told === undefined ? '' : expect.stringContaining(told))
  })

  test('finds the first route that takes a request, and tells what the others lack', () => {
    const routes = virtualService('web', [
      { match: [{ uri: { prefix: '/api' }, method: { exact: 'POST' } }], route: [route('api')] },
      { match: [{ port: 443 }], route: [route('never')] },
      { route: [route('web')] }
    ])
    const { considered, route: taken, outcome } = ask([gateway([httpServer()]), routes], { path: '/api/a' })
    expect(considered).toEqual([
      { route: 'VirtualService istio-system/web http[0].match[0]', misses: ['method exact POST'] },
      { route: 'VirtualService istio-system/web http[2]', misses: [] }
    ])
    expect(taken).toBe('VirtualService istio-system/web http[2]')
    expect(outcome).toMatchObject({
      destination: { host: 'web.istio-system.svc.cluster.local', port: 80, assumed: true }
    })
  })

  test('puts catch-alls of several VirtualServices behind all other routes', () => {
    const first = virtualService('a', [{ route: [route('any')] }])
    const later = virtualService('b', [{ match: [{ uri: { exact: '/b' } }], route: [route('b')] }])
    expect(ask([gateway([httpServer()]), first, later], { path: '/b' }).route).toContain('istio-system/b')
    expect(ask([gateway([httpServer()]), first, later], { path: '/c' }).route).toContain('istio-system/a')
  })

  test.each([
    ['VirtualServices of a namespace that the server names', ['shop/*.example.com'], 'shop', {}, 'service'],
    ['and of no other', ['other/*.example.com'], 'shop', {}, 404],
    ['a gateway named by another namespace', ['*'], 'shop', { gateways: ['istio-system/edge'] }, 'service'],
    ['a gateway of its own namespace, which is another', ['*'], 'shop', { gateways: ['edge'] }, 404],
    ['what is exported to nobody else', ['*'], 'shop', { exportTo: ['.'] }, 404]
  ])('takes %s', (_name, hosts, own, more, expected) => {
    const spec = {
      hosts: ['shop.example.com'],
      gateways: ['istio-system/edge'],
      http: [{ route: [route('web')] }],
      ...more
    }
    const { outcome } = ask([gateway([httpServer(hosts)]), istio('VirtualService', 'web', spec, own)])
    if (expected === 'service') {
      expect(outcome.kind).toBe('service')
    } else {
      expect(outcome).toMatchObject({ kind: 'response', status: expected })
    }
  })

  test('tells the shares of several destinations, and a subset that nobody defines', () => {
    const weighted = virtualService('web', [{ route: [route('one', 25), route('two', 75), route('none', 0)] }])
    const { outcome } = ask([gateway([httpServer()]), weighted])
    expect(outcome).toMatchObject({
      destinations: [
        { host: 'one.istio-system.svc.cluster.local', share: 25 },
        { host: 'two.istio-system.svc.cluster.local', share: 75 }
      ]
    })
    const subset = virtualService('web', [{ route: [{ destination: { host: 'web', subset: 'v2' } }] }])
    const rule = istio('DestinationRule', 'web', { host: 'web', subsets: [{ name: 'v1' }] })
    expect(ask([gateway([httpServer()]), subset, rule]).outcome).toMatchObject({
      status: 503,
      reason: expect.stringContaining('subset v2')
    })
  })

  test('answers gRPC in gRPC’s own words', () => {
    const headers: [string, string][] = [['content-type', 'application/grpc']]
    const { outcome } = ask([], {
      port: 'status-port',
      path: '/AWS.ALB/healthcheck',
      method: 'POST',
      version: '2.0',
      headers
    })
    expect(outcome).toMatchObject({ status: 200, headers: expect.arrayContaining([['grpc-status', '12']]) })
  })

  test('gets routes assumed only where there is no Gateway at all', () => {
    const { resources, assumptions } = assumeRoutes(new Resources([service]))
    expect(assumptions).toHaveLength(1)
    expect(
      new IngressGateway(service, resources).answer(
        service.spec!.ports![2]!,
        { peer: '10.0.0.9', tls: {} },
        { method: 'GET', path: '/', authority: 'any.test', headers: [] }
      ).outcome
    ).toMatchObject({ kind: 'service', destination: { host: 'istio-alb-sample.istio-system.svc.cluster.local' } })
    const own = new Resources([service, gateway([httpServer()])])
    expect(assumeRoutes(own)).toEqual({ resources: own, assumptions: [] })
  })
})

describe('what a route asks for around a request is told', () => {
  test.each<[what: string, spec: Record<string, unknown>, told: string[] | undefined, expected: string | undefined]>([
    ['nothing', {}, undefined, undefined],
    ['a time-out', { timeout: '1.5s' }, ['an answer that takes longer than 1.5s becomes 504 (timeout)'], '1500'],
    ['no retries', { retries: { attempts: 0 } }, ['no request is sent twice (retries.attempts: 0)'], undefined],
    [
      'retries',
      { timeout: '10s', retries: { attempts: 3, retryOn: '5xx,reset', perTryTimeout: '2s' } },
      [
        'an answer that takes longer than 10s becomes 504 (timeout)',
        'a request that fails is sent up to 3 more times on 5xx,reset, each after 2s without an answer'
      ],
      '2000'
    ],
    [
      'mirrors',
      {
        mirror: { host: 'copy', port: { number: 81 } },
        mirrorPercentage: { value: 10 }
      },
      ['copy:81 gets a copy of 10 %, whose answer nobody sees'],
      undefined
    ],
    [
      'mirrors of which one gets nothing',
      { mirrors: [{ destination: { host: 'a' } }, { destination: { host: 'b' }, percentage: { value: 0 } }] },
      ['a gets a copy, whose answer nobody sees'],
      undefined
    ]
  ])('%s', (_what, spec, told, expected) => {
    const { conduct, outcome } = ask([
      gateway([httpServer()]),
      virtualService('web', [{ route: [route('web')], ...spec }])
    ])
    expect(conduct).toEqual(told)
    const seen = outcome.kind === 'service' ? outcome.request.headers : []
    expect(seen.find(([name]) => name === 'x-envoy-expected-rq-timeout-ms')?.[1]).toBe(expected)
  })
})

test.each<[what: string, spec: Record<string, unknown>, host: string | undefined, path: string | undefined]>([
  ['nothing', {}, undefined, undefined],
  ['the path', { rewrite: { uri: '/z' } }, undefined, '/a?q=1'],
  ['the path by an expression', { rewrite: { uriRegexRewrite: { match: 'b', rewrite: 'c' } } }, undefined, '/a?q=1'],
  ['the host', { rewrite: { authority: 'new.test' } }, 'shop.example.com', undefined],
  ['the host by a header', { headers: { request: { set: { host: 'new.test' } } } }, 'shop.example.com', undefined]
])('a Service is told what was there before a route rewrote %s', (_what, spec, host, path) => {
  const { outcome } = ask([gateway([httpServer()]), virtualService('web', [{ route: [route('web')], ...spec }])], {
    path: '/a?q=1',
    headers: [['host', 'shop.example.com']]
  })
  const seen = outcome.kind === 'service' ? outcome.request.headers : []
  function headerValueOf(wanted: string) {
    return seen.find(([name]) => name === wanted)?.[1]
  }
  expect([headerValueOf('x-envoy-original-host'), headerValueOf('x-envoy-original-path')]).toEqual([host, path])
  expect(headerValueOf('host')).toBe(host ? 'new.test' : 'shop.example.com')
})

describe('ports of the Service that lead to one port of the pods', () => {
  const both: Service = {
    ...service,
    spec: {
      ...service.spec,
      ports: service.spec!.ports!.map(port => ({ ...port, targetPort: port.port === 443 ? 8080 : port.targetPort! }))
    }
  }
  const http = [{ route: [route('web')] }]
  const web = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace },
    spec: { ports: [{ port: 80 }] }
  }

  test.each([
    ['http2', 80],
    ['http2', 443],
    ['https', 80],
    ['https', 443]
  ])('%s is answered by a plain server for %i', (name, number) => {
    const server = { port: { number, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }
    const resources = new Resources([both, gateway([server]), virtualService('web', http), web])
    const port = both.spec!.ports!.find(one => one.name === name)!
    const request = { method: 'GET', path: '/', authority: 'shop.example.com', headers: [] as [string, string][] }
    const { outcome } = new IngressGateway(both, resources).answer(port, { peer: '10.0.0.9' }, request)
    expect(outcome).toMatchObject({ kind: 'service' })
  })
})
