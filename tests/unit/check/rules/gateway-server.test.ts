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
