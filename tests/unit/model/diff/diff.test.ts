import { describe, expect, test } from '@jest/globals'
import { diffPlans, type Stack, type StackSet, stacksOf } from '../../../../src/model/index.ts'
import type { KubernetesObject } from '../../../../src/resources/index.ts'
import { type Annotations, backendOf, ingress, path, service, stackOf } from '../objects.ts'

const loadBalancer = 'AWS::ElasticLoadBalancingV2::LoadBalancer'
const listener = 'AWS::ElasticLoadBalancingV2::Listener'
const rule = 'AWS::ElasticLoadBalancingV2::ListenerRule'
const targetGroup = 'AWS::ElasticLoadBalancingV2::TargetGroup'
const binding = 'K8S::ElasticLoadBalancingV2::TargetGroupBinding'
const securityGroup = 'AWS::EC2::SecurityGroup'

function side(...stacks: Stack[]): StackSet {
  return {
    stacks: Object.fromEntries(stacks.map(stack => [stack.id, stack])),
    failures: []
  }
}
function diff(old: KubernetesObject[], next: KubernetesObject[]) {
  return diffPlans(side(stackOf(old)), side(stackOf(next)))
}

/** Changes as `change type id`, in order. */
function summary(old: KubernetesObject[], next: KubernetesObject[]): string[] {
  return diff(old, next).changes.map(({ change, type, id }) => `${change} ${type.split('::').at(-1)} ${id}`)
}

function changeOf(old: KubernetesObject[], next: KubernetesObject[], type: string) {
  return diff(old, next).changes.find(change => change.type === type)
}

function one(annotations: Annotations) {
  return [ingress(annotations)]
}
function http(nodePort: number) {
  return service(
    {},
    {
      ports: [
        { name: 'http', port: 80, targetPort: 8080, nodePort },
        { name: 'status-port', port: 15021, targetPort: 15021, nodePort: nodePort - 59 }
      ]
    }
  )
}

describe('nothing changes', () => {
  test.each([
    { name: 'the same objects', old: one({ tags: 'a=1' }), next: one({ tags: 'a=1' }) },
    {
      name: 'an annotation that says the default',
      old: one({}),
      next: one({ scheme: 'internal', 'healthcheck-path': '/' })
    }
  ])('$name', ({ old, next }) => {
    expect(diff(old, next)).toEqual({ changes: [], unchanged: 6, blocked: [] })
  })
})

describe('load balancer', () => {
  test('another scheme replaces it with everything on it; target groups stay', () => {
    const old = one({ 'wafv2-acl-name': 'edge-acl' })
    const next = one({ 'wafv2-acl-name': 'edge-acl', scheme: 'internet-facing' })
    expect(summary(old, next)).toEqual([
      'replace LoadBalancer LoadBalancer',
      'replace Listener 80',
      'replace ListenerRule 80:1',
      'replace WebACLAssociation LoadBalancer'
    ])
    expect(changeOf(old, next, loadBalancer)).toMatchObject({
      reason: 'scheme cannot be changed',
      consequences: [expect.stringContaining('connections are dropped'), expect.stringContaining('another DNS name')]
    })
    expect(changeOf(old, next, rule)!.reason).toBe('its listener is replaced')
  })

  test.each<{ name: string; next: Annotations; path: string }>([
    { name: 'a name', next: { 'load-balancer-name': 'edge' }, path: 'name' },
    { name: 'an address pool', next: { 'customer-owned-ipv4-pool': 'ipv4pool-1' }, path: 'customerOwnedIPv4Pool' }
  ])('$name is only read at its creation', ({ next, path: field }) => {
    const { change, fields } = changeOf(one({}), one(next), loadBalancer)!
    expect(change).toBe('leave')
    expect(fields).toEqual([expect.objectContaining({ path: field, kept: expect.any(String) })])
  })

  test.each<{ name: string; old: Annotations; next: Annotations; path: string }>([
    { name: 'subnets', old: {}, next: { subnets: 'subnet-1,subnet-2' }, path: 'subnetMapping' },
    { name: 'security groups', old: {}, next: { 'security-groups': 'sg-1' }, path: 'securityGroups' },
    { name: 'IP address type', old: {}, next: { 'ip-address-type': 'dualstack' }, path: 'ipAddressType' },
    { name: 'an attribute', old: {}, next: { 'load-balancer-attributes': 'a=1' }, path: 'loadBalancerAttributes.a' },
    { name: 'a tag', old: { tags: 'a=1' }, next: { tags: 'a=2' }, path: 'tags.a' },
    { name: 'a tag less', old: { tags: 'a=1' }, next: {}, path: 'tags.a' }
  ])('$name in place', ({ old, next, path: field }) => {
    const { change, fields } = changeOf(one(old), one(next), loadBalancer)!
    expect(change).toBe('modify')
    expect(fields.map(({ path: of, kept }) => [of, kept])).toEqual([[field, undefined]])
  })

  test('an attribute that is no longer set is not reset', () => {
    const { change, fields } = changeOf(
      one({ 'load-balancer-attributes': 'idle_timeout.timeout_seconds=300' }),
      one({}),
      loadBalancer
    )!
    expect(change).toBe('leave')
    expect(fields).toEqual([
      {
        path: 'loadBalancerAttributes.idle_timeout.timeout_seconds',
        old: '300',
        kept: 'an attribute that is no longer set is not reset'
      }
    ])
  })

  test('one attribute more and one less is a change of the one alone', () => {
    const { change, fields } = changeOf(
      one({ 'load-balancer-attributes': 'a=1' }),
      one({ 'load-balancer-attributes': 'b=2' }),
      loadBalancer
    )!
    expect(change).toBe('modify')
    expect(fields.map(({ path: of, kept }) => [of, kept === undefined])).toEqual([
      ['loadBalancerAttributes.a', false],
      ['loadBalancerAttributes.b', true]
    ])
  })

  test('another group is another load balancer', () => {
    const old = stackOf(one({}))
    const next = stackOf(one({ 'group.name': 'g' }))
    const { changes } = diffPlans(side(old), side(next))
    expect(changes.filter(({ type }) => type === loadBalancer).map(({ group, change }) => [group, change])).toEqual([
      ['g', 'create'],
      ['ns/web', 'delete']
    ])
  })

  test('one that is protected is not deleted', () => {
    const { changes } = diffPlans(
      side(stackOf(one({ 'load-balancer-attributes': 'deletion_protection.enabled=true' }))),
      side()
    )
    expect(changes.every(({ change }) => change === 'delete')).toBe(true)
    expect(changes.find(({ type }) => type === loadBalancer)!.consequences).toContain(
      'deletion_protection.enabled is true: the controller refuses until it is switched off'
    )
  })
})

describe('listeners and rules', () => {
  function spec(...paths: string[]) {
    return { rules: paths.map(text => ({ http: { paths: [path(text)] } })) }
  }
  const both = { 'listen-ports': '[{"HTTP":80},{"HTTPS":443}]', 'certificate-arn': 'arn:c' }

  test('one port more, one port less', () => {
    expect(summary(one({ 'listen-ports': '[{"HTTP":80}]' }), one({ 'listen-ports': '[{"HTTP":8080}]' }))).toEqual([
      'modify SecurityGroup ManagedLBSecurityGroup',
      'create Listener 8080',
      'create ListenerRule 8080:1',
      'delete ListenerRule 80:1',
      'delete Listener 80'
    ])
  })

  test('a redirect to HTTPS takes the rules of HTTP', () => {
    expect(summary(one(both), one({ ...both, 'ssl-redirect': '443' }))).toEqual([
      'modify Listener 80',
      'delete ListenerRule 80:1'
    ])
  })

  test('another certificate and policy in place', () => {
    const { change, fields } = changeOf(
      one(both),
      one({ ...both, 'certificate-arn': 'arn:d', 'ssl-policy': 'P' }),
      listener
    )!
    expect(change).toBe('modify')
    expect(fields.map(({ path: of }) => of)).toEqual(['certificates', 'sslPolicy'])
  })

  test('a rule at the front moves the others', () => {
    const old = [ingress({}, spec('/a', '/b'))]
    const next = [ingress({}, spec('/new', '/a', '/b'))]
    expect(summary(old, next)).toEqual([
      'create ListenerRule 80:1',
      'modify ListenerRule 80:2',
      'modify ListenerRule 80:3'
    ])
    const { changes } = diff(old, next)
    expect(changes.slice(1).flatMap(({ fields }) => fields)).toEqual([
      { path: 'priority', old: 1, new: 2 },
      { path: 'priority', old: 2, new: 3 }
    ])
  })

  test('a rule that differs is changed where it stands', () => {
    const { change, fields } = changeOf([ingress({}, spec('/a'))], [ingress({}, spec('/b'))], rule)!
    expect([change, ...fields.map(({ path: of }) => of)]).toEqual(['modify', 'conditions'])
  })

  test('rules that are the same twice are matched once each', () => {
    expect(summary([ingress({}, spec('/a', '/a'))], [ingress({}, spec('/a'))])).toEqual(['delete ListenerRule 80:2'])
  })
})

describe('target groups', () => {
  test.each<{ next: Annotations; reason: string }>([
    { next: { 'target-type': 'ip' }, reason: 'targetType cannot be changed' },
    { next: { 'backend-protocol': 'HTTPS' }, reason: 'protocol cannot be changed' },
    { next: { 'backend-protocol-version': 'HTTP2' }, reason: 'protocolVersion cannot be changed' }
  ])('$reason', ({ next, reason }) => {
    const change = changeOf(one({}), one(next), targetGroup)
    expect(change).toMatchObject({ change: 'replace', reason, consequences: [expect.stringContaining('initial')] })
    expect(changeOf(one({}), one(next), binding)).toMatchObject({
      change: 'replace',
      reason: 'its target group is replaced'
    })
  })

  test('a health check in place', () => {
    const { change, fields } = changeOf(
      one({}),
      one({ 'healthcheck-path': '/ready', 'healthcheck-port': 'status-port' }),
      targetGroup
    )!
    expect(change).toBe('modify')
    expect(fields).toEqual([
      { path: 'healthCheckConfig.port', old: 'traffic-port', new: 30021 },
      { path: 'healthCheckConfig.path', old: '/', new: '/ready' }
    ])
  })

  test('another node port leaves the target group, and a moment without targets', () => {
    const old = [ingress(), http(30080)]
    const next = [ingress(), http(31080)]
    expect(summary(old, next)).toEqual(['leave TargetGroup ns/web-gw:http', 'modify TargetGroupBinding ns/web-gw:http'])
    expect(changeOf(old, next, targetGroup)!.fields.map(({ path: of, kept }) => [of, kept !== undefined])).toEqual([
      ['name', true],
      ['port', true]
    ])
    const change = changeOf(old, next, binding)!
    expect(change.fields).toContainEqual({ path: 'nodePort', old: 30080, new: 31080 })
    expect(change.consequences).toEqual([expect.stringContaining('for a moment there are no targets')])
  })

  test('a health check by name follows the node port', () => {
    const named = { 'healthcheck-port': 'status-port' }
    const { change, fields } = changeOf([ingress(named), http(30080)], [ingress(named), http(31080)], targetGroup)!
    expect(change).toBe('modify')
    expect(fields).toContainEqual({ path: 'healthCheckConfig.port', old: 30021, new: 31021 })
  })

  test('the port by another name is another target group', () => {
    const spec = { rules: [{ http: { paths: [{ ...path('/'), backend: backendOf('gw', 80) }] } }] }
    expect(summary([ingress()], [ingress({}, spec)])).toEqual([
      'create TargetGroup ns/web-gw:80',
      'modify ListenerRule 80:1',
      'create TargetGroupBinding ns/web-gw:80',
      'delete TargetGroupBinding ns/web-gw:http',
      'delete TargetGroup ns/web-gw:http'
    ])
  })
})

describe('security group and add-ons', () => {
  test('other CIDRs in place', () => {
    const change = changeOf(one({}), one({ 'inbound-cidrs': '10.0.0.0/8' }), securityGroup)!
    expect([change.change, ...change.fields.map(({ path: of }) => of)]).toEqual(['modify', 'ingress'])
  })

  test.each([
    { annotation: 'wafv2-acl-arn', value: 'arn:acl', none: 'none' },
    { annotation: 'shield-advanced-protection', value: 'true', none: 'false' }
  ])('$annotation that is gone is left, $none takes it away', ({ annotation, value, none }) => {
    expect(diff(one({ [annotation]: value }), one({})).changes.map(({ change }) => change)).toEqual(['leave'])
    expect(diff(one({ [annotation]: value }), one({ [annotation]: none })).changes.map(({ change }) => change)).toEqual(
      ['modify']
    )
  })
})

describe('frontend NLB', () => {
  const nlb = { 'enable-frontend-nlb': 'true', 'listen-ports': '[{"HTTP":80},{"HTTP":8080}]' }
  test('another port of the ALB behind a port', () => {
    const old = one({ ...nlb, 'frontend-nlb-listener-port-mapping': '443=80' })
    const next = one({ ...nlb, 'frontend-nlb-listener-port-mapping': '443=8080' })
    expect(diff(old, next).changes).toEqual([
      expect.objectContaining({
        type: 'FrontendNLBTargetGroup',
        id: 'FrontendNlb-tg-TCP-443',
        change: 'modify',
        fields: [{ path: 'TargetPort', old: 80, new: 8080 }]
      })
    ])
  })
})

describe('groups without a plan', () => {
  const stack = stackOf(one({}))
  test.each([
    { name: 'a group that can no longer be planned', failure: { group: 'ns/web', error: 'unknown scheme: x' } },
    { name: 'a saved error', failure: { error: 'unknown scheme: x' } }
  ])('$name is compared with nothing', ({ failure }) => {
    expect(diffPlans(side(stack), { stacks: {}, failures: [failure] })).toEqual({
      changes: [],
      unchanged: 0,
      blocked: [{ side: 'new', ...failure }]
    })
  })
})

test.each([
  { name: 'one stack', json: { stack: { id: 'g', resources: {} } }, groups: ['g'], failures: 0 },
  {
    name: 'several',
    json: { stacks: { a: { id: 'a', resources: {} }, b: { id: 'b', resources: {} } } },
    groups: ['a', 'b'],
    failures: 0
  },
  { name: 'an error', json: { error: 'x' }, groups: [], failures: 1 }
])('a saved plan with $name', ({ json, groups, failures }) => {
  const set = stacksOf(json)
  expect(Object.keys(set.stacks)).toEqual(groups)
  expect(set.failures).toHaveLength(failures)
})
