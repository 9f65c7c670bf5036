import { describe, expect, test } from '@jest/globals'
import { validateByExpressions } from '../../../src/api-server/expressions.ts'
import { formatField } from '../../../src/api-server/field-error.ts'
import { type Definition, definitionOf, withGatewayDefaults } from '../../../src/resources/index.ts'

type Spec = Record<string, unknown>

function problemsOf(kind: string, spec: Spec): string[] {
  const group = kind.endsWith('Configuration') ? 'gateway.k8s.aws' : 'gateway.networking.k8s.io'
  const object = withGatewayDefaults({ apiVersion: `${group}/v1`, kind, metadata: { name: 'a' }, spec })
  return [...validateByExpressions(object, definitionOf(object)!, [])].map(
    ({ path, detail }) => `${formatField(path)}: ${detail}`
  )
}

function listener(name: string, port: number, protocol: string, others: Spec = {}): Spec {
  return { name, port, protocol, ...others }
}

function gateway(...listeners: Spec[]): Spec {
  return { gatewayClassName: 'alb', listeners }
}

const backend = { name: 'web', port: 80 }

function httpRoute(rule: Spec, others: Spec = {}): Spec {
  return { parentRefs: [{ name: 'alb' }], rules: [rule], ...others }
}

function redirectPath(path: Spec): Spec {
  return { type: 'RequestRedirect', requestRedirect: { path } }
}

const extension = { group: 'gateway.k8s.aws', kind: 'ListenerRuleConfiguration', name: 'a' }
const fixedResponse = { type: 'fixed-response', fixedResponseConfig: { statusCode: 404 } }
const cognito = {
  type: 'authenticate-cognito',
  authenticateCognitoConfig: { userPoolArn: 'arn', userPoolClientId: 'a', userPoolDomain: 'b' }
}

describe('is refused', () => {
  test.each<[string, string, Spec, string[]]>([
    [
      'tls on a listener of HTTP',
      'Gateway',
      gateway(listener('a', 80, 'HTTP', { tls: { mode: 'Terminate', certificateRefs: [{ name: 'c' }] } })),
      ["spec.listeners: Invalid value: tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']"]
    ],
    [
      'TLS without a mode',
      'Gateway',
      gateway(listener('a', 443, 'TLS')),
      ['spec.listeners: Invalid value: tls mode must be set for protocol TLS']
    ],
    [
      'HTTPS passed through',
      'Gateway',
      gateway(listener('a', 443, 'HTTPS', { tls: { mode: 'Passthrough' } })),
      ['spec.listeners: Invalid value: tls mode must be Terminate for protocol HTTPS']
    ],
    [
      'a hostname of TCP',
      'Gateway',
      gateway(listener('a', 80, 'TCP', { hostname: 'a.example.com' })),
      ["spec.listeners: Invalid value: hostname must not be specified for protocols ['TCP', 'UDP']"]
    ],
    [
      'TLS that ends without a certificate',
      'Gateway',
      gateway(listener('a', 443, 'HTTPS', { tls: { mode: 'Terminate' } })),
      [
        'spec.listeners[0].tls: Invalid value: No such key: options evaluating rule: certificateRefs or options must be specified when mode is Terminate'
      ]
    ],
    [
      'a name twice',
      'Gateway',
      gateway(listener('a', 80, 'HTTP'), listener('a', 81, 'HTTP')),
      [
        'spec.listeners[1]: Duplicate value: {"name":"a"}',
        'spec.listeners: Invalid value: Listener name must be unique within the Gateway'
      ]
    ],
    [
      'port, protocol and hostname twice',
      'Gateway',
      gateway(listener('a', 80, 'HTTP'), listener('b', 80, 'HTTP')),
      ['spec.listeners: Invalid value: Combination of port, protocol and hostname must be unique for each listener']
    ],
    [
      'a parent twice without sections',
      'HTTPRoute',
      httpRoute({ backendRefs: [backend] }, { parentRefs: [{ name: 'alb' }, { name: 'alb' }] }),
      [
        'spec.parentRefs: Invalid value: sectionName must be unique when parentRefs includes 2 or more references to the same parent'
      ]
    ],
    [
      'a path that is not absolute',
      'HTTPRoute',
      httpRoute({ matches: [{ path: { value: 'api' } }] }),
      [
        "spec.rules[0].matches[0].path: Invalid value: value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']"
      ]
    ],
    [
      'a wildcard, and other characters that no path has',
      'HTTPRoute',
      httpRoute({ matches: [{ path: { value: '/a?b' } }] }),
      [
        "spec.rules[0].matches[0].path: Invalid value: must only contain valid characters (matching ^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$) for types ['Exact', 'PathPrefix']"
      ]
    ],
    [
      'a redirect beside backends',
      'HTTPRoute',
      httpRoute({
        filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https' } }],
        backendRefs: [backend]
      }),
      ['spec.rules[0]: Invalid value: RequestRedirect filter must not be used together with backendRefs']
    ],
    [
      'a filter that does not say what its type is for',
      'HTTPRoute',
      httpRoute({ filters: [{ type: 'URLRewrite' }], backendRefs: [backend] }),
      ['spec.rules[0].filters[0]: Invalid value: filter.urlRewrite must be specified for URLRewrite filter.type']
    ],
    [
      'a filter that says what another type is for',
      'HTTPRoute',
      httpRoute({
        filters: [{ type: 'ExtensionRef', extensionRef: extension, urlRewrite: { hostname: 'a.example.com' } }]
      }),
      ['spec.rules[0].filters[0]: Invalid value: filter.urlRewrite must be nil if the filter.type is not URLRewrite']
    ],
    [
      'a prefix replaced under several matches',
      'HTTPRoute',
      httpRoute({
        matches: [{ path: { value: '/a' } }, { path: { value: '/b' } }],
        filters: [redirectPath({ type: 'ReplacePrefixMatch', replacePrefixMatch: '/c' })]
      }),
      [
        'spec.rules[0]: Invalid value: When using RequestRedirect filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified'
      ]
    ],
    [
      'a Service without a port',
      'HTTPRoute',
      httpRoute({ backendRefs: [{ name: 'web' }] }),
      ['spec.rules[0].backendRefs[0]: Invalid value: Must have port for Service reference']
    ],
    [
      'a timeout above another',
      'HTTPRoute',
      httpRoute({ backendRefs: [backend], timeouts: { request: '10s', backendRequest: '1m' } }),
      ['spec.rules[0].timeouts: Invalid value: backendRequest timeout cannot be longer than request timeout']
    ],
    [
      'a header twice in a match',
      'HTTPRoute',
      httpRoute({
        matches: [
          {
            headers: [
              { name: 'a', value: 'b' },
              { name: 'a', value: 'c' }
            ]
          }
        ]
      }),
      ['spec.rules[0].matches[0].headers[1]: Duplicate value: {"name":"a"}']
    ],
    [
      'a gRPC service of other characters',
      'GRPCRoute',
      httpRoute({ matches: [{ method: { service: 'a-b' } }] }),
      [expect.stringContaining('spec.rules[0].matches[0].method: Invalid value: service must only contain') as never]
    ],
    [
      'a gRPC method match of nothing',
      'GRPCRoute',
      httpRoute({ matches: [{ method: {} }] }),
      ["spec.rules[0].matches[0].method: Invalid value: One or both of 'service' or 'method' must be specified"]
    ],
    [
      'an IP address as a hostname of TLS',
      'TLSRoute',
      { hostnames: ['10.0.0.1'], rules: [{ backendRefs: [backend] }] },
      ['spec.hostnames: Invalid value: Hostnames cannot contain an IP']
    ],
    [
      'two actions that route',
      'ListenerRuleConfiguration',
      { actions: [fixedResponse, { type: 'forward', forwardConfig: {} }] },
      ['spec: Invalid value: At most one routing action (fixed-response or forward or redirect) can be specified']
    ],
    [
      'an action without its part',
      'ListenerRuleConfiguration',
      { actions: [{ type: 'forward' }] },
      ["spec.actions[0]: Invalid value: forwardConfig must be specified only when type is 'forward'"]
    ],
    [
      'a status code that is a redirect',
      'ListenerRuleConfiguration',
      { actions: [{ type: 'fixed-response', fixedResponseConfig: { statusCode: 302 } }] },
      [expect.stringContaining('spec.actions[0].fixedResponseConfig.statusCode: Invalid value: 302: ') as never]
    ],
    [
      'verify without a trust store',
      'LoadBalancerConfiguration',
      { listenerConfigurations: [{ protocolPort: 'HTTPS:443', mutualAuthentication: { mode: 'verify' } }] },
      [
        "spec.listenerConfigurations[0].mutualAuthentication: Invalid value: trustStore is required when mutualAuthentication mode is 'verify'"
      ]
    ],
    [
      'a trust store that nobody asks',
      'LoadBalancerConfiguration',
      {
        listenerConfigurations: [
          { protocolPort: 'HTTPS:443', mutualAuthentication: { mode: 'passthrough', trustStore: 'a' } }
        ]
      },
      [
        "spec.listenerConfigurations[0].mutualAuthentication: Invalid value: Mutual Authentication mode 'off' or 'passthrough' does not support 'trustStore'"
      ]
    ]
  ])('%s', (_name, kind, spec, expected) => {
    expect(problemsOf(kind, spec)).toEqual(expected)
  })
})

describe('is taken', () => {
  test.each<[string, string, Spec]>([
    [
      'listeners of one port that differ by hostname',
      'Gateway',
      gateway(listener('a', 80, 'HTTP', { hostname: 'a.example.com' }), listener('b', 80, 'HTTP'))
    ],
    [
      'HTTPS with and without tls, TLS passed through',
      'Gateway',
      gateway(
        listener('a', 443, 'HTTPS'),
        listener('b', 8443, 'HTTPS', { tls: { certificateRefs: [{ name: 'c' }] } }),
        listener('c', 9443, 'TLS', { tls: { mode: 'Passthrough' } })
      )
    ],
    [
      'a parent twice by section, and one of another namespace',
      'HTTPRoute',
      httpRoute(
        { backendRefs: [backend] },
        {
          parentRefs: [
            { name: 'alb', sectionName: 'a' },
            { name: 'alb', sectionName: 'b' },
            { name: 'alb', namespace: 'edge' }
          ]
        }
      )
    ],
    [
      'a regular expression as a path',
      'HTTPRoute',
      httpRoute({ matches: [{ path: { type: 'RegularExpression', value: '^/a?//b$' } }] })
    ],
    [
      'a prefix replaced under one match, and without matches',
      'HTTPRoute',
      httpRoute({ filters: [redirectPath({ type: 'ReplacePrefixMatch', replacePrefixMatch: '/c' })] })
    ],
    [
      'no timeout to be above',
      'HTTPRoute',
      httpRoute({ backendRefs: [backend], timeouts: { request: '0s', backendRequest: '1m' } })
    ],
    [
      'a target group by name without a port',
      'HTTPRoute',
      httpRoute({ backendRefs: [{ group: 'gateway.k8s.aws', kind: 'TargetGroupName', name: 'a' }] })
    ],
    [
      'a gRPC service in upper case',
      'GRPCRoute',
      httpRoute({ matches: [{ method: { service: 'Shop.V1.Carts', method: 'Get' } }, {}] })
    ],
    ['a name of TLS', 'TLSRoute', { hostnames: ['*.example.com'], rules: [{ backendRefs: [backend] }] }],
    ['a login before a fixed response', 'ListenerRuleConfiguration', { actions: [cognito, fixedResponse] }],
    [
      'a trust store that is asked',
      'LoadBalancerConfiguration',
      {
        listenerConfigurations: [
          { protocolPort: 'HTTPS:443', mutualAuthentication: { mode: 'verify', trustStore: 'a' } }
        ]
      }
    ]
  ])('%s', (_name, kind, spec) => {
    expect(problemsOf(kind, spec)).toEqual([])
  })
})

test('a rule for which a key is missing is refused, as the server does', () => {
  const definition: Definition = { type: 'object', validations: [{ rule: 'self.a.b == 1', message: 'b is 1' }] }
  const [problem] = [...validateByExpressions({}, definition, ['spec'])]
  expect(problem!.detail).toMatch(/^Invalid value: No such key: a evaluating rule: b is 1$/i)
})
