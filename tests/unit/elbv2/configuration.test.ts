/** What AWS refuses of a configuration: each case names the words of the refusal. */

import { describe, expect, it } from '@jest/globals'
import { compileConfiguration } from '../../../src/elbv2/index.ts'
import type { Failure } from '../../../src/failure.ts'
import { type Action, type HealthCheckConfig, type RuleCondition, targetGroupARN } from '../../../src/model/index.ts'
import { forwardTo, host, path, respond, type StackSketch, stackOf } from './sketch.ts'

function findingsOf(sketch: StackSketch) {
  try {
    compileConfiguration(stackOf(sketch))
    return []
  } catch (error) {
    return (error as Failure).findings
  }
}

function messagesOf(sketch: StackSketch): string[] {
  return findingsOf(sketch).map(({ message }) => message)
}

function oneRule(rule: object): StackSketch {
  return {
    listeners: [{ port: 443, protocol: 'HTTPS', rules: [{ actions: [respond('200')], ...rule }] }]
  }
}
function conditions(...list: RuleCondition[]): StackSketch {
  return oneRule({ conditions: list })
}
function header(httpHeaderName: string, ...values: string[]): RuleCondition {
  return {
    field: 'http-header',
    httpHeaderConfig: { httpHeaderName, values }
  }
}
function methods(...values: string[]): RuleCondition {
  return {
    field: 'http-request-method',
    httpRequestMethodConfig: { values }
  }
}
function query(key: string, value: string): RuleCondition {
  return {
    field: 'query-string',
    queryStringConfig: { values: [{ key, value }] }
  }
}
function sources(...values: string[]): RuleCondition {
  return { field: 'source-ip', sourceIPConfig: { values } }
}

const long = 'x'.repeat(129)

describe('conditions', () => {
  it.each<[name: string, sketch: StackSketch, words: string]>([
    ['no condition', conditions(), 'at least one condition'],
    ['no value', conditions(path()), 'A condition value must be specified'],
    ['two of the same field', conditions(path('/a'), path('/b')), "only one 'path-pattern' condition"],
    ['six values', conditions(path('/a', '/b', '/c'), host('a.b', 'c.d', 'e.f')), "only have '5' condition values"],
    ['seven wildcards', conditions(path('/*/*/*/*', '/*/*/*')), "only have '6' condition wildcards"],
    ['a long path', conditions(path(`/${long}`)), "The 'path-pattern' value is too long; the limit is '128'"],
    ['a path with a percent sign', conditions(path('/a%20b')), "'/a%20b' holds characters"],
    ['a host without a dot', conditions(host('localhost')), "'localhost' must hold a '.'"],
    ['a host that ends in digits', conditions(host('10.0.0.1')), 'with letters alone behind the last one'],
    ['a host with a space', conditions(host('a b.test')), "must hold a '.'"],
    ['a small method', conditions(methods('get')), 'the allowed characters are A-Z, hyphen and underscore'],
    ['a long method', conditions(methods('X'.repeat(41))), "the limit is '40'"],
    ['the Host header', conditions(header('host', 'a.test')), "use 'host-header'"],
    ['no header name', conditions(header('a b', 'x')), "'a b' holds characters"],
    [
      'a long header name',
      conditions(header('x'.repeat(41), 'x')),
      "The 'HttpHeaderName' value is too long; the limit is '40'"
    ],
    ['a long header value', conditions(header('a', long)), "The 'http-header' value is too long"],
    ['a long query value', conditions(query('a', long)), "The 'Value' value is too long; the limit is '128'"],
    ['every address', conditions(sources('255.255.255.255/32')), "cannot be '255.255.255.255/32'"],
    ['no range', conditions(sources('192.0.2.1')), 'invalid CIDR block "192.0.2.1"'],
    [
      'a bad expression',
      conditions({ field: 'path-pattern', pathPatternConfig: { regexValues: ['(?=a)'] } }),
      'invalid regular expression'
    ],
    ['priority 0', oneRule({ priority: 0 }), 'Priority must be between 1 and 50000'],
    ['priority 50001', oneRule({ priority: 50_001 }), 'Priority must be between 1 and 50000']
  ])('%s', (_name, sketch, words) => {
    const [finding, ...others] = findingsOf(sketch)
    expect(others).toEqual([])
    expect(finding).toMatchObject({ severity: 'error', code: 'RULE_INVALID', message: expect.stringContaining(words) })
  })

  it.each<[name: string, condition: RuleCondition[]]>([
    ['every character of a path', [path('/aZ0_-.$/~"\'@:+&*?')]],
    ['a wildcard behind the last dot', [host('app.*')]],
    ['several headers and queries', [header('a', 'x'), header('b', 'x'), query('a', 'x'), query('b', 'x')]],
    ['six wildcards', [path('/*/*/*', '/*/*/?')]],
    ['escaped wildcards that are none', [query('a', '\\*\\*\\*\\*\\*\\*\\*')]]
  ])('takes %s', (_name, list) => {
    expect(messagesOf(conditions(...list))).toEqual([])
  })
})

describe('actions', () => {
  function redirect(redirectConfig: Action['redirectConfig']): Action {
    return { type: 'redirect', redirectConfig }
  }
  function to(part: object): Action {
    return redirect({ statusCode: 'HTTP_301', ...part })
  }
  const jwt: Action = { type: 'jwt-validation', jwtValidationConfig: { jwksEndpoint: 'https://x', issuer: 'x' } }

  it.each<[name: string, actions: Action[], words: string]>([
    ['none', [], 'has to be its one forward, redirect or fixed-response action'],
    ['two that route', [respond('200'), respond('200')], 'only one forward, redirect or fixed-response'],
    ['three', [jwt, jwt, respond('200')], 'has to be its one'],
    ['a redirect that changes the query alone', [to({ query: 'a=1' })], 'has to change'],
    ['a redirect with another code', [redirect({ statusCode: 'HTTP_307', path: '/x' })], 'HTTP_301'],
    ['a redirect from HTTPS to HTTP', [to({ protocol: 'HTTP' })], 'cannot lead from HTTPS to HTTP'],
    ['a redirect to a path without a slash', [to({ path: 'x' })], "must start with '/'"],
    ['a redirect to port 65536', [to({ port: '65536' })], "must be a port or '#{port}'"],
    ['a redirect to a small protocol', [to({ protocol: 'https' })], "must be 'HTTP', 'HTTPS'"],
    ['a redirect with a mark in its query', [to({ path: '/x', query: '?a' })], "without the '?'"],
    ['a redirect whose host is a path', [to({ host: '#{path}.test' })], "The redirect host cannot hold '#{path}'"],
    ['a redirect whose path is a query', [to({ path: '/#{query}' })], "The redirect path cannot hold '#{query}'"],
    ['a redirect to a long host', [to({ host: long })], 'must have 1 to 128 characters'],
    ['a response of 301', [respond('301')], 'must be 2XX, 4XX or 5XX'],
    ['a response of 1025 characters', [respond('200', 'x'.repeat(1025))], 'at most 1024 characters, not 1025'],
    ['a response of XML', [respond('200', '', 'text/xml')], "The ContentType must be one of:'text/html'"],
    ['a forward to nobody', [forwardTo()], '1 to 5 target groups, not 0'],
    ['a forward to six', [forwardTo('a', 'b', 'c', 'd', 'e', 'f')], '1 to 5 target groups, not 6'],
    ['a weight of 1000', [forwardTo({ id: 'a', weight: 1000 })], 'between 0 and 999'],
    [
      'stickiness of no time',
      [
        {
          ...forwardTo('a'),
          forwardConfig: {
            ...forwardTo('a').forwardConfig!,
            targetGroupStickinessConfig: { enabled: true, durationSeconds: 0 }
          }
        }
      ],
      'between 1 and 604800 seconds'
    ]
  ])('%s', (_name, actions, words) => {
    const targetGroups = Object.fromEntries([...'abcdef'].map(id => [id, {}]))
    const listener = { port: 443, protocol: 'HTTPS' as const }
    for (const sketch of [{ defaultActions: actions }, { rules: [{ actions }] }]) {
      const messages = messagesOf({ listeners: [{ ...listener, ...sketch }], targetGroups })
      expect(messages).toEqual([expect.stringContaining(words)])
    }
  })

  it('that check users or tokens need HTTPS', () => {
    expect(messagesOf({ listeners: [{ port: 80, defaultActions: [jwt, respond('200')] }] })).toEqual([
      "listener 80 default action: Actions of type 'jwt-validation' are supported only on HTTPS listeners"
    ])
  })
})

describe('transforms', () => {
  function rewrite(regex: string, replace = '/') {
    return {
      type: 'url-rewrite' as const,
      urlRewriteConfig: { rewrites: [{ regex, replace }] }
    }
  }

  it.each([
    ['two of a type', [rewrite('a'), rewrite('b')], "only one 'url-rewrite' transform"],
    ['a long expression', [rewrite('x'.repeat(1025))], 'at most 1024 characters'],
    ['a bad expression', [rewrite('a++')], 'invalid regular expression']
  ])('%s', (_name, transforms, words) => {
    expect(messagesOf(oneRule({ transforms }))).toEqual([expect.stringContaining(words)])
  })
})

describe('health checks', () => {
  const sound = {
    port: 'traffic-port',
    protocol: 'HTTP',
    path: '/',
    matcher: { httpCode: '200' },
    intervalSeconds: 15,
    timeoutSeconds: 5,
    healthyThresholdCount: 2,
    unhealthyThresholdCount: 2
  } as const
  function check(part: Partial<HealthCheckConfig>): StackSketch {
    return { listeners: [{ port: 80 }], targetGroups: { app: { healthCheckConfig: { ...sound, ...part } } } }
  }

  it.each<[name: string, part: Partial<HealthCheckConfig>, words: string]>([
    ['port 0', { port: 0 }, "'traffic-port' or between 1 and 65535"],
    ['port 65536', { port: 65_536 }, "'traffic-port' or between 1 and 65535"],
    ['a path without a slash', { path: 'healthz' }, "must begin with '/'"],
    ['a path with a space', { path: '/a b' }, 'visible ASCII characters'],
    ['a path that is not ASCII', { path: '/é' }, 'visible ASCII characters'],
    ['a long path', { path: `/${'x'.repeat(1024)}` }, 'at most 1024'],
    ['an interval of 4 s', { intervalSeconds: 4, timeoutSeconds: 2 }, "intervalSeconds '4' must be between 5 and 300"],
    ['an interval of 301 s', { intervalSeconds: 301 }, 'between 5 and 300'],
    ['a time-out of 1 s', { timeoutSeconds: 1 }, 'between 2 and 120'],
    ['a time-out of 121 s', { timeoutSeconds: 121, intervalSeconds: 300 }, 'between 2 and 120'],
    [
      'a time-out as long as the interval',
      { timeoutSeconds: 15 },
      "timeout '15' must be smaller than the interval '15'"
    ],
    ['one success', { healthyThresholdCount: 1 }, 'between 2 and 10'],
    ['eleven failures', { unhealthyThresholdCount: 11 }, 'between 2 and 10'],
    ['codes above 499', { matcher: { httpCode: '200-600' } }, "'200-600' must be between 200 and 499"],
    ['codes below 200', { matcher: { httpCode: '199,200' } }, 'between 200 and 499'],
    ['codes in words', { matcher: { httpCode: 'ok' } }, 'between 200 and 499'],
    ['gRPC codes above 99', { matcher: { grpcCode: '0-100' } }, 'between 0 and 99']
  ])('%s', (_name, part, words) => {
    const [finding, ...others] = findingsOf(check(part))
    expect(others).toEqual([])
    expect(finding).toMatchObject({ code: 'HEALTH_CHECK_INVALID', message: expect.stringContaining(words) })
    expect(finding?.path).toBe('target group app')
  })

  it.each<[name: string, part: Partial<HealthCheckConfig>]>([
    ['the last port', { port: 65_535 }],
    ['a path of 1024 characters with a query', { path: `/?${'x'.repeat(1022)}` }],
    ['the shortest and the fewest', { intervalSeconds: 5, timeoutSeconds: 2 }],
    ['the longest and the most', { intervalSeconds: 300, timeoutSeconds: 120, healthyThresholdCount: 10 }],
    ['codes of every form', { matcher: { httpCode: '200, 204,300-499' } }],
    ['gRPC codes', { matcher: { grpcCode: '0-99' } }]
  ])('takes %s', (_name, part) => {
    expect(messagesOf(check(part))).toEqual([])
  })
})

describe('what a load balancer is called', () => {
  it.each([
    ['internal-edge', "cannot begin with 'internal-'"],
    ['edge_1', 'letters, digits and hyphens'],
    ['-edge', 'letters, digits and hyphens']
  ])('%s', (name, words) => {
    const stack = stackOf({ listeners: [{ port: 80 }] })
    stack.resources['AWS::ElasticLoadBalancingV2::LoadBalancer']!.LoadBalancer!.spec.name = name
    expect(() => compileConfiguration(stack)).toThrow(words)
  })

  it('a tag of AWS is not for others', () => {
    const stack = stackOf({ listeners: [{ port: 80 }] })
    stack.resources['AWS::ElasticLoadBalancingV2::Listener']!['80']!.spec.tags = { 'aws:team': 'edge' }
    expect(() => compileConfiguration(stack)).toThrow(expect.objectContaining({ code: 'TAG_INVALID' }))
  })
})

it("a target group's ARN is the one that names its region and account", () => {
  const stack = stackOf({ listeners: [{ port: 80 }], targetGroups: { app: {} } })
  const account = { region: 'eu-west-1', accountID: '111122223333' }
  expect(compileConfiguration(stack, account).targetGroups.get('app')?.arn).toBe(targetGroupARN('app', account))
})

describe('listeners', () => {
  it.each<[name: string, sketch: StackSketch, code: string, words: string]>([
    ['another protocol', { listeners: [{ port: 53, protocol: 'UDP' as 'HTTP' }] }, 'PROTOCOL_UNSUPPORTED', "'UDP'"],
    [
      'no certificate',
      { listeners: [{ port: 443, protocol: 'HTTPS', certificates: [] }] },
      'CERTIFICATE_MISSING',
      'A certificate must be specified'
    ],
    [
      'an unknown policy',
      { listeners: [{ port: 443, protocol: 'HTTPS', sslPolicy: 'x' }] },
      'SSL_POLICY_UNKNOWN',
      "SSL policy 'x' not found"
    ],
    [
      'an unknown attribute',
      { listeners: [{ port: 80, attributes: { x: 'y' } }] },
      'ATTRIBUTE_INVALID',
      "'x' is not recognized"
    ],
    [
      'an attribute out of range',
      { listeners: [], attributes: { 'idle_timeout.timeout_seconds': '0' } },
      'ATTRIBUTE_INVALID',
      "cannot have the value '0'"
    ],
    [
      'a priority twice',
      { listeners: [{ port: 80, rules: [1, 1].map(priority => ({ priority, actions: [respond('200')] })) }] },
      'PRIORITY_IN_USE',
      'The specified priority is in use.'
    ]
  ])('%s', (_name, sketch, code, words) => {
    const stack = stackOf(sketch)
    if (code === 'PRIORITY_IN_USE') {
      const rules = stack.resources['AWS::ElasticLoadBalancingV2::ListenerRule']!
      rules['80:again'] = structuredClone(rules['80:1']!)
    }
    expect(() => compileConfiguration(stack)).toThrow(words)
    expect(() => compileConfiguration(stack)).toThrow(expect.objectContaining({ exitCode: 1, code }))
  })

  it('tells everything that is wrong at once, by listener and rule', () => {
    const rules = [{ conditions: [host('localhost')], actions: [respond('999')] }]
    expect(
      messagesOf({
        listeners: [
          { port: 80, rules, attributes: { x: 'y' } },
          { port: 443, protocol: 'HTTPS', certificates: [] }
        ]
      })
    ).toEqual([
      expect.stringMatching(/^listener 80 rule 1: The 'host-header' value 'localhost'/),
      expect.stringMatching(/^listener 80 rule 1: The fixed response's status code '999'/),
      expect.stringMatching(/^listener 80 x: /),
      expect.stringMatching(/^listener 443: A certificate/)
    ])
  })
})

it('a frontend NLB is left alone', () => {
  const stack = stackOf({ listeners: [{ port: 80 }] })
  const type = 'AWS::ElasticLoadBalancingV2' as const
  const { spec } = stack.resources[`${type}::LoadBalancer`]!.LoadBalancer!
  stack.resources[`${type}::LoadBalancer`] = {
    FrontendNlb: { spec: { ...spec, type: 'network' } },
    LoadBalancer: { spec }
  }
  stack.resources[`${type}::Listener`]!['FrontendNlb-ls-TCP-443'] = {
    spec: {
      loadBalancerARN: { $ref: `#/resources/${type}::LoadBalancer/FrontendNlb/status/loadBalancerARN` },
      port: 443,
      protocol: 'TCP',
      defaultActions: [forwardTo('nlb')]
    }
  }
  const { name, listeners, targetGroups } = compileConfiguration(stack)
  expect({ name, ports: listeners.map(({ port }) => port), groups: [...targetGroups.keys()] }).toEqual({
    name: 'edge',
    ports: [80],
    groups: []
  })
})

it('a stack without an Application Load Balancer is none', () => {
  expect(() => compileConfiguration({ id: 'x', resources: {} })).toThrow('holds no Application Load Balancer')
})
