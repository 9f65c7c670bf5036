import { describe, expect, test } from '@jest/globals'
import { buildPlan, planToJSON } from '../../../../../src/model/index.ts'
import { type KubernetesObject, Resources } from '../../../../../src/resources/index.ts'
import { invalidNumber, mistakeOn, testMistakes } from '../../mistakes.ts'
import { environment, ingress, ingressClass, member, planOf, service, withParams } from '../../objects.ts'

describe('group', () => {
  test('members are in the order of group.order, then of their names', () => {
    const objects = [
      member('c', {}),
      member('b', { 'group.order': '-5' }),
      member('a', { 'group.order': '10' }),
      member('d', { 'group.order': '-5' })
    ]
    expect(planOf(objects).members).toEqual(['ns/b', 'ns/d', 'ns/c', 'ns/a'])
  })

  test('the group of IngressClassParams beats the annotation', () => {
    expect(planOf(withParams({ group: { name: 'platform' } }, ingress({ 'group.name': 'own' }))).id).toBe('platform')
  })

  test.each([
    { value: 'alb', isOwned: true },
    { value: 'nginx', isOwned: false }
  ])('kubernetes.io/ingress.class $value beats the class', ({ value, isOwned }) => {
    const annotated = ingress({}, { ingressClassName: isOwned ? 'nosuch' : 'alb' })
    annotated.metadata.annotations = { 'kubernetes.io/ingress.class': value }
    const { groups, unloadable } = buildPlan(new Resources([ingressClass(), service(), annotated]), environment)
    expect(groups.map(({ id }) => id)).toEqual(isOwned ? ['ns/web'] : [])
    expect(unloadable).toEqual([])
  })

  test('one that the last member is leaving is not shown beside others, alone it is', () => {
    const leaving = ingress({}, {}, 'leaving')
    leaving.metadata = {
      ...leaving.metadata,
      deletionTimestamp: '2026-01-01T00:00:00Z',
      finalizers: ['ingress.k8s.aws/resources']
    }
    function json(objects: KubernetesObject[]) {
      return planToJSON(buildPlan(new Resources([ingressClass(), service(), ...objects]), environment))
    }
    expect(json([leaving, ingress()])).toMatchObject({ stack: { id: 'ns/web' } })
    expect(json([leaving])).toEqual({
      stack: {
        id: 'ns/leaving',
        resources: { FrontendNLBTargetGroup: { FrontendNLBTargetGroup: { TargetGroups: {} } } }
      }
    })
  })
})

describe('mistakes', () => {
  testMistakes([
    mistakeOn(
      'a group name in capitals',
      { 'group.name': 'Edge' },
      "invalid ingress group: groupName must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
    ),
    mistakeOn(
      'a group name of 64 characters',
      { 'group.name': 'a'.repeat(64) },
      'invalid ingress group: groupName must be no more than 63 characters'
    ),
    mistakeOn(
      'a group order of no number',
      { 'group.order': 'first' },
      `failed to load Ingress group order for ingress: ns/web: ${invalidNumber('group.order', 'first', 32)}`
    ),
    mistakeOn(
      'a group order out of range',
      { 'group.order': '1001' },
      'explicit Ingress group order must be within [-1000:1000], Ingress: ns/web, order: 1001'
    ),
    {
      mistake: 'a broken class on an Ingress that carries the finalizer of a group',
      objects: [
        member('a', {}),
        {
          ...ingress({}, { ingressClassName: 'nosuch' }, 'b'),
          metadata: { name: 'b', namespace: 'ns', finalizers: ['group.ingress.k8s.aws/g'] }
        }
      ],
      error:
        'Ingress: ns/b: Ingress has invalid IngressClass configuration: invalid ingress class: IngressClass.networking.k8s.io "nosuch" not found'
    }
  ])
})
