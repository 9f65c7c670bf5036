/** Requests through Network and Classic Load Balancers: what a target sees, and what the gateway makes of the bytes. */
import { describe, expect, test } from '@jest/globals'
import { defaultEnvironment } from '../../../src/model/index.ts'
import { type KubernetesObject, Resources, serviceAnnotationPrefix } from '../../../src/resources/index.ts'
import { trace } from '../../../src/trace/index.ts'
import { shopBehindGateway } from '../../cases/service-edges.ts'

const selector = { istio: 'ingressgateway' }
const certificate = { 'ssl-cert': 'arn:one', 'ssl-ports': '443' }

function edge(annotations: Record<string, string>, spec: object, server: object, more: KubernetesObject[] = []) {
  const names = Object.entries(annotations).map(([name, value]) => [
    `${serviceAnnotationPrefix}aws-load-balancer-${name}`,
    value
  ])
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'gw', namespace: 'ns', labels: selector, annotations: Object.fromEntries(names) },
    spec: {
      type: 'LoadBalancer',
      selector,
      ports: [{ name: 'https', port: 443, targetPort: 8443, nodePort: 31443 }],
      ...spec
    }
  }
  const gateway = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'public', namespace: 'ns' },
    spec: {
      selector,
      servers: [{ port: { number: 443, name: 'https', protocol: 'HTTPS' }, hosts: ['shop.example.com'], ...server }]
    }
  }
  return new Resources([service, gateway, ...shopBehindGateway, ...more])
}

const controller = { loadBalancerClass: 'service.k8s.aws/nlb' }
const tls = { tls: { mode: 'SIMPLE', credentialName: 'shop' } }
const plain = { port: { number: 443, name: 'http', protocol: 'HTTP' } }

/** The gateway's pods, which wait for a PROXY header. */
const waiting = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'gw', namespace: 'ns' },
  spec: {
    template: {
      metadata: { labels: selector, annotations: { 'proxy.istio.io/config': 'gatewayTopology: { proxyProtocol: {} }' } }
    }
  }
}

function follow(resources: Resources, url = 'https://shop.example.com/') {
  return trace(resources, defaultEnvironment, { url })
}

describe('what comes of a request', () => {
  test.each<[what: string, Resources, answer: object]>([
    ['TLS is passed through, with its server name', edge({}, controller, tls), { from: 'service' }],
    ['TLS is ended, and the server is plain', edge(certificate, controller, plain), { from: 'service' }],
    [
      'TLS is ended twice',
      edge(certificate, controller, tls),
      { from: 'nobody', reason: expect.stringContaining('speaks TLS') }
    ],
    [
      'a PROXY header that nobody takes off',
      edge({ 'proxy-protocol': '*' }, controller, tls),
      { from: 'nobody', reason: expect.stringContaining('a PROXY header comes before the bytes') }
    ],
    [
      'a PROXY header that the gateway waits for',
      edge({ 'proxy-protocol': '*' }, controller, tls, [waiting]),
      { from: 'service' }
    ],
    [
      'a gateway that waits in vain',
      edge({}, controller, tls, [waiting]),
      { from: 'nobody', reason: expect.stringContaining('demands the PROXY protocol') }
    ],
    ['a Classic Load Balancer', edge({}, {}, tls), { from: 'service' }]
  ])('%s', (_what, resources, answer) => {
    expect(follow(resources).answer).toMatchObject(answer)
  })

  test('a client of plain HTTP on a TLS listener', () => {
    const { answer } = follow(edge(certificate, controller, plain), 'http://shop.example.com:443/')
    expect(answer).toEqual({ from: 'nobody', reason: 'the listener on port 443 speaks TLS, the client HTTP' })
  })

  test('no listener', () => {
    expect(follow(edge({}, controller, tls), 'http://shop.example.com/').answer.reason).toContain(
      'has no listener on port 80'
    )
  })
})

test.each<[sees: string, Record<string, string>, object]>([
  ["the client's address 203.0.113.10", {}, controller],
  ["the load balancer's address", { 'target-group-attributes': 'preserve_client_ip.enabled=false' }, controller],
  ["the load balancer's address", {}, {}],
  [
    "the load balancer's address, and a PROXY header of version 1 with 203.0.113.10 before the bytes",
    { 'proxy-protocol': '*' },
    {}
  ]
])('a target sees %s', (sees, annotations, spec) => {
  expect(follow(edge(annotations, spec, tls)).destinations[0]!.sees).toBe(sees)
})

test('targets are checked: a number that is no node port fails, and all get connections', () => {
  const [destination] = follow(edge({ 'healthcheck-port': '15021' }, controller, tls)).destinations
  expect(destination).toMatchObject({ failOpen: true })
  expect(destination!.targets[0]).toMatchObject({
    health: { state: 'unhealthy', reason: 'Target.FailedHealthChecks' },
    because: 'TCP on port 15021: no Service has the node port 15021'
  })
})

describe('a health check with a PROXY header, of a status port that the Service does not have', () => {
  const annotations = {
    'nlb-target-type': 'ip',
    'proxy-protocol': '*',
    'healthcheck-protocol': 'http',
    'healthcheck-path': '/healthz/ready',
    'healthcheck-port': '15021'
  }
  const env = [{ name: 'ENVOY_STATUS_PORT_ENABLE_PROXY_PROTOCOL', value: 'true' }]
  const told = {
    ...waiting,
    spec: { template: { ...waiting.spec.template, spec: { containers: [{ name: 'istio-proxy', env }] } } }
  }
  test.each([
    ['is not told to take it off', waiting, 'unhealthy', 'HTTP on port 15021: 400 a PROXY header comes before'],
    ['takes it off', told, 'healthy', 'HTTP on port 15021: 200']
  ])('%s', (_, pods, state, because) => {
    const [target] = follow(edge(annotations, controller, tls, [pods])).destinations[0]!.targets
    expect(target).toMatchObject({ health: { state }, because: expect.stringContaining(because) })
  })
})

test('kube-proxy tells which nodes have a pod', () => {
  const local = { ...controller, externalTrafficPolicy: 'Local', healthCheckNodePort: 32000 }
  const [target] = follow(edge({}, local, tls)).destinations[0]!.targets
  expect(target).toMatchObject({ healthCheckPort: '32000', health: { state: 'healthy' } })
})
