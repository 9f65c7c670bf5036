import { describe, expect, test } from '@jest/globals'
import { conflict, testMistakes } from '../mistakes.ts'
import { classParams, environment, errorOf, ingress, ingressClass, planOf, specOf, stackOf } from '../objects.ts'

const loadBalancer = 'AWS::ElasticLoadBalancingV2::LoadBalancer'

describe('by name', () => {
  function subnet(id: string, zone: string, name?: string) {
    return {
      ...environment.subnets[0]!,
      id,
      zone,
      tags: (name === undefined ? {} : { Name: name }) as Record<string, string>
    }
  }
  const named = {
    ...environment,
    subnets: [
      subnet('subnet-4', 'd', 'edge'),
      subnet('subnet-1', 'a', 'edge'),
      subnet('subnet-2', 'b', 'other'),
      subnet('subnet-3', 'c')
    ]
  }

  test.each([
    { subnets: 'other,edge', want: ['subnet-2', 'subnet-1'] },
    // A name that several carry takes the lower ID first, whatever their order in the account.
    { subnets: 'edge,edge', want: ['subnet-1', 'subnet-4'] },
    { subnets: 'edge,other,edge', want: ['subnet-1', 'subnet-2', 'subnet-4'] },
    { subnets: 'subnet-3,edge', want: ['subnet-3', 'subnet-1'] }
  ])('$subnets', ({ subnets, want }) => {
    const { resources } = stackOf([ingress({ subnets })], named)
    const ids = resources[loadBalancer]!.LoadBalancer!.spec.subnetMapping.map(({ subnetID }) => subnetID)
    expect(ids).toEqual(want)
  })

  test.each([
    { subnets: 'nosuch,edge', error: "couldn't find all subnets, missing names: [nosuch]" },
    { subnets: 'b,edge,a', error: "couldn't find all subnets, missing names: [b a]" },
    { subnets: 'a,a,b', error: "couldn't find all subnets, missing names: [a b]" },
    { subnets: 'Edge,EDGE', error: "couldn't find all subnets, missing names: [Edge EDGE]" },
    // What is missing is told before a name that too few carry.
    { subnets: 'other,other,nosuch', error: "couldn't find all subnets, missing names: [nosuch]" },
    {
      subnets: 'other,other',
      error: 'subnet with Name tag "other" requested 2 times but only 1 subnet(s) found with that name'
    },
    {
      subnets: 'edge,edge,edge,edge',
      error: 'subnet with Name tag "edge" requested 3 times but only 2 subnet(s) found with that name'
    }
  ])('$subnets: $error', ({ subnets, error }) => {
    expect(errorOf([ingress({ subnets })], named)).toBe(`failed to list subnets by names or IDs: ${error}`)
  })

  test.each([
    { zoneType: 'local-zone', locales: '[availability-zone local-zone]' },
    { zoneType: 'outpost', locales: '[availability-zone outpost]' }
  ] as const)('one in a zone and one in $zoneType', ({ zoneType, locales }) => {
    const subnets = [subnet('subnet-1', 'a'), { ...subnet('subnet-2', 'b'), zoneType }]
    expect(errorOf([ingress({ subnets: 'subnet-1,subnet-2' })], { ...environment, subnets })).toBe(
      `subnets in multiple locales: ${locales}`
    )
  })

  test('missing ones of a frontend NLB', () => {
    const objects = [ingress({ 'enable-frontend-nlb': 'true', 'frontend-nlb-subnets': 'a,b' })]
    expect(errorOf(objects)).toBe(
      "failed to list subnets by names or IDs: couldn't find all subnets, missing names: [a b]"
    )
  })
})

test('IDs that the account does not list are taken as they are', () => {
  const { subnetMapping } = specOf([ingress({ subnets: 'subnet-8,subnet-9' })], loadBalancer)
  expect(subnetMapping).toEqual([{ subnetID: 'subnet-8' }, { subnetID: 'subnet-9' }])
})

test('the order in which classes write tags is no conflict', () => {
  const tags = [
    { team: ['a'], tier: ['b'] },
    { tier: ['b'], team: ['a'] }
  ]
  const subnets = environment.subnets.map(subnet => ({ ...subnet, tags: { team: 'a', tier: 'b' } }))
  const objects = tags.flatMap((tags, index) => {
    const name = `class-${index}`
    const classOf = ingressClass(name)
    return [
      { ...classOf, metadata: { name } },
      classParams({ subnets: { tags } }, name),
      ingress({ 'group.name': 'g' }, { ingressClassName: name }, `web-${index}`)
    ]
  })
  expect(errorOf(objects, { ...environment, subnets })).toBeUndefined()
})

test('one that the account does not list is one too few all the same', () => {
  expect(() => specOf([ingress({ subnets: 'subnet-9' })], loadBalancer)).toThrow(
    'subnets count less than minimal required count: 1 < 2'
  )
})

test('names are taken to be there where nobody listed subnets, and that is said', () => {
  const group = planOf([ingress({ subnets: 'public-a, public-b' })], {
    ...environment,
    subnets: [],
    unlisted: ['subnets']
  })
  expect(group.stack!.resources[loadBalancer]!.LoadBalancer!.spec.subnetMapping).toHaveLength(2)
  expect(group.assumptions).toEqual([
    'the subnet public-a is in a zone of its own: aws.yaml lists no subnets',
    'the subnet public-b is in a zone of its own: aws.yaml lists no subnets'
  ])
})

describe('mistakes', () => {
  testMistakes([
    conflict(
      { subnets: 'subnet-1,subnet-2' },
      { subnets: 'subnet-3,subnet-4' },
      'conflicting subnets: [subnet-1 subnet-2] | [subnet-3 subnet-4]'
    )
  ])
})
