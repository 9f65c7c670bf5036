/** What rules decide on is what a target is sent: no byte that is left out, or read otherwise, on the way leads around a rule. */

import { describe, expect, it } from '@jest/globals'
import { forwardTo, host, path, respond, useRigs } from '../unit/load-balancer/rig.ts'
import { attack, outlast, settle } from './edge.ts'
import { headers, openSession, requestFields } from './http2-frames.ts'

const rigs = useRigs()

const refuse = [respond('403', 'no')]

/** Everything that a byte may be, each where it may be overlooked. */
const bytes = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter(one => !'\r\n'.includes(one))
const hidden = bytes.flatMap(byte => [`${byte}admin`, `ad${byte}min`, `admin${byte}`])

const forms: [name: string, request: (value: string) => string][] = [
  ['a host', value => `GET / HTTP/1.1\r\nHost: ${value}.test\r\nConnection: close\r\n\r\n`],
  ['a header', value => `GET / HTTP/1.1\r\nHost: a\r\nX-Role: ${value}\r\nConnection: close\r\n\r\n`],
  ['a path', value => `GET /${value} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
  ['a query', value => `GET /?role=${value} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`]
]

const conditions = [
  host('admin.test'),
  { field: 'http-header' as const, httpHeaderConfig: { httpHeaderName: 'X-Role', values: ['admin'] } },
  path('/admin'),
  { field: 'query-string' as const, queryStringConfig: { values: [{ key: 'role', value: 'admin' }] } }
]

/** A rule for each condition, and what its target saw of the others. */
async function startEdge(mode: string) {
  const target = await rigs.startTarget()
  const rules = conditions.map(condition => ({ conditions: [condition], actions: refuse }))
  const rig = await rigs.start(
    {
      listeners: [
        { port: 80, rules, defaultActions: [forwardTo('app')] },
        { port: 443, protocol: 'HTTPS', rules, defaultActions: [forwardTo('app')] }
      ],
      targetGroups: { app: {} },
      attributes: { 'routing.http.desync_mitigation_mode': mode }
    },
    { app: [target.target()] }
  )
  await rig.check()
  function seen(): string[] {
    return target.seen.flatMap(({ url, headers: list }) => [
      `url ${url}`,
      ...list.filter(([name]) => /^(host|x-role)$/i.test(name)).map(([name, value]) => `${name.toLowerCase()} ${value}`)
    ])
  }
  return { rig, seen }
}

const ruled = /^(url \/(\?role=)?admin|host admin\.test|x-role admin)$/

describe.each(['monitor', 'defensive'])('in desync mode %s', mode => {
  it.each(forms)('no byte hides %s from the rule for it', async (_name, request) => {
    const { rig, seen } = await startEdge(mode)
    const sent = hidden.map(value => attack(rig.portOf(80), request(value)))
    await settle(rig)
    await outlast(
      rig,
      sent.map(({ closed }) => closed)
    )
    expect(seen().length).toBeGreaterThan(hidden.length / 4)
    expect(seen().filter(value => ruled.test(value))).toEqual([])
  })
})

it('over HTTP/2 no byte hides anything from the rule for it', async () => {
  const { rig, seen } = await startEdge('monitor')
  // A handshake each: one place of three.
  const inside = bytes.map(byte => `ad${byte}min`)
  const requests = inside.flatMap(value => [
    headers(1, [...requestFields('/'), ['x-role', value]]),
    headers(1, requestFields(`/${value}`)),
    headers(1, [...requestFields('/').filter(([name]) => name !== ':authority'), ['host', `${value}.test`]]),
    headers(1, [...requestFields('/').filter(([name]) => name !== ':authority'), [':authority', `${value}.test`]])
  ])
  const batches = Array.from({ length: Math.ceil(requests.length / 100) }, (_, index) =>
    requests.slice(100 * index, 100 * index + 100)
  )
  for (const some of batches) {
    const sessions = await Promise.all(some.map(() => openSession(rig.portOf(443))))
    for (const [index, session] of sessions.entries()) {
      session.send(some[index]!)
    }
    await settle(rig)
    for (const session of sessions) {
      session.socket.destroy()
    }
  }
  await settle(rig)
  expect(seen().length).toBeGreaterThan(inside.length / 4)
  expect(seen().filter(value => ruled.test(value))).toEqual([])
})
