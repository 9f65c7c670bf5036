import { describe, expect, test } from '@jest/globals'
import { type GatewayAnswer, IngressGateway } from '../../../src/istio/index.ts'
import { type KubernetesObject, Resources } from '../../../src/resources/index.ts'
import { baseObjects, openGateway, peer } from '../../cases/istio-cases.ts'

const routes: KubernetesObject[] = [
  openGateway('edge'),
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'edge', namespace: 'istio-system' },
    spec: {
      hosts: ['*'],
      gateways: ['edge'],
      http: [{ route: [{ destination: { host: 'web.default.svc.cluster.local' } }] }]
    }
  }
]

function policy(spec: unknown, kind = 'AuthorizationPolicy', namespace = 'istio-system'): KubernetesObject {
  return { apiVersion: 'security.istio.io/v1', kind, metadata: { name: 'p', namespace }, spec }
}

function ask(
  policies: KubernetesObject[],
  path = '/',
  { method = 'GET', ...headers }: Record<string, string> = {}
): GatewayAnswer {
  const resources = new Resources([...baseObjects(), ...routes, ...policies])
  const service = resources.find('Service', 'istio-ingressgateway', 'istio-system')!
  return new IngressGateway(service, resources).answer(
    service.spec!.ports!.find(({ name }) => name === 'http2')!,
    { peer },
    { method, path, authority: 'a.test', headers: [['host', 'a.test'], ...Object.entries(headers)] }
  )
}

function statusOf({ outcome }: GatewayAnswer): number {
  return outcome.kind === 'response' ? outcome.status : outcome.kind === 'service' ? 200 : 0
}

function allow(rule: unknown): KubernetesObject {
  return policy({ rules: [rule] })
}
function to(operation: unknown) {
  return { to: [{ operation }] }
}
function from(source: unknown) {
  return { from: [{ source }] }
}

describe('an AuthorizationPolicy that allows', () => {
  test.each<[string, unknown, number, string, Record<string, string>]>([
    ['a path', to({ paths: ['/api/*'] }), 200, '/api/x', {}],
    ['another path', to({ paths: ['/api/*'] }), 403, '/x', {}],
    ['a path that is another after normalisation', to({ paths: ['/api/*'] }), 403, '/api/../x', {}],
    ['a template', to({ paths: ['/a/{*}/b'] }), 200, '/a/1/b', {}],
    ['a template of one segment', to({ paths: ['/a/{*}/b'] }), 403, '/a/1/2/b', {}],
    ['anything but a path', to({ notPaths: ['/admin'] }), 403, '/admin', {}],
    ['a method', to({ methods: ['GET'] }), 403, '/', { method: 'POST' }],
    ['a host, whatever its case', to({ hosts: ['A.test'] }), 200, '/', {}],
    ['the port of the pods', to({ ports: ['8080'] }), 200, '/', {}],
    ['the port of the Service', to({ ports: ['80'] }), 403, '/', {}],
    ['the connection’s other end', from({ ipBlocks: ['10.244.0.0/16'] }), 200, '/', {}],
    [
      'the client behind the load balancer by ipBlocks',
      from({ ipBlocks: ['198.51.100.0/24'] }),
      403,
      '/',
      { 'x-forwarded-for': '198.51.100.7' }
    ],
    [
      'the client by remoteIpBlocks',
      from({ remoteIpBlocks: ['198.51.100.0/24'] }),
      200,
      '/',
      { 'x-forwarded-for': '198.51.100.7' }
    ],
    ['a principal of the mesh', from({ principals: ['*'] }), 403, '/', {}],
    ['a token', from({ requestPrincipals: ['*'] }), 403, '/', {}],
    ['a header', { when: [{ key: 'request.headers[x-tier]', values: ['gold*'] }] }, 200, '/', { 'x-tier': 'golden' }],
    ['a header that is not there', { when: [{ key: 'request.headers[x-tier]', values: ['*'] }] }, 403, '/', {}],
    ['anything without a header', { when: [{ key: 'request.headers[x-no]', notValues: ['*'] }] }, 200, '/', {}]
  ])('%s', (_name, rule, status, path, headers) => {
    expect(statusOf(ask([allow(rule)], path, headers))).toBe(status)
  })
})

describe('AuthorizationPolicies', () => {
  test.each<[string, KubernetesObject, number]>([
    ['DENY with a rule for everything', policy({ action: 'DENY', rules: [{}] }), 403],
    ['DENY without rules', policy({ action: 'DENY' }), 200],
    ['ALLOW without rules', policy({}), 403],
    ['AUDIT', policy({ action: 'AUDIT', rules: [{}] }), 200],
    ['of another namespace', policy({}, 'AuthorizationPolicy', 'shop'), 200],
    ['for other pods', policy({ selector: { matchLabels: { app: 'other' } } }), 200],
    [
      'on trial',
      {
        ...policy({}),
        metadata: { name: 'p', namespace: 'istio-system', annotations: { 'istio.io/dry-run': 'true' } }
      },
      200
    ]
  ])('%s', (_name, object, status) => {
    expect(statusOf(ask([object]))).toBe(status)
  })

  test('CUSTOM is named', () => {
    const custom = policy({ action: 'CUSTOM', provider: { name: 'opa' }, rules: [{}] })
    expect(ask([custom]).notEvaluated.join()).toContain('asks opa (action CUSTOM)')
  })

  test('CUSTOM is not named for requests that its rules leave out', () => {
    const rules = [{ to: [{ operation: { paths: ['/admin'] } }] }]
    const custom = policy({ action: 'CUSTOM', provider: { name: 'opa' }, rules })
    expect(ask([custom]).notEvaluated.join()).not.toContain('asks opa')
  })

  test.each([
    ['that nobody defines', [], 403],
    ['of another kind', [{ name: 'opa', zipkin: {} }], 403],
    ['that is defined', [{ name: 'opa', envoyExtAuthzHttp: {} }], 200]
  ])('CUSTOM asks a provider %s', (_name, extensionProviders, status) => {
    const custom = policy({ action: 'CUSTOM', provider: { name: 'opa' }, rules: [{}] })
    const metadata = { name: 'istio', namespace: 'istio-system' }
    const data = { mesh: JSON.stringify({ extensionProviders }) }
    expect(statusOf(ask([custom, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data }]))).toBe(status)
  })

  test('those of the destination are named', () => {
    const own = policy({}, 'AuthorizationPolicy', 'default')
    expect(ask([own]).notEvaluated.join()).toContain('AuthorizationPolicy default/p selects the pods of web.default')
  })
})

describe('a RequestAuthentication', () => {
  const authentication = policy({ jwtRules: [{ issuer: 'me' }] }, 'RequestAuthentication')
  function token(claims: unknown, header: unknown = { alg: 'RS256' }): string {
    return [header, claims, 'signature'].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  }

  test.each([
    ['no token', undefined, 200, ''],
    ['no token at all', 'Bearer nothing', 401, 'Header.Payload.Signature'],
    ['a token of somebody else', `Bearer ${token({ iss: 'you' })}`, 401, 'issuer is not configured'],
    ['a token that may be valid', `Bearer ${token({ iss: 'me' })}`, 200, ''],
    ['another scheme', 'Basic abc', 200, '']
  ])('%s', (_name, authorization, status, body) => {
    const answer = ask([authentication], '/', authorization === undefined ? {} : { authorization })
    expect(statusOf(answer)).toBe(status)
    expect(answer.outcome).toMatchObject(body ? { body: expect.stringContaining(body) } : {})
  })
})

test('a refusal carries the headers that the route puts on answers', () => {
  const [gateway, virtualService] = structuredClone(routes) as [KubernetesObject, KubernetesObject]
  const { http } = virtualService.spec as { http: { headers?: unknown }[] }
  http[0]!.headers = { response: { set: { 'x-a': 'set' } } }
  const resources = new Resources([...baseObjects(), gateway, virtualService, allow(to({ paths: ['/none'] }))])
  const service = resources.find('Service', 'istio-ingressgateway', 'istio-system')!
  const port = service.spec!.ports!.find(({ name }) => name === 'http2')!
  const request = { method: 'GET', path: '/', authority: 'a.test', headers: [['host', 'a.test']] as [string, string][] }
  const { outcome } = new IngressGateway(service, resources).answer(port, { peer }, request)
  expect(outcome).toMatchObject({ status: 403, headers: expect.arrayContaining([['x-a', 'set']]) })
})
