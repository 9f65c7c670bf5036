import { describe, expect, test } from '@jest/globals'
import { IngressGateway, refusalFindings, refusedObjects } from '../../../src/istio/index.ts'
import { type KubernetesObject, Resources } from '../../../src/resources/index.ts'
import { baseObjects, openGateway, peer } from '../../cases/istio-cases.ts'

type Spec = Record<string, unknown>

const destination = { host: 'web.default.svc.cluster.local' }
const route = [{ destination }]

function refusalsFor(kind: string, spec: Spec, name = 'web') {
  const group = /Policy|Authentication$/.test(kind) ? 'security' : 'networking'
  const object: KubernetesObject = {
    apiVersion: `${group}.istio.io/v1`,
    kind,
    metadata: { name, namespace: 'shop' },
    spec
  }
  return refusedObjects(new Resources([object])).map(({ refusal }) => refusal)
}

function refusedFor(kind: string, spec: Spec, name?: string): string[] {
  return refusalsFor(kind, spec, name).map(({ path, message }) => `${path.join('.')}: ${message}`)
}

function httpRoute(spec: Spec): Spec {
  return { hosts: ['a.test'], gateways: ['edge'], http: [{ route, ...spec }] }
}

function server(spec: Spec): Spec {
  const port = { number: 443, name: 'https', protocol: 'HTTPS' }
  return { servers: [{ port, hosts: ['*'], tls: { mode: 'SIMPLE', credentialName: 'x' }, ...spec }] }
}

const virtualServices: [spec: Spec, path: string, words: RegExp][] = [
  [{ hosts: ['a_b.test'], http: [{ route }] }, 'spec.hosts.0', /no host/],
  [{ hosts: ['a.*.test'], gateways: ['edge'], http: [{ route }] }, 'spec.hosts.0', /no host/],
  [{ hosts: ['*'], http: [{ route }] }, 'spec.hosts', /at gateways only/],
  [{ hosts: ['*.test', 'a.test'], gateways: ['edge'], http: [{ route }] }, 'spec.hosts.1', /stands for the other/],
  [{ hosts: ['a.test'], gateways: ['./edge'], http: [{ route }] }, 'spec.gateways.0', /no gateway/],
  [{ hosts: ['a.test'], gateways: ['a_b/edge'], http: [{ route }] }, 'spec.gateways.0', /no gateway/],
  [{ hosts: ['a.test'], exportTo: ['~'], http: [{ route }] }, 'spec.exportTo.0', /no namespace/],
  [{ hosts: ['a.test'], exportTo: ['.', 'shop'], http: [{ route }] }, 'spec.exportTo.1', /twice/],
  [{ hosts: ['a.test'], exportTo: ['*', 'shop'], http: [{ route }] }, 'spec.exportTo', /besides/],
  [{ tcp: [{ route }] }, 'spec.tcp', /delegate/],
  [{ http: [{ delegate: { name: 'x' } }] }, 'spec.http.0.delegate', /delegate again/],
  [httpRoute({ delegate: { name: 'x' } }), 'spec.http.0.delegate', /both delegate and route/],
  [httpRoute({ directResponse: { status: 200 } }), 'spec.http.0.directResponse', /both directResponse and route/],
  [httpRoute({ mirror: destination, mirrors: [{ destination }] }), 'spec.http.0.mirror', /both mirror and mirrors/],
  [httpRoute({ match: [{ headers: { 'x y': { exact: 'a' } } }] }), 'spec.http.0.match.0.headers.x y', /no name/],
  [httpRoute({ match: [{ headers: { x: { regex: '*' } } }] }), 'spec.http.0.match.0.headers.x.regex', /none that/],
  [httpRoute({ match: [{ uri: { regex: '*' } }] }), 'spec.http.0.match.0.uri.regex', /none that/],
  [httpRoute({ match: [{ uri: { exact: '/', prefix: '/' } }] }), 'spec.http.0.match.0.uri', /exact and prefix/],
  [httpRoute({ match: [{ port: 70_000 }] }), 'spec.http.0.match.0.port', /no port/],
  [httpRoute({ corsPolicy: { allowMethods: ['get'] } }), 'spec.http.0.corsPolicy.allowMethods.0', /no method/],
  [httpRoute({ corsPolicy: { allowOrigins: [{ exact: '' }] } }), 'spec.http.0.corsPolicy.allowOrigins.0', /empty/],
  [httpRoute({ corsPolicy: { maxAge: '1500ms' } }), 'spec.http.0.corsPolicy.maxAge', /no duration/],
  [httpRoute({ timeout: '0s' }), 'spec.http.0.timeout', /no duration/],
  [httpRoute({ timeout: '30' }), 'spec.http.0.timeout', /no duration/],
  [httpRoute({ retries: { attempts: 3, retryOn: '5xx, reset' } }), 'spec.http.0.retries.retryOn', /no reason/],
  [httpRoute({ retries: { retryOn: '5xx' } }), 'spec.http.0.retries', /turns them off/],
  [httpRoute({ fault: { delay: { fixedDelay: '1' } } }), 'spec.http.0.fault.delay.fixedDelay', /no duration/],
  [httpRoute({ headers: { response: { set: { host: 'x' } } } }), 'spec.http.0.headers.response.set.host', /changed/],
  [httpRoute({ headers: { request: { remove: ['host'] } } }), 'spec.http.0.headers.request.remove.0', /removed/],
  [httpRoute({ headers: { request: { set: { x: '50%' } } } }), 'spec.http.0.headers.request.set.x', /percent/],
  [
    httpRoute({ rewrite: { authority: 'x.test' }, headers: { request: { set: { host: 'y.test' } } } }),
    'spec.http.0.headers.request.set.host',
    /written twice/
  ],
  [httpRoute({ rewrite: { uri: '/', uriRegexRewrite: { match: 'a', rewrite: 'b' } } }), 'spec.http.0.rewrite', /both/],
  [httpRoute({ route: [{ destination: { host: '*' } }] }), 'spec.http.0.route.0.destination.host', /no host/],
  [
    httpRoute({ route: [{ destination: { ...destination, subset: 'v1.2' } }] }),
    'spec.http.0.route.0.destination.subset',
    /no name of a subset/
  ],
  [
    httpRoute({ route: [{ destination: { ...destination, port: {} } }] }),
    'spec.http.0.route.0.destination.port.number',
    /no port/
  ],
  [
    httpRoute({ route: undefined, match: [{ uri: { exact: '/' } }], redirect: { prefixRewrite: '/x' } }),
    'spec.http.0.redirect.prefixRewrite',
    /by prefix/
  ],
  [httpRoute({ route: undefined, redirect: { scheme: 'ftp' } }), 'spec.http.0.redirect.scheme', /no scheme/],
  [
    { hosts: ['a.test'], gateways: ['edge'], tls: [{ match: [{ sniHosts: ['b.test'] }], route }] },
    'spec.tls.0.match.0.sniHosts.0',
    /not among the hosts/
  ]
]

const others: [kind: string, spec: Spec, path: string, words: RegExp][] = [
  ['Gateway', server({ hosts: ['shop'] }), 'spec.servers.0.hosts.0', /short name/],
  ['Gateway', server({ hosts: ['a_b/*'] }), 'spec.servers.0.hosts.0', /no namespace/],
  ['Gateway', server({ bind: 'localhost' }), 'spec.servers.0.bind', /no address/],
  ['Gateway', server({ port: { number: 0, name: 'x', protocol: 'HTTPS' } }), 'spec.servers.0.port.number', /no port/],
  [
    'Gateway',
    server({ tls: { mode: 'MUTUAL', serverCertificate: '/a', privateKey: '/b' } }),
    'spec.servers.0.tls',
    /auth/
  ],
  ['Gateway', server({ tls: { mode: 'ISTIO_MUTUAL', credentialName: 'x' } }), 'spec.servers.0.tls', /of the mesh/],
  [
    'Gateway',
    server({ port: { number: 9000, name: 'tcp', protocol: 'TCP' }, tls: { httpsRedirect: true } }),
    'spec.servers.0.tls.mode',
    /for TCP cannot/
  ],
  ['DestinationRule', { host: 'web', subsets: [{ name: 'a' }, { name: 'a' }] }, 'spec.subsets.1.name', /two subsets/],
  ['DestinationRule', { host: 'web', subsets: [{ name: 'v1.2' }] }, 'spec.subsets.0.name', /no name/],
  ...(
    [
      [{ outlierDetection: { minHealthPercent: 150 } }, 'outlierDetection.minHealthPercent', /not from 0 to 100/],
      [{ outlierDetection: { maxEjectionPercent: -1 } }, 'outlierDetection.maxEjectionPercent', /not from 0 to 100/],
      [
        { outlierDetection: { consecutiveLocalOriginFailures: 5 } },
        'outlierDetection.consecutiveLocalOriginFailures',
        /counts for nothing/
      ],
      [{ connectionPool: {} }, 'connectionPool', /neither http nor tcp/],
      [{ connectionPool: { http: { maxRetries: -1 } } }, 'connectionPool.http.maxRetries', /below 0/],
      [
        { connectionPool: { http: { h2UpgradePolicy: 'UPGRADE', useClientProtocol: true } } },
        'connectionPool.http.useClientProtocol',
        /cannot stand beside/
      ],
      [{ connectionPool: { tcp: { maxConnections: -5 } } }, 'connectionPool.tcp.maxConnections', /below 0/],
      [{ connectionPool: { tcp: { connectTimeout: '0s' } } }, 'connectionPool.tcp.connectTimeout', /no duration/],
      [
        { portLevelSettings: [{ port: { number: 80 }, connectionPool: { tcp: { maxConnections: -5 } } }] },
        'portLevelSettings.0.connectionPool.tcp.maxConnections',
        /below 0/
      ]
    ] as const
  ).map(([trafficPolicy, at, message]): [string, Spec, string, RegExp] => [
    'DestinationRule',
    { host: 'web', trafficPolicy },
    `spec.trafficPolicy.${at}`,
    message
  ]),
  [
    'DestinationRule',
    { host: 'web', subsets: [{ name: 'a', trafficPolicy: { outlierDetection: { minHealthPercent: 101 } } }] },
    'spec.subsets.0.trafficPolicy.outlierDetection.minHealthPercent',
    /not from 0 to 100/
  ],
  ['ServiceEntry', { hosts: ['*'] }, 'spec.hosts.0', /no host/],
  ['ServiceEntry', { hosts: ['*.test'], resolution: 'DNS' }, 'spec.resolution', /wildcard/],
  ['AuthorizationPolicy', { action: 'DENY' }, 'spec.rules', /for no request/],
  ['AuthorizationPolicy', { rules: [{ to: [{ operation: {} }] }] }, 'spec.rules.0.to.0.operation', /empty/],
  [
    'AuthorizationPolicy',
    { rules: [{ from: [{ source: { ipBlocks: ['10.0.0.0/33'] } }] }] },
    'spec.rules.0.from.0.source.ipBlocks.0',
    /no block/
  ],
  [
    'AuthorizationPolicy',
    { rules: [{ to: [{ operation: { paths: ['/{**}/x/{*}'] } }] }] },
    'spec.rules.0.to.0.operation.paths.0',
    /no template/
  ],
  [
    'AuthorizationPolicy',
    { rules: [{ when: [{ key: 'request.host', values: ['x'] }] }] },
    'spec.rules.0.when.0.key',
    /ask/
  ],
  ['AuthorizationPolicy', { selector: {}, targetRefs: [{ kind: 'Gateway', name: 'x' }], rules: [] }, 'spec', /both/],
  ['RequestAuthentication', { jwtRules: [{ issuer: '' }] }, 'spec.jwtRules.0', /no issuer/],
  ['PeerAuthentication', { portLevelMtls: { 8080: { mode: 'DISABLE' } } }, 'spec.portLevelMtls', /whole namespace/]
]

describe('an object of which the webhook takes one field amiss does not count', () => {
  test.each(virtualServices)('VirtualService %j', (spec, path, words) => {
    const [refusal = '', ...more] = refusedFor('VirtualService', spec)
    expect(refusal).toMatch(words)
    expect(refusal.split(': ')[0]).toBe(path)
    expect(more).toEqual([])
  })

  test.each(others)('%s %j', (kind, spec, path, words) => {
    const [refusal = '', ...more] = refusedFor(kind, spec)
    expect(refusal).toMatch(words)
    expect(refusal.split(': ')[0]).toBe(path)
    expect(more).toEqual([])
  })

  test.each([
    ['5xx, reset', 'put commas without blanks between the reasons'],
    ['503 ,reset', 'put commas without blanks between the reasons'],
    ['5xx,conect-failure', 'did you mean connect-failure?'],
    ['5xx,foo', 'write some of those, with commas between them']
  ])('retryOn: %s, hint: %s', (retryOn, hint) =>
    expect(refusalsFor('VirtualService', httpRoute({ retries: { attempts: 3, retryOn } }))).toMatchObject([{ hint }])
  )

  test('the name of a Gateway has no dots', () => {
    expect(refusedFor('Gateway', server({}), 'a.b')).toEqual(['metadata.name: a Gateway cannot have the name a.b'])
  })
})

describe('what looks odd and is taken counts', () => {
  test.each<[kind: string, spec: Spec]>([
    ['VirtualService', { hosts: ['*'], gateways: ['other/edge'], http: [{ route }] }],
    ['VirtualService', { hosts: ['web'], http: [{ route: [{ destination: { host: 'web' } }] }] }],
    ['VirtualService', { hosts: ['10.0.0.1'], gateways: ['edge'], http: [{ route }] }],
    ['VirtualService', httpRoute({ match: [{ withoutHeaders: { x: { regex: '*' } }, uri: { prefix: '' } }] })],
    [
      'VirtualService',
      httpRoute({ match: [{ headers: { ':method': { exact: 'GET' }, '@request.auth.claims.a': { exact: 'b' } } }] })
    ],
    [
      'VirtualService',
      httpRoute({
        headers: { request: { set: { a: '50%% %REQ(x)% %START_TIME(%s)% %DYNAMIC_METADATA(["a", "b"])%' } } }
      })
    ],
    [
      'VirtualService',
      httpRoute({ retries: { attempts: 2, retryOn: '5xx,503,connect-failure', perTryTimeout: '2s' }, timeout: '1.5s' })
    ],
    ['VirtualService', httpRoute({ corsPolicy: { allowHeaders: ['*'], allowMethods: ['*'], maxAge: '24h' } })],
    ['VirtualService', { http: [{ route }] }],
    ['VirtualService', { hosts: ['a.test'], http: [{ delegate: { name: 'x' }, rewrite: { uri: '/' } }] }],
    ['Gateway', server({ hosts: ['*', './*.test', 'team/a.test', '10.0.0.1'] })],
    ['Gateway', server({ port: { number: 80, name: 'http', protocol: 'http' }, tls: { httpsRedirect: true } })],
    ['Gateway', server({ port: { number: 443, name: 'tls', protocol: 'TLS' }, tls: { mode: 'PASSTHROUGH' } })],
    [
      'DestinationRule',
      {
        host: 'web',
        trafficPolicy: {
          outlierDetection: { minHealthPercent: 0, maxEjectionPercent: 100, consecutiveLocalOriginFailures: 0 },
          connectionPool: { tcp: { idleTimeout: '0s', maxConnections: 0 }, http: { h2UpgradePolicy: 'UPGRADE' } }
        }
      }
    ],
    ['AuthorizationPolicy', {}],
    ['AuthorizationPolicy', { action: 'DENY', rules: [{}] }],
    ['AuthorizationPolicy', { rules: [{ to: [{ operation: { paths: ['/a/{*}/b/{**}'], ports: ['8080'] } }] }] }],
    ['ServiceEntry', { hosts: ['*.example.com'], ports: [{ number: 443, name: 'tls', protocol: 'TLS' }] }]
  ])('%s %j', (kind, spec) => {
    expect(refusedFor(kind, spec)).toEqual([])
  })
})

/** What the gateway answers to a request for a path, by an object beside a Gateway for every host. */
function statusOf(path: string, object: KubernetesObject): number | string {
  const resources = new Resources([...baseObjects(), openGateway('edge'), object])
  const service = resources.find('Service', 'istio-ingressgateway', 'istio-system')!
  const { outcome } = new IngressGateway(service, resources).answer(
    service.spec!.ports!.find(({ name }) => name === 'http2')!,
    { peer },
    { method: 'GET', path, authority: 'a.test', headers: [['host', 'a.test']] }
  )
  return outcome.kind === 'response' ? outcome.status : outcome.kind
}

function answering(route: Spec, apiVersion = 'networking.istio.io/v1'): KubernetesObject {
  const spec = { hosts: ['*'], gateways: ['edge'], http: [{ directResponse: { status: 418 }, ...route }] }
  return { apiVersion, kind: 'VirtualService', metadata: { name: 'web', namespace: 'istio-system' }, spec }
}

describe('what the API server refuses by its definition does not count, and is told', () => {
  test.each([
    ['a value that is none of those allowed', answering({ corsPolicy: { unmatchedPreflights: 'FORWARDS' } })],
    ['a version that is not served', answering({}, 'networking.istio.io/v2')],
    ['a rule in CEL that does not hold', answering({ retries: { attempts: 1, backoff: '0s' } })]
  ])('%s', (_name, object) => {
    expect(statusOf('/', object)).toBe(404)
    expect(refusalFindings(new Resources([object])).map(({ code }) => code)).toEqual(['API_SERVER_REFUSES'])
  })

  test('one without', () => expect(statusOf('/', answering({}))).toBe(418))
})

describe('what it drops has no effect, and is told', () => {
  test.each([
    ['of a match', answering({ match: [{ uri: { prefx: '/api' } }] }), 418],
    ['beside what a match asks for', answering({ match: [{ uri: { prefix: '/', prefx: '/api' } }] }), 418],
    ['of all that a route asks for', answering({ match: [{ uir: { prefix: '/api' } }] }), 418]
  ])('a key %s', (_name, object, status) => {
    expect(statusOf('/other', object)).toBe(status)
    expect(refusalFindings(new Resources([object])).map(({ code }) => code)).toEqual(['API_SERVER_REFUSES'])
  })

  test('a source of nothing else is refused', () => {
    const rules = [{ from: [{ source: { principls: ['a'] } }] }]
    expect(refusedFor('AuthorizationPolicy', { rules })).toEqual(['spec.rules.0.from.0.source: a source is empty'])
  })
})
