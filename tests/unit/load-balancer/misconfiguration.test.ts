/**
 * What people get wrong with an Application Load Balancer, and what they then see: from the client, and from the
 * targets' health. Each case runs against real sockets.
 */

import https from 'node:https'
import { describe, expect, it } from '@jest/globals'
import { createDevelopmentAuthority } from '../../../src/load-balancer/index.ts'
import { forwardTo, headerOf, path, respond, useRigs } from './rig.ts'

const { start, startTarget, startTCP, closedPort } = useRigs()

function edge(targetGroup: object = {}, attributes: Record<string, string> = {}) {
  return {
    listeners: [{ port: 80, defaultActions: [forwardTo('app')] }],
    targetGroups: { app: targetGroup },
    attributes
  }
}

const interval = 15_000

describe('a health check that cannot pass while the application is fine', () => {
  async function unhealthy(healthCheckConfig: object, onCheck?: Parameters<typeof startTarget>[1]) {
    const target = await startTarget(undefined, onCheck)
    const rig = await start(edge({ healthCheckConfig }), { app: [target.target()] })
    await rig.check()
    await rig.check(interval)
    return { rig, target }
  }

  it('on a closed port answers 200 all the same, and says that it fails open', async () => {
    const { rig } = await unhealthy({ port: await closedPort() })
    expect((await rig.get(80, '/')).status).toBe(200)
    expect(rig.health('app')).toMatchObject([
      { state: 'unhealthy', reason: 'Target.FailedHealthChecks', description: 'Health checks failed' }
    ])
    expect(rig.loadBalancer.describe().targetGroups[0]).toMatchObject({ failOpen: true })
    expect(rig.events).toContainEqual({ type: 'fail-open', loadBalancer: 'edge', targetGroup: 'app', active: true })
  })

  it.each([404, 301, 302, 401, 503])('that gets a %d tells the code', async code => {
    const { rig } = await unhealthy({ path: '/healthz' }, (_request, response) => {
      response.writeHead(code, { Location: '/login' }).end()
    })
    expect((await rig.get(80, '/')).status).toBe(200)
    expect(rig.health('app')).toMatchObject([
      {
        state: 'unhealthy',
        reason: 'Target.ResponseCodeMismatch',
        description: `Health checks failed with these codes: [${code}]`
      }
    ])
  })

  it('that is slower than its time-out tells so', async () => {
    const target = await startTarget(undefined, () => {})
    const rig = await start(edge(), { app: [target.target()] })
    rig.clock.advance(0)
    for (let check = 1; check <= 2; check++) {
      await rig.until(() => rig.checks.length === check - 1)
      await new Promise(resolve => setImmediate(resolve))
      rig.clock.advance(5_000)
      await rig.until(() => rig.checks.length === check)
      rig.clock.advance(10_000)
    }
    expect(rig.health('app')).toMatchObject([
      { state: 'unhealthy', reason: 'Target.Timeout', description: 'Request timed out' }
    ])
    expect((await rig.get(80, '/')).status).toBe(200)
  })

  it('keeps requests from the unhealthy as soon as one target is healthy', async () => {
    const good = await startTarget()
    const bad = await startTarget(undefined, (_request, response) => void response.writeHead(500).end())
    const rig = await start(edge(), { app: [good.target('i-good'), bad.target('i-bad')] })
    await rig.check()
    await rig.check(interval)
    for (let request = 0; request < 4; request++) {
      await rig.get(80, '/')
    }
    expect(good.seen).toHaveLength(4)
    expect(bad.seen).toHaveLength(0)
    expect(rig.loadBalancer.describe().targetGroups[0]).toMatchObject({ failOpen: false })
  })
})

describe('a protocol that is not the application’s', () => {
  async function tlsTarget() {
    const authority = await createDevelopmentAuthority()
    const { certificate, key } = await authority.issue('x', ['other.test'])
    return startTarget(undefined, undefined, listener => https.createServer({ cert: certificate, key }, listener))
  }

  it('HTTP to a target that speaks TLS gives 502 when the target just closes', async () => {
    const rig = await start(edge(), { app: [(await tlsTarget()).target()] })
    await rig.check()
    await rig.check(interval)
    expect((await rig.get(80, '/')).status).toBe(502)
    expect(rig.health('app')).toMatchObject([{ state: 'unhealthy', reason: 'Target.FailedHealthChecks' }])
  })

  it('HTTP to a target that speaks TLS passes on the target’s own 400 where it sends one', async () => {
    const body = 'The plain HTTP request was sent to HTTPS port'
    const target = await startTCP(socket =>
      socket.once('data', () =>
        socket.end(`HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
      )
    )
    const rig = await start(edge(), { app: [target.target()] })
    await rig.check()
    await rig.check(interval)
    const answer = await rig.get(80, '/')
    expect(answer).toMatchObject({ status: 400, body })
    expect(headerOf(answer, 'Server')).toBe('nginx')
    expect(rig.health('app')).toMatchObject([{ description: 'Health checks failed with these codes: [400]' }])
  })

  it('HTTPS to a target that speaks plain HTTP gives 502', async () => {
    const rig = await start(edge({ protocol: 'HTTPS' }), { app: [(await startTarget()).target()] })
    await rig.check()
    await rig.check(interval)
    expect((await rig.get(80, '/')).status).toBe(502)
    expect(rig.requests().at(-1)).toMatchObject({ cause: 'the TLS handshake with the target failed' })
    expect(rig.health('app')).toMatchObject([{ reason: 'Target.FailedHealthChecks' }])
  })

  it('HTTPS to a target goes well whatever its certificate says, and names no server', async () => {
    let serverName: string | false | null | undefined
    const authority = await createDevelopmentAuthority()
    const { certificate, key } = await authority.issue('x', ['other.test'])
    const target = await startTarget(undefined, undefined, listener => {
      const server = https.createServer({ cert: certificate, key }, listener)
      server.on('secureConnection', socket => {
        serverName = socket.servername
      })
      return server
    })
    const rig = await start(edge({ protocol: 'HTTPS' }), { app: [target.target()] })
    await rig.check()
    expect((await rig.get(80, '/')).status).toBe(200)
    expect(rig.health('app')).toMatchObject([{ state: 'healthy' }])
    expect(serverName).toBe(false)
  })

  it('HTTPS with the health check left at HTTP works because it fails open', async () => {
    const rig = await start(edge({ protocol: 'HTTPS', healthCheckConfig: { protocol: 'HTTP' } as never }), {
      app: [(await tlsTarget()).target()]
    })
    await rig.check()
    await rig.check(interval)
    expect((await rig.get(80, '/')).status).toBe(200)
    expect(rig.health('app')).toMatchObject([{ state: 'unhealthy', reason: 'Target.FailedHealthChecks' }])
  })

  it.each(['HTTP2', 'GRPC'] as const)('HTTP/1.1 to a %s target group gives 464 with an empty reason', async version => {
    const rig = await start(edge({ protocolVersion: version }), { app: [(await startTarget()).target()] })
    const answer = await rig.get(80, '/')
    expect(answer.head.split('\r\n')[0]).toBe('HTTP/1.1 464 ')
    expect(answer.headers.slice(0, 1)).toEqual([['Server', 'awselb/2.0']])
    expect(answer.body).toBe('')
  })
})

describe('targets that are not there', () => {
  it('a node port that nothing listens on gives 502', async () => {
    const rig = await start(edge(), { app: [{ id: 'i-1', address: '127.0.0.1', port: await closedPort() }] })
    await rig.check()
    await rig.check(interval)
    expect((await rig.get(80, '/')).status).toBe(502)
    expect(rig.requests().at(-1)).toMatchObject({ status: 502, cause: 'the target refused the connection' })
    expect(rig.health('app')).toMatchObject([{ reason: 'Target.FailedHealthChecks' }])
  })

  it('a target group without targets gives 503, as a page and not as text', async () => {
    const rig = await start(edge())
    const answer = await rig.get(80, '/')
    expect(answer.status).toBe(503)
    expect(headerOf(answer, 'Content-Type')).toBe('text/html')
    expect(rig.health('app')).toEqual([])
  })

  it('a Service that does not exist is the controller’s own 503, as text', async () => {
    const rig = await start({
      listeners: [{ port: 80, defaultActions: [respond('503', 'Backend service does not exist')] }]
    })
    const answer = await rig.get(80, '/')
    expect(answer).toMatchObject({ status: 503, body: 'Backend service does not exist' })
    expect(headerOf(answer, 'Content-Type')).toBe('text/plain; charset=utf-8')
  })

  it('a target group that no rule names is unused, and never checked', async () => {
    const target = await startTarget()
    const rig = await start({ listeners: [{ port: 80 }], targetGroups: { app: {} } }, { app: [target.target()] })
    rig.clock.advance(60_000)
    expect(rig.health('app')).toMatchObject([
      {
        state: 'unused',
        reason: 'Target.NotInUse',
        description: 'Target group is not configured to receive traffic from the load balancer'
      }
    ])
    expect(target.checks).toEqual([])
  })
})

describe('time-outs', () => {
  it('an application slower than the idle time-out gives 504 while it is healthy', async () => {
    let asked: () => void = () => {}
    const request = new Promise<void>(resolve => {
      asked = resolve
    })
    const target = await startTarget(() => asked())
    const rig = await start(edge({}, { 'idle_timeout.timeout_seconds': '10' }), { app: [target.target()] })
    await rig.check()
    const answer = rig.get(80, '/')
    await request
    rig.clock.advance(10_000)
    expect((await answer).status).toBe(504)
    expect(rig.health('app')).toMatchObject([{ state: 'healthy' }])
  })

  it('a target whose keep-alive is shorter than the idle time-out gives 502 on reuse, and no second try', async () => {
    // Answers once, then closes as soon as the next request comes: the race of two timers, made certain.
    let connections = 0
    const target = await startTCP(socket => {
      connections += 1
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: timeout=5\r\n\r\nok')
        socket.once('data', () => socket.destroy())
      })
    })
    const rig = await start(edge(), { app: [target.target()] })
    await rig.check()
    const before = connections
    expect((await rig.get(80, '/')).status).toBe(200)
    expect((await rig.get(80, '/')).status).toBe(502)
    expect(connections).toBe(before + 1)
  })
})

describe('rules', () => {
  it('a general path before the special one takes its requests', async () => {
    const rig = await start({
      listeners: [
        {
          port: 80,
          rules: [
            { conditions: [path('/*')], actions: [respond('200', 'general')] },
            { conditions: [path('/api/*')], actions: [respond('200', 'special')] }
          ]
        }
      ]
    })
    expect((await rig.get(80, '/api/users')).body).toBe('general')
  })

  it('`/api` without a wildcard leaves what is below to the default rule', async () => {
    const rig = await start({
      listeners: [{ port: 80, rules: [{ conditions: [path('/api')], actions: [respond('200')] }] }]
    })
    expect((await rig.get(80, '/api')).status).toBe(200)
    const below = await rig.get(80, '/api/users')
    expect(below).toMatchObject({ status: 404, body: '' })
    expect(headerOf(below, 'Content-Type')).toBe('text/plain; charset=utf-8')
  })

  it('paths are case sensitive', async () => {
    const rig = await start({
      listeners: [{ port: 80, rules: [{ conditions: [path('/Api')], actions: [respond('200')] }] }]
    })
    expect((await rig.get(80, '/api')).status).toBe(404)
    expect((await rig.get(80, '/Api')).status).toBe(200)
  })

  it('a redirect that changes nothing is refused', async () => {
    const action = { type: 'redirect' as const, redirectConfig: { statusCode: 'HTTP_301', query: 'a=1' } }
    await expect(start({ listeners: [{ port: 80, defaultActions: [action] }] })).rejects.toMatchObject({
      exitCode: 1,
      code: 'RULE_INVALID'
    })
  })
})

it('a header with an underscore goes missing where invalid headers are dropped', async () => {
  const target = await startTarget()
  async function send(drop: boolean) {
    const rig = await start(edge({}, { 'routing.http.drop_invalid_header_fields.enabled': String(drop) }), {
      app: [target.target()]
    })
    await rig.check()
    await rig.get(80, '/', { user_id: '7' })
    return headerOf(target.seen.at(-1)!, 'user_id')
  }
  expect(await send(false)).toBe('7')
  expect(await send(true)).toBeUndefined()
})
