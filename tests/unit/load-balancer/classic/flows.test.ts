/** Listeners of TCP and SSL of a Classic Load Balancer: bytes, PROXY lines, idle connections, and health checks of all kinds. */

import http from 'node:http'
import type net from 'node:net'
import tls from 'node:tls'
import { describe, expect, it } from '@jest/globals'
import type { Target } from '../../../../src/elbv2/index.ts'
import { classicStackOf, classicTo } from '../../elbv2/classic/sketch.ts'
import { connect } from '../client.ts'
import { endOf } from '../network/sockets.ts'
import { useRigs } from '../rig.ts'

const { start, startTCP, serve, closedPort, cleanups } = useRigs()

function at(port: number, ...addresses: string[]): Record<string, Target[]> {
  return { LoadBalancer: addresses.map((address, index) => ({ id: `i-${index + 1}`, address, port })) }
}

async function startEcho() {
  return startTCP(socket => socket.pipe(socket))
}

describe('a connection', () => {
  it('passes bytes both ways, by a listener of its own name', async () => {
    const target = await startEcho()
    const rig = await start(classicStackOf(classicTo(target.port)), at(target.port, '127.0.0.1'))
    await rig.check()
    expect(rig.loadBalancer.describe()).toMatchObject({
      type: 'classic',
      listeners: [{ port: 80, protocol: 'TCP' }],
      targetGroups: [{ id: 'LoadBalancer', name: 'edge', targets: [{ state: 'healthy' }] }]
    })
    const client = await connect(rig.portOf(80))
    client.send('hello')
    await client.heard(/hello/)
    client.socket.end()
    await client.closed
    expect(await rig.flow()).toMatchObject({
      listener: 'TCP:80',
      target: `i-1:${target.port}`,
      bytesIn: 5,
      bytesOut: 5,
      closedBy: 'client'
    })
  })

  it('ends TLS, and the bytes go on', async () => {
    const target = await startEcho()
    const stack = classicStackOf(classicTo(target.port, { protocol: 'SSL', instanceProtocol: 'TCP' }))
    const rig = await start(stack, at(target.port, '127.0.0.1'))
    await rig.check()
    expect(rig.loadBalancer.describe().listeners).toMatchObject([{ port: 80, protocol: 'SSL' }])
    const socket = tls.connect({ port: rig.portOf(80), host: '127.0.0.1', rejectUnauthorized: false })
    cleanups.push(() => socket.destroy())
    socket.write('hello')
    expect(await new Promise(resolve => socket.once('data', resolve))).toEqual(Buffer.from('hello'))
    socket.end()
    expect(await rig.flow()).toMatchObject({ listener: 'SSL:80', bytesIn: 5, bytesOut: 5 })
  })

  it('begins with a PROXY line where the instances get one, before the client says anything', async () => {
    const heard = Promise.withResolvers<string>()
    const target = await startTCP(socket => {
      socket.on('data', chunk => {
        if (!chunk.includes('127.0.0.1 127.0.0.1 0 ')) {
          heard.resolve(chunk.toString('latin1'))
        }
      })
    })
    const stack = classicStackOf({ ...classicTo(target.port), proxyProtocol: true })
    const rig = await start(stack, at(target.port, '127.0.0.1'))
    await rig.check()
    await connect(rig.portOf(80))
    expect(await heard.promise).toMatch(/^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ 80\r\n$/)
  })

  it('is closed when nothing passes for the idle time-out', async () => {
    const target = await startEcho()
    const stack = classicStackOf({ ...classicTo(target.port), idleTimeout: 60 })
    const rig = await start(stack, at(target.port, '127.0.0.1'))
    await rig.check()
    const client = await connect(rig.portOf(80))
    client.send('x')
    await client.heard(/x/)
    rig.clock.advance(59_999)
    expect(rig.flows()).toEqual([])
    rig.clock.advance(1)
    expect(await rig.flow()).toMatchObject({ closedBy: 'idle-timeout' })
    expect(await endOf(client.socket)).toBe('end')
  })

  it.each([
    ['no instance is registered', []],
    ['no instance is in service', ['127.0.0.1']]
  ])('ends in order where %s', async (_what, addresses) => {
    const rig = await start(classicStackOf(classicTo(9)), at(9, ...addresses))
    const client = await connect(rig.portOf(80))
    expect(await endOf(client.socket)).toBe('end')
    expect(await rig.flow()).toMatchObject({ closedBy: 'no-target' })
  })

  it('is not answered where no security group lets the client in', async () => {
    const target = await startEcho()
    const stack = classicStackOf({ ...classicTo(target.port), sourceRanges: ['203.0.113.0/24'] })
    const rig = await start(stack, at(target.port, '127.0.0.1'))
    await rig.check()
    await connect(rig.portOf(80))
    expect(await rig.flow()).toMatchObject({ closedBy: 'security-group' })
  })

  it('goes to the instances in turn', async () => {
    const names: string[] = []
    const first = await startTCP(socket => socket.on('data', () => socket.end('first')), { host: '127.0.0.2' })
    await startTCP(socket => socket.on('data', () => socket.end('second')), { host: '127.0.0.3', port: first.port })
    const rig = await start(classicStackOf(classicTo(first.port)), at(first.port, '127.0.0.2', '127.0.0.3'))
    await rig.check()
    for (let index = 0; index < 4; index += 1) {
      const client = await connect(rig.portOf(80))
      client.send('x')
      names.push(await client.closed)
    }
    expect(new Set(names.slice(0, 2))).toEqual(new Set(['first', 'second']))
    expect(names.slice(2)).toEqual(names.slice(0, 2))
  })
})

describe('a health check', () => {
  it.each([
    ['HTTP', 200, 'healthy'],
    ['HTTP', 302, 'initial'],
    ['HTTP', 503, 'initial']
  ])('over %s takes %i for %s: only 200 is good', async (protocol, status, state) => {
    const asked: http.IncomingMessage[] = []
    const server = await serve(
      http.createServer((request, response) => {
        asked.push(request)
        response.writeHead(status).end()
      }),
      [],
      []
    )
    const stack = classicStackOf({
      ...classicTo(9),
      healthCheck: { target: `${protocol}:${server.port}/healthz` }
    })
    const rig = await start(stack, at(9, '127.0.0.1'))
    await rig.check()
    expect(rig.health('LoadBalancer')).toMatchObject([{ state, healthCheckPort: String(server.port) }])
    expect(asked[0]).toMatchObject({
      url: '/healthz',
      headers: { host: `127.0.0.1:${server.port}`, 'user-agent': 'ELB-HealthChecker/1.0' }
    })
  })

  it('of SSL wants a handshake, and one check tells of every listener', async () => {
    const plain = await startEcho()
    const listeners = [80, 81].map(loadBalancerPort => ({ loadBalancerPort, instancePort: plain.port }))
    const rig = await start(
      classicStackOf({ listeners, healthCheck: { target: `SSL:${plain.port}`, unhealthyThreshold: 2 } }),
      at(plain.port, '127.0.0.1')
    )
    await rig.check()
    await rig.check(10_000)
    expect(rig.health('LoadBalancer')).toMatchObject([{ state: 'unhealthy' }])
    expect(rig.checks).toHaveLength(2)
    for (const port of [80, 81]) {
      const client = await connect(rig.portOf(port))
      expect(await endOf(client.socket)).toBe('end')
    }
  })

  it('that cannot be made is a failure like any other', async () => {
    const port = await closedPort()
    const rig = await start(classicStackOf(classicTo(port)), at(port, '127.0.0.1'))
    await rig.check()
    expect(rig.checks).toMatchObject([{ passed: false, reason: 'Target.FailedHealthChecks' }])
  })
})

describe('a change', () => {
  it('of a listener between bytes and requests opens it anew at its place', async () => {
    const target = await startEcho()
    const port = await closedPort()
    const rig = await start(classicStackOf(classicTo(target.port)), at(target.port, '127.0.0.1'), {
      bind: () => ({ host: '127.0.0.1', port })
    })
    await rig.check()
    await rig.apply(classicStackOf(classicTo(target.port, { protocol: 'HTTP' })), at(target.port, '127.0.0.1'))
    expect(rig.loadBalancer.describe().listeners).toMatchObject([{ protocol: 'HTTP', address: `127.0.0.1:${port}` }])
    expect((await rig.get(80, '/', {}, 'CONNECT')).head).toContain('400 BAD_REQUEST')
  })

  it('cuts what is in flight to an instance that leaves, unless connections drain', async () => {
    const target = await startEcho()
    const draining = { accessLog: { enabled: false }, connectionDraining: { enabled: true, timeout: 20 } }
    const attributes = {
      ...draining,
      connectionSettings: { idleTimeout: 60 },
      crossZoneLoadBalancing: { enabled: false }
    }
    for (const [more, kept] of [
      [{}, false],
      [{ attributes }, true]
    ] as const) {
      const stack = classicStackOf({ ...classicTo(target.port), ...more })
      const rig = await start(stack, at(target.port, '127.0.0.1'))
      await rig.check()
      const client = await connect(rig.portOf(80))
      client.send('hello')
      await client.heard(/hello/)
      const ended: Promise<string> = endOf(client.socket as net.Socket)
      await rig.apply(stack, { LoadBalancer: [] })
      expect(rig.flows()).toHaveLength(kept ? 0 : 1)
      rig.clock.advance(20_000)
      expect(await rig.flow()).toMatchObject({ closedBy: 'deregistration' })
      expect(await ended).toBe('end')
    }
  })
})
