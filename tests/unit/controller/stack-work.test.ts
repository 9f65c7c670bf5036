import { describe, expect, test } from '@jest/globals'
import { Planner } from '../../../src/controller/planner.ts'
import { type News, newsOf, type StackWork, workOf } from '../../../src/controller/stack-work.ts'
import { defaultEnvironment } from '../../../src/model/index.ts'
import {
  type Ingress,
  type KubernetesObject,
  type ObjectMeta,
  Resources,
  type TargetGroupBinding
} from '../../../src/resources/index.ts'
import { hosted, node } from './controller-rig.ts'

const ingressClass: KubernetesObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'alb' },
  spec: { controller: 'ingress.k8s.aws/alb' }
}
const service: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort: 30_080 }] }
}
const [web, api] = [hosted('web'), hosted('api')]
const one = node('one')
const before = [web, api, ingressClass, service, one]
function withStatus(ingress: Ingress): Ingress {
  return {
    ...ingress,
    status: { loadBalancer: { ingress: [{ hostname: 'a' }] } }
  }
}

function withMetadata(metadata: Partial<ObjectMeta>): Ingress {
  return { ...web, metadata: { ...web.metadata, ...metadata } }
}

describe('the work of two groups, of the same plan', () => {
  const cases: { name: string; objects: KubernetesObject[]; changed: string[] }[] = [
    { name: 'the same objects', objects: before, changed: [] },
    {
      name: 'the status of one member',
      objects: [withStatus(web), api, ingressClass, service, one],
      changed: ['shop/web']
    },
    { name: 'a node', objects: [...before, node('two')], changed: ['shop/api', 'shop/web'] }
  ]
  /** What each snapshot makes of the groups, one after the other. */
  function worksOf(hosts: string[], ...snapshots: KubernetesObject[][]): Map<string, StackWork>[] {
    const planner = new Planner(defaultEnvironment, hosts)
    return snapshots.map(objects => {
      const { groups } = planner.planOf(new Resources(objects))
      return new Map(groups.map(group => [group.id, workOf(group, planner, undefined)]))
    })
  }

  test.each(cases)('$name', ({ objects, changed }) => {
    const [known, now] = worksOf([], before, objects) as [Map<string, StackWork>, Map<string, StackWork>]
    const news = [...now].filter(([id, work]) => newsOf(known.get(id), work) !== 'nothing')
    expect(news.map(([id]) => id).toSorted()).toEqual(changed)
  })

  test('what changed is in it', () => {
    const planner = new Planner(defaultEnvironment, ['also.example.com'])
    planner.planOf(new Resources(before))
    const plan = planner.planOf(new Resources([withStatus(web), ...before.slice(1), node('two')]))
    const work = workOf(plan.groups.find(({ id }) => id === 'shop/web')!, planner, [])
    expect(work.owners).toEqual([withStatus(web)])
    expect([...work.targets.values()].map(targets => targets.length)).toEqual([2])
    expect(work.bindings).toEqual([])
    expect(work.domains).toEqual(['also.example.com', 'web.example.com'])
  })
})

describe('the news of a group', () => {
  const binding: TargetGroupBinding = {
    apiVersion: 'elbv2.k8s.aws/v1beta1',
    kind: 'TargetGroupBinding',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { targetType: 'ip', serviceRef: { name: 'web', port: 80 } }
  }
  /** Made of new objects each time. */
  function anew(): StackWork {
    return {
      plan: { kind: 'Ingress', id: 'shop/web', finalizer: 'f', stack: { id: 'shop/web', resources: {} } },
      owners: [{ ...web }],
      inactiveOwners: [{ ...api }],
      targets: new Map([['group', [{ id: 'i-1', address: '192.0.2.1', port: 30_080 }]]]),
      domains: ['web.example.com'],
      bindings: [{ ...binding }]
    }
  }
  const work = anew()
  const cases: { name: string; change: Partial<StackWork>; news: News }[] = [
    { name: 'equal objects', change: anew(), news: 'nothing' },
    { name: 'a version of a member', change: { owners: [withMetadata({ resourceVersion: '2' })] }, news: 'nothing' },
    { name: 'a finalizer', change: { owners: [withMetadata({ finalizers: ['f'] })] }, news: 'objects' },
    { name: 'a status', change: { owners: [withStatus(web)] }, news: 'objects' },
    { name: 'a member that is another', change: { owners: [withMetadata({ uid: 'another' })] }, news: 'objects' },
    { name: 'a member that leaves', change: { owners: [], inactiveOwners: [web, api] }, news: 'objects' },
    {
      name: 'a binding that is being deleted',
      change: { bindings: [{ ...binding, metadata: { ...binding.metadata, deletionTimestamp: 'now' } }] },
      news: 'objects'
    },
    { name: 'the kind of bindings', change: { bindings: undefined }, news: 'objects' },
    { name: 'targets', change: { targets: new Map([['group', []]]) }, news: 'configuration' },
    { name: 'a host', change: { domains: [] }, news: 'configuration' },
    {
      name: 'an equal stack',
      change: { plan: { ...work.plan!, stack: { id: 'shop/web', resources: {} } } },
      news: 'nothing'
    },
    {
      name: 'an error',
      change: { plan: { kind: 'Ingress', id: 'shop/web', finalizer: 'f', error: 'no' } },
      news: 'plan'
    },
    { name: 'no plan', change: { plan: undefined }, news: 'plan' }
  ]
  test.each(cases)('after $name is $news', ({ change, news }) => {
    expect(newsOf(work, { ...work, ...change })).toBe(news)
  })

  test('at first is all of it', () => {
    expect(newsOf(undefined, work)).toBe('plan')
  })
})
