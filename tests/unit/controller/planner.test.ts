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
