import { describe, expect, test } from '@jest/globals'
import { Planner } from '../../../src/controller/planner.ts'
import { defaultEnvironment } from '../../../src/model/index.ts'
import { type Ingress, type KubernetesObject, type ObjectMeta, Resources } from '../../../src/resources/index.ts'
import { finalizer, ingress, node, prefix } from './controller-rig.ts'

const others: KubernetesObject[] = [
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'alb' },
    spec: { controller: 'ingress.k8s.aws/alb' }
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort: 30_080 }] }
  }
]

const web = ingress()
function changed(metadata: Partial<ObjectMeta>, status?: Ingress['status']): Ingress {
  return {
    ...web,
    metadata: { ...web.metadata, ...metadata },
    ...(status && { status })
  }
}

describe('a plan', () => {
  const cases: { name: string; objects: KubernetesObject[]; isNew: boolean }[] = [
    { name: 'nothing', objects: [web, ...others], isNew: false },
    {
      name: 'the finalizer of its own group',
      objects: [changed({ finalizers: [finalizer] }), ...others],
      isNew: false
    },
    {
      name: 'the status',
      objects: [changed({ resourceVersion: '2' }, { loadBalancer: { ingress: [{ hostname: 'a' }] } }), ...others],
      isNew: false
    },
    {
      name: 'the annotation with the plan',
      objects: [changed({ annotations: { [`${prefix}/dry-run-plan`]: '{}' } }), ...others],
      isNew: false
    },
    { name: 'a node', objects: [web, ...others, node('two')], isNew: false },
    {
      name: 'an annotation',
      objects: [changed({ annotations: { [`${prefix}/scheme`]: 'internal' } }), ...others],
      isNew: true
    },
    { name: 'a deletion', objects: [changed({ deletionTimestamp: '2026-01-01T00:00:00Z' }), ...others], isNew: true },
    {
      name: 'the finalizer of another group',
      objects: [changed({ finalizers: ['group.ingress.k8s.aws/edge'] }), ...others],
      isNew: true
    },
    { name: 'a new uid', objects: [changed({ uid: 'another' }), ...others], isNew: true },
    { name: 'what a Service says', objects: [web, others[0]!, { ...others[1]!, spec: {} }], isNew: true },
    { name: 'the status of a Service', objects: [web, others[0]!, { ...others[1]!, status: {} }], isNew: false },
    { name: 'one Ingress more', objects: [web, ingress('more'), ...others], isNew: true },
    { name: 'one Ingress less', objects: others, isNew: true }
  ]
  test.each(cases)('after a change of $name is another: $isNew', ({ objects, isNew }) => {
    const planner = new Planner(defaultEnvironment)
    const before = planner.planOf(new Resources([web, ...others]))
    expect(before.groups.map(({ id }) => id)).toEqual(['shop/web'])
    expect(planner.planOf(new Resources(objects)) !== before).toBe(isNew)
  })

  test('is looked at against the last one, not against the first', () => {
    const planner = new Planner(defaultEnvironment)
    const plans = [web, changed({ deletionTimestamp: '2026-01-01T00:00:00Z' }), web].map(object =>
      planner.planOf(new Resources([object, ...others]))
    )
    expect(new Set(plans).size).toBe(3)
  })
})

describe('a plan of Services and Gateways', () => {
  function made(apiVersion: string, kind: string, name: string, spec: object): KubernetesObject {
    const namespace = kind === 'GatewayClass' ? {} : { namespace: 'shop' }
    return { apiVersion, kind, metadata: { name, uid: name, ...namespace }, spec }
  }
  const api = 'gateway.networking.k8s.io/v1'
  const objects = [
    made('v1', 'Service', 'edge', { type: 'LoadBalancer', loadBalancerClass: 'service.k8s.aws/nlb', ports: [] }),
    made(api, 'GatewayClass', 'aws', { controllerName: 'gateway.k8s.aws/alb' }),
    made(api, 'Gateway', 'edge', { gatewayClassName: 'aws', listeners: [] }),
    made(api, 'HTTPRoute', 'web', { parentRefs: [{ name: 'edge' }] })
  ]
  function programmed(message: string): object {
    return { conditions: [{ type: 'Programmed', status: 'True', reason: 'Programmed', message }] }
  }
  const cases: { name: string; kind: string; metadata?: Partial<ObjectMeta>; fields?: object; isNew: boolean }[] = [
    {
      name: 'the finalizer of a Service',
      kind: 'Service',
      metadata: { finalizers: ['service.k8s.aws/resources'] },
      isNew: false
    },
    {
      name: 'the finalizer of a Gateway',
      kind: 'Gateway',
      metadata: { finalizers: ['gateway.k8s.aws/alb'] },
      isNew: false
    },
    {
      name: 'what the controller notes on a class',
      kind: 'GatewayClass',
      metadata: {
        finalizers: ['gateway.k8s.aws/gatewayclass'],
        annotations: { 'elbv2.k8s.aws/last-processed-config': '' }
      },
      isNew: false
    },
    {
      name: 'a plan that was asked for',
      kind: 'Gateway',
      metadata: { annotations: { 'gateway.k8s.aws/dry-run-plan': '{}' } },
      isNew: false
    },
    { name: 'the status of a route', kind: 'HTTPRoute', fields: { status: { parents: [] } }, isNew: false },
    {
      name: 'the address of a Gateway',
      kind: 'Gateway',
      fields: { status: { addresses: [{ value: 'x' }] } },
      isNew: false
    },
    {
      name: 'the load balancer of a Gateway, which others may lead to',
      kind: 'Gateway',
      fields: { status: programmed('arn') },
      isNew: true
    },
    {
      name: 'an add-on',
      kind: 'Gateway',
      metadata: { annotations: { 'gateway.k8s.aws.addon.wafv2': 'true' } },
      isNew: true
    },
    { name: 'what a route says', kind: 'HTTPRoute', fields: { spec: { parentRefs: [] } }, isNew: true },
    {
      name: 'the deletion of a Gateway',
      kind: 'Gateway',
      metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' },
      isNew: true
    }
  ]
  test.each(cases)('after a change of $name is another: $isNew', ({ kind, metadata = {}, fields = {}, isNew }) => {
    const planner = new Planner(defaultEnvironment)
    const before = planner.planOf(new Resources(objects))
    expect([before.services.length, before.gateways.length]).toEqual([1, 1])
    const after = objects.map(object =>
      object.kind === kind ? { ...object, metadata: { ...object.metadata, ...metadata }, ...fields } : object
    )
    expect(planner.planOf(new Resources(after)) !== before).toBe(isNew)
  })
})
