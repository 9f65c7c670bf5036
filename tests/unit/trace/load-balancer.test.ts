import { createServer, type RequestOptions, request as requestHTTP, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  compileConfiguration,
  type HeaderList,
  type LoadBalancer,
  type LoadBalancerEvent,
  type Target
} from '../../../src/elbv2/index.ts'
import { createLoadBalancer } from '../../../src/load-balancer/index.ts'
import type { Action, RuleCondition, Stack } from '../../../src/model/index.ts'
import { traceLoadBalancer } from '../../../src/trace/load-balancer.ts'
import { forwardTo, host, path, type RuleSketch, respond, stackOf } from '../elbv2/sketch.ts'

const dnsName = 'edge.elb.localhost'

/** What a target saw, and which one it was. */
interface Seen {
  target: string
  url: string
  headers: Record<string, string>
}

interface Sent {
  method: string
  target: string
  headers: HeaderList
}

interface Came {
  status: number
  location: string | undefined
  body: string
}

/** A target that answers with what it saw; health checks get the status. */
function openTarget(name: string, health: number): Promise<Server> {
  const server = createServer((request, response) => {
    const { url, headers, rawHeaders } = request
    if (headers['user-agent'] === 'ELB-HealthChecker/2.0') {
      response.statusCode = health
      response.end()
      return
    }
    const pairs = Array.from({ length: rawHeaders.length / 2 }, (_, at) => [
      rawHeaders[2 * at]!.toLowerCase(),
      rawHeaders[2 * at + 1]!
    ])
    response.end(JSON.stringify({ target: name, url, headers: Object.fromEntries(pairs) }))
  })
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server)))
}

function redirect(config: Record<string, string>): Action {
  return {
    type: 'redirect',
    redirectConfig: { statusCode: 'HTTP_301', ...config }
  }
}

/** Small vocabularies, so that rules and requests meet. */
const conditions: fc.Arbitrary<RuleCondition> = fc.oneof(
  fc.constantFrom(host('a.test'), host('*.test'), host('?.test', 'b.example'), host('A.TEST')),
  fc.constantFrom(path('/'), path('/a', '/a/*'), path('/*.html'), path('/A'), path('/a?c'), path('/b/../c')),
  fc.constantFrom<RuleCondition>(
    { field: 'http-request-method', httpRequestMethodConfig: { values: ['POST', 'HEAD'] } },
    { field: 'http-header', httpHeaderConfig: { httpHeaderName: 'X-Key', values: ['one', 't*'] } },
    { field: 'query-string', queryStringConfig: { values: [{ key: 'k', value: '1' }, { value: 'z*' }] } },
    { field: 'source-ip', sourceIPConfig: { values: ['127.0.0.0/8'] } },
    { field: 'source-ip', sourceIPConfig: { values: ['10.0.0.0/8'] } },
    { field: 'path-pattern', pathPatternConfig: { regexValues: ['^/a/[0-9]+$'] } }
  )
)

const actions: fc.Arbitrary<Action> = fc.constantFrom(
  respond('200', 'hello'),
  respond('404'),
  redirect({ protocol: 'HTTPS', port: '443' }),
  redirect({ host: 'www.#{host}', path: '/moved/#{path}', query: 'from=#{query}', statusCode: 'HTTP_302' }),
  forwardTo('one'),
  forwardTo('two'),
  forwardTo({ id: 'one', weight: 1 }, { id: 'two', weight: 3 }),
  forwardTo({ id: 'one', weight: 0 }, { id: 'two', weight: 0 }),
  forwardTo('open'),
  forwardTo('empty'),
  forwardTo('grpc')
)

const transforms = fc.constantFrom<RuleSketch['transforms']>(
  undefined,
  [{ type: 'url-rewrite', urlRewriteConfig: { rewrites: [{ regex: '^/a(.*)$', replace: '/rewritten$1' }] } }],
  [{ type: 'host-header-rewrite', hostHeaderRewriteConfig: { rewrites: [{ regex: '^a\\.', replace: 'inside.' }] } }],
  [{ type: 'url-rewrite', urlRewriteConfig: { rewrites: [{ regex: '^/a', replace: 'no slash' }] } }]
)

const rules: fc.Arbitrary<RuleSketch[]> = fc.array(
  fc
    .record({
      conditions: fc.uniqueArray(conditions, { minLength: 1, maxLength: 2, selector: ({ field }) => field }),
      action: actions,
      transforms
    })
    .map(({ conditions, action, transforms }) => ({
      conditions,
      actions: [action],
      ...(transforms && action.type === 'forward' && { transforms })
    })),
  { maxLength: 6 }
)

const attributes = fc.constantFrom<Record<string, string>>(
  {},
  { 'routing.http.preserve_host_header.enabled': 'true' },
  { 'routing.http.drop_invalid_header_fields.enabled': 'true' },
  { 'routing.http.xff_header_processing.mode': 'preserve' },
  { 'routing.http.xff_header_processing.mode': 'remove' }
)

const requests: fc.Arbitrary<Sent> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'POST', 'HEAD', 'DELETE', 'TRACE'),
  target: fc.constantFrom(
    '/',
    '/a',
    '/a/1',
    '/a/1?k=1',
    '/A',
    '/abc',
    '/a/b/../c?x=Zed',
    '/%61',
    '/b/../c',
    '/x.html?k=2',
    '/a?',
    '/none'
  ),
  headers: fc
    .tuple(
      fc.constantFrom('a.test', 'A.Test:8080', 'b.example', 'other'),
      fc.subarray<[string, string]>([
        ['X-Key', 'one'],
        ['x_key', 'dropped'],
        ['X-Forwarded-For', '192.0.2.9']
      ])
    )
    .map(([name, others]): HeaderList => [['Host', name], ...others])
})

describe('a trace through rules', () => {
  const names = ['one', 'two', 'open'] as const
  const servers = new Map<string, Server>()
  const events: LoadBalancerEvent[] = []
  let loadBalancer: LoadBalancer
  let notify: () => void = () => {}

  function sketch(rules: RuleSketch[], attributes: Record<string, string>): Stack {
    return stackOf({
      attributes,
      targetGroups: { one: {}, two: {}, open: {}, empty: {}, grpc: { protocolVersion: 'GRPC' } },
      listeners: [
        // What the random rules leave out stays in use, so that it keeps its health.
        { port: 80, rules },
        { port: 81, defaultActions: [forwardTo('one', 'two', 'open', 'empty', 'grpc')].map(action => ({ ...action })) }
      ]
    })
  }

  function targets(): Map<string, Target[]> {
    return new Map(
      names.map(name => {
        const { port } = servers.get(name)!.address() as AddressInfo
        return [name, [{ id: name, address: '127.0.0.1', port }]]
      })
    )
  }

  beforeAll(async () => {
    for (const name of names) {
      servers.set(name, await openTarget(name, name === 'open' ? 500 : 200))
    }
    loadBalancer = createLoadBalancer({
      dnsName,
      timeScale: 1000,
      bind: () => ({ host: '127.0.0.1', port: 0 }),
      certificateFor: () => Promise.reject(new Error('no HTTPS here')),
      onEvent: event => {
        events.push(event)
        notify()
      }
    })
    await loadBalancer.apply(sketch([], {}), targets())
    function settled(): boolean {
      return loadBalancer
        .describe()
        .targetGroups.every(group => group.targets.every(({ state }) => state !== 'initial'))
    }
    await new Promise<void>(resolve => {
      notify = () => settled() && resolve()
      notify()
    })
    notify = () => {}
  })

  afterAll(async () => {
    await loadBalancer?.close()
    for (const server of servers.values()) {
      server.close()
    }
  })

  function send({ method, target, headers }: Sent): Promise<Came> {
    const port = Number(loadBalancer.describe().listeners[0]!.address.split(':').at(-1))
    return new Promise((resolve, reject) => {
      const sent = requestHTTP(
        {
          host: '127.0.0.1',
          port,
          method,
          path: target,
          headers: headers.flat(),
          agent: false,
          setDefaultHeaders: false
        } as RequestOptions,
        response => {
          let body = ''
          response.setEncoding('utf8')
          response.on('data', chunk => {
            body += chunk
          })
          response.once('end', () =>
            resolve({ status: response.statusCode!, location: response.headers.location, body })
          )
        }
      )
      sent.once('error', reject)
      sent.end()
    })
  }

  test('tells what the load balancer does, for random rules and requests', async () => {
    await fc.assert(
      fc.asyncProperty(
        rules,
        attributes,
        fc.array(requests, { minLength: 1, maxLength: 6 }),
        async (rules, attributes, requests) => {
          const stack = sketch(rules, attributes)
          await loadBalancer.apply(stack, targets())
          const configuration = compileConfiguration(stack)
          const [listener] = configuration.listeners
          for (const request of requests) {
            const trace = traceLoadBalancer({
              configuration,
              listener: listener!,
              head: { ...request, version: '1.1' },
              client: '127.0.0.1',
              dnsName,
              targetsOf: ({ id }) =>
                loadBalancer
                  .describe()
                  .targetGroups.find(group => group.id === id)!
                  .targets.map(({ target, healthCheckPort, state, reason }) => ({
                    target,
                    healthCheckPort,
                    health: { state, ...(reason && { reason }) }
                  }))
            })
            events.length = 0
            const came = await send(request)
            const event = events.find(({ type }) => type === 'request')
            expect(event).toMatchObject({ status: came.status, ...(trace.rule !== undefined && { rule: trace.rule }) })
            const bodyless = request.method === 'HEAD'
            const told = trace.own
              ? [trace.own]
              : trace.targetGroups.map(
                  ({ own, request, targets }) =>
                    own ?? {
                      candidates: targets.filter(({ candidate }) => candidate).map(({ target }) => target.id),
                      request
                    }
                )
            const fits = told.some(one => {
              if ('status' in one) {
                return (
                  one.status === came.status &&
                  one.headers.find(([name]) => name === 'Location')?.[1] === came.location &&
                  (bodyless ? '' : one.body) === came.body
                )
              }
              if (bodyless) {
                return came.status === 200
              }
              if (came.status !== 200 || !came.body.startsWith('{"target"')) {
                return false
              }
              const seen = JSON.parse(came.body) as Seen
              const expected = Object.fromEntries(
                one.request!.headers.map(([name, value]) => [name.toLowerCase(), value])
              )
              const { 'x-amzn-trace-id': _, connection: __, 'content-length': ___, ...headers } = seen.headers
              const { 'x-amzn-trace-id': ____, ...foretold } = expected
              expect({ url: seen.url, headers }).toEqual({ url: one.request!.path, headers: foretold })
              return one.candidates.includes(seen.target)
            })
            if (!fits) {
              throw new Error(`told: ${JSON.stringify(told)}; came: ${JSON.stringify(came)}`)
            }
          }
        }
      ),
      { numRuns: 100 }
    )
  }, 60_000)
})
