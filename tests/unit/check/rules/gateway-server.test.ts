import { expect, test } from '@jest/globals'
import { checkResources } from '../../../../src/check/index.ts'
import { defaultEnvironment } from '../../../../src/model/index.ts'
import { assumeMissing, parseManifests } from '../../../../src/resources/index.ts'

function gateway(name: string, hosts: string): string {
  return `
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: ${name}, namespace: edge }
spec:
  selector: { istio: edge }
  servers:
    - port: { number: 443, name: https, protocol: HTTPS }
      hosts: ['${hosts}']
      tls: { mode: SIMPLE, credentialName: c }`
}

const front = `
apiVersion: v1
kind: Service
metadata: { name: gateway, namespace: edge, labels: { istio: edge } }
spec:
  type: NodePort
  selector: { istio: edge }
  ports:
    - { name: status-port, port: 15021, targetPort: 15021 }
    - { name: https, port: 443, targetPort: 8443 }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: edge
  namespace: edge
  annotations:
    alb.ingress.kubernetes.io/backend-protocol: HTTPS
    alb.ingress.kubernetes.io/healthcheck-protocol: HTTP
    alb.ingress.kubernetes.io/healthcheck-port: status-port
    alb.ingress.kubernetes.io/healthcheck-path: /healthz/ready
spec:
  ingressClassName: alb
  defaultBackend: { service: { name: gateway, port: { number: 443 } } }`

test('one server is told to serve for all where several Gateways share the port', () => {
  const resources = parseManifests([
    { text: front + gateway('shop', 'shop.test') + gateway('pay', 'pay.test'), file: 'edge.yaml' }
  ])
  const found = checkResources(assumeMissing(resources).resources, defaultEnvironment).filter(
    ({ code }) => code === 'GATEWAY_HOSTS_NEED_SNI'
  )
  expect(found.map(({ hint }) => hint)).toEqual([
    expect.stringContaining('of those of Gateway edge/shop, Gateway edge/pay'),
    expect.stringContaining('of those of Gateway edge/pay, Gateway edge/shop')
  ])
})

/** What is told of objects, of a Gateway that does not count too. */
function codesOf(text: string): string[] {
  const resources = parseManifests([{ text, file: 'edge.yaml' }])
  return checkResources(assumeMissing(resources).resources, defaultEnvironment).map(({ code }) => code)
}

test.each([
  ['refused', '[]', 'ISTIO_OBJECT_REFUSED'],
  ['of a variable', "['*.${DOMAIN}']", 'VARIABLE_NOT_REPLACED']
])('a Gateway that is %s is told, and not that nobody listens', (_why, hosts, code) =>
  expect(codesOf(front + gateway('shop', 'shop.test').replace("['shop.test']", hosts))).toEqual([code])
)

test('following the hint for servers of one Gateway leaves nothing to be found', () => {
  const two = `${gateway('shop', 'shop.test')}
    - port: { number: 443, name: pay, protocol: HTTPS }
      hosts: [pay.test]
      tls: { mode: SIMPLE, credentialName: d }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: pay, namespace: edge }
spec: { hosts: [pay.test], gateways: [shop], http: [{ route: [{ destination: { host: pay.shop.svc.cluster.local } }] }] }`
  expect(codesOf(front + two)).toEqual(['GATEWAY_HOSTS_NEED_SNI'])
  expect(codesOf(front + two.replace("['shop.test']", "['*']"))).toEqual([])
})
