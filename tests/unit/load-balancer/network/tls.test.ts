/** TLS listeners: certificates by name, ALPN policies, what targets get, and the access log. */

import net from 'node:net'
import tls from 'node:tls'
import { describe, expect, it } from '@jest/globals'
import { createDevelopmentAuthority } from '../../../../src/load-balancer/index.ts'
import type { TargetGroupSpec } from '../../../../src/model/index.ts'
import { type NetworkListenerSketch, networkStackOf, tcpTo } from '../../elbv2/network/sketch.ts'
import { helloOf } from '../../hello.ts'
import { connectTLS } from '../client.ts'
import { useRigs } from '../rig.ts'
import { endOf, turns } from './sockets.ts'

const { start, startTCP, serve } = useRigs()

function tlsTo(listener: Partial<NetworkListenerSketch> = {}, attributes = {}, group: Partial<TargetGroupSpec> = {}) {
  return networkStackOf(tcpTo(attributes, { port: 443, protocol: 'TLS', ...listener }, group))
}

function startEcho() {
  return startTCP(socket => void socket.on('data', chunk => socket.write(chunk)))
}

/** A target that speaks TLS, and what it saw of the handshake. */
async function startSecureEcho(options: tls.TlsOptions = {}) {
  const { certificate, key } = await (await createDevelopmentAuthority()).issue('target', ['target'])
  const seen: { serverName: string | false | undefined; alpn: string | false | null }[] = []
  const server = tls.createServer({ cert: certificate, key, ...options }, socket => {
    seen.push({
      serverName: (socket as tls.TLSSocket & { servername?: string | false }).servername,
      alpn: socket.alpnProtocol
    })
    socket.on('error', () => {})
    socket.on('data', chunk => socket.write(chunk))
  })
  server.on('tlsClientError', () => {})
  return { ...(await serve(server, [], [])), seen }
}

describe('a TLS listener', () => {
  it('decrypts for a TCP target, and logs the connection in 22 fields', async () => {
    const target = await startEcho()
    const rig = await start(tlsTo({ alpnPolicy: 'HTTP2Preferred' }), { app: [target.target('i-1')] })
    await rig.check()
    const client = await connectTLS(rig.portOf(443), { servername: 'app.test', ALPNProtocols: ['http/1.1', 'h2'] })
    expect((client.socket as tls.TLSSocket).alpnProtocol).toBe('h2')
    client.send('hello')
    await client.heard(/hello/)
    const { localPort } = client.socket
    client.socket.end()
    expect(await rig.flow()).toMatchObject({
      listener: 'TLS:443',
      client: `127.0.0.1:${localPort}`,
      target: `i-1:${target.port}`,
      bytesIn: 5,
      bytesOut: 5,
      closedBy: 'client'
    })
    const fields = rig.log[0]!.split(' ')
    expect(fields).toHaveLength(22)
    expect(fields).toEqual([
      'tls',
      '2.0',
      '2026-01-01T00:00:00',
      expect.stringMatching(/^net\/edge\/[0-9a-f]{16}$/),
      '443',
      `127.0.0.1:${localPort}`,
      '127.0.0.1:443',
      '0',
      '0',
      '5',
      '5',
      '-',
      'arn:default',
      '-',
      'ECDHE-ECDSA-AES128-GCM-SHA256',
      'tlsv12',
      '-',
      'app.test',
      'h2',
      '-',
      '"http%2F1.1","h2"',
      '2026-01-01T00:00:00'
    ])
  })

  it.each([
    ['None', ['h2', 'http/1.1'], false],
    [undefined, ['h2', 'http/1.1'], false],
    ['HTTP1Only', ['h2', 'http/1.1'], 'http/1.1'],
    ['HTTP1Only', ['http/1.0'], 'http/1.0'],
    ['HTTP2Only', ['http/1.1', 'h2'], 'h2'],
    ['HTTP2Optional', ['h2', 'http/1.1'], 'http/1.1'],
    ['HTTP2Optional', ['h2'], 'h2'],
    ['HTTP2Preferred', ['http/1.1', 'h2'], 'h2'],
    // No protocol in common: neither an alert nor an answer to the extension.
    ['HTTP2Only', ['http/1.1'], false],
    ['HTTP2Preferred', ['spdy/3'], false]
  ] as const)('with the ALPN policy %s answers %j by %j', async (alpnPolicy, offered, chosen) => {
    const target = await startEcho()
    const rig = await start(tlsTo(alpnPolicy === undefined ? {} : { alpnPolicy }), { app: [target.target()] })
    await rig.check()
    const client = await connectTLS(rig.portOf(443), { ALPNProtocols: [...offered] })
    expect((client.socket as tls.TLSSocket).alpnProtocol).toBe(chosen)
    client.send('hello')
    await client.heard(/hello/)
  })

  it.each([
    ['b.test', 'b.test'],
    ['x.wild.test', '*.wild.test'],
    ['unknown.test', 'a.test'],
    ['', 'a.test']
  ])('presents for the server name %j the certificate of %s', async (servername, name) => {
    const domains = { 'arn:a': ['a.test'], 'arn:b': ['b.test'], 'arn:w': ['*.wild.test'] }
    const stack = tlsTo({ certificates: Object.keys(domains) })
    const rig = await start(stack, { app: [(await startEcho()).target()] }, { domains })
    await rig.check()
    const client = await connectTLS(rig.portOf(443), { servername })
    expect((client.socket as tls.TLSSocket).getPeerCertificate().subjectaltname).toBe(`DNS:${name}`)
  })

  it.each([
    ['ELBSecurityPolicy-2016-08', 'TLSv1.2'],
    ['ELBSecurityPolicy-TLS13-1-2-2021-06', 'TLSv1.3']
  ])('of the policy %s speaks %s', async (sslPolicy, version) => {
    const rig = await start(tlsTo({ sslPolicy }), { app: [(await startEcho()).target()] })
    await rig.check()
    const client = await connectTLS(rig.portOf(443))
    expect((client.socket as tls.TLSSocket).getProtocol()).toBe(version)
  })

  it('tells of a handshake that the client breaks off, with its alert', async () => {
    const rig = await start(tlsTo({ sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06' }), {
      app: [(await startEcho()).target()]
    })
    const socket = net.connect(rig.portOf(443), '127.0.0.1')
    socket.write(await helloOf({ servername: 'app.test', maxVersion: 'TLSv1.2' }))
    // Until the certificate is there.
    await new Promise(resolve => socket.once('data', resolve))
    // Fatal: unknown_ca.
    socket.write(Buffer.from([21, 3, 3, 0, 2, 2, 48]))
    await endOf(socket)
    expect(await rig.flow()).toMatchObject({ listener: 'TLS:443', closedBy: 'tls-handshake', bytesIn: 0, bytesOut: 0 })
    const fields = rig.log[0]!.split(' ')
    expect([fields[11], fields[12], fields[17]]).toEqual(['48', '-', 'app.test'])
    expect(rig.loadBalancer.metrics()).toContain('client_tls_negotiation_error_count_total{load_balancer="edge"} 1')
  })

  it('tells of a client that goes without a handshake', async () => {
    const rig = await start(tlsTo(), { app: [(await startEcho()).target()] })
    const socket = net.connect(rig.portOf(443), '127.0.0.1')
    socket.on('connect', () => socket.end())
    await endOf(socket)
    expect(await rig.flow()).toMatchObject({ closedBy: 'client' })
  })

  it('forgets a flow after 350 s', async () => {
    const rig = await start(tlsTo(), { app: [(await startEcho()).target()] })
    await rig.check()
    const client = await connectTLS(rig.portOf(443))
    client.send('hello')
    await client.heard(/hello/)
    rig.clock.advance(350_000)
    expect(await rig.flow()).toMatchObject({ closedBy: 'idle-timeout' })
    await turns()
    expect(client.socket.destroyed).toBe(false)
    const end = endOf(client.socket)
    client.send('x')
    expect(await end).toBe('ECONNRESET')
  })

  it('lets one half end before the other', async () => {
    const target = await startTCP(
      socket => {
        socket.resume()
        socket.on('end', () => socket.end('all of it'))
      },
      { allowHalfOpen: true }
    )
    const rig = await start(tlsTo(), { app: [target.target()] })
    await rig.check()
    const client = await connectTLS(rig.portOf(443), { allowHalfOpen: true } as tls.ConnectionOptions)
    client.socket.end('x')
    expect(await client.closed).toBe('all of it')
  })

  it('resets a client whose target resets', async () => {
    const target = await startTCP(socket => socket.on('data', () => socket.resetAndDestroy()))
    const rig = await start(tlsTo(), { app: [target.target()] })
    await rig.check()
    const client = await connectTLS(rig.portOf(443))
    const end = endOf(client.socket)
    client.send('x')
    expect(await end).toBe('ECONNRESET')
  })
})

describe('a TLS target group', () => {
  it('is spoken TLS to: no certificate is looked at, no server name sent, the client’s protocol offered', async () => {
    const target = await startSecureEcho({ ALPNProtocols: ['h2', 'http/1.1'] })
    const stack = tlsTo({ alpnPolicy: 'HTTP2Preferred' }, {}, { protocol: 'TLS' })
    const rig = await start(stack, { app: [target.target()] })
    await rig.check()
    const client = await connectTLS(rig.portOf(443), { servername: 'app.test', ALPNProtocols: ['h2'] })
    client.send('hello')
    await client.heard(/hello/)
    expect(target.seen).toEqual([{ serverName: false, alpn: 'h2' }])
    client.socket.end()
    await rig.flow()
    expect(rig.log[0]!.split(' ').slice(18, 21)).toEqual(['h2', 'h2', '"h2"'])
  })

  it('whose target speaks no TLS ends the flow', async () => {
    const target = await startTCP(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const rig = await start(tlsTo({}, {}, { protocol: 'TLS' }), { app: [target.target()] })
    await rig.check()
    const client = await connectTLS(rig.portOf(443))
    await endOf(client.socket)
    expect(await rig.flow()).toMatchObject({ closedBy: 'tls-handshake', target: expect.stringMatching(/^i-tcp:/) })
    expect(rig.loadBalancer.metrics()).toContain('target_tls_negotiation_error_count_total{load_balancer="edge"} 1')
  })
})
