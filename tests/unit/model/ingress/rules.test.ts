import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Action, ListenerRuleSpec, RuleCondition } from '../../../../src/model/index.ts'
import { optimizeRules } from '../../../../src/model/ingress/rule-optimizer.ts'
import { sortPaths } from '../../../../src/model/ingress/rules.ts'
import type { Ingress, IngressPath, KubernetesObject } from '../../../../src/resources/index.ts'
import { type Annotations, actionIngress, backendOf, ingress, path, planOf, secret, service } from '../objects.ts'

/** The rules of a listener by priority. */
function rulesOf(objects: KubernetesObject[], port = 80): ListenerRuleSpec[] {
  return Object.values(planOf(objects).stack!.resources['AWS::ElasticLoadBalancingV2::ListenerRule'] ?? {})
    .map(({ spec }) => spec)
    .filter(({ listenerARN }) => JSON.stringify(listenerARN).includes(`/${port}/status/`))
    .sort((left, right) => left.priority - right.priority)
}

function conditionsOf(spec: Ingress['spec'], annotations: Annotations = {}): RuleCondition[] {
  return rulesOf([ingress(annotations, spec)])[0]!.conditions
}

function onePath(only: Partial<IngressPath>, host?: string): Ingress['spec'] {
  return {
    rules: [{ ...(host !== undefined && { host }), http: { paths: [{ backend: backendOf('gw'), ...only }] } }]
  }
}

describe('paths become patterns', () => {
  const regex = { 'use-regex-path-match': 'true' }
  test.each<{
    pathType?: IngressPath['pathType']
    written: string
    annotations?: Annotations
    values?: string[]
    regexValues?: string[]
  }>([
    { pathType: 'Prefix', written: '/', values: ['/*'] },
    { pathType: 'Prefix', written: '/foo', values: ['/foo', '/foo/*'] },
    { pathType: 'Prefix', written: '/foo/', values: ['/foo', '/foo/*'] },
    { pathType: 'Exact', written: '/foo', values: ['/foo'] },
    { pathType: 'Exact', written: '/foo/', values: ['/foo/'] },
    { pathType: 'ImplementationSpecific', written: '/foo/*', values: ['/foo/*'] },
    { written: '/foo?', values: ['/foo?'] },
    { pathType: 'ImplementationSpecific', written: '', values: ['/*'] },
    { pathType: 'Prefix', written: '/foo', annotations: regex, values: ['/foo', '/foo/*'] },
    {
      pathType: 'ImplementationSpecific',
      written: '/^/api/(.+)$',
      annotations: regex,
      regexValues: ['^/api/(.+)$']
    }
  ])('$pathType $written', ({ pathType, written, annotations, ...pathPatternConfig }) => {
    const spec = onePath({ path: written, ...(pathType && { pathType }) })
    expect(conditionsOf(spec, annotations)).toEqual([{ field: 'path-pattern', pathPatternConfig }])
  })
})

describe('the order of paths', () => {
  const anyPath = fc.record({
    path: fc.string({ maxLength: 6 }).map(text => `/${text}`),
    pathType: fc.constantFrom('Exact' as const, 'Prefix' as const, 'ImplementationSpecific' as const, undefined)
  })
  function kindOf({ pathType }: IngressPath): number {
    return pathType === 'Exact' ? 0 : pathType === 'Prefix' ? 1 : 2
  }

  test('exact ones, prefixes from long to short, all others; stable', () => {
    fc.assert(
      fc.property(fc.array(anyPath), drawn => {
        const paths = drawn.map(
          ({ path: text, pathType }, index): IngressPath => ({
            path: text,
            ...(pathType && { pathType }),
            backend: backendOf(`service-${index}`)
          })
        )
        function length(entry: IngressPath): number {
          return kindOf(entry) === 1 ? Buffer.byteLength(entry.path!) : 0
        }
        const expected = paths
          .map((entry, index) => ({ entry, index }))
          .sort(
            (left, right) =>
              kindOf(left.entry) - kindOf(right.entry) ||
              length(right.entry) - length(left.entry) ||
              left.index - right.index
          )
          .map(({ entry }) => entry)
        expect(sortPaths(paths)).toEqual(expected)
      })
    )
  })

  test('holds inside one rule; rules and members keep their own', () => {
    function spec(...paths: string[]): Ingress['spec'] {
      return {
        rules: paths.map(text => ({ http: { paths: [path(text)] } }))
      }
    }
    const objects = [
      ingress({ 'group.name': 'g', 'group.order': '2' }, spec('/late'), 'a'),
      ingress({ 'group.name': 'g', 'group.order': '1' }, spec('/a', '/longer', '/a'), 'b')
    ]
    expect(
      rulesOf(objects).map(({ priority, conditions }) => [priority, conditions[0]!.pathPatternConfig!.values![0]])
    ).toEqual([
      [1, '/a'],
      [2, '/longer'],
      [3, '/a'],
      [4, '/late']
    ])
  })

  test('a rule without paths is passed over', () => {
    expect(rulesOf([ingress({}, { rules: [{ host: 'a.com' }, { http: { paths: [path('/')] } }] })])).toHaveLength(1)
  })
})

describe('conditions', () => {
  const annotated = [
    { field: 'path-pattern', pathPatternConfig: { values: ['/extra'] } },
    { field: 'source-ip', sourceIPConfig: { values: ['10.0.0.0/8'] } },
    { field: 'host-header', hostHeaderConfig: { values: ['b.com'] } },
    { field: 'query-string', queryStringConfig: { values: [{ key: 'a', value: '1' }, { value: '2' }] } },
    { field: 'cookie', cookieConfig: {} },
    { field: 'http-request-method', httpRequestMethodConfig: { values: ['GET'] } },
    { field: 'http-header', httpHeaderConfig: { httpHeaderName: 'X', regexValues: ['^a$'] } }
  ]

  test('those of the annotation in its order, then host, then path, joined; unknown fields are passed over', () => {
    const annotations = { 'conditions.gw': JSON.stringify(annotated) }
    expect(conditionsOf(onePath({ path: '/', pathType: 'Prefix' }, 'a.com'), annotations)).toEqual([
      { field: 'source-ip', sourceIPConfig: { values: ['10.0.0.0/8'] } },
      { field: 'query-string', queryStringConfig: { values: [{ key: 'a', value: '1' }, { value: '2' }] } },
      { field: 'http-request-method', httpRequestMethodConfig: { values: ['GET'] } },
      { field: 'http-header', httpHeaderConfig: { httpHeaderName: 'X', regexValues: ['^a$'] } },
      { field: 'host-header', hostHeaderConfig: { values: ['a.com', 'b.com'] } },
      { field: 'path-pattern', pathPatternConfig: { values: ['/*', '/extra'] } }
    ])
  })

  test.each([
    { name: 'a host alone', spec: onePath({}, 'a.com'), fields: ['host-header'] },
    { name: 'nothing at all', spec: onePath({}), fields: ['path-pattern'] },
    { name: 'a condition alone', spec: onePath({}), conditions: [annotated[1]], fields: ['source-ip'] },
    { name: 'an empty host', spec: onePath({}, ''), fields: ['path-pattern'] }
  ])('$name', ({ spec, conditions, fields }) => {
    const annotations: Annotations = conditions ? { 'conditions.gw': JSON.stringify(conditions) } : {}
    expect(conditionsOf(spec, annotations).map(({ field }) => field)).toEqual(fields)
  })

  test('they belong to the backend of that name, whatever its path', () => {
    const paths = [path('/a'), { ...path('/b'), backend: backendOf('other') }]
    const annotations = { 'conditions.gw': JSON.stringify([annotated[1]]) }
    const rules = rulesOf([ingress(annotations, { rules: [{ http: { paths } }] }), service(), service({}, {}, 'other')])
    expect(rules.map(({ conditions }) => conditions[0]!.field)).toEqual(['source-ip', 'path-pattern'])
  })
})

describe('actions', () => {
  function actionsOf(objects: KubernetesObject[], port = 80): Action[] {
    return rulesOf(objects, port)[0]!.actions
  }
  function targetGroupOf(id: string) {
    return {
      $ref: `#/resources/AWS::ElasticLoadBalancingV2::TargetGroup/${id}/status/targetGroupARN`
    }
  }

  test.each([
    {
      name: 'field names in any case',
      action: '{"TYPE":"fixed-response","fixedresponseconfig":{"STATUSCODE":"503"}}',
      want: { type: 'fixed-response', fixedResponseConfig: { statusCode: '503' } }
    },
    {
      name: 'a redirect as it is written',
      action: { type: 'redirect', redirectConfig: { path: '/new', port: '8443', statusCode: 'HTTP_302' } },
      want: { type: 'redirect', redirectConfig: { path: '/new', port: '8443', statusCode: 'HTTP_302' } }
    },
    {
      name: 'the short form by ARN',
      action: { type: 'forward', targetGroupARN: 'arn:a' },
      want: { type: 'forward', forwardConfig: { targetGroups: [{ targetGroupARN: 'arn:a' }] } }
    },
    {
      name: 'the short form by name',
      action: { type: 'forward', targetGroupName: 'legacy' },
      want: { type: 'forward', forwardConfig: { targetGroups: [{ targetGroupARN: 'arn:tg/legacy' }] } }
    },
    {
      name: 'a port in quotes is a number where it is one',
      action: { type: 'forward', forwardConfig: { targetGroups: [{ serviceName: 'gw', servicePort: '80' }] } },
      want: { type: 'forward', forwardConfig: { targetGroups: [{ targetGroupARN: targetGroupOf('ns/x-gw:80') }] } }
    },
    {
      name: 'weights and stickiness',
      action: {
        type: 'forward',
        forwardConfig: {
          targetGroups: [
            { serviceName: 'gw', servicePort: 'http', weight: 0 },
            { targetGroupARN: 'arn:a', weight: 9 }
          ],
          targetGroupStickinessConfig: { enabled: true, durationSeconds: 60 }
        }
      },
      want: {
        type: 'forward',
        forwardConfig: {
          targetGroups: [
            { targetGroupARN: targetGroupOf('ns/x-gw:http'), weight: 0 },
            { targetGroupARN: 'arn:a', weight: 9 }
          ],
          targetGroupStickinessConfig: { enabled: true, durationSeconds: 60 }
        }
      }
    }
  ])('$name', ({ action, want }) => {
    const named = actionIngress(action)
    named.metadata.name = 'x'
    expect(actionsOf([named])).toEqual([want])
  })

  test.each([
    { name: 'a Service that is not there', backend: backendOf('nosuch'), body: 'Backend service does not exist' },
    {
      name: 'an action that is not there',
      backend: backendOf('nosuch', 'use-annotation'),
      body: 'Backend action does not exist'
    }
  ])('$name is answered with 503', ({ backend, body }) => {
    const fixedResponseConfig = { contentType: 'text/plain', messageBody: body, statusCode: '503' }
    expect(actionsOf([ingress({}, onePath({ path: '/', backend }))])).toEqual([
      { type: 'fixed-response', fixedResponseConfig }
    ])
  })

  test('an empty list of targets forwards to none', () => {
    const action = { type: 'forward', forwardConfig: { targetGroups: [] } }
    expect(actionsOf([actionIngress(action)])).toEqual([{ type: 'forward', forwardConfig: { targetGroups: [] } }])
  })

  test('one Service and port is one target group for all rules of its Ingress', () => {
    const spec = {
      rules: [{ http: { paths: [path('/a'), path('/b')] } }, { host: 'a.com', http: { paths: [path('/')] } }]
    }
    const { resources } = planOf([ingress({}, spec)]).stack!
    expect(Object.keys(resources['AWS::ElasticLoadBalancingV2::TargetGroup']!)).toEqual(['ns/web-gw:http'])
  })

  describe('authentication', () => {
    const both = { 'listen-ports': '[{"HTTP":80},{"HTTPS":443}]', 'certificate-arn': 'arn:c' }
    const cognito = {
      'auth-type': 'cognito',
      'auth-idp-cognito': '{"userPoolARN":"a","userPoolClientID":"b","userPoolDomain":"c"}'
    }
    const session = { scope: 'openid', sessionCookieName: 'AWSELBAuthSessionCookie', sessionTimeout: 604800 }

    test('comes first on HTTPS, and is left out on HTTP', () => {
      const objects = [ingress({ ...both, ...cognito })]
      expect(actionsOf(objects, 443).map(({ type }) => type)).toEqual(['authenticate-cognito', 'forward'])
      expect(actionsOf(objects, 80).map(({ type }) => type)).toEqual(['forward'])
      expect(actionsOf(objects, 443)[0]!.authenticateCognitoConfig).toEqual({
        userPoolARN: 'a',
        userPoolClientID: 'b',
        userPoolDomain: 'c',
        onUnauthenticatedRequest: 'authenticate',
        ...session
      })
    })

    test('is read on a Service that is the only target', () => {
      expect(actionsOf([ingress(both), service(cognito)], 443)[0]!.type).toBe('authenticate-cognito')
      const two = {
        type: 'forward',
        forwardConfig: { targetGroups: [1, 2].map(weight => ({ serviceName: 'gw', servicePort: 80, weight })) }
      }
      expect(actionsOf([actionIngress(two, both), service(cognito)], 443)[0]!.type).toBe('forward')
    })

    test('OIDC takes the client from a Secret, under either spelling', () => {
      const oidc = {
        issuer: 'i',
        authorizationEndpoint: 'a',
        tokenEndpoint: 't',
        userInfoEndpoint: 'u',
        secretName: 's'
      }
      const objects = [
        ingress({
          ...both,
          'auth-type': 'oidc',
          'auth-idp-oidc': JSON.stringify({ ...oidc, authenticationRequestExtraParams: { hd: 'example.com' } }),
          'auth-on-unauthenticated-request': 'deny',
          'auth-scope': 'openid email',
          'auth-session-cookie': 'own',
          'auth-session-timeout': '60'
        }),
        secret({ clientId: 'id\n', clientSecret: 'secret\n' })
      ]
      expect(actionsOf(objects, 443)[0]!.authenticateOIDCConfig).toEqual({
        issuer: 'i',
        authorizationEndpoint: 'a',
        tokenEndpoint: 't',
        userInfoEndpoint: 'u',
        clientID: 'id',
        clientSecret: 'secret',
        authenticationRequestExtraParams: { hd: 'example.com' },
        onUnauthenticatedRequest: 'deny',
        scope: 'openid email',
        sessionCookieName: 'own',
        sessionTimeout: 60
      })
    })

    test('a token is checked on HTTPS', () => {
      const claims = [{ name: 'scope', format: 'string-array', values: ['read'] }]
      const jwt = JSON.stringify({ jwksEndpoint: 'https://a', issuer: 'b', additionalClaims: claims })
      const objects = [ingress({ ...both, 'jwt-validation': jwt })]
      expect(actionsOf(objects, 443)[0]).toEqual({
        type: 'jwt-validation',
        jwtValidationConfig: { jwksEndpoint: 'https://a', issuer: 'b', additionalClaims: claims }
      })
      expect(actionsOf(objects, 80)).toHaveLength(1)
    })
  })
})

test('transforms of a backend', () => {
  const rewrites = [{ regex: '^/api/(.*)$', replace: '/$1' }]
  const transforms = [
    { type: 'url-rewrite', urlRewriteConfig: { rewrites } },
    { type: 'host-header-rewrite', hostHeaderRewriteConfig: { rewrites: [{ regex: 'a', replace: '' }] } }
  ]
  expect(rulesOf([ingress({ 'transforms.gw': JSON.stringify(transforms) })])[0]!.transforms).toEqual(transforms)
})

describe('the optimizer', () => {
  function hosts(...values: string[]): RuleCondition {
    return { field: 'host-header', hostHeaderConfig: { values } }
  }
  function paths(...values: string[]): RuleCondition {
    return { field: 'path-pattern', pathPatternConfig: { values } }
  }
  function redirect(config: Partial<NonNullable<Action['redirectConfig']>>): Action {
    return {
      type: 'redirect',
      redirectConfig: { statusCode: 'HTTP_301', ...config }
    }
  }
  const answer: Action = { type: 'fixed-response', fixedResponseConfig: { statusCode: '200' } }
  function rule(conditions: RuleCondition[], action: Action) {
    return {
      ingress: 'ns/web',
      path: 'spec.rules.0.http.paths.0',
      conditions,
      actions: [action],
      transforms: [],
      tags: undefined
    }
  }
  const everything = [hosts('a.com'), paths('/x', '/x/*')]

  test.each([
    { name: 'nothing set', config: {}, dropped: true },
    {
      name: 'all placeholders',
      config: { host: '#{host}', path: '/#{path}', port: '#{port}', protocol: '#{protocol}', query: '#{query}' },
      dropped: true
    },
    { name: 'the same values', config: { host: 'a.com', path: '/x', port: '443', protocol: 'HTTPS' }, dropped: true },
    { name: 'another host', config: { host: 'b.com' }, dropped: false },
    { name: 'another path', config: { path: '/y' }, dropped: false },
    { name: 'another port', config: { port: '8443' }, dropped: false },
    { name: 'another protocol', config: { protocol: 'HTTP' }, dropped: false },
    { name: 'a query', config: { query: 'a=b' }, dropped: false }
  ])('a redirect with $name', ({ config, dropped }) => {
    const result = optimizeRules(443, 'HTTPS', [rule(everything, redirect(config))])
    expect(result.dropped.map(({ reason }) => reason)).toEqual(dropped ? ['redirects to itself'] : [])
    expect(result.rules).toHaveLength(dropped ? 0 : 1)
  })

  test('a redirect of a regular expression is never dropped', () => {
    const conditions: RuleCondition[] = [{ field: 'path-pattern', pathPatternConfig: { regexValues: ['^/x'] } }]
    expect(optimizeRules(443, 'HTTPS', [rule(conditions, redirect({}))]).dropped).toEqual([])
  })

  test.each([
    { name: '/* of all hosts', outer: [paths('/*')], inner: everything, shadowed: true },
    { name: 'the same', outer: everything, inner: everything, shadowed: true },
    {
      name: 'more hosts and paths',
      outer: [hosts('a.com', 'b.com'), paths('/x', '/x/*', '/y')],
      inner: everything,
      shadowed: true
    },
    { name: 'a host alone', outer: [hosts('a.com')], inner: everything, shadowed: true },
    { name: 'fewer paths', outer: [hosts('a.com'), paths('/x')], inner: everything, shadowed: false },
    { name: 'another host', outer: [hosts('b.com'), paths('/*')], inner: everything, shadowed: false },
    { name: 'a host, of a rule for all hosts', outer: [hosts('a.com')], inner: [paths('/x')], shadowed: false },
    {
      name: 'another condition',
      outer: [paths('/*'), { field: 'source-ip' as const, sourceIPConfig: { values: ['10.0.0.0/8'] } }],
      inner: everything,
      shadowed: false
    }
  ])('a redirect with $name before a rule', ({ outer, inner, shadowed }) => {
    const rules = [rule(outer, redirect({ port: '8443' })), rule(inner, answer)]
    const result = optimizeRules(443, 'HTTPS', rules)
    expect(result.rules).toHaveLength(shadowed ? 1 : 2)
    expect(result.dropped.map(({ shadowedBy }) => shadowedBy)).toEqual(shadowed ? [1] : [])
  })

  test('only redirects hide others, and only those that stay', () => {
    const rules = [rule([paths('/*')], answer), rule([paths('/*')], redirect({})), rule([paths('/x')], answer)]
    const result = optimizeRules(443, 'HTTPS', rules)
    expect(result.rules).toEqual([rules[0], rules[2]])
  })

  test('priorities are contiguous after what was dropped', () => {
    const both = { 'listen-ports': '[{"HTTP":80},{"HTTPS":443}]', 'certificate-arn': 'arn:c' }
    const redirectAll = JSON.stringify({
      type: 'redirect',
      redirectConfig: { protocol: 'HTTPS', port: '443', statusCode: 'HTTP_301' }
    })
    const spec = {
      rules: [
        {
          http: {
            paths: [
              { ...path('/*', 'ImplementationSpecific'), backend: backendOf('ssl-redirect', 'use-annotation') },
              path('/a', 'ImplementationSpecific')
            ]
          }
        }
      ]
    }
    const objects = [ingress({ ...both, 'actions.ssl-redirect': redirectAll }, spec)]
    expect(rulesOf(objects, 80).map(({ priority, actions }) => [priority, actions[0]!.type])).toEqual([[1, 'redirect']])
    expect(rulesOf(objects, 443).map(({ priority, actions }) => [priority, actions[0]!.type])).toEqual([[1, 'forward']])
    expect(planOf(objects).droppedRules.map(({ listener, reason }) => [listener, reason])).toEqual([
      [80, 'an earlier redirect takes all its requests'],
      [443, 'redirects to itself']
    ])
  })
})
