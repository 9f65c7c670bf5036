/** Services with a load balancer of their own: what check says of them, held against what trace and the targets' health tell. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Edge } from '../../../src/edge.ts'
import type { Finding } from '../../../src/failure.ts'
import { defaultEnvironment } from '../../../src/model/index.ts'
import { parseManifests, serviceAnnotationPrefix } from '../../../src/resources/index.ts'

const selector = { istio: 'ingressgateway' }

const certificate: [name: string, value: string] = [
  'ssl-cert',
  'arn:aws:acm:eu-west-1:111122223333:certificate/0a1b2c3d-1111-4222-8333-444455556666'
]

const sketches = fc.record({
  byController: fc.boolean(),
  isLocal: fc.boolean(),
  /** The pods' port for HTTPS, which may be the one for HTTP. */
  securePort: fc.constantFrom(8443, 8443, 8080),
  /** Few of them, so that some edges are well made. */
  annotations: fc
    .uniqueArray(
      fc.constantFrom<[name: string, value: string][]>(
        ['ssl-ports', '443'],
        ['ssl-ports', '80'],
        ['backend-protocol', 'ssl'],
        ['proxy-protocol', '*'],
        ['nlb-target-type', 'ip'],
        ['healthcheck-port', '15021'],
        ['healthcheck-port', 'status-port'],
        ['healthcheck-port', '30621'],
        ['healthcheck-protocol', 'http'],
        ['healthcheck-protocol', 'https'],
        ['healthcheck-path', '/healthz/ready']
      ),
      { maxLength: 3, selector: ([name]) => name }
    )
    .map(pairs => (pairs.some(([name]) => name === 'ssl-ports') ? [...pairs, certificate] : pairs)),
  /** The gateway's pods: none among the objects, or with a proxy configuration. */
  pods: fc.constantFrom(undefined, {}, { proxyProtocol: {} }),
  servers: fc.uniqueArray(
    fc.constantFrom<[number, string]>([80, 'HTTP'], [443, 'HTTPS'], [443, 'HTTP'], [80, 'HTTPS']),
    {
      minLength: 1,
      maxLength: 2,
      selector: ([port]) => port
    }
  ),
  hosts: fc.constantFrom(['*'], ['shop.example.com'])
})

type Sketch = typeof sketches extends fc.Arbitrary<infer Value> ? Value : never

function edgeOf({ byController, isLocal, securePort, annotations, pods, servers, hosts }: Sketch): Edge {
  const names = annotations.map(([name, value]) => [`${serviceAnnotationPrefix}aws-load-balancer-${name}`, value])
  const metadata = { name: 'gateway', namespace: 'istio-system' }
  const items = [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...metadata, annotations: Object.fromEntries(names) },
      spec: {
        type: 'LoadBalancer',
        ...(byController && { loadBalancerClass: 'service.k8s.aws/nlb' }),
        ...(isLocal && { externalTrafficPolicy: 'Local', healthCheckNodePort: 31_000 }),
        selector,
        ports: [
          { name: 'status-port', port: 15_021, targetPort: 15_021, nodePort: 30_621 },
          { name: 'http2', port: 80, targetPort: 8080, nodePort: 31_565 },
          { name: 'https', port: 443, targetPort: securePort, nodePort: 31_804 }
        ]
      }
    },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Gateway',
      metadata,
      spec: {
        selector,
        servers: servers.map(([number, protocol]) => ({
          port: { number, name: `${protocol.toLowerCase()}-${number}`, protocol },
          hosts,
          ...(protocol === 'HTTPS' && { tls: { mode: 'SIMPLE', credentialName: 'shop' } })
        }))
      }
    },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata,
      spec: { hosts, gateways: ['gateway'], http: [{ route: [{ destination: { host: 'web' } }] }] }
    },
    { apiVersion: 'v1', kind: 'Service', metadata: { ...metadata, name: 'web' }, spec: { ports: [{ port: 80 }] } },
    ...(pods
      ? [
          {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            metadata,
            spec: {
              replicas: 3,
              selector: { matchLabels: selector },
              template: {
                metadata: {
                  labels: selector,
                  annotations: { 'proxy.istio.io/config': JSON.stringify({ gatewayTopology: pods }) }
                },
                spec: { containers: [{ name: 'istio-proxy', image: 'auto' }] }
              }
            }
          }
        ]
      : [])
  ]
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  return new Edge(parseManifests([{ file: 'edge.json', text }]), defaultEnvironment)
}

const nodePorts: Record<number, number> = { 80: 31_565, 443: 31_804 }

/** What is bad of the ports that somebody means: those that a server is for, and those that have a certificate. */
function badOf(edge: Edge, { servers, securePort }: Sketch): string[] {
  const served = new Set(servers.map(([port]) => port))
  const meant = [80, 443].filter(port => {
    const { listener } = edge.trace({ url: `https://shop.example.com:${port}/` })
    return served.has(port) || ['TLS', 'SSL', 'HTTPS'].includes(listener?.protocol ?? '')
  })
  const unanswered = meant.flatMap(port => {
    const traces = ['http', 'https'].map(scheme => edge.trace({ url: `${scheme}://shop.example.com:${port}/` }))
    const answers = traces.map(({ answer }) => answer)
    return answers.some(({ from }) => from === 'service') ? [] : answers.map(({ reason }) => `${port}: ${reason}`)
  })
  const ports = new Set(meant.flatMap(port => [nodePorts[port], port === 80 ? 8080 : securePort]))
  const unhealthy = [...Map.groupBy(edge.targets, ({ targetGroup }) => targetGroup).values()].filter(targets =>
    targets.every(({ state, target }) => state === 'unhealthy' && ports.has(target.port))
  )
  return [...unanswered, ...unhealthy.map(([first]) => `${first!.targetGroup}: ${first!.because}`)]
}

function isOfHealthOrAnswer({ code }: Finding): boolean {
  return ['HEALTH_CHECK_FAILS', 'TARGET_GIVES_NO_ANSWER', 'TARGET_GROUP_EMPTY', 'NETWORK_TLS_MISMATCH'].includes(code)
}

describe('one truth of Services with a load balancer', () => {
  test('check warns exactly where no scheme gets an answer from a port that is served, or all targets are unhealthy', () => {
    const seen = { clean: 0, bad: 0 }
    fc.assert(
      fc.property(sketches, sketch => {
        const edge = edgeOf(sketch)
        if (edge.plan.services.some(({ error }) => error !== undefined)) {
          return
        }
        const bad = badOf(edge, sketch)
        const told = edge.findings.filter(({ severity }) => severity !== 'info')
        if (bad.length > 0) {
          seen.bad++
          expect({ bad, told }).toEqual({ bad, told: expect.arrayContaining([expect.anything()]) })
        } else {
          seen.clean++
          expect(told.filter(isOfHealthOrAnswer)).toEqual([])
        }
      }),
      { numRuns: 500, seed: 2030 }
    )
    expect(Math.min(seen.clean, seen.bad)).toBeGreaterThan(10)
  })
})
