import { describe, expect, it } from '@jest/globals'
import { targetGroupAttributes } from '../../../../src/elbv2/attributes.ts'
import type { Target, TargetGroupConfiguration } from '../../../../src/elbv2/index.ts'
import { initialChecking } from '../../../../src/elbv2/target-health.ts'
import type { RegisteredTarget } from '../../../../src/load-balancer/target-group/registered-target.ts'
import { TargetGroup, type TargetGroupHost } from '../../../../src/load-balancer/target-group/target-group.ts'
import { createManualClock } from '../../../manual-clock.ts'

function target(id: string, more: Partial<Target> = {}): Target {
  return { id, address: '10.0.0.1', port: 30080, ...more }
}

/** A target group without sockets: health is set by hand. */
function groupOf(
  targets: Target[],
  attributes: Record<string, string> = {},
  { inUse = true, zone }: { inUse?: boolean; zone?: string } = {}
) {
  const clock = createManualClock()
  const events: string[] = []
  const closed: string[] = []
  let draw = 0
  function configuration(more: Partial<TargetGroupConfiguration> = {}): TargetGroupConfiguration {
    return {
      id: 'app',
      arn: 'arn:app',
      name: 'app',
      targetType: 'instance',
      protocol: 'HTTP',
      protocolVersion: 'HTTP1',
      healthCheck: {
        port: 'traffic-port',
        protocol: 'HTTP',
        intervalSeconds: 15,
        timeoutSeconds: 5,
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 2
      },
      attributes: targetGroupAttributes(
        Object.entries(attributes).map(([key, value]) => ({ key, value })),
        problem => {
          throw new Error(problem.message)
        }
      ),
      inUse,
      ...more
    }
  }
  const host: TargetGroupHost = {
    clock,
    random: () => draw,
    zone,
    createTransport: ({ id }) => ({
      send: () => ({ cut() {}, pause() {}, resume() {} }),
      close: () => void closed.push(id)
    }),
    onHealth: (_group, { target: { id }, health }) => void events.push(`${id} ${health.reason ?? health.state}`),
    onFailOpen: (_group, active) => void events.push(`fail-open ${active}`),
    onRegister: (_group, { target: { id } }) => void events.push(`check ${id}`),
    onDeregister: () => {}
  }
  const group = new TargetGroup(configuration(), host)
  group.update(configuration(), targets)
  function find(id: string): RegisteredTarget {
    return group.registered.find(one => one.target.id === id)!
  }
  function set(id: string, state: 'healthy' | 'unhealthy' | 'initial'): void {
    group.setHealth(find(id), state === 'initial' ? initialChecking() : { state, successes: 0, failures: 0 })
  }
  return {
    group,
    clock,
    events,
    closed,
    find,
    set,
    configuration,
    update: (next: Target[], more?: Partial<TargetGroupConfiguration>) => group.update(configuration(more), next),
    draw: (value: number) => {
      draw = value
    },
    choose: (count = 1) => Array.from({ length: count }, () => group.choose()?.target.id ?? '-').join(' '),
    candidates: () => group.candidates().map(one => one.target.id)
  }
}

describe('who gets requests', () => {
  it.each<{
    name: string
    health: Record<string, 'healthy' | 'unhealthy' | 'initial'>
    attributes?: object
    to: string[]
  }>([
    { name: 'the healthy', health: { a: 'healthy', b: 'unhealthy', c: 'initial' }, to: ['a'] },
    {
      name: 'all, where none is healthy',
      health: { a: 'unhealthy', b: 'unhealthy', c: 'initial' },
      to: ['a', 'b', 'c']
    },
    {
      name: 'those in their first checks, where there are no others',
      health: { a: 'initial', b: 'initial', c: 'initial' },
      to: ['a', 'b', 'c']
    },
    {
      name: 'all, where fewer are healthy than the count',
      health: { a: 'healthy', b: 'unhealthy', c: 'unhealthy' },
      attributes: { count: '2' },
      to: ['a', 'b', 'c']
    },
    {
      name: 'the healthy, where they are as many as the count',
      health: { a: 'healthy', b: 'healthy', c: 'unhealthy' },
      attributes: { count: '2' },
      to: ['a', 'b']
    },
    {
      name: 'all, where a smaller share is healthy than the percentage',
      health: { a: 'healthy', b: 'unhealthy', c: 'unhealthy' },
      attributes: { percentage: '50' },
      to: ['a', 'b', 'c']
    },
    {
      name: 'the healthy, where their share is the percentage',
      health: { a: 'healthy', b: 'healthy', c: 'unhealthy' },
      attributes: { percentage: '66' },
      to: ['a', 'b']
    }
  ])('$name', ({ health, attributes = {}, to }) => {
    const minimum = 'target_group_health.unhealthy_state_routing.minimum_healthy_targets'
    const keys = Object.entries(attributes).map(([key, value]) => [`${minimum}.${key}`, value as string])
    const { set, candidates, group } = groupOf(
      ['a', 'b', 'c'].map(id => target(id)),
      Object.fromEntries(keys)
    )
    for (const [id, state] of Object.entries(health)) {
      set(id, state)
    }
    expect(candidates()).toEqual(to)
    expect(group.routesToUnhealthy).toBe(to.length === 3)
  })

  it('nobody while registration is all there is', () => {
    expect(groupOf([target('a')]).choose()).toBe('-')
  })

  it('targets of the own zone alone, with cross-zone off', () => {
    const zones = [target('a', { zone: 'eu-west-1a' }), target('b', { zone: 'eu-west-1b' })]
    const off = { 'load_balancing.cross_zone.enabled': 'false' }
    for (const [attributes, zone, to] of [
      [off, 'eu-west-1a', ['a']],
      [off, undefined, ['a', 'b']],
      [{}, 'eu-west-1a', ['a', 'b']],
      [off, 'eu-west-1c', []]
    ] as const) {
      const { set, candidates } = groupOf(zones, attributes, zone === undefined ? {} : { zone })
      for (const id of ['a', 'b']) {
        set(id, 'healthy')
      }
      expect(candidates()).toEqual(to)
    }
  })

  it('no target that AWS would not use', () => {
    const { group, events, candidates } = groupOf([target('a', { unusable: 'Target.InvalidState' })])
    expect(group.describe().targets).toMatchObject([{ state: 'unused', reason: 'Target.InvalidState' }])
    expect(events).not.toContain('check a')
    expect(candidates()).toEqual([])
  })
})

describe('algorithms', () => {
  function healthy(count: number, attributes: Record<string, string> = {}) {
    const ids = 'abcdefgh'.slice(0, count).split('')
    const rig = groupOf(
      ids.map(id => target(id)),
      attributes
    )
    for (const id of ids) {
      rig.set(id, 'healthy')
    }
    return rig
  }

  it('round robin takes turns', () => {
    expect(healthy(3).choose(7)).toBe('a b c a b c a')
  })

  it('round robin goes on in turn without one that turns unhealthy', () => {
    const rig = healthy(3)
    rig.choose(1)
    rig.set('b', 'unhealthy')
    expect(rig.choose(4).split(' ').sort()).toEqual(['a', 'a', 'c', 'c'])
  })

  it('least outstanding requests looks at what is in flight, and takes turns among equals', () => {
    const rig = healthy(3, { 'load_balancing.algorithm.type': 'least_outstanding_requests' })
    expect(rig.choose(3)).toBe('a b c')
    rig.find('a').inFlight.enter(() => {})
    rig.find('b').inFlight.enter(() => {})
    expect(rig.choose(2)).toBe('c c')
  })

  it('weighted random draws', () => {
    const rig = healthy(4, { 'load_balancing.algorithm.type': 'weighted_random' })
    const drawn = [0, 0.26, 0.5, 0.99].map(value => {
      rig.draw(value)
      return rig.choose()
    })
    expect(drawn).toEqual(['a', 'b', 'c', 'd'])
  })
})

describe('slow start', () => {
  function shareOfB(rig: ReturnType<typeof groupOf>): number {
    return (
      rig
        .choose(400)
        .split(' ')
        .filter(id => id === 'b').length / 400
    )
  }

  function joined() {
    const rig = groupOf([target('a')], { 'slow_start.duration_seconds': '100' })
    rig.set('a', 'healthy')
    rig.update([target('a'), target('b')])
    rig.set('b', 'healthy')
    return rig
  }

  it.each([
    [50, 1 / 3],
    [100, 1 / 2],
    [200, 1 / 2]
  ])('after %d of 100 seconds', (seconds, share) => {
    const rig = joined()
    rig.clock.advance(seconds * 1000)
    expect(shareOfB(rig)).toBeCloseTo(share, 1)
  })

  it('ends for a target that turns unhealthy, and begins anew', () => {
    const rig = joined()
    rig.clock.advance(100_000)
    rig.set('b', 'unhealthy')
    rig.set('b', 'healthy')
    expect(shareOfB(rig)).toBeLessThan(0.1)
  })

  it('is not for targets that are registered together', () => {
    const rig = groupOf([target('a'), target('b')], { 'slow_start.duration_seconds': '100' })
    rig.set('a', 'healthy')
    rig.set('b', 'healthy')
    // The second one finds a healthy one that is not in slow start, and ramps up, as on AWS.
    rig.clock.advance(100_000)
    expect(shareOfB(rig)).toBeCloseTo(1 / 2, 1)
  })
})

describe('registration', () => {
  it('drains for the deregistration delay, even idle, and cuts what is left', () => {
    const rig = groupOf([target('a'), target('b')], { 'deregistration_delay.timeout_seconds': '30' })
    for (const id of ['a', 'b']) {
      rig.set(id, 'healthy')
    }
    let cut = 0
    rig.find('a').inFlight.enter(() => {
      cut += 1
    })
    rig.update([target('b')])
    expect(rig.group.describe().targets).toMatchObject([
      { state: 'draining', reason: 'Target.DeregistrationInProgress' },
      { state: 'healthy' }
    ])
    expect(rig.choose(2)).toBe('b b')
    rig.clock.advance(29_999)
    expect([cut, rig.closed]).toEqual([0, []])
    rig.clock.advance(1)
    expect([cut, rig.closed]).toEqual([1, ['a']])
    expect(rig.group.describe().targets).toHaveLength(1)
    expect(rig.events.at(-1)).toBe('a Target.NotRegistered')
  })

  it.each([
    ['a delay of 0', { 'deregistration_delay.timeout_seconds': '0' }, true],
    ['a group that is not in use', {}, false]
  ])('ends at once with %s', (_name, attributes, inUse) => {
    const rig = groupOf([target('a')], attributes, { inUse })
    rig.update([])
    expect(rig.group.describe().targets).toEqual([])
  })

  it('of a draining target starts over with its first check', () => {
    const rig = groupOf([target('a')])
    rig.set('a', 'healthy')
    rig.update([])
    rig.update([target('a')])
    expect(rig.events.slice(-2)).toEqual(['a Elb.RegistrationInProgress', 'check a'])
    rig.clock.advance(300_000)
    expect(rig.group.describe().targets).toHaveLength(1)
  })

  it('follows the group into use, and out of it', () => {
    const rig = groupOf([target('a')], {}, { inUse: false })
    expect(rig.events).toEqual(['a Target.NotInUse'])
    rig.update([target('a')], { inUse: true })
    rig.update([target('a')], { inUse: false })
    expect(rig.events).toEqual(['a Target.NotInUse', 'a Elb.RegistrationInProgress', 'check a', 'a Target.NotInUse'])
  })

  it('tells when it fails open, and when no more', () => {
    const rig = groupOf([target('a'), target('b')])
    for (const [id, state] of [
      ['a', 'unhealthy'],
      ['b', 'unhealthy'],
      ['b', 'healthy']
    ] as const) {
      rig.set(id, state)
    }
    expect(rig.events.filter(event => event.startsWith('fail-open'))).toEqual(['fail-open true', 'fail-open false'])
  })
})
