/** Where flows go: by security group, hash, stickiness, weight and zone; and whom the target sees. */

import net from 'node:net'
import { describe, expect, it } from '@jest/globals'
import type { Target } from '../../../../src/elbv2/index.ts'
import { networkStackOf, tcpTo } from '../../elbv2/network/sketch.ts'
import { forwardTo, useRigs } from '../rig.ts'
import { endOf, turns } from './sockets.ts'

const { start, startTCP, cleanups } = useRigs()

const notKept = { 'preserve_client_ip.enabled': 'false' }

/** A target that says who it is and whom it sees, and ends the connection. */
async function startNamed(id: string, { host = '127.0.0.1', ...more }: { host?: string; zone?: string } = {}) {
  const server = await startTCP(socket => socket.end(`${id} ${socket.remoteAddress}`), { host })
  return server.target(id, more)
}

function dial(port: number, localAddress?: string): net.Socket {
  const socket = net.connect({ port, host: '127.0.0.1', ...(localAddress && { localAddress }) })
  cleanups.push(() => socket.destroy())
  return socket
}

async function ask(port: number, localAddress?: string): Promise<string> {
  const socket = dial(port, localAddress)
  let text = ''
  socket.on('data', chunk => {
    text += chunk
  })
  const end = await endOf(socket)
  return text || end
}

function named(count: number, more?: (index: number) => { host?: string; zone?: string }): Promise<Target[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => startNamed(`i-${index}`, more?.(index))))
}

describe('the client’s address', () => {
  it.each([
    ['instance targets', {}, {}, '127.0.0.5'],
    ['instance targets that do not keep it', { 'preserve_client_ip.enabled': 'false' }, {}, '127.0.0.1'],
    ['ip targets', {}, { targetType: 'ip' }, '127.0.0.1'],
    ['ip targets that keep it', { 'preserve_client_ip.enabled': 'true' }, { targetType: 'ip' }, '127.0.0.5']
  ] as const)('is seen by %s', async (_name, attributes, group, seen) => {
    const rig = await start(networkStackOf(tcpTo(attributes, {}, group)), { app: await named(1) })
    await rig.check()
    expect(await ask(rig.portOf(80), '127.0.0.5')).toBe(`i-0 ${seen}`)
    expect(await rig.flow()).toMatchObject({ client: expect.stringMatching(/^127\.0\.0\.5:\d+$/) })
  })

  it('that is the target’s own ends in silence: a hairpin', async () => {
    const targets = await named(2, index => ({ host: `127.0.0.${2 + index}` }))
    const rig = await start(networkStackOf(tcpTo()), { app: targets }, { random: () => 0 })
    await rig.check()
    const socket = dial(rig.portOf(80), '127.0.0.2')
    let heard = ''
    socket.on('data', chunk => {
      heard += chunk
    })
    const end = endOf(socket)
    expect(await rig.flow()).toMatchObject({ closedBy: 'hairpin', bytesIn: 0, bytesOut: 0 })
    socket.write('anybody?')
    await turns()
    expect([heard, socket.destroyed]).toEqual(['', false])
    // Another client reaches the same target.
    expect(await ask(rig.portOf(80), '127.0.0.3')).toBe('i-0 127.0.0.3')
    rig.clock.advance(127_000)
    expect(await end).toBe('ECONNRESET')
  })

  it('is no hairpin where it is not kept', async () => {
    const targets = await named(2, index => ({ host: `127.0.0.${2 + index}` }))
    const stack = networkStackOf(tcpTo({ 'preserve_client_ip.enabled': 'false' }))
    const rig = await start(stack, { app: targets }, { random: () => 0 })
    await rig.check()
    expect(await ask(rig.portOf(80), '127.0.0.2')).toBe('i-0 127.0.0.1')
  })
})

describe('a security group', () => {
  it('drops whom it does not let in, without a word', async () => {
    const stack = networkStackOf({ ...tcpTo(), sourceRanges: ['10.0.0.0/8', '127.0.0.8/32'] })
    const rig = await start(stack, { app: await named(1) })
    await rig.check()
    expect(await ask(rig.portOf(80), '127.0.0.8')).toBe('i-0 127.0.0.8')
    const socket = dial(rig.portOf(80), '127.0.0.9')
    const end = endOf(socket)
    await rig.flow(1)
    expect(rig.flows()).toContainEqual(
      expect.objectContaining({ closedBy: 'security-group', client: expect.stringMatching(/^127\.0\.0\.9:/) })
    )
    await turns()
    expect(socket.destroyed).toBe(false)
    expect(rig.loadBalancer.metrics()).toContain(
      'security_group_blocked_flow_count_inbound_tcp_total{load_balancer="edge"} 1'
    )
    rig.clock.advance(127_000)
    expect(await end).toBe('ECONNRESET')
  })

  it('forgets a client that gives up', async () => {
    const rig = await start(networkStackOf({ ...tcpTo(), sourceRanges: ['10.0.0.0/8'] }), { app: await named(1) })
    const socket = dial(rig.portOf(80))
    await rig.flow()
    const end = endOf(socket)
    socket.end()
    expect(await end).toBe('end')
    expect(rig.clock.pending().includes(127_000)).toBe(false)
  })
})

describe('the flow hash', () => {
  it('scatters one client’s connections over the targets', async () => {
    const rig = await start(networkStackOf(tcpTo()), { app: await named(3) })
    await rig.check()
    const answers = await Promise.all(Array.from({ length: 60 }, () => ask(rig.portOf(80))))
    const counts = ['i-0', 'i-1', 'i-2'].map(id => answers.filter(answer => answer.startsWith(id)).length)
    expect(counts.every(count => count > 5)).toBe(true)
  })

  it('takes the client’s address alone where the target group is sticky', async () => {
    const rig = await start(networkStackOf(tcpTo({ 'stickiness.enabled': 'true' })), { app: await named(3) })
    await rig.check()
    const chosen = new Set<string>()
    for (let client = 10; client < 30; client += 1) {
      const answers = await Promise.all(Array.from({ length: 4 }, () => ask(rig.portOf(80), `127.0.0.${client}`)))
      expect(new Set(answers).size).toBe(1)
      chosen.add(answers[0]!.slice(0, 3))
    }
    expect(chosen.size).toBe(3)
  })

  it('leaves unhealthy targets out', async () => {
    const targets = await named(2)
    const closed = { ...targets[0]!, address: '127.9.9.9' }
    const rig = await start(networkStackOf(tcpTo(notKept)), { app: [closed, targets[1]!] })
    await rig.check()
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(rig.portOf(80))))
    expect(new Set(answers)).toEqual(new Set(['i-1 127.0.0.1']))
  })
})

describe('weights', () => {
  it.each([
    [0, 'blue'],
    [0.89, 'blue'],
    [0.91, 'green']
  ])('choose the target group: %d of 90 and 10 is %s', async (random, expected) => {
    const defaultActions = [forwardTo({ id: 'blue', weight: 90 }, { id: 'green', weight: 10 })]
    const stack = networkStackOf({ ...tcpTo({}, { defaultActions }), targetGroups: { blue: {}, green: {} } })
    const targets = { blue: [await startNamed('blue')], green: [await startNamed('green')] }
    const rig = await start(stack, targets, { random: () => random })
    await rig.check()
    expect(await ask(rig.portOf(80))).toMatch(new RegExp(`^${expected}`))
  })

  it('are by the client’s address where the action is sticky', async () => {
    const [action] = [forwardTo({ id: 'blue', weight: 50 }, { id: 'green', weight: 50 })]
    action.forwardConfig!.targetGroupStickinessConfig = { enabled: true }
    const stack = networkStackOf({ ...tcpTo({}, { defaultActions: [action] }), targetGroups: { blue: {}, green: {} } })
    const rig = await start(stack, { blue: [await startNamed('blue')], green: [await startNamed('green')] })
    await rig.check()
    const chosen = new Set<string>()
    for (let client = 10; client < 26; client += 1) {
      const answers = await Promise.all(Array.from({ length: 4 }, () => ask(rig.portOf(80), `127.0.0.${client}`)))
      expect(new Set(answers).size).toBe(1)
      chosen.add(answers[0]!.split(' ')[0]!)
    }
    expect(chosen).toEqual(new Set(['blue', 'green']))
  })
})

describe('zones', () => {
  const crossZone = 'load_balancing.cross_zone.enabled'

  it('keep flows to themselves, and share them by address and not by target', async () => {
    // Three targets in one zone, one in the other: each zone's address gets half of the clients.
    const targets = await named(4, index => ({ zone: index < 3 ? 'a' : 'b' }))
    let value = 0
    const rig = await start(networkStackOf(tcpTo()), { app: targets }, { random: () => value })
    await rig.check()
    value = 0.49
    expect(await ask(rig.portOf(80))).toMatch(/^i-1/)
    value = 0.5
    expect(await ask(rig.portOf(80))).toMatch(/^i-3/)
  })

  it.each([
    ['of the load balancer', { attributes: { [crossZone]: 'true' } }, {}],
    ['of the target group', {}, { [crossZone]: 'true' }]
  ])('do not count with cross-zone load balancing %s', async (_name, more, attributes) => {
    const targets = await named(4, index => ({ zone: index < 3 ? 'a' : 'b' }))
    const rig = await start(networkStackOf({ ...tcpTo(attributes), ...more }), { app: targets }, { random: () => 0.5 })
    await rig.check()
    expect(await ask(rig.portOf(80))).toMatch(/^i-2/)
  })

  it('without a healthy target leave DNS; a client that holds on to one gets its unhealthy targets', async () => {
    const [first, second] = await named(2, index => ({ zone: 'ab'[index]! }))
    const closed = { ...first!, address: '127.9.9.9' }
    const targets = { app: [closed, second!] }
    const rig = await start(networkStackOf(tcpTo(notKept)), targets)
    for (let round = 0; round < 3; round += 1) {
      await rig.check(round * 10_000)
    }
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(rig.portOf(80))))
    expect(new Set(answers)).toEqual(new Set(['i-1 127.0.0.1']))
    const pinned = await start(networkStackOf(tcpTo(notKept)), targets, { zone: 'a' })
    for (let round = 0; round < 3; round += 1) {
      await pinned.check(round * 10_000)
    }
    expect(await ask(pinned.portOf(80))).toBe('ECONNRESET')
    expect(await pinned.flow()).toMatchObject({ closedBy: 'target', target: `i-0:${first!.port}` })
  })

  it('of the load balancer without targets leave DNS, too', async () => {
    const targets = await named(1, () => ({ zone: 'a' }))
    const rig = await start(networkStackOf(tcpTo()), { app: targets }, { zones: ['a', 'b', 'c'] })
    await rig.check()
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(rig.portOf(80))))
    expect(new Set(answers)).toEqual(new Set(['i-0 127.0.0.1']))
  })
})
