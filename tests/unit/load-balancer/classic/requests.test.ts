/** Listeners of HTTP and HTTPS of a Classic Load Balancer: what instances see, and its own answers. */

import https from 'node:https'
import net from 'node:net'
import tls from 'node:tls'
import { describe, expect, it } from '@jest/globals'
import { createDevelopmentAuthority } from '../../../../src/load-balancer/index.ts'
import { classicStackOf, classicTo } from '../../elbv2/classic/sketch.ts'
import { headerOf, parseAnswer, type Seen, useRigs } from '../rig.ts'

const { start, startTarget, startTCP, closedPort, cleanups } = useRigs()

function http(port: number) {
  return classicTo(port, { protocol: 'HTTP' })
}

/** In service: an instance that is checked once, and passes. */
async function running(port: number, more = {}) {
  const rig = await start(classicStackOf({ ...http(port), ...more }), {
    LoadBalancer: [{ id: 'i-1', address: '127.0.0.1', port }]
  })
  await rig.check()
  return rig
}

describe('a request', () => {
  it('gets X-Forwarded headers, keeps its Host and its trace, and is no WebSocket', async () => {
    const target = await startTarget()
    const rig = await running(target.port)
    const answer = await rig.get(80, '/path?query', {
      Host: 'Shop.Test:8080',
      'X-Forwarded-For': '198.51.100.7',
      'X-Amzn-Trace-Id': 'Root=1-given'
    })
    expect(answer.status).toBe(200)
    const [seen] = target.seen as [Seen]
    expect(seen.url).toBe('/path?query')
    expect(
      ['Host', 'X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Port', 'X-Amzn-Trace-Id'].map(name =>
        headerOf(seen, name)
      )
    ).toEqual(['Shop.Test:8080', '198.51.100.7, 127.0.0.1', 'http', '80', 'Root=1-given'])
    await rig.get(80, '/', { Upgrade: 'websocket' })
    expect(headerOf(target.seen[1]!, 'Upgrade')).toBeUndefined()
    expect(headerOf(target.seen[1]!, 'X-Amzn-Trace-Id')).toBeUndefined()
    expect(rig.requests()[0]).toMatchObject({
      listener: 80,
      status: 200,
      targetStatus: 200,
      target: `i-1:${target.port}`
    })
    expect(rig.loadBalancer.metrics()).toContain('aws_elb_httpcode_backend_2xx_total{load_balancer="edge"} 2')
  })

  it('over TLS is decrypted, without HTTP/2, and tells its scheme', async () => {
    const target = await startTarget()
    const rig = await running(target.port, {
      listeners: [{ loadBalancerPort: 443, instancePort: target.port, protocol: 'HTTPS', instanceProtocol: 'HTTP' }]
    })
    const socket = tls.connect({
      port: rig.portOf(443),
      host: '127.0.0.1',
      ca: rig.authority.certificate,
      servername: 'app.test',
      ALPNProtocols: ['h2', 'http/1.1']
    })
    cleanups.push(() => socket.destroy())
    await new Promise(resolve => socket.once('secureConnect', resolve))
    expect([socket.alpnProtocol, socket.getProtocol()]).toEqual([false, 'TLSv1.2'])
    socket.write('GET / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n')
    await new Promise(resolve => socket.once('data', resolve))
    expect(headerOf(target.seen[0]!, 'X-Forwarded-Proto')).toBe('https')
    expect(headerOf(target.seen[0]!, 'X-Forwarded-Port')).toBe('443')
  })

  it('is encrypted again where the instances speak HTTPS, whoever they are', async () => {
    const { certificate, key } = await (await createDevelopmentAuthority()).issue('arn:other', ['other.test'])
    const target = await startTarget(undefined, undefined, listener =>
      https.createServer({ cert: certificate, key }, listener)
    )
    const rig = await running(target.port, {
      listeners: [{ loadBalancerPort: 80, instancePort: target.port, protocol: 'HTTP', instanceProtocol: 'HTTPS' }]
    })
    expect((await rig.get(80, '/')).status).toBe(200)
  })

  it('begins a connection to an instance with a PROXY line where the instances get one', async () => {
    const heard: string[] = []
    const target = await startTCP(socket =>
      socket.on('data', chunk => {
        heard.push(chunk.toString('latin1'))
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
      })
    )
    const rig = await running(target.port, { proxyProtocol: true })
    expect((await rig.get(80, '/')).status).toBe(200)
    expect(heard.join('')).toMatch(/PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ 80\r\nGET \/ HTTP\/1\.1\r\n/)
  })
})

describe('an answer of its own', () => {
  it.each([
    ['CONNECT app.test:443 HTTP/1.1\r\nHost: app.test\r\n\r\n', 400, 'BAD_REQUEST'],
    ['no request at all\r\n\r\n', 400, 'BAD_REQUEST'],
    [`${'M'.repeat(128)} / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n`, 405, 'METHOD_NOT_ALLOWED']
  ])('to %j is %i, and nothing but that', async (request, status, reason) => {
    const target = await startTarget()
    const rig = await running(target.port)
    expect(await rig.raw(80, request)).toBe(
      `HTTP/1.1 ${status} ${reason}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`
    )
    expect(target.seen).toEqual([])
  })

  it('to TRACE is the instance’s', async () => {
    const target = await startTarget()
    const rig = await running(target.port)
    expect((await rig.get(80, '/', {}, 'TRACE')).status).toBe(200)
  })

  it('is 503 while no instance is in service, and is registered or not', async () => {
    const port = await closedPort()
    const rig = await start(classicStackOf(http(port)), {
      LoadBalancer: [{ id: 'i-1', address: '127.0.0.1', port }]
    })
    const line = 'HTTP/1.1 503 Service Unavailable: Back-end server is at capacity'
    expect((await rig.get(80, '/')).head.split('\r\n')).toEqual([line, 'Content-Length: 0', 'Connection: close'])
    await rig.check()
    for (let failures = 1; failures < 6; failures += 1) {
      await rig.check(10_000)
    }
    expect(rig.health('LoadBalancer')).toMatchObject([{ state: 'unhealthy', reason: 'Target.FailedHealthChecks' }])
    expect(rig.loadBalancer.describe().targetGroups[0]!.failOpen).toBe(false)
    expect((await rig.get(80, '/')).head).toContain(line)
    await rig.apply(classicStackOf(http(port)))
    expect((await rig.get(80, '/')).head).toContain(line)
    expect(rig.events.filter(({ type }) => type === 'fail-open')).toEqual([])
    expect(rig.loadBalancer.metrics()).toContain('aws_elb_httpcode_elb_5xx_total{load_balancer="edge"} 3')
  })

  it.each<[what: string, behave: (socket: net.Socket) => void, status: number, reason: string]>([
    ['closes the connection', socket => socket.end(), 504, 'GATEWAY_TIMEOUT'],
    ['resets the connection', socket => socket.resetAndDestroy(), 504, 'GATEWAY_TIMEOUT'],
    ['answers what is no HTTP', socket => socket.end('220 smtp\r\n\r\n'), 502, 'BAD_GATEWAY']
  ])('is told where the instance %s', async (_what, behave, status, reason) => {
    const target = await startTCP(socket => socket.once('data', () => behave(socket)))
    const rig = await running(target.port)
    expect((await rig.get(80, '/')).head.split('\r\n')[0]).toBe(`HTTP/1.1 ${status} ${reason}`)
  })

  it('is 504 where the instance says nothing for the idle time-out, and 408 where the client does', async () => {
    const asked = Promise.withResolvers<void>()
    const target = await startTCP(socket => socket.once('data', () => asked.resolve()))
    const rig = await running(target.port, { idleTimeout: 5 })
    const waiting = rig.get(80, '/')
    await asked.promise
    rig.clock.advance(5_000)
    expect((await waiting).head).toContain('HTTP/1.1 504 GATEWAY_TIMEOUT')
    const half = net.connect(rig.portOf(80), '127.0.0.1')
    cleanups.push(() => half.destroy())
    const text = new Promise<string>(resolve => half.once('data', chunk => resolve(chunk.toString())))
    half.write('GET / HT')
    await new Promise(resolve => half.once('ready', resolve))
    await rig.get(80, '/', { Connection: 'close' }, 'CONNECT')
    rig.clock.advance(5_000)
    expect(parseAnswer(await text).head).toContain('HTTP/1.1 408 REQUEST_TIMEOUT')
  })
})
