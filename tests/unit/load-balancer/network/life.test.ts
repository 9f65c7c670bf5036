/** What ends flows besides their two sides: time, health, deregistration, and changes of configuration. */

import net from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { networkStackOf, tcpTo } from '../../elbv2/network/sketch.ts'
import { type Client, connect } from '../client.ts'
import { useRigs } from '../rig.ts'
import { endOf, turns, until } from './sockets.ts'

const { start, startTCP, cleanups } = useRigs()

/** A target that sends back what it gets. */
function startEcho() {
  return startTCP(socket => void socket.on('data', chunk => socket.write(chunk)))
}

async function echoed(port: number): Promise<Client> {
  const client = await connect(port)
  client.send('hello')
  await client.heard(/hello/)
  return client
}

describe('a flow that is silent', () => {
  it.each([
    ['350 s', {}, 350_000],
    ['what the listener says', { attributes: { 'tcp.idle_timeout.seconds': '60' } }, 60_000]
  ] as const)('is forgotten without a word after %s; who sends next is reset', async (_name, listener, time) => {
    const target = await startEcho()
    const rig = await start(networkStackOf(tcpTo({}, listener)), { app: [target.target()] })
    await rig.check()
    const client = await echoed(rig.portOf(80))
    const end = endOf(client.socket)
    rig.clock.advance(time - 1)
    await turns()
    expect(rig.flows()).toEqual([])
    rig.clock.advance(1)
    expect(await rig.flow()).toMatchObject({ closedBy: 'idle-timeout', milliseconds: time, bytesIn: 5, bytesOut: 5 })
    await turns()
    expect(client.socket.destroyed).toBe(false)
    client.send('again')
    expect(await end).toBe('ECONNRESET')
    expect(rig.flows()).toHaveLength(1)
    expect(rig.loadBalancer.metrics()).toContain('aws_networkelb_tcp_elb_reset_count_total{load_balancer="edge"} 1')
  })

  it('lives on with every byte', async () => {
    const target = await startEcho()
    const rig = await start(networkStackOf(tcpTo()), { app: [target.target()] })
    await rig.check()
    const client = await echoed(rig.portOf(80))
    for (let round = 0; round < 3; round += 1) {
      rig.clock.advance(349_000)
      client.send(`${round}`)
      await client.heard(new RegExp(`${round}$`))
    }
    expect(rig.flows()).toEqual([])
    rig.clock.advance(350_000)
    expect(await rig.flow()).toMatchObject({ closedBy: 'idle-timeout', milliseconds: 3 * 349_000 + 350_000 })
  })

  it('tells its target by a reset, too', async () => {
    const sockets: net.Socket[] = []
    const target = await startTCP(socket => sockets.push(socket))
    const rig = await start(networkStackOf(tcpTo()), { app: [target.target()] })
    await rig.check()
    await connect(rig.portOf(80))
    await until(() => sockets.length === 2)
    rig.clock.advance(350_000)
    await rig.flow()
    const end = endOf(sockets[1]!)
    sockets[1]!.write('late')
    expect(await end).toBe('ECONNRESET')
  })
})

describe('a target that turns unhealthy', () => {
  const termination = 'target_health_state.unhealthy.connection_termination.enabled'
  const interval = 'target_health_state.unhealthy.draining_interval_seconds'

  /** A flow to the first of the targets, which then fails its checks three times. */
  async function failing(attributes: Record<string, string>, others: number) {
    const first = await startEcho()
    const second = await startEcho()
    const targets = [first.target('i-1'), second.target('i-2')].slice(0, 1 + others)
    const rig = await start(networkStackOf(tcpTo(attributes)), { app: targets }, { random: () => 0 })
    await rig.check()
    const client = await echoed(rig.portOf(80))
    first.stop()
    for (let round = 0; round < 3; round += 1) {
      expect(rig.health('app')[0]).toMatchObject({ state: 'healthy' })
      await rig.check(10_000)
    }
    return { rig, client }
  }

  const failed = { reason: 'Target.FailedHealthChecks', description: 'Health checks failed' }

  it('has its flows forgotten: the next packet is answered by a reset', async () => {
    const { rig, client } = await failing({}, 1)
    expect(rig.health('app')[0]).toMatchObject({ state: 'unhealthy', ...failed })
    expect(await rig.flow()).toMatchObject({ closedBy: 'unhealthy-target', target: expect.stringMatching(/^i-1:/) })
    expect(client.socket.destroyed).toBe(false)
    const end = endOf(client.socket)
    client.send('x')
    expect(await end).toBe('ECONNRESET')
    const next = await echoed(rig.portOf(80))
    next.socket.destroy()
    expect(await rig.flow(1)).toMatchObject({ target: expect.stringMatching(/^i-2:/) })
  })

  it('keeps its flows where no other is healthy, and gets new ones', async () => {
    const { rig, client } = await failing({}, 0)
    expect(rig.health('app')).toMatchObject([{ state: 'unhealthy', ...failed }])
    expect(rig.events).toContainEqual({ type: 'fail-open', loadBalancer: 'edge', targetGroup: 'app', active: true })
    client.send('still')
    await client.heard(/still/)
    expect(rig.flows()).toEqual([])
    const next = net.connect(rig.portOf(80), '127.0.0.1')
    // The target itself refuses by now.
    expect(await endOf(next)).toBe('ECONNRESET')
    expect(rig.loadBalancer.metrics()).toContain('unhealthy_routing_flow_count_total{load_balancer="edge"} 1')
  })

  it('keeps its flows where the target group says so', async () => {
    const { rig, client } = await failing({ [termination]: 'false' }, 1)
    expect(rig.health('app')[0]).toMatchObject({ state: 'unhealthy' })
    client.send('still')
    await client.heard(/still/)
    rig.clock.advance(300_000)
    expect(rig.flows()).toEqual([])
  })

  it('drains for as long as the target group says, and then has its flows forgotten', async () => {
    const { rig, client } = await failing({ [termination]: 'false', [interval]: '60' }, 1)
    expect(rig.health('app')[0]).toMatchObject({ state: 'unhealthy.draining', ...failed })
    client.send('still')
    await client.heard(/still/)
    await rig.check(10_000)
    expect(rig.health('app')[0]).toMatchObject({ state: 'unhealthy.draining' })
    for (let round = 0; round < 5; round += 1) {
      await rig.check(10_000)
    }
    expect(rig.health('app')[0]).toMatchObject({ state: 'unhealthy', ...failed })
    expect(await rig.flow()).toMatchObject({ closedBy: 'unhealthy-target' })
  })
})

describe('a target that is deregistered', () => {
  it('keeps its flows, even after the delay', async () => {
    const target = await startEcho()
    const stack = networkStackOf(tcpTo())
    const rig = await start(stack, { app: [target.target()] })
    await rig.check()
    const client = await echoed(rig.portOf(80))
    await rig.apply(stack)
    expect(rig.health('app')).toMatchObject([{ state: 'draining', reason: 'Target.DeregistrationInProgress' }])
    rig.clock.advance(300_000)
    expect(rig.health('app')).toEqual([])
    client.send('still')
    await client.heard(/still/)
    client.socket.end()
    expect(await rig.flow()).toMatchObject({ closedBy: 'client' })
  })

  it('is cut at the end of the delay where the target group says so', async () => {
    const target = await startEcho()
    const stack = networkStackOf(
      tcpTo({
        'deregistration_delay.timeout_seconds': '20',
        'deregistration_delay.connection_termination.enabled': 'true'
      })
    )
    const rig = await start(stack, { app: [target.target()] })
    await rig.check()
    const client = await echoed(rig.portOf(80))
    const end = endOf(client.socket)
    await rig.apply(stack)
    rig.clock.advance(19_999)
    await turns()
    expect(rig.flows()).toEqual([])
    rig.clock.advance(1)
    expect(await end).toBe('ECONNRESET')
    expect(await rig.flow()).toMatchObject({ closedBy: 'deregistration' })
  })

  it('gets no new flows', async () => {
    const target = await startEcho()
    const stack = networkStackOf(tcpTo())
    const rig = await start(stack, { app: [target.target()] })
    await rig.check()
    await rig.apply(stack)
    const socket = net.connect(rig.portOf(80), '127.0.0.1')
    cleanups.push(() => socket.destroy())
    expect(await endOf(socket)).toBe('ECONNRESET')
    expect(await rig.flow()).toMatchObject({ closedBy: 'no-target' })
  })
})

describe('a listener that is taken away', () => {
  it('lets its flows end, and takes no more', async () => {
    const target = await startEcho()
    const rig = await start(networkStackOf(tcpTo()), { app: [target.target()] })
    await rig.check()
    const port = rig.portOf(80)
    const client = await echoed(port)
    await rig.apply(networkStackOf({ listeners: [] }))
    await expect(connect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    client.send('still')
    await client.heard(/still/)
    client.socket.end()
    expect(await rig.flow()).toMatchObject({ closedBy: 'client' })
  })

  it('cuts them when the load balancer closes', async () => {
    const target = await startEcho()
    const rig = await start(networkStackOf(tcpTo()), { app: [target.target()] })
    await rig.check()
    const client = await echoed(rig.portOf(80))
    const end = endOf(client.socket)
    await rig.loadBalancer.close()
    expect(await end).toBe('ECONNRESET')
    expect(await rig.flow()).toMatchObject({ closedBy: 'load-balancer' })
  })
})
