/** The PROXY protocol's header on the wire: when it is sent, and what it says. */

import type net from 'node:net'
import tls from 'node:tls'
import { describe, expect, it } from '@jest/globals'
import { localHeader, proxyHeader } from '../../../../src/elbv2/index.ts'
import { createDevelopmentAuthority } from '../../../../src/load-balancer/index.ts'
import { type NetworkListenerSketch, networkStackOf, tcpTo } from '../../elbv2/network/sketch.ts'
import { connect, connectTLS } from '../client.ts'
import { useRigs } from '../rig.ts'
import { turns, until } from './sockets.ts'

const { start, startTCP, startTarget, cleanups } = useRigs()

const enabled = { 'proxy_protocol_v2.enabled': 'true' }

/** A target that keeps what it is sent, connection by connection. */
async function startKeeping() {
  const heard: { socket: net.Socket; bytes: Buffer }[] = []
  const target = await startTCP(socket => {
    const one = { socket, bytes: Buffer.alloc(0) }
    heard.push(one)
    socket.on('data', chunk => {
      one.bytes = Buffer.concat([one.bytes, chunk])
    })
  })
  return { ...target, heard }
}

function headerOf(client: { socket: net.Socket }, port = 80): Buffer {
  const source = { address: '127.0.0.1', port: client.socket.localPort! }
  return proxyHeader({ source, destination: { address: '127.0.0.1', port } })
}

describe('the header', () => {
  it('comes with the client’s first bytes, and is not counted', async () => {
    const target = await startKeeping()
    const rig = await start(networkStackOf(tcpTo(enabled)), { app: [target.target()] })
    await rig.check()
    const client = await connect(rig.portOf(80))
    await until(() => target.heard.length === 2)
    await turns(20)
    expect(target.heard[1]!.bytes).toHaveLength(0)
    const header = headerOf(client)
    client.send('PROXY of the client')
    client.send(' is behind it')
    await until(() => target.heard[1]!.bytes.length === 132)
    expect(target.heard[1]!.bytes.subarray(0, 100)).toEqual(header)
    expect(target.heard[1]!.bytes.toString('latin1', 100)).toBe('PROXY of the client is behind it')
    client.socket.end()
    expect(await rig.flow()).toMatchObject({ bytesIn: 32, bytesOut: 0 })
  })

  it('comes at once where the target group says so', async () => {
    const target = await startKeeping()
    const placement = { 'proxy_protocol_v2.client_to_server.header_placement': 'on_first_ack' }
    const rig = await start(networkStackOf(tcpTo({ ...enabled, ...placement })), { app: [target.target()] })
    await rig.check()
    const client = await connect(rig.portOf(80))
    await until(() => target.heard[1]?.bytes.length === 100)
    expect(target.heard[1]!.bytes).toEqual(headerOf(client))
  })

  it('comes ahead of what a TLS listener decrypts', async () => {
    const target = await startKeeping()
    const stack = networkStackOf(
      tcpTo(enabled, { port: 443, protocol: 'TLS' } satisfies Partial<NetworkListenerSketch>)
    )
    const rig = await start(stack, { app: [target.target()] })
    await rig.check()
    const client = await connectTLS(rig.portOf(443))
    client.send('hello')
    await until(() => target.heard[1]?.bytes.length === 105)
    expect(target.heard[1]!.bytes).toEqual(Buffer.concat([headerOf(client, 443), Buffer.from('hello')]))
  })

  it('comes in clear ahead of the handshake with a TLS target', async () => {
    const { certificate, key } = await (await createDevelopmentAuthority()).issue('target', ['target'])
    const secure = tls.createServer({ cert: certificate, key }, socket =>
      socket.on('data', chunk => socket.write(chunk))
    )
    let header = Buffer.alloc(0)
    const target = await startTCP(socket => {
      socket.once('readable', () => {
        header = socket.read(100) ?? header
        secure.emit('connection', socket)
      })
    })
    cleanups.push(() => secure.close())
    const stack = networkStackOf(tcpTo(enabled, { port: 443, protocol: 'TLS' }, { protocol: 'TLS' }))
    const rig = await start(stack, { app: [target.target()] })
    await rig.check()
    const client = await connectTLS(rig.portOf(443))
    client.send('hello')
    await client.heard(/hello/)
    expect(header).toEqual(headerOf(client, 443))
  })
})

describe('a health check', () => {
  it.each([
    [enabled, localHeader()],
    [{}, Buffer.alloc(0)]
  ])('of TCP with %j begins with %j', async (attributes, bytes) => {
    const target = await startKeeping()
    const rig = await start(networkStackOf(tcpTo(attributes)), { app: [target.target()] })
    await rig.check()
    await until(() => target.heard[0]!.socket.destroyed || target.heard[0]!.socket.readableEnded)
    expect(target.heard[0]!.bytes).toEqual(bytes)
    expect(rig.health('app')).toMatchObject([{ state: 'healthy' }])
  })

  const check = {
    port: 0,
    protocol: 'HTTP' as const,
    path: '/healthz/ready',
    intervalSeconds: 10,
    timeoutSeconds: 10,
    healthyThresholdCount: 3,
    unhealthyThresholdCount: 3
  }

  it('of HTTP carries it, too: a status port that does not know it answers 400', async () => {
    const status = await startTarget()
    const healthCheckConfig = { ...check, port: status.port }
    const rig = await start(networkStackOf(tcpTo(enabled, {}, { healthCheckConfig })), {
      app: [(await startKeeping()).target()]
    })
    for (let round = 0; round < 3; round += 1) {
      await rig.check(round * 10_000)
    }
    expect(rig.health('app')).toMatchObject([
      { state: 'unhealthy', reason: 'Target.FailedHealthChecks', description: 'Health checks failed' }
    ])
    expect(status.checks).toEqual([])
  })

  it('of HTTP names the node and the port of the listener', async () => {
    const status = await startTarget()
    const healthCheckConfig = { ...check, port: status.port }
    const rig = await start(networkStackOf(tcpTo({}, { port: 443 }, { healthCheckConfig })), {
      app: [(await startKeeping()).target()]
    })
    await rig.check()
    expect(rig.health('app')).toMatchObject([{ state: 'healthy', healthCheckPort: String(status.port) }])
    expect(status.checks).toMatchObject([
      {
        method: 'GET',
        url: '/healthz/ready',
        headers: [
          ['Host', '127.0.0.1:443'],
          ['Connection', 'close'],
          ['User-Agent', 'ELB-HealthChecker/2.0']
        ]
      }
    ])
  })
})
