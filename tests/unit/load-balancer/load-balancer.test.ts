/** Changes of configuration under clients that are there, and the life of listeners. */

import net from 'node:net'
import type tls from 'node:tls'
import { describe, expect, it } from '@jest/globals'
import { createDevelopmentAuthority, createLoadBalancer } from '../../../src/load-balancer/index.ts'
import { connect, connectTLS, request } from './client.ts'
import { forwardTo, headerOf, parseAnswer, respond, type StackSketch, stackOf, useRigs } from './rig.ts'

const { start, startTarget, closedPort, cleanups } = useRigs()

function says(text: string, ...ports: number[]): StackSketch {
  return {
    listeners: (ports.length === 0 ? [80] : ports).map(port => ({ port, defaultActions: [respond('200', text)] }))
  }
}
async function issued() {
  return (await createDevelopmentAuthority()).issue('arn:x', ['app.test'])
}
function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

describe('a change of configuration', () => {
  it('is for the next request of a connection that stays', async () => {
    const rig = await start(says('old'))
    const client = await connect(rig.portOf(80))
    client.send(request('GET /'))
    expect((await client.answer()).body).toBe('old')
    await rig.apply(says('new'))
    client.send(request('GET /'))
    expect((await client.answer()).body).toBe('new')
  })

  it('lets requests in flight finish on the old one', async () => {
    let answer: () => void = () => {}
    const target = await startTarget((_request, response) => {
      answer = () => void response.end('from the target')
    })
    const edge: StackSketch = {
      listeners: [{ port: 80, defaultActions: [forwardTo('app')] }],
      targetGroups: { app: {} }
    }
    const rig = await start(edge, { app: [target.target()] })
    await rig.check()
    const client = await connect(rig.portOf(80))
    client.send(request('GET /'))
    while (target.seen.length === 0) {
      await turn()
    }
    await rig.apply(says('new'))
    answer()
    expect((await client.answer()).body).toBe('from the target')
    client.send(request('GET /'))
    expect((await client.answer()).body).toBe('new')
  })

  it('loses no request, swap after swap under load', async () => {
    const rig = await start(says('0'))
    let swapping = true
    const load = Array.from({ length: 8 }, async () => {
      const client = await connect(rig.portOf(80))
      let count = 0
      for (; swapping || count === 0; count++) {
        client.send(request('GET /'))
        const { status, body } = await client.answer()
        expect([status, /^\d+$/.test(body)]).toEqual([200, true])
      }
      return count
    })
    for (let swap = 1; swap <= 100; swap++) {
      await rig.apply(says(String(swap)))
      await turn()
    }
    swapping = false
    const counts = await Promise.all(load)
    expect(counts.every(count => count > 0)).toBe(true)
    expect(rig.requests().every(({ status }) => status === 200)).toBe(true)
  })

  it('opens and closes listeners', async () => {
    const rig = await start(says('x', 80, 81))
    const kept = rig.portOf(80)
    const gone = rig.portOf(81)
    const idle = await connect(gone)
    await rig.apply(says('x', 80, 82))
    expect(rig.portOf(80)).toBe(kept)
    expect((await rig.get(82, '/')).body).toBe('x')
    await idle.closed
    await expect(connect(gone)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(rig.events.filter(({ type }) => type !== 'request')).toMatchObject([
      { type: 'listener-opened', port: 80 },
      { type: 'listener-opened', port: 81 },
      { type: 'listener-closed', port: 81, protocol: 'HTTP' },
      { type: 'listener-opened', port: 82, address: `127.0.0.1:${rig.portOf(82)}` }
    ])
  })

  it('that is refused leaves the old one serving', async () => {
    const rig = await start(says('old'))
    const bad = { listeners: [{ port: 80, defaultActions: [respond('999')] }] }
    await expect(rig.apply(bad)).rejects.toMatchObject({ code: 'RULE_INVALID' })
    expect((await rig.get(80, '/')).body).toBe('old')
  })

  it('whose certificate cannot be had leaves the old one serving', async () => {
    const rig = await start(says('old'), {}, { certificateFor: arn => Promise.reject(new Error(`no ${arn}`)) })
    const bad = { listeners: [{ port: 80 }, { port: 443, protocol: 'HTTPS' as const }] }
    await expect(rig.apply(bad)).rejects.toThrow('no arn:default')
    expect((await rig.get(80, '/')).body).toBe('old')
  })

  it.each([
    ['of another key', 'CERTIFICATE_INVALID', async () => ({ ...(await issued()), key: (await issued()).key })],
    ['that is none', 'CERTIFICATE_INVALID', async () => ({ ...(await issued()), certificate: 'nonsense' })]
  ] as const)('with a certificate %s leaves the old one serving', async (_name, code, pair) => {
    function https(...certificates: string[]): StackSketch {
      return {
        listeners: [
          { port: 443, protocol: 'HTTPS', certificates, defaultActions: [respond('200', certificates.join())] }
        ]
      }
    }
    async function certificateFor(arn: string) {
      return { ...(await (arn === 'arn:good' ? issued() : pair())), arn }
    }
    const rig = await start(https('arn:good'), {}, { certificateFor })
    await expect(rig.apply(https('arn:good', 'arn:bad'))).rejects.toMatchObject({ code, exitCode: 2 })
    const client = await connectTLS(rig.portOf(443), { servername: 'app.test' })
    client.send(request('GET /'))
    expect((await client.answer()).body).toBe('arn:good')
  })

  it('with a trust store that is none leaves the old one serving', async () => {
    const verify = { mode: 'verify', trustStoreArn: 'arn:trust' }
    const rig = await start(
      says('old'),
      {},
      { trustStoreFor: async () => '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----' }
    )
    const https = { listeners: [{ port: 443, protocol: 'HTTPS' as const, mutualAuthentication: verify }] }
    await expect(rig.apply(https)).rejects.toMatchObject({ code: 'TRUST_STORE_INVALID' })
    expect((await rig.get(80, '/')).body).toBe('old')
  })

  it('whose port is taken leaves the old one serving, and opens nothing', async () => {
    const blocker = net.createServer().listen(0, '127.0.0.1')
    cleanups.push(() => new Promise(resolve => blocker.close(resolve)))
    await new Promise(resolve => blocker.once('listening', resolve))
    const taken = (blocker.address() as net.AddressInfo).port
    const rig = await start(
      says('old'),
      {},
      { bind: ({ port }) => ({ host: '127.0.0.1', port: port === 81 ? taken : 0 }) }
    )
    await expect(rig.apply(says('new', 80, 81, 82))).rejects.toMatchObject({
      exitCode: 2,
      code: 'PORT_BUSY',
      findings: [{ path: 'listener 81', message: expect.stringContaining(`port ${taken} on 127.0.0.1 is in use`) }]
    })
    expect((await rig.get(80, '/')).body).toBe('old')
    expect(rig.loadBalancer.describe().listeners.map(({ port }) => port)).toEqual([80])
  })

  it('of a certificate is for the next handshake; connections stay', async () => {
    const domains = { 'arn:one': ['one.test'], 'arn:two': ['two.test'] }
    function https(arn: string): StackSketch {
      return {
        listeners: [{ port: 443, protocol: 'HTTPS', certificates: [arn], defaultActions: [respond('200', arn)] }]
      }
    }
    const rig = await start(https('arn:one'), {}, { domains })
    function nameOf(socket: net.Socket) {
      return (socket as tls.TLSSocket).getPeerCertificate().subjectaltname
    }
    const old = await connectTLS(rig.portOf(443))
    await rig.apply(https('arn:two'))
    const fresh = await connectTLS(rig.portOf(443))
    expect([nameOf(old.socket), nameOf(fresh.socket)]).toEqual(['DNS:one.test', 'DNS:two.test'])
    old.send(request('GET /'))
    expect((await old.answer()).body).toBe('arn:two')
  })

  it('from HTTP to HTTPS is for new connections', async () => {
    const rig = await start(says('plain', 443))
    const port = rig.portOf(443)
    const old = await connect(port)
    await rig.apply({ listeners: [{ port: 443, protocol: 'HTTPS', defaultActions: [respond('200', 'secure')] }] })
    expect(rig.loadBalancer.describe().listeners).toEqual([
      { port: 443, protocol: 'HTTPS', address: `127.0.0.1:${port}` }
    ])
    const fresh = await connectTLS(port)
    for (const client of [old, fresh]) {
      client.send(request('GET /'))
      expect((await client.answer()).body).toBe('secure')
    }
  })

  it('comes in the order in which it was asked for', async () => {
    const rig = await start(says('0'))
    const changes = [1, 2, 3].map(number => rig.apply(says(String(number))))
    await expect(Promise.all(changes)).resolves.toBeDefined()
    expect((await rig.get(80, '/')).body).toBe('3')
  })
})

describe('closing', () => {
  async function slowEdge() {
    let answer: () => void = () => {}
    const target = await startTarget((_request, response) => {
      answer = () => void response.end('done')
    })
    const edge: StackSketch = {
      listeners: [{ port: 80, defaultActions: [forwardTo('app')] }],
      targetGroups: { app: {} }
    }
    const rig = await start(edge, { app: [target.target()] })
    await rig.check()
    const client = await connect(rig.portOf(80))
    client.send(request('GET /'))
    while (target.seen.length === 0) {
      await turn()
    }
    return { rig, client, answer: () => answer() }
  }

  it('cuts everything at once unless told otherwise', async () => {
    const { rig, client } = await slowEdge()
    await rig.loadBalancer.close()
    expect(await client.closed).toBe('')
  })

  it('lets requests in flight finish within the grace', async () => {
    const { rig, client, answer } = await slowEdge()
    const idle = await connect(rig.portOf(80))
    const closed = rig.loadBalancer.close(10_000)
    await idle.closed
    answer()
    await closed
    const last = parseAnswer(await client.closed)
    expect(last).toMatchObject({ status: 200, body: 'done' })
    expect(headerOf(last, 'Connection')).toBe('close')
  })

  it('cuts them at the end of the grace', async () => {
    const { rig, client } = await slowEdge()
    const closed = rig.loadBalancer.close(10_000)
    await turn()
    rig.clock.advance(10_000)
    await closed
    expect(await client.closed).toBe('')
  })

  it('does not wait for listeners that went before', async () => {
    const { rig, client } = await slowEdge()
    await rig.apply(says('x', 81))
    await rig.loadBalancer.close()
    expect(await client.closed).toBe('')
    expect(rig.clock.pending()).toEqual([])
  })
})

it('listens on its own ports of this machine alone unless told otherwise', async () => {
  const port = await closedPort()
  const loadBalancer = createLoadBalancer({ dnsName: 'x', certificateFor: () => Promise.reject(new Error('none')) })
  cleanups.push(() => loadBalancer.close())
  await loadBalancer.apply(stackOf(says('x', port)), new Map())
  expect(loadBalancer.describe().listeners).toEqual([{ port, protocol: 'HTTP', address: `127.0.0.1:${port}` }])
})

it('a request never finds a load balancer without a configuration', async () => {
  // Listeners open one after the other; clients may come to the first while the last one opens.
  const ports = await Promise.all(Array.from({ length: 5 }, () => closedPort()))
  const loadBalancer = createLoadBalancer({ dnsName: 'x', certificateFor: () => Promise.reject(new Error('none')) })
  cleanups.push(() => loadBalancer.close())
  const eager = ports.map(async port => {
    for (;;) {
      try {
        const client = await connect(port)
        client.send(request('GET /'))
        return (await client.answer()).body
      } catch {
        await turn()
      }
    }
  })
  await loadBalancer.apply(stackOf(says('ready', ...ports)), new Map())
  expect(await Promise.all(eager)).toEqual(ports.map(() => 'ready'))
})
