/** Flows of UDP: one target for as long as datagrams come, answers back, silence, health, floods. */

import dgram from 'node:dgram'
import { describe, expect, it } from '@jest/globals'
import { compileNetworkConfiguration, registering, type Target } from '../../../../src/elbv2/index.ts'
import { UDPFlows } from '../../../../src/load-balancer/network/udp-flows.ts'
import { createManualClock } from '../../../manual-clock.ts'
import { type NetworkListenerSketch, networkStackOf, tcpTo } from '../../elbv2/network/sketch.ts'
import { connect } from '../client.ts'
import { type Rig, useRigs } from '../rig.ts'
import { until } from './sockets.ts'

const { start, startTCP, cleanups } = useRigs()

function bind(address = '127.0.0.1', port = 0): Promise<dgram.Socket> {
  const socket = dgram.createSocket('udp4')
  cleanups.push(() => new Promise<void>(resolve => socket.close(() => resolve())))
  return new Promise(resolve => socket.bind({ address, port }, () => resolve(socket)))
}

/** A target that answers a datagram with its name, the sender's address and the text; TCP on its port passes health checks. */
async function startNamed(id: string, host = '127.0.0.1') {
  const checked = await startTCP(socket => socket.pipe(socket), { host })
  const socket = await bind(host, checked.port)
  const senders: number[] = []
  socket.on('message', (message, { address, port }) => {
    senders.push(port)
    socket.send(`${id} ${address} ${message}`, port, address)
  })
  return { target: checked.target(id), senders, stop: () => checked.stop() }
}

/** A client that sends a text and hears the next answer. */
async function startClient(rig: Rig, address?: string) {
  const socket = await bind(address)
  const heard: string[] = []
  socket.on('message', message => heard.push(message.toString()))
  return {
    socket,
    heard,
    async ask(text: string): Promise<string> {
      const count = heard.length
      socket.send(text, rig.portOf(53), '127.0.0.1')
      await until(() => heard.length > count)
      return heard[count]!
    }
  }
}

function udpTo(attributes = {}, listener: Partial<NetworkListenerSketch> = {}) {
  return networkStackOf(tcpTo(attributes, { port: 53, protocol: 'UDP', ...listener }))
}

describe('a flow of UDP', () => {
  it('stays with its target until it is silent for 120 s', async () => {
    const targets = [await startNamed('i-1'), await startNamed('i-2')]
    let value = 0
    const rig = await start(udpTo(), { app: targets.map(({ target }) => target) }, { random: () => value })
    await rig.check()
    const client = await startClient(rig)
    expect(await client.ask('one')).toBe('i-1 127.0.0.1 one')
    value = 0.9
    rig.clock.advance(119_999)
    expect(await client.ask('two')).toBe('i-1 127.0.0.1 two')
    expect(new Set(targets[0]!.senders).size).toBe(1)
    rig.clock.advance(120_000)
    expect(await rig.flow()).toEqual({
      type: 'flow',
      loadBalancer: 'edge',
      listener: 'UDP:53',
      client: `127.0.0.1:${client.socket.address().port}`,
      target: `i-1:${targets[0]!.target.port}`,
      bytesIn: 6,
      bytesOut: 2 * 'i-1 127.0.0.1 one'.length,
      milliseconds: 239_999,
      closedBy: 'idle-timeout'
    })
    expect(await client.ask('three')).toBe('i-2 127.0.0.1 three')
  })

  it('is over at its time although the clock is set back by an hour', async () => {
    const { target } = await startNamed('i-1')
    const rig = await start(udpTo(), { app: [target] })
    await rig.check()
    await (await startClient(rig)).ask('one')
    rig.clock.step(-3_600_000)
    rig.clock.advance(120_000)
    expect(await rig.flow()).toMatchObject({ closedBy: 'idle-timeout', milliseconds: 120_000 })
  })

  it('keeps the client’s address', async () => {
    const { target } = await startNamed('i-1')
    const rig = await start(udpTo(), { app: [target] })
    await rig.check()
    expect(await (await startClient(rig, '127.0.0.7')).ask('x')).toBe('i-1 127.0.0.7 x')
  })

  it('goes to another target with the next datagram when its own turns unhealthy', async () => {
    const targets = [await startNamed('i-1'), await startNamed('i-2')]
    const rig = await start(udpTo(), { app: targets.map(({ target }) => target) }, { random: () => 0 })
    await rig.check()
    const client = await startClient(rig)
    expect(await client.ask('one')).toMatch(/^i-1/)
    targets[0]!.stop()
    for (let round = 0; round < 3; round += 1) {
      await rig.check(10_000)
    }
    expect(await client.ask('two')).toMatch(/^i-2/)
    expect(await rig.flow()).toMatchObject({ closedBy: 'unhealthy-target', target: expect.stringMatching(/^i-1/) })
  })

  it('is cut when its target has drained', async () => {
    const { target } = await startNamed('i-1')
    const rig = await start(udpTo(), { app: [target] })
    await rig.check()
    await (await startClient(rig)).ask('one')
    await rig.apply(udpTo())
    for (let round = 0; round < 3; round += 1) {
      rig.clock.advance(100_000)
    }
    expect(rig.flows().map(({ closedBy }) => closedBy)).toEqual(['idle-timeout'])
  })

  it.each([
    ['that no security group lets in', 'security-group', ['10.0.0.0/8']],
    ['without a target', 'no-target', undefined]
  ] as const)('%s is dropped, and told of once', async (_name, closedBy, sourceRanges) => {
    const stack = networkStackOf({
      ...tcpTo({}, { port: 53, protocol: 'UDP' }),
      ...(sourceRanges && { sourceRanges: [...sourceRanges] })
    })
    const rig = await start(stack)
    const client = await startClient(rig)
    for (let count = 0; count < 5; count += 1) {
      client.socket.send('x', rig.portOf(53), '127.0.0.1')
    }
    expect(await rig.flow()).toMatchObject({ closedBy })
    expect([rig.flows().length, client.heard]).toEqual([1, []])
  })

  it('finds no room in a flood of clients, and those that are there are left alone', async () => {
    const { target } = await startNamed('i-1')
    const ended: string[] = []
    const binding = { host: '127.0.0.1', port: 0 }
    const { listeners } = compileNetworkConfiguration(udpTo())
    const flows = new UDPFlows(
      binding,
      {
        clock: createManualClock(),
        listener: listeners[0]!,
        route: () => ({ registered: { target, health: registering(), flows: new Set() } }),
        onStart() {},
        onEnd: ({ end }) => void ended.push(end)
      },
      20
    )
    await flows.open(binding, listeners[0]!)
    cleanups.push(() => flows.close('load-balancer'))
    flows.start()
    const { port } = flows.address()
    const client = await bind()
    const heard: string[] = []
    client.on('message', message => heard.push(message.toString()))
    client.send('first', port, '127.0.0.1')
    await until(() => heard.length === 1)
    for (const socket of await Promise.all(Array.from({ length: 30 }, () => bind()))) {
      socket.send('flood', port, '127.0.0.1')
    }
    await until(() => ended.length === 11)
    expect([flows.size, new Set(ended)]).toEqual([20, new Set(['rejected'])])
    client.send('still', port, '127.0.0.1')
    await until(() => heard.length === 2)
  })
})

describe('a listener of TCP_UDP', () => {
  it('takes both on one port', async () => {
    const { target } = await startNamed('i-1')
    const rig = await start(udpTo({}, { protocol: 'TCP_UDP' }), { app: [target] as Target[] })
    await rig.check()
    expect(rig.loadBalancer.describe().listeners).toMatchObject([{ port: 53, protocol: 'TCP_UDP' }])
    expect(await (await startClient(rig)).ask('x')).toBe('i-1 127.0.0.1 x')
    const client = await connect(rig.portOf(53))
    client.send('over TCP')
    await client.heard(/over TCP/)
    client.socket.end()
    expect(await rig.flow()).toMatchObject({ listener: 'TCP:53' })
  })
})
