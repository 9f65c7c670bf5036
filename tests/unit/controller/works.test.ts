import { describe, expect, test } from '@jest/globals'
import { Works } from '../../../src/controller/works.ts'
import { buildPlan, defaultEnvironment } from '../../../src/model/index.ts'
import { type Ingress, type KubernetesObject, Resources } from '../../../src/resources/index.ts'
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
const plan = buildPlan(new Resources(before), defaultEnvironment)
function withStatus(ingress: Ingress): Ingress {
  return {
    ...ingress,
    status: { loadBalancer: { ingress: [{ hostname: 'a' }] } }
  }
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
  test.each(cases)('$name', ({ objects, changed }) => {
    const works = new Works([])
    function of(resources: Resources) {
      return new Map(plan.groups.map(group => [group.id, works.of(group, resources, undefined)]))
    }
    const [known, now] = [of(new Resources(before)), of(new Resources(objects))]
    expect([...now].flatMap(([id, work]) => (work === known.get(id) ? [] : id)).toSorted()).toEqual(changed)
  })

  test('what changed is in it', () => {
    const works = new Works(['also.example.com'])
    const group = plan.groups.find(({ id }) => id === 'shop/web')!
    works.of(group, new Resources(before), undefined)
    const work = works.of(group, new Resources([withStatus(web), ...before.slice(1), node('two')]), new Map())
    expect(work.members).toEqual([withStatus(web)])
    expect([...work.targets.values()].map(targets => targets.length)).toEqual([2])
    expect(work.bindings).toEqual([])
    expect(work.domains).toEqual(['also.example.com', 'web.example.com'])
  })
})
