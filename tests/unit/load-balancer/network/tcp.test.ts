/** Flows of TCP: what passes through, who is told to have ended them, and what becomes of them without a target. */

import net from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { networkStackOf, tcpTo } from '../../elbv2/network/sketch.ts'
import { connect } from '../client.ts'
import { useRigs } from '../rig.ts'
import { endOf, until } from './sockets.ts'

const { start, startTCP, closedPort, cleanups } = useRigs()

function dial(port: number): net.Socket {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  cleanups.push(() => socket.destroy())
  return socket
}

describe('a flow', () => {
  it('passes bytes both ways, and tells of them', async () => {
    const target = await startTCP(socket => socket.pipe(socket))
    const rig = await start(networkStackOf(tcpTo()), { app: [target.target('i-1')] })
    await rig.check()
    const client = await connect(rig.portOf(80))
    client.send('hello')
    await client.heard(/hello/)
    client.socket.end()
    await client.closed
    const { localPort } = client.socket
    expect(await rig.flow()).toEqual({
      type: 'flow',
      loadBalancer: 'edge',
      listener: 'TCP:80',
      client: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      target: `i-1:${target.port}`,
      bytesIn: 5,
      bytesOut: 5,
      milliseconds: 0,
      closedBy: 'client'
    })
    expect(localPort).toBeUndefined()
  })

  it('lets one half end before the other', async () => {
    const target = await startTCP(
      socket => {
        let text = ''
        socket.on('data', chunk => {
          text += chunk
        })
        socket.on('end', () => setImmediate(() => socket.end(`all of ${text}`)))
      },
      { allowHalfOpen: true }
    )
    const rig = await start(networkStackOf(tcpTo()), { app: [target.target()] })
    await rig.check()
    const client = await connect(rig.portOf(80))
    client.socket.end('it')
    expect(await client.closed).toBe('all of it')
    expect(await rig.flow()).toMatchObject({ closedBy: 'client', bytesIn: 2, bytesOut: 9 })
  })

  it('that the target ends is told so', async () => {
    const target = await startTCP(socket => socket.end('bye'))
    const rig = await start(networkStackOf(tcpTo()), { app: [target.target()] })
    await rig.check()
    const client = await connect(rig.portOf(80))
    expect(await client.closed).toBe('bye')
    expect(await rig.flow()).toMatchObject({ closedBy: 'target', bytesOut: 3 })
  })

  it('passes a reset of the target on', async () => {
    const target = await startTCP(socket => socket.on('data', () => socket.resetAndDestroy()))
    const rig = await start(networkStackOf(tcpTo()), { app: [target.target()] })
    await rig.check()
    const socket = dial(rig.portOf(80))
    socket.write('x')
    expect(await endOf(socket)).toBe('ECONNRESET')
    expect(await rig.flow()).toMatchObject({ closedBy: 'target', bytesIn: 1 })
    expect(rig.loadBalancer.metrics()).toContain('aws_networkelb_tcp_target_reset_count_total{load_balancer="edge"} 1')
  })

  it('passes a reset of the client on', async () => {
    const ends: Promise<string>[] = []
    const target = await startTCP(socket => {
      socket.on('data', () => socket.write('seen'))
      ends.push(endOf(socket))
    })
    const rig = await start(networkStackOf(tcpTo()), { app: [target.target()] })
    await rig.check()
    const client = await connect(rig.portOf(80))
    client.send('x')
    await client.heard(/seen/)
    client.socket.resetAndDestroy()
    expect(await rig.flow()).toMatchObject({ closedBy: 'client' })
    expect(await ends.at(-1)).toBe('ECONNRESET')
  })

  it.each([
    ['refuses', async () => ({ id: 'i-1', address: '127.0.0.1', port: await closedPort() }), 'target'],
    ['is not there', undefined, 'no-target']
  ] as const)('whose target %s is reset', async (_name, target, closedBy) => {
    const rig = await start(networkStackOf(tcpTo()), { app: target ? [await target()] : [] })
    rig.clock.advance(0)
    await rig.until(() => rig.checks.length === (target ? 1 : 0))
    const socket = dial(rig.portOf(80))
    expect(await endOf(socket)).toBe('ECONNRESET')
    expect(await rig.flow()).toMatchObject({ closedBy, bytesIn: 0, bytesOut: 0 })
  })

  it('waits for a target that reads slowly, and for a client that does', async () => {
    const sockets: net.Socket[] = []
    const target = await startTCP(socket => {
      sockets.push(socket)
      socket.pause()
    })
    const rig = await start(networkStackOf(tcpTo()), { app: [target.target()] })
    await rig.check()
    const client = dial(rig.portOf(80))
    const megabyte = Buffer.alloc(1024 * 1024)
    let sent = 0
    while (client.write(megabyte) || sent < 16) {
      sent += 1
    }
    client.end()
    let received = 0
    await until(() => sockets.length > 1)
    const held = sockets.at(-1)!
    held.on('data', chunk => {
      received += chunk.length
    })
    held.resume()
    await new Promise(resolve => held.on('end', resolve))
    expect(received).toBe((sent + 1) * megabyte.length)
    held.end()
    expect(await rig.flow()).toMatchObject({ bytesIn: received, bytesOut: 0, closedBy: 'client' })
  })

  it('of a client that never reads holds no more than its socket does', async () => {
    const chunk = Buffer.alloc(64 * 1024)
    let written = 0
    const target = await startTCP(socket => {
      function flood(): void {
        while (socket.write(chunk)) {
          written += chunk.length
        }
        written += chunk.length
      }
      socket.on('drain', flood)
      socket.on('data', flood)
    })
    const rig = await start(networkStackOf(tcpTo()), { app: [target.target()] })
    await rig.check()
    const client = dial(rig.portOf(80))
    client.write('go')
    let before = -1
    // The target writes until nothing takes more.
    while (before < written) {
      before = written
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    // What the kernel takes for four ends of sockets, and Node's own buffers.
    expect(written).toBeLessThan(64 * 1024 * 1024)
    client.destroy()
    expect(await rig.flow()).toMatchObject({ closedBy: 'client' })
  })
})
