/**
 * What the load balancer tells of its requests: access log and counters.
 */

import { describe, expect, it } from '@jest/globals'
import { forwardTo, path, respond, useRigs } from '../rig.ts'
import { getSecurely } from '../secure-client.ts'

const { start, startTarget, closedPort } = useRigs()

const fieldNames = [
  'type',
  'time',
  'elb',
  'client:port',
  'target:port',
  'request_processing_time',
  'target_processing_time',
  'response_processing_time',
  'elb_status_code',
  'target_status_code',
  'received_bytes',
  'sent_bytes',
  'request',
  'user_agent',
  'ssl_cipher',
  'ssl_protocol',
  'target_group_arn',
  'trace_id',
  'domain_name',
  'chosen_cert_arn',
  'matched_rule_priority',
  'request_creation_time',
  'actions_executed',
  'redirect_url',
  'error_reason',
  'target:port_list',
  'target_status_code_list',
  'classification',
  'classification_reason',
  'conn_trace_id',
  'transformed_host',
  'transformed_uri',
  'request_transform_status',
  'alb_node_ip'
]

/** A line as those read it who parse AWS's logs: fields by name, without quotes. */
function fieldsOf(line: string): Record<string, string> {
  const values = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  expect(values).toHaveLength(fieldNames.length)
  return Object.fromEntries(fieldNames.map((name, index) => [name, values[index]!]))
}

const redirect = {
  type: 'redirect' as const,
  redirectConfig: { protocol: 'HTTPS', port: '443', statusCode: 'HTTP_301' }
}

async function edge() {
  const target = await startTarget(
    (_request, response) => void response.writeHead(201, { 'Content-Length': 5 }).end('hello')
  )
  const gone = await closedPort()
  const rules = [
    { priority: 7, conditions: [path('/move')], actions: [redirect] },
    { priority: 8, conditions: [path('/fixed')], actions: [respond('200', 'fixed')] },
    { priority: 9, conditions: [path('/gone')], actions: [forwardTo('gone')] },
    { priority: 10, conditions: [path('/none')], actions: [forwardTo('none')] }
  ]
  const rig = await start(
    {
      listeners: [
        { port: 80, rules, defaultActions: [forwardTo('app')] },
        { port: 443, protocol: 'HTTPS', defaultActions: [forwardTo('app')] }
      ],
      targetGroups: { app: {}, gone: {}, none: {} }
    },
    { app: [target.target()], gone: [{ id: 'i-gone', address: '127.0.0.1', port: gone }] }
  )
  await rig.check()
  return { rig, target, gone }
}

describe('the access log', () => {
  it('has AWS’s 34 fields for a request that a target answered', async () => {
    const { rig, target } = await edge()
    await rig.get(80, '/a "b"?c=d', {
      'User-Agent': 'test/1 \\ "x"',
      'X-Amzn-Trace-Id': 'Root=1-67891233-abcdef012345678912345678'
    })
    expect(fieldsOf(rig.log[0]!)).toMatchObject({
      type: 'http',
      time: '2026-01-01T00:00:00.000000Z',
      elb: expect.stringMatching(/^app\/edge\/[0-9a-f]{16}$/),
      'client:port': expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      'target:port': `127.0.0.1:${target.port}`,
      request_processing_time: '0.000',
      target_processing_time: '0.000',
      response_processing_time: '0.000',
      elb_status_code: '201',
      target_status_code: '201',
      received_bytes: expect.stringMatching(/^[1-9]\d*$/),
      sent_bytes: expect.stringMatching(/^[1-9]\d*$/),
      request: 'GET http://app.test:80/a \\"b\\"?c=d HTTP/1.1',
      user_agent: 'test/1 \\\\ \\"x\\"',
      ssl_cipher: '-',
      ssl_protocol: '-',
      target_group_arn: expect.stringMatching(/^arn:aws:elasticloadbalancing:.*:targetgroup\/app\//),
      trace_id: expect.stringMatching(/^Self=1-\w+-\w+;Root=1-67891233-abcdef012345678912345678$/),
      domain_name: '-',
      chosen_cert_arn: '-',
      matched_rule_priority: '0',
      request_creation_time: '2026-01-01T00:00:00.000000Z',
      actions_executed: 'forward',
      redirect_url: '-',
      error_reason: '-',
      'target:port_list': `127.0.0.1:${target.port}`,
      target_status_code_list: '201',
      classification: 'Acceptable',
      classification_reason: 'SpaceInUri',
      conn_trace_id: expect.stringMatching(/^TID_[0-9a-f]{32}$/),
      transformed_host: '-',
      alb_node_ip: '127.0.0.1'
    })
  })

  it.each<[string, string, Record<string, unknown>]>([
    [
      'a redirect',
      '/move',
      {
        elb_status_code: '301',
        target_status_code: '-',
        matched_rule_priority: '7',
        actions_executed: 'redirect',
        redirect_url: 'https://app.test:443/move',
        'target:port': '-',
        request_processing_time: '-1'
      }
    ],
    [
      'a fixed response',
      '/fixed',
      {
        elb_status_code: '200',
        target_status_code: '-',
        matched_rule_priority: '8',
        actions_executed: 'fixed-response'
      }
    ],
    [
      'a target that refuses',
      '/gone',
      {
        elb_status_code: '502',
        target_status_code: '-',
        'target:port': expect.stringMatching(/^127/),
        'target:port_list': '-',
        request_processing_time: '-1',
        target_processing_time: '-1',
        actions_executed: 'forward'
      }
    ],
    [
      'a target group without targets',
      '/none',
      { elb_status_code: '503', 'target:port': '-', target_group_arn: expect.stringContaining('/none/') }
    ]
  ])('of %s', async (_name, url, fields) => {
    const { rig } = await edge()
    await rig.get(80, url)
    expect(fieldsOf(rig.log[0]!)).toMatchObject(fields)
  })

  it('of a TLS session', async () => {
    const { rig } = await edge()
    await getSecurely(rig, '/')
    await rig.until(() => rig.log.length > 0)
    expect(fieldsOf(rig.log[0]!)).toMatchObject({
      type: 'https',
      ssl_protocol: 'TLSv1.2',
      ssl_cipher: expect.stringMatching(/^ECDHE-/),
      domain_name: 'app.test',
      chosen_cert_arn: 'arn:default'
    })
  })

  it('never has health checks', async () => {
    const { rig } = await edge()
    await rig.check(15_000)
    expect(rig.log).toEqual([])
  })
})

describe('counters', () => {
  function samplesOf(text: string): Record<string, number> {
    return Object.fromEntries(
      text
        .split('\n')
        .filter(line => line !== '' && !line.startsWith('#'))
        .map(line => [
          line.slice(0, line.lastIndexOf(' ')).replace(/load_balancer="edge",?/, ''),
          Number(line.slice(line.lastIndexOf(' ') + 1))
        ])
    )
  }

  it('are CloudWatch’s, in Prometheus’s format', async () => {
    const { rig } = await edge()
    for (const url of ['/', '/', '/move', '/fixed', '/gone', '/none']) {
      await rig.get(80, url)
    }
    const text = rig.loadBalancer.metrics()
    expect(samplesOf(text)).toMatchObject({
      'aws_applicationelb_request_count_total{}': 6,
      'aws_applicationelb_new_connection_count_total{}': 6,
      'aws_applicationelb_http_redirect_count_total{}': 1,
      'aws_applicationelb_http_fixed_response_count_total{}': 1,
      'aws_applicationelb_httpcode_elb_3xx_count_total{}': 1,
      'aws_applicationelb_httpcode_elb_5xx_count_total{}': 2,
      'aws_applicationelb_httpcode_elb_502_count_total{}': 1,
      'aws_applicationelb_httpcode_elb_503_count_total{}': 1,
      'aws_applicationelb_httpcode_target_2xx_count_total{target_group="app"}': 2,
      'aws_applicationelb_request_count_per_target_group_total{target_group="app"}': 2,
      'aws_applicationelb_target_connection_error_count_total{target_group="gone"}': 1,
      'aws_applicationelb_unhealthy_routing_request_count_total{target_group="gone"}': 1,
      'aws_applicationelb_target_response_time_seconds_count{target_group="app"}': 2,
      'aws_applicationelb_healthy_host_count{target_group="app"}': 1,
      'aws_applicationelb_healthy_host_count{target_group="none"}': 0
    })
  })

  it('say what they are, once for each family, ahead of its samples', async () => {
    const { rig } = await edge()
    await rig.get(80, '/')
    const families = new Set<string>()
    for (const line of rig.loadBalancer.metrics().trimEnd().split('\n')) {
      const [, kind, name = ''] = /^# (HELP|TYPE) (\S+) \S/.exec(line) ?? []
      if (kind === 'TYPE') {
        expect(families).not.toContain(name)
        families.add(name)
      } else if (kind === undefined) {
        const family = line.replace(/\{.*/, '')
        expect(families).toContain(families.has(family) ? family : family.replace(/_(sum|count)$/, ''))
      }
    }
    expect(families.size).toBeGreaterThan(5)
  })
})
