import { expect, test } from '@jest/globals'
import { buildPlan, defaultEnvironment, planToJSON } from '../../../../src/model/index.ts'
import { parseManifests } from '../../../../src/resources/index.ts'

function planWith(targetGroupName: string) {
  const text = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: aws-alb }
spec: { controllerName: gateway.k8s.aws/alb }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: alb, namespace: edge }
spec: { gatewayClassName: aws-alb, listeners: [{ name: http, protocol: HTTP, port: 80 }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web, namespace: edge }
spec: { parentRefs: [{ name: alb }], rules: [{ backendRefs: [{ name: web, port: 80 }] }] }
---
apiVersion: gateway.k8s.aws/v1
kind: TargetGroupConfiguration
metadata: { name: web, namespace: edge }
spec: { targetReference: { name: web }, defaultConfiguration: { targetGroupName: ${targetGroupName} } }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: edge }
spec: { type: NodePort, selector: { app: web }, ports: [{ port: 80, nodePort: 30080 }] }
`
  const plan = buildPlan(parseManifests([{ file: 'edge.yaml', text }]), defaultEnvironment)
  const { stack } = planToJSON(plan) as { stack: { resources: Record<string, Record<string, { spec: never }>> } }
  const [group] = Object.values(stack.resources['AWS::ElasticLoadBalancingV2::TargetGroup']!)
  const [binding] = Object.values(stack.resources['K8S::ElasticLoadBalancingV2::TargetGroupBinding']!)
  return { group: group!.spec as { name: string }, binding: binding!.spec as { template: { metadata: object } } }
}

test.each<[what: string, written: string, name: string | RegExp, metadata: object]>([
  ['a name is as it is written', 'shop', /^shop$/, { name: 'shop', namespace: 'edge' }],
  // Go writes the group's empty name, and leaves that of an object's metadata out.
  ['an empty one too, and its binding has none', '""', /^$/, { namespace: 'edge' }],
  ['none is generated', 'null', /^k8s-edge-web-/, { name: expect.stringMatching(/^k8s-edge-web-/), namespace: 'edge' }]
])('%s', (_, written, name, metadata) => {
  const { group, binding } = planWith(written)
  expect(group.name).toMatch(name)
  expect(binding.template.metadata).toEqual(metadata)
})
