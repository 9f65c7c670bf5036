import { expect, test } from '@jest/globals'
import { buildPlan, defaultEnvironment } from '../../../../../src/model/index.ts'
import { parseManifests } from '../../../../../src/resources/index.ts'

test('a backend without a name is left out, as a Service that is not there', () => {
  const text = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: alb }
spec: { controllerName: gateway.k8s.aws/alb }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: infra }
spec: { gatewayClassName: alb, listeners: [{ name: http, port: 80, protocol: HTTP }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: all, namespace: infra }
spec: { parentRefs: [{ name: edge }], rules: [{ backendRefs: [{ port: 80 }] }] }
`
  const [gateway] = buildPlan(parseManifests([{ text, file: 'edge.yaml' }]), defaultEnvironment).gateways
  expect(gateway!.routes).toMatchObject([
    { resolvedRefs: false, reason: 'BackendNotFound', message: 'Service (infra:) not found)' }
  ])
  expect(Object.keys(gateway!.stack!.resources['AWS::ElasticLoadBalancingV2::ListenerRule']!)).toEqual(['80:1'])
})
