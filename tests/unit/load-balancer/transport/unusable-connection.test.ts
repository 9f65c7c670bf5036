/**
 * Connections to targets that take nothing any more: no request is sent over them, and none of them stays.
 */

import http from 'node:http'
import http2 from 'node:http2'
import net, { type AddressInfo, type Server, type Socket } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { createHttp1Transport } from '../../../../src/load-balancer/transport/http1-transport.ts'
import { createHttp2Transport } from '../../../../src/load-balancer/transport/http2-transport.ts'
import type { Transport } from '../../../../src/load-balancer/transport/transport.ts'
import { frame } from '../../../attacks/http2-frames.ts'
import { createManualClock } from '../../../manual-clock.ts'
import { useRigs } from '../rig.ts'
import { startByHand, until } from './http2-target.ts'

const rigs = useRigs()

async function listen(server: Server): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** What comes of a request: a status, or why there is none. */
function request(transport: Transport): Promise<number | string> {
  return new Promise(resolve => {
    let status = 0
    transport.send(
      {
        method: 'GET',
        path: '/',
        headers: [['Host', 'app.test']],
        body: () => {
          throw new Error('there is none')
        },
        bodyLength: 0,
        trailers: () => [],
        closeAfterwards: false
      },
      {
        onSent: () => {},
        onInformation: () => {},
        onResponse: response => {
          status = response.status
        },
        onData: () => true,
        onQuiet: () => {},
        onEnd: () => resolve(status),
        onUpgrade: () => resolve('upgraded'),
        onError: ({ message }) => resolve(message)
      }
    )
  })
}

const versions = [
  {
    version: 'HTTP/1.1',
    create: createHttp1Transport,
    serve: () => http.createServer((_request, response) => response.end('ok'))
  },
  {
    version: 'HTTP/2',
    create: createHttp2Transport,
    serve: () => http2.createServer((_request, response) => void response.end('ok'))
  }
]

describe.each(versions)('a connection of $version that the target has reset', ({ create, serve }) => {
  it('carries no request of the turn in which the system tells of both', async () => {
    const server = serve()
    const connections: Socket[] = []
    server.on('connection', socket => connections.push(socket.on('error', () => {})))
    const clients: Socket[] = []
    const listener = net.createServer(socket => clients.push(socket))
    const port = await listen(server)
    const client = net.connect({ port: await listen(listener), host: '127.0.0.1' })
    const transport = create({
      target: { id: 'i-1', address: '127.0.0.1', port },
      protocol: 'HTTP',
      clock: createManualClock(),
      idleTimeout: () => 60_000
    })
    rigs.cleanups.push(() => {
      transport.close()
      client.destroy()
      listener.close()
      server.close()
      for (const socket of connections) {
        socket.destroy()
      }
    })
    await until(() => clients.length === 1)
    expect(await request(transport)).toBe(200)
    const next = new Promise(resolve => client.once('data', () => resolve(request(transport))))
    // Both are with the system before the event loop turns again.
    connections[0]!.resetAndDestroy()
    clients[0]!.write('now')
    expect(await next).toBe(200)
    expect(connections).toHaveLength(2)
  })
})

describe('a target of HTTP/2 that has stopped to read', () => {
  it('gets the next requests over another connection', async () => {
    const target = await startByHand(rigs)
    const one = await target.connected()
    one.socket.pause()
    // The system holds a few megabytes of them for it.
    const head: [string, string][] = [['X-Long', 'x'.repeat(60_000)]]
    for (let count = 0; count < 400 && target.connections.length === 1; count += 1) {
      target.ask({ headers: head }).sending.cut()
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(target.connections).toHaveLength(2)
  })

  it('has five seconds to take what a connection ends with', async () => {
    const target = await startByHand(rigs, { first: [[4, 64 * 1024 * 1024]] })
    const one = await target.connected()
    one.send(frame('window', 0, 0, Buffer.from([0x3f, 0, 0, 0])))
    await one.synced()
    const { body, sending } = target.upload()
    one.socket.pause()
    // More than the system holds for it.
    body.write(Buffer.alloc(32 * 1024 * 1024))
    for (let turn = 0; turn < 300; turn += 1) {
      await new Promise(resolve => setImmediate(resolve))
    }
    sending.cut()
    target.transport.close()
    let isReset = false
    one.socket.on('error', () => {
      isReset = true
    })
    target.clock.advance(5000)
    // A connection that is closed answers what is sent to it with a reset.
    await until(() => {
      one.send(frame('ping', 0, 0, Buffer.alloc(8)))
      return isReset
    })
    expect(isReset).toBe(true)
  })
})
