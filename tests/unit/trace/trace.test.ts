import { beforeAll, describe, expect, test } from '@jest/globals'
import { defaultEnvironment } from '../../../src/model/index.ts'
import { ownChart, renderResources } from '../../../src/render/index.ts'
import { describeTrace } from '../../../src/report/index.ts'
import { assumeMissing, type KubernetesObject, parseManifests, type Resources } from '../../../src/resources/index.ts'
import { predictTargets, type TraceRequest, trace } from '../../../src/trace/index.ts'

async function edge(): Promise<Resources> {
  return assumeMissing(await renderResources({ values: [`${ownChart}/ci/article-values.yaml`] })).resources
}

function istio(kind: string, name: string, spec: unknown): KubernetesObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind,
    metadata: { name, namespace: 'istio-system' },
    spec
  }
}

function gatewayFor(hosts: string[]): KubernetesObject {
  return istio('Gateway', 'edge', {
    selector: { istio: 'ingressgateway' },
    servers: [
      {
        port: { number: 443, name: 'https', protocol: 'HTTPS' },
        hosts,
        tls: { mode: 'SIMPLE', credentialName: 'edge-tls' }
      }
    ]
  })
}
const shop = istio('VirtualService', 'shop', {
  hosts: ['shop.example.com'],
  gateways: ['edge'],
  http: [
    { match: [{ uri: { prefix: '/api' } }], route: [{ destination: { host: 'api' } }] },
    { route: [{ destination: { host: 'web' } }] }
  ]
})

function follow(resources: Resources, request: string | TraceRequest, group?: string) {
  const given = typeof request === 'string' ? { url: request } : request
  return trace(resources, defaultEnvironment, given, { ...(group && { group }) })
}

describe('a trace through an edge', () => {
  let article: Resources
  beforeAll(async () => {
    article = await edge()
  })

  test('goes from the listener to the Service behind the gateway', () => {
    const { listener, rule, destinations, answer } = follow(
      article.with([gatewayFor(['*']), shop]),
      'https://shop.example.com/api/orders?id=7'
    )
    expect({ listener, rule }).toEqual({ listener: { port: 443, protocol: 'HTTPS' }, rule: 1 })
    expect(destinations).toMatchObject([
      {
        targets: [{ healthCheckPort: '30621', health: { state: 'healthy' }, candidate: true }, { candidate: true }],
        request: { path: '/api/orders?id=7', headers: expect.arrayContaining([['X-Forwarded-Proto', 'https']]) },
        backend: {
          service: 'Service istio-system/istio-ingressgateway',
          servicePort: { name: 'https', port: 443, nodePort: 31804, targetPort: 8443 },
          gateway: {
            server: { gateway: 'Gateway istio-system/edge', hosts: ['*'] },
            virtualHost: 'shop.example.com',
            considered: [{ misses: [] }]
          }
        }
      }
    ])
    expect(answer).toMatchObject({ from: 'service', service: 'api.istio-system.svc.cluster.local:443' })
    expect(answer.request!.headers).toEqual(expect.arrayContaining([['x-envoy-external-address', '203.0.113.10']]))
  })

  test('tells that a server for one host cuts a load balancer off, which makes a 502', () => {
    const { answer, destinations } = follow(
      article.with([gatewayFor(['shop.example.com']), shop]),
      'https://shop.example.com/'
    )
    expect(answer).toEqual({
      from: 'load balancer',
      status: 502,
      reason: expect.stringContaining('no server name (SNI)'),
      hint: "let a server of port 443 be for every host (hosts: ['*'])"
    })
    // Healthy, and still nothing works: the status port knows nothing of servers.
    expect(destinations[0]!.targets[0]!.health.state).toBe('healthy')
  })

  test('tells who answers where no route is, and that it is not the load balancer', () => {
    const { answer } = follow(article.with([gatewayFor(['*']), shop]), 'https://other.example.com/')
    expect(answer).toMatchObject({ from: 'gateway', status: 404, reason: expect.stringContaining('other.example.com') })
  })

  test.each([
    ['http://shop.example.com:8080/', 'has no listener on port 8080'],
    ['http://shop.example.com:443/', 'the client HTTP']
  ])('%s gets no answer', (url, reason) => {
    expect(follow(article, url).answer).toEqual({ from: 'nobody', reason: expect.stringContaining(reason) })
  })

  test.each([
    ['that covers the host', ['*.example.com'], true],
    ['that is for other hosts', ['example.org'], false],
    ['that nobody lists', undefined, undefined]
  ])('shows a certificate %s', (_name, domains, covers) => {
    const { arn } = trace(article, defaultEnvironment, { url: 'https://shop.example.com/' }).certificate!
    const certificates = domains && [{ arn, domains, status: 'ISSUED' }]
    const environment = { ...defaultEnvironment, ...(certificates && { certificates }) }
    const traced = trace(article, environment, { url: 'https://shop.example.com/' })
    expect(traced.certificate).toEqual({ arn, ...(covers !== undefined && { covers }) })
    expect(describeTrace(traced).includes('clients refuse it')).toBe(covers === false)
  })

  test('gets no answer without a certificate where the listener verifies clients', () => {
    const verifying = structuredClone(article.all()) as KubernetesObject[]
    for (const { kind, metadata } of verifying) {
      if (kind === 'Ingress') {
        metadata.annotations!['alb.ingress.kubernetes.io/mutual-authentication'] = JSON.stringify([
          {
            port: 443,
            mode: 'verify',
            trustStore: 'arn:aws:elasticloadbalancing:us-west-2:123456789011:truststore/a/0123456789abcdef'
          }
        ])
      }
    }
    expect(follow(article.with(verifying), 'https://shop.example.com/').answer).toEqual({
      from: 'nobody',
      reason: expect.stringContaining('verifies clients')
    })
  })

  test('is refused like any request that no rule gets to see', () => {
    expect(follow(article, { method: 'TRACE', url: 'https://shop.example.com/' })).toMatchObject({
      rules: [],
      answer: { from: 'load balancer', status: 405 }
    })
  })

  test('predicts the health of targets, and tells that requests flow although none is healthy', () => {
    const objects = structuredClone(article.all()) as KubernetesObject[]
    for (const { kind, metadata } of objects) {
      if (kind === 'Ingress' || kind === 'Service') {
        metadata.annotations = { ...metadata.annotations, 'alb.ingress.kubernetes.io/healthcheck-protocol': 'HTTPS' }
      }
    }
    const broken = article.with(objects)
    const { destinations, answer } = follow(broken, 'https://shop.example.com/')
    expect(destinations[0]).toMatchObject({
      failOpen: true,
      targets: [
        {
          health: { state: 'unhealthy', reason: 'Target.FailedHealthChecks' },
          because: expect.stringContaining('plain HTTP only'),
          candidate: true
        },
        { candidate: true }
      ]
    })
    expect(answer.from).toBe('service')
    expect(predictTargets(broken, defaultEnvironment).map(({ state }) => state)).toEqual(['unhealthy', 'unhealthy'])
  })

  test('follows to pods where they are the targets', async () => {
    const pods = assumeMissing(await renderResources({ values: [`${ownChart}/ci/ip-values.yaml`] })).resources
    const { destinations, answer } = follow(pods, 'https://shop.example.com:8443/')
    expect(destinations).toMatchObject([
      {
        targetType: 'ip',
        targets: [{ target: { port: 8443 }, healthCheckPort: '15021', health: { state: 'healthy' } }]
      }
    ])
    expect(answer.status).toBe(200)
  })

  function plain(more: string, annotations = '{}') {
    return parseManifests([
      {
        file: 'shop.yaml',
        text: `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: alb }
spec: { controller: ingress.k8s.aws/alb }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop, annotations: ${annotations} }
spec:
  ingressClassName: alb
  rules:
    - host: shop.example.com
      http:
        paths:
          - { path: /api, pathType: Prefix, backend: { service: { name: api, port: { number: 80 } } } }
          - { path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { type: NodePort, ports: [{ port: 80, nodePort: 30080 }] }
---
apiVersion: v1
kind: Service
metadata: { name: api, namespace: shop }
spec: { type: NodePort, ports: [{ port: 80, nodePort: 30081 }] }
${more}`
      }
    ])
  }

  test('considers every rule up to the one that takes the request', () => {
    const { rules, answer } = follow(plain(''), 'http://shop.example.com/cart')
    expect(rules).toMatchObject([
      {
        priority: 1,
        matched: false,
        conditions: [
          { text: 'host-header shop.example.com', holds: true },
          { text: 'path-pattern /api | /api/*', holds: false }
        ]
      },
      { priority: 2, matched: true }
    ])
    expect(answer).toMatchObject({ from: 'service', service: 'web.shop:80' })
    expect(follow(plain(''), 'http://other.example.com/cart')).toMatchObject({
      rule: 'default',
      answer: { status: 404 }
    })
  })

  const weighted = `{ alb.ingress.kubernetes.io/actions.web: '{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"web","servicePort":80,"weight":10},{"serviceName":"api","servicePort":80,"weight":30}]}}' }`
  const other = `
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: weighted, namespace: shop, annotations: ${weighted} }
spec:
  ingressClassName: alb
  rules:
    - host: weighted.example.com
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { name: use-annotation } } } }] }
`

  test('of several load balancers takes the one that the host is for, or that is named', () => {
    const both = plain(other)
    expect(follow(both, 'http://weighted.example.com/').loadBalancer.group).toBe('shop/weighted')
    expect(follow(both, 'http://shop.example.com/').loadBalancer.group).toBe('shop/web')
    function toldOf(host: string): string[] {
      return follow(both, `http://${host}/`).assumptions.filter(one => one.startsWith('DNS leads'))
    }
    expect(toldOf('weighted.example.com')).toEqual([])
    expect(toldOf('elsewhere.example.com')).toEqual([expect.stringContaining('which would take it too (--group)')])
    const { dnsName } = follow(both, 'http://weighted.example.com/').loadBalancer
    expect(follow(both, `http://${dnsName}/`).loadBalancer.group).toBe('shop/weighted')
    expect(follow(both, 'http://shop.example.com/', 'shop/weighted').answer).toMatchObject({ status: 404 })
    expect(() => follow(both, 'http://shop.example.com/', 'none')).toThrow('there is no load balancer of a group none')
  })

  test('tells every target group that a weighted request may go to, the greatest share first', () => {
    const traced = follow(plain(other), 'http://weighted.example.com/')
    expect(traced.destinations.map(({ share, answer }) => [share, answer.service])).toEqual([
      [75, 'api.shop:80'],
      [25, 'web.shop:80']
    ])
    expect(describeTrace(traced)).toContain('75 % of the requests')
  })

  test('fails as the plan does', () => {
    const clusterIP = plain('').with([
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'api', namespace: 'shop' },
        spec: { ports: [{ port: 80 }] }
      }
    ])
    expect(() => follow(clusterIP, 'http://shop.example.com/')).toThrow('TargetGroup port is empty')
    expect(() => follow(parseManifests([]), 'http://shop.example.com/')).toThrow(
      'no Ingress, Service or Gateway among the objects'
    )
  })
})
