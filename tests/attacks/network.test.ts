/** Clients and targets of a Network Load Balancer that mean no good: it holds no more than their sockets' buffers do, and goes on. */

import net from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { networkStackOf, tcpTo } from '../unit/elbv2/network/sketch.ts'
import { connect } from '../unit/load-balancer/client.ts'
import { until } from '../unit/load-balancer/network/sockets.ts'
import { useRigs } from '../unit/load-balancer/rig.ts'

const { start, startTCP, cleanups } = useRigs()

/** What the two sockets of a flow, their peers and the kernel may hold of it at most, in bytes. */
const held = 32 * 1024 * 1024

const piece = Buffer.alloc(64 * 1024)

function dial(port: number): net.Socket {
  const socket = net.connect({ port, host: '127.0.0.1' })
  socket.on('error', () => {})
  cleanups.push(() => socket.destroy())
  return socket
}

/** Writes for ever, as fast as it is taken. */
function flood(socket: net.Socket): void {
  socket.on('error', () => {})
  function write(): void {
    while (!socket.destroyed && socket.write(piece)) {
      // On until the buffer is full.
    }
  }
  socket.on('drain', write)
  write()
}

/** Resolves with the bytes that a socket has got rid of, once they are no more after many turns. */
async function stalled(socket: net.Socket): Promise<number> {
  for (let turns = 0, before = -1; turns < 50; turns++) {
    await new Promise(resolve => setTimeout(resolve, 1))
    const sent = socket.bytesWritten - socket.writableLength
    turns = sent === before ? turns : 0
    before = sent
  }
  return socket.bytesWritten - socket.writableLength
}

async function startEcho() {
  const target = await startTCP(socket => {
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  const rig = await start(networkStackOf(tcpTo()), { app: [target.target()] })
  await rig.check()
  return rig
}

function sockets(): number {
  return process.getActiveResourcesInfo().filter(name => name === 'TCPSocketWrap').length
}

/** What a new flow is answered. */
async function answerOf(port: number): Promise<string> {
  const client = await connect(port)
  client.send('still here')
  client.socket.end()
  return client.closed
}

describe('a Network Load Balancer', () => {
  it('holds a target that sends for ever to a client that never reads', async () => {
    const sources: net.Socket[] = []
    const target = await startTCP(socket => {
      sources.push(socket)
      socket.once('data', () => flood(socket))
    })
    const rig = await start(networkStackOf(tcpTo()), { app: [target.target()] })
    await rig.check()
    const client = dial(rig.portOf(80)).pause()
    client.write('begin')
    await until(() => sources.some(source => source.bytesWritten > 0))
    expect(await stalled(sources.find(source => source.bytesWritten > 0)!)).toBeLessThan(held)
  })

  it('holds a client that sends for ever to a target that never reads', async () => {
    const target = await startTCP(socket => {
      socket.on('error', () => {})
      socket.pause()
    })
    const rig = await start(networkStackOf(tcpTo()), { app: [target.target()] })
    await rig.check()
    const client = dial(rig.portOf(80))
    flood(client)
    expect(await stalled(client)).toBeLessThan(held)
  })

  it('has a thousand idle flows, each of which still answers, and none of them afterwards', async () => {
    const rig = await startEcho()
    const before = sockets()
    const clients = await Promise.all(Array.from({ length: 1000 }, () => connect(rig.portOf(80))))
    await Promise.all(
      clients.map(async (client, index) => {
        client.send(`<${index}>`)
        await client.heard(new RegExp(`<${index}>`))
      })
    )
    expect(rig.loadBalancer.metrics()).toMatch(/active_flow_count\{.*\} 1000$/m)
    for (const { socket } of clients) {
      socket.destroy()
    }
    await until(() => sockets() <= before)
    expect(await answerOf(rig.portOf(80))).toBe('still here')
  })

  it('lives on through two thousand connections that are reset as soon as they are there', async () => {
    const rig = await startEcho()
    const before = sockets()
    for (let round = 0; round < 20; round++) {
      const dialled = Array.from({ length: 100 }, () => dial(rig.portOf(80)))
      await Promise.all(
        dialled.map(
          (socket, index) =>
            new Promise<void>(resolve => {
              socket.once('close', () => resolve())
              // Some before they are accepted, some with bytes under way.
              socket.once('connect', () => {
                if (index % 2 === 0) {
                  socket.write(piece)
                }
                socket.resetAndDestroy()
              })
            })
        )
      )
    }
    await until(() => sockets() <= before)
    expect(await answerOf(rig.portOf(80))).toBe('still here')
  })

  it.each([
    ['back', -3_600_000],
    ['on', 3_600_000]
  ])('forgets a silent flow at its time although the clock is set %s by an hour', async (_name, step) => {
    const rig = await startEcho()
    const client = await connect(rig.portOf(80))
    client.send('hello')
    await client.heard(/hello/)
    rig.clock.step(step)
    rig.clock.advance(349_999)
    expect(rig.flows()).toEqual([])
    rig.clock.advance(1)
    expect(await rig.flow()).toMatchObject({ closedBy: 'idle-timeout', milliseconds: 350_000 })
    client.socket.destroy()
  })
})
