import { describe, expect, test } from '@jest/globals'
import { conflict, mistakeOn, testMistakes } from '../mistakes.ts'
import { environment, errorOf, ingress, member, specOf, stackOf } from '../objects.ts'

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

  test('its own tags may be none', () => {
    const objects = [ingress({ ...nlb, tags: 'a=1', 'frontend-nlb-tags': '' })]
    expect(specOf(objects, loadBalancer, 'FrontendNlb').tags).toBeUndefined()
  })

  test.each([
    ['no addresses', [{ 'frontend-nlb-eip-allocations': '' }], [undefined, undefined]],
    [
      'addresses in the order of the first member',
      [
        { 'frontend-nlb-eip-allocations': 'eipalloc-1,eipalloc-2' },
        { 'frontend-nlb-eip-allocations': 'eipalloc-2,eipalloc-1' }
      ],
      ['eipalloc-1', 'eipalloc-2']
    ]
  ])('%s', (_what, annotations, want) => {
    const facing = { ...nlb, 'frontend-nlb-scheme': 'internet-facing' }
    const objects = annotations.map((own, index) => member(`m${index}`, { ...facing, ...own }))
    const { subnetMapping } = specOf(objects, loadBalancer, 'FrontendNlb')
    expect(subnetMapping.map(({ allocationID }: { allocationID?: string }) => allocationID)).toEqual(want)
  })

  test('attributes of members after one without', () => {
    const objects = [member('a', nlb), member('b', { ...nlb, 'frontend-nlb-attributes': 'x=1' })]
    expect(specOf(objects, loadBalancer, 'FrontendNlb').loadBalancerAttributes).toEqual([{ key: 'x', value: '1' }])
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
    ),
    conflict({ ...nlb, 'frontend-nlb-attributes': 'x=1' }, {}, 'conflicting frontend NLB attributes: map[x:1] | map[]'),
    conflict(
      { ...nlb, 'frontend-nlb-scheme': 'internet-facing', 'frontend-nlb-eip-allocations': 'eipalloc-1,eipalloc-2' },
      { 'frontend-nlb-eip-allocations': 'eipalloc-1,eipalloc-3' },
      'all EIP allocations for the ingress group must be the same: [eipalloc-1 eipalloc-2] | [eipalloc-1 eipalloc-3]'
    ),
    mistakeOn(
      'empty addresses for an internal NLB',
      { ...nlb, 'frontend-nlb-eip-allocations': '' },
      'EIP allocations can only be set for internet facing load balancers'
    ),
    // The controller names the annotation of Services.
    mistakeOn(
      'a routing policy',
      { ...nlb, 'frontend-nlb-attributes': 'dns_record.client_routing_policy=any' },
      "invalid dns_record.client_routing_policy set in annotation aws-load-balancer-attributes: got 'any' expected one of ['any_availability_zone', 'partial_availability_zone_affinity', 'availability_zone_affinity']"
    ),
    // Its addresses come before its tags.
    mistakeOn(
      'addresses and tags',
      { ...nlb, 'frontend-nlb-eip-allocations': '', 'frontend-nlb-tags': 'a' },
      'EIP allocations can only be set for internet facing load balancers'
    )
  ])

  test('nowhere to be', () => {
    const subnets = ['subnet-1', 'subnet-2'].map((id, index) => ({
      ...environment.subnets[index]!,
      id,
      tags: { 'kubernetes.io/role/elb': '1' }
    }))
    const objects = [ingress({ ...nlb, scheme: 'internet-facing' })]
    expect(errorOf(objects, { ...environment, subnets: subnets.map(subnet => ({ ...subnet, public: true })) })).toBe(
      'unable to resolve at least one subnet. Evaluated 0 subnets: 0 are tagged for other clusters, and 0 have insufficient available IP addresses'
    )
  })
})
