import { describe, expect, test } from '@jest/globals'
import { conflict, mistakeOn, testMistakes } from '../mistakes.ts'
import { ingress, member, specOf, stackOf } from '../objects.ts'

const loadBalancer = 'AWS::ElasticLoadBalancingV2::LoadBalancer'
const targetGroup = 'AWS::ElasticLoadBalancingV2::TargetGroup'

describe('frontend NLB', () => {
  const nlb = { 'enable-frontend-nlb': 'true' }

  test('takes over from the ALB what is not its own', () => {
    const objects = [ingress({ ...nlb, 'ip-address-type': 'dualstack', 'security-groups': 'sg-1', tags: 'a=1' })]
    expect(specOf(objects, loadBalancer, 'FrontendNlb')).toMatchObject({
      name: `${specOf(objects, loadBalancer, 'LoadBalancer').name.slice(0, 28)}-nlb`,
      type: 'network',
      scheme: 'internal',
      ipAddressType: 'dualstack',
      securityGroups: ['sg-1'],
      tags: { a: '1' }
    })
  })

  test.each(['ipv4', 'dualstack', 'dualstack-without-public-ipv4'])(
    'its target groups are IPv4 behind load balancers of %s',
    ipAddressType => {
      const objects = [ingress({ ...nlb, 'ip-address-type': ipAddressType })]
      expect(specOf(objects, loadBalancer, 'FrontendNlb').ipAddressType).toBe(ipAddressType)
      const { ipAddressType: ofTargets, targetType } = specOf(objects, targetGroup, 'FrontendNlb-tg-TCP-80')
      expect([targetType, ofTargets]).toEqual(['alb', 'ipv4'])
    }
  )

  test('its own tags are all it has', () => {
    const objects = [ingress({ ...nlb, tags: 'a=1', 'frontend-nlb-tags': 'b=2' })]
    expect(specOf(objects, loadBalancer, 'FrontendNlb').tags).toEqual({ b: '2' })
  })

  test('every member gives it the ports that it listens on', () => {
    const objects = [
      member('a', {
        ...nlb,
        'listen-ports': '[{"HTTP":80}]',
        'frontend-nlb-listener-port-mapping': '8000=80,9000=8080'
      }),
      member('b', { 'listen-ports': '[{"HTTP":8080}]' })
    ]
    const { TargetGroups } = stackOf(objects).resources.FrontendNLBTargetGroup!.FrontendNLBTargetGroup!
    // Port 8080 is not one of a's: its mapping is passed over.
    expect(Object.values(TargetGroups).map(({ Port, TargetPort }) => [Port, TargetPort])).toEqual([
      [8000, 80],
      [8080, 8080]
    ])
  })
})

const nlb = { 'enable-frontend-nlb': 'true' }

describe('mistakes', () => {
  testMistakes([
    mistakeOn(
      'addresses for an internal NLB',
      { ...nlb, 'frontend-nlb-eip-allocations': 'eipalloc-1,eipalloc-2' },
      'EIP allocations can only be set for internet facing load balancers'
    ),
    mistakeOn(
      'one address for two subnets',
      { ...nlb, 'frontend-nlb-scheme': 'internet-facing', 'frontend-nlb-eip-allocations': 'eipalloc-1' },
      'count of EIP allocations (1) and subnets (2) must match'
    ),
    mistakeOn('its scheme', { ...nlb, 'frontend-nlb-scheme': 'public' }, 'unknown scheme: public'),
    conflict(
      { 'enable-frontend-nlb': 'true' },
      { 'enable-frontend-nlb': 'false' },
      'conflicting enable frontend NLB values'
    ),
    conflict(
      { ...nlb, 'frontend-nlb-tags': 'a=1' },
      { 'frontend-nlb-tags': 'a=2' },
      'conflicting frontend NLB tags: map[a:1] | map[a:2]'
    )
  ])
})
