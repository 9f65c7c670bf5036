import { expect, test } from '@jest/globals'
import { diffPlans, type Stack } from '../../../src/model/index.ts'
import { describeDiff } from '../../../src/report/index.ts'
import type { KubernetesObject } from '../../../src/resources/index.ts'
import { type Annotations, ingress, service, stackOf } from '../model/objects.ts'

function side(...stacks: Stack[]) {
  return {
    stacks: Object.fromEntries(stacks.map(stack => [stack.id, stack])),
    failures: []
  }
}
function describe(old: KubernetesObject[], next: KubernetesObject[]): string {
  return describeDiff(diffPlans(side(stackOf(old)), side(stackOf(next))))
}
function one(annotations: Annotations) {
  return [ingress(annotations)]
}

test('nothing to do', () => {
  expect(describe(one({}), one({}))).toBe('6 unchanged.\n')
})

test('what is replaced, with the reason and what clients notice', () => {
  expect(describe(one({}), one({ scheme: 'internet-facing' }))).toBe(`IngressGroup ns/web
  ! load balancer LoadBalancer is replaced: scheme cannot be changed
    name: k8s-ns-web-96894a6578 → k8s-ns-web-5895c54a16
    scheme: internal → internet-facing
    → the old load balancer is deleted before the new one is created: connections are dropped, and nothing answers in between
    → the new one has another DNS name: records that point to the old one lead nowhere
  ! listener 80 is replaced: its load balancer is replaced
  ! rule 80:1 is replaced: its listener is replaced

3 replaced, 3 unchanged.
`)
})

test('what changes in place, item by item, and what the controller leaves', () => {
  const old = one({ 'inbound-cidrs': '10.0.0.0/8,10.1.0.0/16', 'load-balancer-attributes': 'a=1', tags: 'b=1' })
  const next = one({ 'inbound-cidrs': '10.0.0.0/8,10.2.0.0/16', tags: 'b=2' })
  expect(describe(old, next)).toBe(`IngressGroup ns/web
  ~ security group ManagedLBSecurityGroup is changed in place
    ingress
      - {"ipProtocol":"tcp","fromPort":80,"toPort":80,"ipRanges":[{"cidrIP":"10.1.0.0/16"}]}
      + {"ipProtocol":"tcp","fromPort":80,"toPort":80,"ipRanges":[{"cidrIP":"10.2.0.0/16"}]}
    tags.b: 1 → 2
  ~ target group ns/web-gw:http is changed in place
    tags.b: 1 → 2
  ~ load balancer LoadBalancer is changed in place
    loadBalancerAttributes.a: 1 → unset (no change: an attribute that is no longer set is not reset)
    tags.b: 1 → 2
  ~ listener 80 is changed in place
    tags.b: 1 → 2
  ~ rule 80:1 is changed in place
    tags.b: 1 → 2

5 changed in place, 1 unchanged.
`)
})

test('a node port that moves', () => {
  const moved = service({}, { ports: [{ name: 'http', port: 80, targetPort: 8080, nodePort: 31080 }] })
  expect(describe(one({}), [ingress(), moved])).toBe(`IngressGroup ns/web
  = target group ns/web-gw:http is left as it is
    name: k8s-ns-gw-de6367330a → k8s-ns-gw-69902c18e2 (no change: a target group keeps the name that it was created with)
    port: 30080 → 31080 (no change: a target group keeps its port; targets carry their own)
  ~ target group binding ns/web-gw:http is changed in place
    template.metadata.name: k8s-ns-gw-de6367330a → k8s-ns-gw-69902c18e2 (no change: a binding is found by its target group and keeps its name)
    template.spec.networking.ingress
      - {"from":[{"securityGroup":{"groupID":"sg-auto"}}],"ports":[{"protocol":"TCP","port":30080}]}
      + {"from":[{"securityGroup":{"groupID":"sg-auto"}}],"ports":[{"protocol":"TCP","port":31080}]}
    nodePort: 30080 → 31080
    → the old node port is deregistered before the new one is registered: for a moment there are no targets, and clients get 503

1 changed in place, 1 left as it is, 4 unchanged.
`)
})

test('groups that come, go, or have no plan', () => {
  const old = side(stackOf(one({ 'security-groups': 'sg-1' })))
  const next = {
    ...side(stackOf(one({ 'group.name': 'g', 'security-groups': 'sg-1' }))),
    failures: [{ group: 'broken', error: 'unknown scheme: x' }]
  }
  expect(describeDiff(diffPlans(old, next))).toBe(`IngressGroup g
  + target group ns/web-gw:http is created
  + load balancer LoadBalancer is created
  + listener 80 is created
  + rule 80:1 is created
  + target group binding ns/web-gw:http is created

IngressGroup ns/web
  - target group binding ns/web-gw:http is deleted
  - rule 80:1 is deleted
  - listener 80 is deleted
    → its port no longer answers
  - load balancer LoadBalancer is deleted
    → its DNS name goes, and connections are dropped
  - target group ns/web-gw:http is deleted

broken of the new plan is no plan: unknown scheme: x
  nothing of it was compared: the controller leaves what is there as it is

5 created, 5 deleted, 0 unchanged.
`)
})
