/**
 * Requests that are under way while the configuration changes, or the target goes.
 */

import type { ServerResponse } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { forwardTo, parseAnswer, path, respond, type StackSketch, useRigs } from './rig.ts'

const { start, startTarget, startTCP } = useRigs()

function edge(
  attributes: Record<string, string> = {},
  more: Partial<StackSketch['listeners'][number]> = {}
): StackSketch {
  return {
    listeners: [{ port: 80, defaultActions: [forwardTo('app')], ...more }],
    targetGroups: {
      app: { targetGroupAttributes: Object.entries(attributes).map(([key, value]) => ({ key, value })) }
    }
  }
}

/** A request that a target holds until it is told to answer. */
async function held(attributes: Record<string, string> = {}) {
  let arrive: (response: ServerResponse) => void = () => {}
  const arrived = new Promise<ServerResponse>(resolve => {
    arrive = resolve
  })
  const target = await startTarget((_request, response) => arrive(response))
  const rig = await start(edge(attributes), { app: [target.target()] })
  await rig.check()
  const answer = rig.get(80, '/')
  return { rig, target, answer, response: await arrived }
}

function finish(response: ServerResponse) {
  return response.writeHead(200, { 'Content-Length': 4 }).end('done')
}

describe('a request in flight ends as it began', () => {
  it.each<[string, StackSketch, boolean]>([
    [
      'when a rule takes its path',
      edge({}, { rules: [{ conditions: [path('/*')], actions: [respond('403')] }] }),
      true
    ],
    ['when its target group is used no more', edge({}, { defaultActions: [respond('404')] }), true],
    [
      'when its target group becomes another one',
      { ...edge(), targetGroups: { app: { protocolVersion: 'HTTP2' } } },
      true
    ],
    ['when its target is deregistered', edge(), false],
    ['when its listener is closed', { listeners: [{ port: 81, defaultActions: [respond('404')] }] }, false]
  ])('%s', async (_name, next, keepsTarget) => {
    const { rig, target, answer, response } = await held()
    await rig.apply(next, keepsTarget ? { app: [target.target()] } : {})
    finish(response)
    expect(await answer).toMatchObject({ status: 200, body: 'done' })
  })

  it('when the load balancer is closed with time to spare', async () => {
    const { rig, answer, response } = await held()
    const closed = rig.loadBalancer.close(1000)
    finish(response)
    expect((await answer).body).toBe('done')
    await closed
  })
})

describe('the deregistration delay', () => {
  it('cuts what it outlasts, with 502', async () => {
    const { rig, answer } = await held({ 'deregistration_delay.timeout_seconds': '30' })
    await rig.apply(edge({ 'deregistration_delay.timeout_seconds': '30' }), {})
    rig.clock.advance(29_999)
    expect(rig.requests()).toHaveLength(0)
    rig.clock.advance(1)
    expect((await answer).status).toBe(502)
    expect(rig.requests()[0]?.cause).toBe('the deregistration delay of the target is over')
  })

  it('of 0 cuts at once', async () => {
    const none = { 'deregistration_delay.timeout_seconds': '0' }
    const { rig, answer } = await held(none)
    await rig.apply(edge(none), {})
    expect((await answer).status).toBe(502)
  })
})

it('survives whatever a target says', async () => {
  let say = Buffer.alloc(0)
  const target = await startTCP(socket => socket.once('data', () => socket.end(say)))
  const rig = await start(edge(), { app: [target.target()] })
  rig.clock.advance(0)
  await rig.until(() => rig.checks.length > 0)
  const good = Buffer.from(
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n3\r\nabc\r\n0\r\nX-T: c\r\n\r\n'
  )
  await fc.assert(
    fc.asyncProperty(
      fc.nat(good.length),
      fc.nat(8),
      fc.oneof(
        fc.uint8Array({ maxLength: 12 }),
        fc.constantFrom('\r\n', '\n', ':', ' ', '\0', 'HTTP/1.1 100 C\r\n\r\n', 'ffffffffff\r\n')
      ),
      async (at, removed, added) => {
        say = Buffer.concat([good.subarray(0, at), Buffer.from(added as Uint8Array), good.subarray(at + removed)])
        const answer = await rig.get(80, '/')
        if (answer.text !== '') {
          expect(answer.text).toMatch(/^HTTP\/1\.1 [1-9]\d{2} /)
        }
        const all = parseAnswer(answer.text)
        // Never an end that the target did not say.
        if (all.status === 200 && all.body.endsWith('0\r\n\r\n')) {
          expect(say.toString('latin1')).toMatch(/0\r?\n/)
        }
      }
    ),
    { numRuns: 150 }
  )
})
