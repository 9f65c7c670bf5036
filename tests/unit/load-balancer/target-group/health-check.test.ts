import https from 'node:https'
import { describe, expect, it } from '@jest/globals'
import { createDevelopmentAuthority } from '../../../../src/load-balancer/index.ts'
import { frame, headers, reset, settings } from '../../../attacks/http2-frames.ts'
import { forwardTo, useRigs } from '../rig.ts'
import { code, HandConnection, until } from '../transport/http2-target.ts'

const { start, startTarget, startTCP, closedPort } = useRigs()

/** No stream has been taken. */
const goAway = frame('goAway', 0, 0, Buffer.alloc(8))

function edge(healthCheckConfig: object = {}, targetGroup: object = {}) {
  return {
    listeners: [{ port: 80, defaultActions: [forwardTo('app')] }],
    targetGroups: { app: { ...targetGroup, healthCheckConfig: healthCheckConfig as never } }
  }
}

describe('a health check on the wire', () => {
  it('asks by address and port, over a connection of its own', async () => {
    const target = await startTarget()
    const rig = await start(edge({ path: '/healthz?full=1' }), { app: [target.target()] })
    await rig.check()
    expect(target.checks).toMatchObject([{ method: 'GET', url: '/healthz?full=1' }])
    expect(target.checks[0]?.headers).toEqual([
      ['Host', `127.0.0.1:${target.port}`],
      ['Connection', 'close'],
      ['User-Agent', 'ELB-HealthChecker/2.0']
    ])
  })

  it('goes to the port that is named, whatever the traffic port is', async () => {
    const traffic = await startTarget()
    const health = await startTarget()
    const rig = await start(edge({ port: health.port }), { app: [traffic.target()] })
    await rig.check()
    expect([traffic.checks.length, health.checks.length]).toEqual([0, 1])
    expect(rig.health('app')).toMatchObject([{ state: 'healthy', healthCheckPort: String(health.port) }])
  })

  it('looks at no certificate, and names no server', async () => {
    const authority = await createDevelopmentAuthority()
    const { certificate, key } = await authority.issue('arn:target', ['else.test'])
    const names: unknown[] = []
    const settings: https.ServerOptions = {
      cert: certificate,
      key,
      SNICallback(name, done) {
        names.push(name)
        done(null)
      }
    }
    const target = await startTarget(undefined, undefined, listener => https.createServer(settings, listener))
    const rig = await start(edge({}, { protocol: 'HTTPS' }), { app: [target.target()] })
    await rig.check()
    expect(rig.health('app')).toMatchObject([{ state: 'healthy' }])
    expect(names).toEqual([])
  })

  it.each<[string, () => Promise<number>, string, string]>([
    ['a closed port', closedPort, 'Target.FailedHealthChecks', 'Health checks failed'],
    [
      'a reset',
      async () => (await startTCP(socket => socket.resetAndDestroy())).port,
      'Target.FailedHealthChecks',
      'Health checks failed'
    ],
    [
      'garbage',
      async () => (await startTCP(socket => socket.end('hello'))).port,
      'Target.FailedHealthChecks',
      'Health checks failed'
    ],
    [
      'a redirect, which is not followed',
      async () =>
        (await startTarget(undefined, (_request, response) => void response.writeHead(301, { Location: '/ok' }).end()))
          .port,
      'Target.ResponseCodeMismatch',
      'Health checks failed with these codes: [301]'
    ]
  ])('%s fails', async (_name, port, reason, description) => {
    const rig = await start(edge(), { app: [{ id: 'i-1', address: '127.0.0.1', port: await port() }] })
    await rig.check()
    await rig.check(15_000)
    expect(rig.health('app')).toMatchObject([{ state: 'unhealthy', reason, description }])
    expect(rig.checks).toMatchObject([
      { passed: false, reason, state: 'initial' },
      { passed: false, reason, state: 'unhealthy' }
    ])
  })
})

describe('a health check over HTTP/2', () => {
  const http2 = { protocolVersion: 'HTTP2' }

  /** A target whose frames are written by hand: they answer each request. */
  async function startHTTP2(answer: (stream: number) => Buffer[]) {
    const connections: HandConnection[] = []
    const { port } = await startTCP(
      socket => {
        const one = new HandConnection(socket)
        connections.push(one)
        socket.write(settings())
        let isAnswered = false
        socket.on('data', () => {
          if (!isAnswered && one.streams.length > 0) {
            isAnswered = true
            one.send(...answer(one.streams[0]!))
          }
        })
      },
      { noDelay: true }
    )
    return { port, connections }
  }

  it('asks over a connection of its own, and leaves it as soon as it knows', async () => {
    const target = await startHTTP2(stream => [headers(stream, [[':status', '200']], true)])
    const rig = await start(edge({ path: '/healthz?full=1' }, http2), {
      app: [{ id: 'i-1', address: '127.0.0.1', port: target.port }]
    })
    await rig.check()
    expect(rig.health('app')).toMatchObject([{ state: 'healthy' }])
    const [one] = target.connections
    await until(() => one!.isEnded)
    expect(one!.fields(one!.of(1, 'headers')[0]!)).toEqual([
      [':method', 'GET'],
      [':scheme', 'http'],
      [':authority', `127.0.0.1:${target.port}`],
      [':path', '/healthz?full=1'],
      ['user-agent', 'ELB-HealthChecker/2.0']
    ])
    // The rest of the answer is not waited for.
    expect([one!.resets(1), one!.farewells]).toEqual([[code.cancel], [code.none]])
    await rig.check(15_000)
    expect(target.connections).toHaveLength(2)
  })

  const mismatch = 'Target.ResponseCodeMismatch'
  const failure = 'Target.FailedHealthChecks'

  it.each<[name: string, port: () => Promise<number>, reason: string]>([
    ['a closed port', closedPort, failure],
    ['a connection reset', async () => (await startTCP(socket => socket.resetAndDestroy())).port, failure],
    ['HTTP/1.1', async () => (await startTCP(socket => socket.end('HTTP/1.1 200 OK\r\n\r\n'))).port, failure],
    ['a stream that is reset', async () => (await startHTTP2(stream => [reset(stream, 7)])).port, failure],
    ['an answer that is none', async () => (await startHTTP2(stream => [headers(stream, [['x', 'y']])])).port, failure],
    ['a connection that takes no request', async () => (await startHTTP2(() => [goAway])).port, failure],
    [
      'a redirect, which is not followed',
      async () => (await startHTTP2(stream => [headers(stream, [[':status', '301']])])).port,
      mismatch
    ]
  ])('%s fails', async (_name, port, reason) => {
    const rig = await start(edge({}, http2), { app: [{ id: 'i-1', address: '127.0.0.1', port: await port() }] })
    await rig.check()
    await rig.check(15_000)
    expect(rig.health('app')).toMatchObject([{ state: 'unhealthy', reason }])
  })

  it.each([
    ['0', 'healthy'],
    ['', 'unhealthy'],
    ['zero', 'unhealthy'],
    ['0x0', 'unhealthy']
  ])('of gRPC with the status "%s" is %s', async (status, state) => {
    const answer: [string, string][] = [
      [':status', '200'],
      ['grpc-status', status]
    ]
    const { port } = await startHTTP2(stream => [headers(stream, answer)])
    const grpc = { protocolVersion: 'GRPC' }
    const rig = await start(edge({ matcher: { grpcCode: '0' } }, grpc), {
      app: [{ id: 'i-1', address: '127.0.0.1', port }]
    })
    await rig.check()
    await rig.check(15_000)
    expect(rig.health('app')).toMatchObject([{ state }])
  })

  it('that is not answered in time has failed, and leaves', async () => {
    const target = await startHTTP2(() => [])
    const rig = await start(edge({}, http2), { app: [{ id: 'i-1', address: '127.0.0.1', port: target.port }] })
    rig.clock.advance(0)
    await until(() => target.connections.some(({ streams }) => streams.length > 0))
    rig.clock.advance(4_999)
    expect(rig.checks).toEqual([])
    rig.clock.advance(1)
    await rig.until(() => rig.checks.length > 0)
    expect(rig.checks).toMatchObject([{ passed: false, reason: 'Target.Timeout' }])
    const [one] = target.connections
    await until(() => one!.isEnded)
    expect([one!.resets(1), one!.farewells]).toEqual([[code.cancel], [code.none]])
  })
})

describe('the rhythm of health checks', () => {
  it('counts from the start of a check, however long it takes', async () => {
    const starts: number[] = []
    let answer: () => void = () => {}
    const rig = await start(edge(), {}, {})
    const target = await startTarget(undefined, (_request, response) => {
      starts.push(rig.clock.now())
      answer = () => void response.end('ok')
    })
    const began = rig.clock.now()
    await rig.apply(edge(), { app: [target.target()] })
    for (let check = 1; check <= 3; check += 1) {
      rig.clock.advance(check === 1 ? 0 : 11_000)
      while (starts.length < check) {
        await new Promise(resolve => setImmediate(resolve))
      }
      rig.clock.advance(4_000)
      answer()
      await rig.until(() => rig.checks.length === check)
    }
    expect(starts.map(time => time - began)).toEqual([0, 15_000, 30_000])
    expect(rig.checks.map(({ passed }) => passed)).toEqual([true, true, true])
  })

  it('is as many times faster as the time scale says', async () => {
    const target = await startTarget()
    const rig = await start(edge(), { app: [target.target()] }, { timeScale: 15 })
    await rig.check()
    await rig.check(1_000)
    await rig.check(1_000)
    expect(rig.checks).toHaveLength(3)
  })

  it('begins sixteen in a turn, however many are due', async () => {
    const { port } = await startTarget()
    const ids = Array.from({ length: 40 }, (_, index) => `i-${index}`)
    const rig = await start(edge(), {}, {})
    await rig.apply(edge(), { app: ids.map(id => ({ id, address: '127.0.0.1', port })) })
    function begun(): number {
      return rig.health('app').filter(({ reason }) => reason === 'Elb.InitialHealthChecking').length
    }
    rig.clock.advance(0)
    const counts = [begun()]
    while (counts.at(-1)! < ids.length) {
      await new Promise(resolve => setImmediate(resolve))
      counts.push(begun())
    }
    expect(counts).toEqual([16, 32, 40])
  })

  it('ends with the registration, and with the load balancer', async () => {
    const target = await startTarget()
    const rig = await start(edge(), { app: [target.target()] })
    await rig.check()
    await rig.apply(edge(), { app: [] })
    rig.clock.advance(60_000)
    await rig.loadBalancer.close()
    rig.clock.advance(600_000)
    expect(target.checks).toHaveLength(1)
    expect(rig.clock.pending()).toEqual([])
  })
})

it('tells of changes alone', async () => {
  let status = 200
  const target = await startTarget(undefined, (_request, response) => void response.writeHead(status).end())
  const rig = await start(edge(), { app: [target.target()] })
  await rig.check()
  await rig.check(15_000)
  status = 500
  for (let check = 0; check < 3; check += 1) {
    await rig.check(15_000)
  }
  const changes = rig.events.filter(event => event.type === 'target-health')
  expect(changes.map(({ state, reason }) => reason ?? state)).toEqual([
    'Elb.RegistrationInProgress',
    'Elb.InitialHealthChecking',
    'healthy',
    'Target.ResponseCodeMismatch'
  ])
})
