import { expect, test } from '@jest/globals'
import { assumeMissing, parseManifests } from '../../../src/resources/index.ts'

function gateway(parameters: string) {
  return `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: edge
  namespace: mesh
spec:
  gatewayClassName: istio
${parameters}
  listeners:
    - { name: http2, port: 80, protocol: HTTP }
    - { name: also-http2, port: 80, protocol: HTTP, hostname: b.example.com }
`
}

function servicesOf(text: string) {
  return assumeMissing(parseManifests([{ text, file: 'edge.yaml' }])).resources.list('Service')
}

test('a Gateway of Istio is a Service with the status port and one port for each listener port', () => {
  const [{ metadata, spec } = {}] = servicesOf(gateway('')) as {
    metadata: object
    spec: { type: string; ports: object[] }
  }[]
  expect(metadata).toMatchObject({ name: 'edge-istio', namespace: 'mesh' })
  expect(spec!.type).toBe('LoadBalancer')
  expect(spec!.ports).toMatchObject([
    { name: 'status-port', port: 15021, targetPort: 15021 },
    { name: 'http2', port: 80, targetPort: 80 }
  ])
})

test('its parameters are laid over, ports by their number', () => {
  const [service] =
    servicesOf(`${gateway('  infrastructure: { parametersRef: { group: "", kind: ConfigMap, name: fixed } }')}---
apiVersion: v1
kind: ConfigMap
metadata: { name: fixed, namespace: mesh }
data:
  service: |
    metadata: { annotations: { example.com/a: b } }
    spec:
      type: NodePort
      ports: [{ port: 15021, nodePort: 30021 }, { port: 80, nodePort: 30080 }]
`)
  expect(service).toMatchObject({
    metadata: { annotations: { 'example.com/a': 'b' } },
    spec: {
      type: 'NodePort',
      ports: [
        { name: 'status-port', nodePort: 30021 },
        { name: 'http2', nodePort: 30080, targetPort: 80 }
      ]
    }
  })
})

test('the defaults of its class are laid over first', () => {
  const [service] =
    servicesOf(`${gateway('  infrastructure: { parametersRef: { group: "", kind: ConfigMap, name: fixed } }')}---
apiVersion: v1
kind: ConfigMap
metadata:
  name: defaults
  namespace: istio-system
  labels: { gateway.istio.io/defaults-for-class: istio }
data: { service: "spec: { type: NodePort, externalTrafficPolicy: Local, ports: [{ port: 80, nodePort: 30080 }] }" }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: fixed, namespace: mesh }
data: { service: "spec: { externalTrafficPolicy: Cluster }" }
`)
  expect(service!.spec).toMatchObject({
    type: 'NodePort',
    externalTrafficPolicy: 'Cluster',
    ports: [{ name: 'status-port' }, { name: 'http2', nodePort: 30080 }]
  })
})

test('a Gateway of another class is nobody’s Service here', () => {
  expect(servicesOf(gateway('').replace('gatewayClassName: istio', 'gatewayClassName: other'))).toEqual([])
})

test.each([
  ['a list', '[1]'],
  ['ports without a number', 'spec: { ports: [{ name: http2 }] }'],
  ['an annotation that is a number', 'metadata: { annotations: { example.com/a: 1 } }'],
  ['no YAML', '"']
])('of parameters that are %s, which istiod refuses, it makes no Service', (_, text) => {
  const services =
    servicesOf(`${gateway('  infrastructure: { parametersRef: { group: "", kind: ConfigMap, name: fixed } }')}---
apiVersion: v1
kind: ConfigMap
metadata: { name: fixed, namespace: mesh }
data: { service: ${JSON.stringify(text)} }
`)
  expect(services).toEqual([])
})

test('an annotation of its parameters without a value is the empty text', () => {
  const [service] =
    servicesOf(`${gateway('  infrastructure: { parametersRef: { group: "", kind: ConfigMap, name: fixed } }')}---
apiVersion: v1
kind: ConfigMap
metadata: { name: fixed, namespace: mesh }
data: { service: "metadata: { annotations: { example.com/a: } }" }
`)
  expect(service?.metadata.annotations).toEqual({ 'example.com/a': '' })
})

test.each([
  ['a key that istiod does not know', '{ group: "", kind: ConfigMap, name: fixed }'],
  ['another kind of parameters', '{ group: gateway.k8s.aws, kind: LoadBalancerConfiguration, name: fixed }']
])('of parameters that istiod refuses it makes no Service: %s', (_, reference) => {
  const parameters = `---
apiVersion: v1
kind: ConfigMap
metadata: { name: fixed, namespace: mesh }
data: { hpa: "{}", service: "spec: { type: NodePort }" }
`
  expect(servicesOf(`${gateway(`  infrastructure: { parametersRef: ${reference} }`)}${parameters}`)).toEqual([])
})
