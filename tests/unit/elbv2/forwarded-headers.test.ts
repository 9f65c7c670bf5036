import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type ForwardContext, forwardedHeaders, traceID } from '../../../src/elbv2/forwarded-headers.ts'
import type { HeaderList } from '../../../src/elbv2/header-list.ts'
import { connect, request } from '../load-balancer/client.ts'
import { forwardTo, useRigs } from '../load-balancer/rig.ts'

const { start, startTarget } = useRigs()

interface Given {
  headers?: HeaderList
  target?: string
  context?: Partial<ForwardContext>
  attributes?: Partial<ForwardContext['attributes']>
}

function forwarded({ headers = [['Host', 'app.test']], target = '/', context = {}, attributes = {} }: Given) {
  return forwardedHeaders(
    { method: 'GET', target, version: '1.1', headers },
    {
      attributes: { forwardedFor: 'append', forwardedForPort: false, preserveHost: false, ...attributes },
      listener: { port: 80, protocol: 'HTTP' },
      client: { address: '127.0.0.1', port: 50_000 },
      traceID: 'Root=1-x',
      dnsName: 'edge.test',
      ...context
    }
  )
}

function valuesIn(list: HeaderList, wanted: string): string[] {
  return list.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value)
}

describe('Host', () => {
  function on(port: number) {
    return { context: { listener: { port, protocol: 'HTTP' as const } } }
  }
  function host(...values: string[]) {
    return { headers: values.map((value): [string, string] => ['Host', value]) }
  }
  const preserved = { attributes: { preserveHost: true } }
  it.each<[name: string, given: Given, hosts: string[]]>([
    ['in small letters', host('App.TEST'), ['app.test']],
    ['without its port on port 80', { ...host('app.test:8080'), ...on(80) }, ['app.test']],
    ['without its port on port 443', { ...host('app.test:443'), ...on(443) }, ['app.test']],
    ['with the listener’s port on another', { ...host('app.test'), ...on(8080) }, ['app.test:8080']],
    ['with its own port where it has one', { ...host('app.test:9999'), ...on(8080) }, ['app.test:9999']],
    ['of an absolute URL', { ...host('app.test'), target: 'http://Other.test:81/x' }, ['other.test']],
    ['the first of two', host('a.test', 'b.test'), ['a.test']],
    ['the load balancer’s where there is none', { headers: [] }, ['edge.test']],
    ['IPv6', { ...host('[::1]:8080'), ...on(80) }, ['[::1]']],
    ['IPv6 without a port', { ...host('[::1]'), ...on(8080) }, ['[::1]:8080']],
    ['as it came where it is preserved', { ...host('App.TEST:8080'), ...preserved }, ['App.TEST:8080']],
    ['all of them where they are preserved', { ...host('a.test', 'B.test'), ...preserved }, ['a.test', 'B.test']],
    ['rewritten', { ...host('app.test'), context: { rewrittenHost: 'new.test' } }, ['new.test']]
  ])('%s', (_name, given, hosts) => {
    expect(valuesIn(forwarded(given), 'host')).toEqual(hosts)
  })
})

describe('X-Forwarded-For', () => {
  function given(...values: string[]): HeaderList {
    return values.map(value => ['X-Forwarded-For', value])
  }
  const v6 = { client: { address: '2001:db8::1', port: 443 } }
  it.each<[name: string, given: Given, values: string[]]>([
    ['is the client', {}, ['127.0.0.1']],
    ['is added to', { headers: given('127.0.0.4') }, ['127.0.0.4, 127.0.0.1']],
    ['is joined of several', { headers: given('a', 'b, c') }, ['a, b, c, 127.0.0.1']],
    ['is preserved', { headers: given('a'), attributes: { forwardedFor: 'preserve' } }, ['a']],
    ['is not made where it is preserved', { attributes: { forwardedFor: 'preserve' } }, []],
    ['is removed', { headers: given('a'), attributes: { forwardedFor: 'remove' } }, []],
    ['has the port', { attributes: { forwardedForPort: true } }, ['127.0.0.1:50000']],
    ['has IPv6 as it is', { context: v6 }, ['2001:db8::1']],
    [
      'has IPv6 in brackets with the port',
      { context: v6, attributes: { forwardedForPort: true } },
      ['[2001:db8::1]:443']
    ],
    [
      'has no port where it is preserved',
      { headers: given('a'), attributes: { forwardedFor: 'preserve', forwardedForPort: true } },
      ['a']
    ]
  ])('%s', (_name, one, values) => {
    expect(valuesIn(forwarded(one), 'x-forwarded-for')).toEqual(values)
  })
})

it('protocol and port are the listener’s, whatever the client says', () => {
  const list = forwarded({
    headers: [
      ['X-Forwarded-Proto', 'gopher'],
      ['X-Forwarded-Port', '70']
    ],
    context: { listener: { port: 8443, protocol: 'HTTPS' } }
  })
  expect(valuesIn(list, 'x-forwarded-proto')).toEqual(['https'])
  expect(valuesIn(list, 'x-forwarded-port')).toEqual(['8443'])
})

describe('what ends at the load balancer', () => {
  it.each<[name: string, headers: HeaderList]>([
    [
      'connection headers',
      [
        ['Connection', 'keep-alive'],
        ['Keep-Alive', 'timeout=5'],
        ['Proxy-Connection', 'x']
      ]
    ],
    [
      'what Connection names',
      [
        ['Connection', 'X-Secret, close'],
        ['X-Secret', '1']
      ]
    ],
    [
      'upgrades that are no WebSockets',
      [
        ['Connection', 'Upgrade, HTTP2-Settings'],
        ['Upgrade', 'h2c'],
        ['HTTP2-Settings', 'x']
      ]
    ],
    [
      'framing',
      [
        ['Content-Length', '5'],
        ['Transfer-Encoding', 'chunked'],
        ['TE', 'gzip']
      ]
    ],
    ['Expect', [['Expect', '100-continue']]],
    ['proxy credentials', [['Proxy-Authorization', 'x']]],
    [
      'what is no header name',
      [
        ['X Bad', '1'],
        ['', 'x']
      ]
    ]
  ])('%s', (_name, headers) => {
    const names = forwarded({ headers }).map(([name]) => name)
    expect(names).toEqual(['X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Port', 'Host', 'X-Amzn-Trace-Id'])
  })

  it('names and order of the rest stay, control characters in values go', () => {
    const headers: HeaderList = [
      ['b', '1'],
      ['A', '2\r\nX-Forged: 3'],
      ['a', '4'],
      ['x_y', '5']
    ]
    expect(forwarded({ headers }).slice(5)).toEqual([
      ['b', '1'],
      ['A', '2X-Forged: 3'],
      ['a', '4'],
      ['x_y', '5']
    ])
  })

  it('TE: trailers stays for gRPC', () => {
    expect(valuesIn(forwarded({ headers: [['te', 'trailers']], context: { isGRPC: true } }), 'te')).toEqual([
      'trailers'
    ])
  })

  it('nobody can forge what the load balancer says', () => {
    const own = ['X-Amzn-Mtls-Clientcert-Subject', 'X-Forwarded-Proto', 'X-Forwarded-Port', 'X-Amzn-Trace-Id']
    const forged = fc.constantFrom(...own, 'Connection', 'X-Other')
    fc.assert(
      fc.property(fc.array(fc.tuple(forged, fc.constantFrom(...own, 'forged'))), pairs => {
        const extra: HeaderList = [['X-Amzn-Mtls-Clientcert-Subject', 'CN=real']]
        const list = forwarded({ headers: pairs, context: { extra } })
        expect(own.map(name => valuesIn(list, name.toLowerCase()))).toEqual([
          ['CN=real'],
          ['http'],
          ['80'],
          ['Root=1-x']
        ])
      })
    )
  })
})

describe('X-Amzn-Trace-Id', () => {
  const now = Date.UTC(2026, 0, 1)
  const own = '1-6955b900-0123456789abcdef01234567'
  const id = '0123456789abcdef01234567'
  it.each<[name: string, given: string | undefined, result: string]>([
    ['begins', undefined, `Root=${own}`],
    ['goes on', 'Root=1-a-b', `Self=${own};Root=1-a-b`],
    ['keeps custom fields', 'Root=1-a-b;CalledFrom=app;Sampled=1', `Self=${own};Root=1-a-b;CalledFrom=app;Sampled=1`],
    ['replaces another Self', 'Self=1-c-d;Root=1-a-b', `Self=${own};Root=1-a-b`],
    ['gets a Root where it has none', 'CalledFrom=app', `Root=${own};CalledFrom=app`],
    ['begins anew where it is too long', `Root=1-a-b;X=${'x'.repeat(7 * 1024)}`, `Root=${own}`]
  ])('%s', (_name, given, result) => {
    expect(traceID(given, now, id)).toBe(result)
  })

  it('has eight digits of time and 24 of its own', () => {
    expect(traceID(undefined, now)).toMatch(/^Root=1-6955b900-[0-9a-f]{24}$/)
  })
})

it('a target gets all of it, in this order', async () => {
  const target = await startTarget()
  const rig = await start(
    { listeners: [{ port: 8080, defaultActions: [forwardTo('app')] }], targetGroups: { app: {} } },
    { app: [target.target()] }
  )
  await rig.check()
  const client = await connect(rig.portOf(8080))
  client.send(request('GET /a%2Fb?c=d', { 'user-agent': 'x', 'X-Forwarded-For': '192.0.2.1', Connection: 'close' }))
  await client.closed
  expect(target.seen).toMatchObject([{ method: 'GET', url: '/a%2Fb?c=d' }])
  expect(target.seen[0]?.headers.slice(0, 6)).toEqual([
    ['X-Forwarded-For', '192.0.2.1, 127.0.0.1'],
    ['X-Forwarded-Proto', 'http'],
    ['X-Forwarded-Port', '8080'],
    ['Host', 'app.test:8080'],
    ['X-Amzn-Trace-Id', expect.stringMatching(/^Root=1-6955b900-[0-9a-f]{24}$/)],
    ['user-agent', 'x']
  ])
})
