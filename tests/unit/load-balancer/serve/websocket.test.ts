import http, { type RequestListener } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { type RawData, WebSocket, WebSocketServer } from 'ws'
import { forwardTo, headerOf, type Rig, useRigs } from '../rig.ts'

const { start, startTarget, cleanups } = useRigs()

function edge(targetGroup: object = {}) {
  return {
    listeners: [
      { port: 80, defaultActions: [forwardTo('app')] },
      { port: 443, protocol: 'HTTPS' as const, defaultActions: [forwardTo('app')] }
    ],
    targetGroups: { app: targetGroup }
  }
}

/** A target that echoes what it hears. */
async function startEcho() {
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: protocols => [...protocols][0] ?? false })
  const upgrades: Record<string, unknown>[] = []
  const target = await startTarget(undefined, undefined, listener => createUpgradable(listener, sockets, upgrades))
  sockets.on('connection', socket => socket.on('message', (data, binary) => socket.send(data, { binary })))
  return { target, sockets, upgrades }
}

function createUpgradable(listener: RequestListener, sockets: WebSocketServer, upgrades: Record<string, unknown>[]) {
  const server = http.createServer(listener)
  server.on('upgrade', (request, socket, head) => {
    upgrades.push({ ...request.headers, url: request.url })
    sockets.handleUpgrade(request, socket, head, client => sockets.emit('connection', client, request))
  })
  return server
}

function open(url: string, rig: Rig, protocols: string[] = []): Promise<WebSocket> {
  const socket = new WebSocket(url, protocols, {
    ca: rig.authority.certificate,
    headers: { Host: 'app.test' }
  })
  cleanups.push(() => socket.terminate())
  return new Promise((resolve, reject) => socket.once('open', () => resolve(socket)).once('error', reject))
}

function say(socket: WebSocket, text: string): Promise<string> {
  const heard = new Promise<string>(resolve => socket.once('message', (data: RawData) => resolve(data.toString())))
  socket.send(text)
  return heard
}

describe.each([
  ['ws', 80],
  ['wss', 443]
])('a WebSocket over %s', (scheme, port) => {
  it('carries messages both ways, and is one line in the log when it ends', async () => {
    const { target, upgrades } = await startEcho()
    const domains = { 'arn:default': ['127.0.0.1'] }
    const rig = await start(edge(), { app: [target.target()] }, { domains })
    await rig.check()
    const socket = await open(`${scheme}://127.0.0.1:${rig.portOf(port)}/chat?room=1`, rig, ['v2', 'v1'])
    expect(socket.protocol).toBe('v2')
    expect(await say(socket, 'hello')).toBe('hello')
    expect(await say(socket, 'x'.repeat(300_000))).toHaveLength(300_000)
    expect(upgrades[0]).toMatchObject({
      url: '/chat?room=1',
      host: 'app.test',
      upgrade: 'websocket',
      'x-forwarded-port': String(port)
    })
    expect(rig.log).toHaveLength(0)
    socket.close()
    await rig.until(() => rig.log.length === 1)
    expect(rig.log[0]).toMatch(new RegExp(`^${scheme} `))
    expect(rig.requests()).toMatchObject([{ status: 101, targetStatus: 101 }])
  })
})

describe('a WebSocket', () => {
  it('ends on the client’s side when the target ends it', async () => {
    const { target, sockets } = await startEcho()
    const rig = await start(edge(), { app: [target.target()] })
    await rig.check()
    const socket = await open(`ws://127.0.0.1:${rig.portOf(80)}/`, rig)
    const code = new Promise(resolve => socket.once('close', resolve))
    for (const client of sockets.clients) {
      client.close(4000)
    }
    expect(await code).toBe(4000)
    await rig.until(() => rig.requests().length === 1)
    expect(rig.requests()[0]).toMatchObject({ status: 101 })
  })

  it('is cut after the idle time-out, which every byte resets', async () => {
    const { target } = await startEcho()
    const rig = await start(edge(), { app: [target.target()] })
    await rig.check()
    const socket = await open(`ws://127.0.0.1:${rig.portOf(80)}/`, rig)
    const closed = new Promise(resolve => socket.once('close', resolve))
    rig.clock.advance(59_000)
    expect(await say(socket, 'still here')).toBe('still here')
    rig.clock.advance(59_000)
    expect(await say(socket, 'still here')).toBe('still here')
    rig.clock.advance(60_000)
    await closed
    expect(rig.requests()[0]?.cause).toMatch(/idle time-out/)
  })

  it('is refused like any request by a target that answers otherwise', async () => {
    const target = await startTarget(
      (_request, response) => void response.writeHead(403, { 'Content-Length': 2 }).end('no')
    )
    const rig = await start(edge(), { app: [target.target()] })
    await rig.check()
    const { status, body } = await rig.get(80, '/', { Upgrade: 'websocket', 'Sec-WebSocket-Key': 'x' })
    expect([status, body]).toEqual([403, 'no'])
  })

  it('to a target group of HTTP/2 gives 464', async () => {
    const rig = await start(edge({ protocolVersion: 'HTTP2' }), { app: [{ id: 'i', address: '127.0.0.1', port: 9 }] })
    const text = await rig.raw(
      80,
      'GET / HTTP/1.1\r\nHost: app.test\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n'
    )
    expect(text).toMatch(/^HTTP\/1\.1 464 \r\n/)
  })

  it('is all that is upgraded', async () => {
    const target = await startTarget()
    const rig = await start(edge(), { app: [target.target()] })
    await rig.check()
    await rig.raw(80, 'GET / HTTP/1.1\r\nHost: app.test\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n')
    expect(headerOf(target.seen[0]!, 'upgrade')).toBeUndefined()
  })
})
