import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Edge, readObjects } from '../../../src/edge.ts'
import type { ExchangeEntry, LoadBalancerDescription } from '../../../src/elbv2/index.ts'
import { defaultEnvironment } from '../../../src/model/index.ts'
import type { Batch, Beginning, FlowEvent, RequestDetail } from '../../../src/page/contract.ts'
import { type View, viewOf } from '../../../src/page/index.ts'
import { Recorder, type Source } from '../../../src/page/recorder.ts'
import { type ServedPage, serve } from '../../../src/page/server.ts'
import { followRequest, readRequest, type Trace } from '../../../src/trace/index.ts'
import { createManualClock, type ManualClock } from '../../manual-clock.ts'

const assets = { page: '<!doctype html>', script: 'start()', style: 'body {}' }

interface Got {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

let served: ServedPage
let recorder: Recorder
let clock: ManualClock
let port: number

const view: View = viewOf(new Edge(readObjects(['docs/examples/page/two-edges.yaml']), defaultEnvironment))

const source: Source = {
  command: 'simulate',
  view: () => view,
  describe: (): LoadBalancerDescription[] => [],
  metrics: () => [],
  authority: ''
}

beforeAll(async () => {
  clock = createManualClock()
  recorder = new Recorder(source, clock)
  served = await serve({ port: 0, source, recorder, assets })
  port = Number(new URL(served.url).port)
})

afterAll(() => served.close())

function ask(path: string, { method = 'GET', headers = {}, body = '' } = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers: { Host: `127.0.0.1:${port}`, ...headers } }
    const sent = request(options, response => {
      let text = ''
      response.on('data', chunk => {
        text += chunk
      })
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

describe('who gets the page', () => {
  function own(): string {
    return `http://127.0.0.1:${port}`
  }

  test.each([
    ['this machine by its address', () => ({}), 200],
    ['this machine by its name', () => ({ Host: `localhost:${port}` }), 200],
    ['a name that leads to this machine (DNS rebinding)', () => ({ Host: `evil.example.com:${port}` }), 403],
    ['another port', () => ({ Host: '127.0.0.1:1' }), 403],
    ['the page itself', () => ({ Origin: own(), 'Sec-Fetch-Site': 'same-origin' }), 200],
    ['another site', () => ({ Origin: 'https://evil.example.com' }), 403],
    ['another site without a name', () => ({ Origin: 'null' }), 403],
    ['another server of this machine', () => ({ 'Sec-Fetch-Site': 'same-site' }), 403],
    ['a link that somebody follows', () => ({ 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }), 200]
  ])('%s', async (_who, headers, status) => {
    expect((await ask('/', { headers: headers() })).status).toBe(status)
  })

  test('a link from another site leads to the page alone', async () => {
    const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }
    expect((await ask('/requests/1', { headers })).status).toBe(403)
    expect((await ask('/page.js', { headers: { 'Sec-Fetch-Site': 'cross-site' } })).status).toBe(403)
  })

  test('every answer forbids scripts of others, frames and guessing', async () => {
    for (const path of ['/', '/page.js', '/nowhere']) {
      const { headers } = await ask(path)
      expect(headers['content-security-policy']).toMatch(
        /default-src 'none'; script-src 'self';.*frame-ancestors 'none'/
      )
      expect(headers['content-security-policy']).not.toMatch(/unsafe/)
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['access-control-allow-origin']).toBeUndefined()
    }
  })

  test('a port that is taken is a refusal', async () => {
    await expect(serve({ port, source, recorder, assets })).rejects.toMatchObject({
      exitCode: 2,
      findings: [{ code: 'PORT_BUSY', path: '--page' }]
    })
  })
})

describe('sending a request', () => {
  const json = { 'Content-Type': 'application/json' }
  const order = JSON.stringify({ method: 'GET', url: 'https://shop.example.com/', headers: [] })

  function send(body: string, headers: object = { ...json, Origin: `http://127.0.0.1:${port}` }): Promise<Got> {
    return ask('/requests', { method: 'POST', headers: { ...headers }, body })
  }

  test('another site, a form and a script without a page cannot', async () => {
    expect((await send(order, { ...json, Origin: 'http://127.0.0.1:1' })).status).toBe(403)
    expect((await send(order, json)).status).toBe(403)
    const form = { 'Content-Type': 'text/plain', Origin: `http://127.0.0.1:${port}` }
    expect((await send(order, form)).status).toBe(415)
  })

  test('is predicted, and told where nothing listens', async () => {
    const { status, body } = await send(order)
    expect(status).toBe(200)
    const report = JSON.parse(body)
    expect(report.prediction.answer).toMatchObject({ from: 'service', service: 'web.shop.svc.cluster.local:8080' })
    expect(report.error).toBe('there is no listener on port 443')
  })

  test('from an address that is not of this machine it is predicted alone', async () => {
    const { body } = await send(JSON.stringify({ ...JSON.parse(order), client: '203.0.113.7' }))
    expect(JSON.parse(body)).toMatchObject({
      prediction: { request: { client: '203.0.113.7' } },
      notSent: expect.stringContaining('203.0.113.7')
    })
  })

  test.each([
    ['no JSON', 'GET /'],
    ['no URL', '{"method":"GET","headers":[]}'],
    ['headers that are no pairs', '{"method":"GET","url":"http://a.example/","headers":[["a"]]}'],
    ['a URL that is none', '{"method":"GET","url":"shop","headers":[]}']
  ])('%s is refused', async (_what, body) => {
    expect((await send(body)).status).toBe(422)
  })
})

const exchange: ExchangeEntry = {
  event: {
    type: 'request',
    loadBalancer: 'public',
    listener: 443,
    client: '127.0.0.1',
    method: 'GET',
    url: '/cart',
    status: 200,
    targetStatus: 200,
    target: 'i-35971be6e9bb024a8:30443',
    rule: 2,
    milliseconds: 3
  },
  date: 0,
  scheme: 'https',
  version: '1.1',
  headers: [['Host', 'shop.example.com']],
  targetGroup: 'k8s-istiosys-istioing-79c8748632',
  timings: { sent: 1, answered: 2, ended: 3 }
}

/** Reads a stream until so many of its events have come. */
async function readEvents(count: number, meanwhile: () => void): Promise<{ event: string; data: unknown }[]> {
  return new Promise((resolve, reject) => {
    const headers = { Host: `127.0.0.1:${port}` }
    const sent = request({ host: '127.0.0.1', port, path: '/events', headers }, response => {
      let text = ''
      let begun = false
      response.on('data', chunk => {
        text += chunk
        const events = text.split('\n\n').slice(0, -1)
        if (!begun && events.length > 0) {
          begun = true
          meanwhile()
        }
        if (events.length >= count) {
          sent.destroy()
          resolve(
            events.map(one => {
              const [, event = '', data = ''] = /^event: (\w+)\ndata: (.*)$/s.exec(one) ?? []
              return { event, data: JSON.parse(data) }
            })
          )
        }
      })
    })
    sent.once('error', reject)
    sent.end()
  })
}

describe('what the stream tells', () => {
  test('everything at first, and then what is new, with the links that a request took', async () => {
    const events = await readEvents(2, () => {
      recorder.exchange(exchange)
      recorder.event({ type: 'fail-open', loadBalancer: 'public', targetGroup: 'group', active: true })
      clock.advance(250)
      recorder.exchange(exchange)
      clock.advance(250)
    })
    expect(events.map(({ event }) => event)).toEqual(['beginning', 'batch'])
    const beginning = events[0]!.data as Beginning
    expect(beginning.map.loadBalancers).toHaveLength(2)
    const batch = events[1]!.data as Batch
    expect(batch.requests).toEqual([{ number: 1, date: 0, host: 'shop.example.com', event: exchange.event }])
    expect(batch.events).toEqual([{ type: 'fail-open', loadBalancer: 'public', targetGroup: 'group', active: true }])
    expect(batch.lit['listener public 443\nrule public 443 2']).toBe(1)
  })

  test('a request that is kept is told with its trace', async () => {
    const { status, body } = await ask('/requests/1')
    expect(status).toBe(200)
    const detail = JSON.parse(body) as RequestDetail
    expect(detail.trace).toMatchObject({ rule: 2, answer: { service: 'cart.shop.svc.cluster.local:8080' } })
    expect((await ask('/requests/999')).status).toBe(404)
  })

  test('a trace that tells of something else than what happened says so', () => {
    const other = new Recorder(source, createManualClock())
    other.exchange({ ...exchange, event: { ...exchange.event, rule: 7, status: 502 } })
    other.exchange(exchange)
    expect(other.detail(1)?.differences).toEqual(['rule 7 took it, told is rule 2'])
    expect(other.detail(2)?.differences).toEqual([])
  })

  test('more than anybody reads is counted and not kept; what failed is, all the same', () => {
    const time = createManualClock()
    const busy = new Recorder(source, time)
    const batches: Batch[] = []
    busy.begin()
    const end = busy.read(batch => batches.push(batch))
    for (let count = 0; count < 100; count++) {
      busy.exchange(exchange)
    }
    busy.exchange({ ...exchange, event: { ...exchange.event, url: '/failed', status: 502 } })
    time.advance(250)
    busy.exchange({ ...exchange, event: { ...exchange.event, url: '/later' } })
    time.advance(250)
    end()
    const [first, second] = batches
    expect(first?.requests).toHaveLength(26)
    expect(first?.unlisted).toBe(75)
    expect(first?.lit['listener public 443\nrule public 443 2']).toBe(101)
    expect(first?.requests.at(-1)?.event).toMatchObject({ url: '/failed' })
    expect(second?.requests.map(({ event }) => 'url' in event && event.url)).toEqual(['/later'])
    expect(busy.detail(1)?.trace?.rule).toBe(2)
  })

  test('the page of a finding is told, and nothing beside those', async () => {
    expect((await ask('/findings/RULE_SHADOWED')).body).toContain('RULE_SHADOWED')
    expect((await ask('/findings/..%2f..%2fpackage')).status).toBe(404)
  })
})

describe('flows of a Network Load Balancer', () => {
  const network = viewOf(new Edge(readObjects(['docs/examples/page/network-edge.yaml']), defaultEnvironment))
  const looking = new Recorder({ ...source, view: () => network }, createManualClock())
  const { map } = looking.begin()
  const target = map.nodes.find(({ id }) => id.startsWith('target ') && id.endsWith(':5432'))!.id.split(' ')[2]!
  const flow: FlowEvent = {
    type: 'flow',
    loadBalancer: 'network',
    listener: 'TCP:5432',
    client: '127.0.0.1:50000',
    target,
    bytesIn: 10,
    bytesOut: 20,
    milliseconds: 5,
    closedBy: 'client'
  }

  test('are listed, each with its way as far as it is one, and how it ended', () => {
    looking.event(flow)
    const { way, end, trace } = looking.detail(1)!
    expect(way?.map(({ column, title }) => `${column} ${title}`)).toEqual([
      'load-balancer network',
      'listener TCP:5432',
      `target-group ${map.nodes.find(({ id }) => id.startsWith('target ') && id.endsWith(':5432'))!.id.split(' ')[1]}`,
      `target ${target.split(':')[0]}`,
      'port tcp-postgres of istio-ingressgateway',
      'gateway istio-system/edge',
      'route shop/orders tcp[0]'
    ])
    expect(end).toBe('the client')
    expect(trace).toBeUndefined()
  })

  test('TLS that is passed on is not said to come as plain HTTP', () => {
    const url = 'https://vault.example.com/secret'
    const { notEvaluated, answer } = followRequest(network.tracer, url, readRequest({ url }))
    expect(answer).toMatchObject({ from: 'service', service: 'vault.shop.svc.cluster.local:8443' })
    expect(notEvaluated).toEqual([])
  })

  test('end at the listener where no target was chosen', () => {
    const { target: _, ...rest } = flow
    looking.event({ ...rest, closedBy: 'no-target' })
    const { way, end } = looking.detail(2)!
    expect(way?.map(({ column }) => column)).toEqual(['load-balancer', 'listener'])
    expect(end).toContain('no target is registered')
  })

  test('that a request from the page went over have its trace', () => {
    const prediction = looking.detail(1)
    looking.sending('127.0.0.1:50001', { rules: [] } as unknown as Trace)
    looking.event({ ...flow, client: '127.0.0.1:50001' })
    expect(looking.detail(3)?.trace).toEqual({ rules: [] })
    expect(prediction?.trace).toBeUndefined()
  })
})
