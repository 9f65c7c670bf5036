import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  admits,
  compileNetworkConfiguration,
  flowCandidates,
  isHairpin,
  type NetworkTargetGroupAttributes,
  type TargetState,
  targetGroupOfFlow,
  targetOfFlow,
  zonesInDNS
} from '../../../../src/elbv2/index.ts'
import { networkStackOf, tcpTo } from './sketch.ts'

function member(state: TargetState, zone?: string, address = '10.0.0.1') {
  return { target: { address, ...(zone && { zone }) }, health: { state } }
}

function attributesOf(given: Record<string, string> = {}): NetworkTargetGroupAttributes {
  return compileNetworkConfiguration(networkStackOf(tcpTo(given))).targetGroups.get('app')!.attributes
}

const routing = 'target_group_health.unhealthy_state_routing.minimum_healthy_targets'
const failover = 'target_group_health.dns_failover.minimum_healthy_targets'

describe('who may get a flow', () => {
  const members = [
    member('healthy', 'a'),
    member('unhealthy', 'a'),
    member('unhealthy', 'b'),
    member('unhealthy.draining', 'b'),
    member('draining', 'b'),
    member('unused', 'b')
  ]
  test.each([
    ['the healthy ones of the zone', {}, 'a', [0]],
    ['all that could, where the zone has no healthy one', {}, 'b', [2, 3]],
    ['none, in a zone without targets', {}, 'c', []],
    ['the healthy ones of all zones, across them', { 'load_balancing.cross_zone.enabled': 'true' }, 'b', [0]],
    ['all, below the count', { [`${routing}.count`]: '2', [`${failover}.count`]: '2' }, 'a', [0, 1]],
    ['all, below the percentage', { [`${routing}.percentage`]: '51' }, 'a', [0, 1]],
    ['the healthy ones, at the percentage', { [`${routing}.percentage`]: '50' }, 'a', [0]]
  ])('%s', (_name, given, zone, expected) => {
    expect(flowCandidates(members, attributesOf(given), zone)).toEqual(expected.map(index => members[index]))
  })

  test('is always one of the candidates', () => {
    const attributes = attributesOf({ 'stickiness.enabled': 'true' })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.ipV4(),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (count, client, random) => {
          const candidates = Array.from({ length: count }, () => member('healthy'))
          expect(candidates).toContain(targetOfFlow(candidates, { sticky: false }, client, random))
          const held = targetOfFlow(candidates, attributes, client, random)
          expect(held).toBe(targetOfFlow(candidates, attributes, client, 0))
        }
      )
    )
  })

  test('shares sticky clients out evenly', () => {
    const candidates = Array.from({ length: 4 }, () => member('healthy'))
    const counts = new Map(candidates.map(one => [one, 0]))
    for (let client = 0; client < 4000; client += 1) {
      const chosen = targetOfFlow(candidates, { sticky: true }, `10.0.${client >> 8}.${client & 255}`, 0)!
      counts.set(chosen, counts.get(chosen)! + 1)
    }
    expect([...counts.values()].every(count => count > 850 && count < 1150)).toBe(true)
  })
})

describe('the target group of a flow', () => {
  test.each([
    [0, 'one'],
    [0.24, 'one'],
    [0.25, 'two'],
    [0.99, 'two']
  ])('goes by weight: %d is %s', (random, id) => {
    const targetGroups = [
      { id: 'none', weight: 0 },
      { id: 'one', weight: 1 },
      { id: 'two', weight: 3 }
    ]
    expect(targetGroupOfFlow({ targetGroups, sticky: false }, '10.0.0.1', random)).toMatchObject({ id })
  })
  test('is none where all weigh nothing', () => {
    expect(targetGroupOfFlow({ targetGroups: [{ id: 'x', weight: 0 }], sticky: false }, '10.0.0.1', 0)).toBeUndefined()
  })
})

describe('the zones in DNS', () => {
  const attributes = attributesOf()
  const zoned = { registered: [member('healthy', 'a'), member('unhealthy', 'b')], attributes }
  test.each([
    ['those with a healthy target in every target group', [zoned], ['a']],
    ['all, where none has', [{ registered: [member('unhealthy', 'a')], attributes }], ['a', 'b']],
    ['all, without target groups', [], ['a', 'b']],
    ['those of both', [zoned, { registered: [member('healthy', 'b')], attributes }], ['a', 'b']],
    [
      'all, where targets of other zones count',
      [{ ...zoned, attributes: attributesOf({ 'load_balancing.cross_zone.enabled': 'true' }) }],
      ['a', 'b']
    ],
    [
      'all, with the threshold off',
      [{ ...zoned, attributes: attributesOf({ [`${failover}.count`]: 'off' }) }],
      ['a', 'b']
    ]
  ])('are %s', (_name, groups, expected) => {
    expect(zonesInDNS(['a', 'b'], groups)).toEqual(expected)
  })
})

describe('a hairpin', () => {
  const kept = attributesOf()
  const hidden = attributesOf({ 'preserve_client_ip.enabled': 'false' })
  const elsewhere = [member('healthy', undefined, '127.0.0.2'), member('healthy', undefined, '127.0.0.1')]
  test.each([
    ['127.0.0.2', '127.0.0.2', kept, true],
    ['127.0.0.3', '127.0.0.2', kept, false],
    ['127.0.0.2', '127.0.0.2', hidden, false],
    ['127.0.0.1', '127.0.0.1', kept, true]
  ])('of %s to %s', (client, address, attributes, expected) => {
    expect(isHairpin(client, { address }, attributes, elsewhere)).toBe(expected)
  })
  test('is not told of a machine that is everything', () => {
    expect(isHairpin('127.0.0.1', { address: '127.0.0.1' }, kept, [member('healthy', undefined, '127.0.0.1')])).toBe(
      false
    )
  })
})

describe('a security group', () => {
  const { admission } = compileNetworkConfiguration(
    networkStackOf({ ...tcpTo(), sourceRanges: ['10.0.0.0/8', '2001:db8::/32'] })
  )
  test.each([
    ['tcp', 80, '10.1.2.3', true],
    ['tcp', 80, '::ffff:10.1.2.3', true],
    ['tcp', 80, '11.1.2.3', false],
    ['tcp', 80, '2001:db8::1', true],
    ['tcp', 80, '2001:db9::1', false],
    ['tcp', 81, '10.1.2.3', false],
    ['udp', 80, '10.1.2.3', false],
    ['tcp', 80, 'nonsense', false]
  ] as const)('%s to %d from %s', (protocol, port, client, expected) => {
    expect(admits(admission, { protocol, port, client })).toBe(expected)
  })
  test('that is not there, or not known, lets everybody in', () => {
    const none = networkStackOf(tcpTo())
    const other = networkStackOf(tcpTo())
    other.resources['AWS::ElasticLoadBalancingV2::LoadBalancer']!.LoadBalancer!.spec.securityGroups = ['sg-own']
    for (const stack of [none, other]) {
      const { admission: unknown } = compileNetworkConfiguration(stack)
      expect(admits(unknown, { protocol: 'tcp', port: 80, client: '1.2.3.4' })).toBe(true)
    }
  })
  test('with a prefix list, whose addresses AWS knows, lets everybody in at its port', () => {
    const stack = networkStackOf({ ...tcpTo(), sourceRanges: [] })
    stack.resources['AWS::EC2::SecurityGroup']!.ManagedLBSecurityGroup!.spec.ingress = [
      { ipProtocol: 'tcp', fromPort: 80, toPort: 80, prefixLists: [{ listID: 'pl-1' }] }
    ]
    const { admission: listed } = compileNetworkConfiguration(stack)
    expect(admits(listed, { protocol: 'tcp', port: 80, client: '1.2.3.4' })).toBe(true)
    expect(admits(listed, { protocol: 'tcp', port: 81, client: '1.2.3.4' })).toBe(false)
  })
})
