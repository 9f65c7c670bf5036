/** Flows of TCP: what passes through, who is told to have ended them, and what becomes of them without a target. */

import net from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { networkStackOf, tcpTo } from '../../elbv2/network/sketch.ts'
import { connect } from '../client.ts'
import { useRigs } from '../rig.ts'

const { start, startTCP, closedPort, cleanups } = useRigs()

/** Resolves with how a socket ends: an orderly end, or the error's code. */
function endOf(socket: net.Socket): Promise<string> {
  return new Promise(resolve => {
    let error: string | undefined
    socket.on('error', (problem: NodeJS.ErrnoException) => {
      error = problem.code
    })
    socket.on('close', () => resolve(error ?? 'end'))
    socket.resume()
  })
}

function dial(port: number, options: Partial<net.TcpNetConnectOpts> = {}): net.Socket {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, ...options })
  cleanups.push(() => socket.destroy())
  return socket
}

function turn(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 20))
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
    const target = await startTCP(socket => {
      let text = ''
      socket.on('data', chunk => {
        text += chunk
      })
      socket.on('end', () => setImmediate(() => socket.end(`all of ${text}`)))
    })
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
    expect(rig.loadBalancer.metrics()).toContain('aws_networkelb_tcp_target_reset_total{load_balancer="edge"} 1')
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
    await turn()
    rig.clock.advance(0)
    await turn()
    const socket = dial(rig.portOf(80))
    expect(await endOf(socket)).toBe('ECONNRESET')
    expect(await rig.flow()).toMatchObject({ closedBy, bytesIn: 0, bytesOut: 0 })
  })
})
