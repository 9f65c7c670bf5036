/** Conditions one by one, and how rules combine them. */

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { compileAction } from '../../../src/elbv2/action.ts'
import { compileCondition } from '../../../src/elbv2/condition.ts'
import { explainRules, matchRule, type Rule, requestFacts } from '../../../src/elbv2/index.ts'
import { RefusedError } from '../../../src/elbv2/refused-error.ts'
import type { RuleCondition } from '../../../src/model/index.ts'
import { host, path, respond } from './sketch.ts'

interface Request {
  method?: string
  url?: string
  headers?: [string, string][]
  from?: string
}

function factsOf({ method = 'GET', url = '/', headers = [['Host', 'app.test']], from = '192.0.2.7' }: Request) {
  return requestFacts({ method, target: url, version: '1.1', headers }, from)
}

function header(httpHeaderName: string, ...values: string[]): RuleCondition {
  return {
    field: 'http-header',
    httpHeaderConfig: { httpHeaderName, values }
  }
}
function method(...values: string[]): RuleCondition {
  return {
    field: 'http-request-method',
    httpRequestMethodConfig: { values }
  }
}
function query(...values: { key?: string; value: string }[]): RuleCondition {
  return {
    field: 'query-string',
    queryStringConfig: { values }
  }
}
function source(...values: string[]): RuleCondition {
  return { field: 'source-ip', sourceIPConfig: { values } }
}

function at(value: string): Request {
  return { headers: [['Host', value]] }
}

describe('a condition', () => {
  it.each<[name: string, condition: RuleCondition, request: Request, holds: boolean]>([
    ['host', host('app.test'), at('app.test'), true],
    ['host, whatever the case', host('App.Test'), at('aPP.tEST'), true],
    ['host, whatever the port', host('app.test'), at('app.test:8080'), true],
    ['host, the first header alone', host('b.test'), { headers: ['a', 'b'].map(x => ['Host', `${x}.test`]) }, false],
    ['host by wildcard', host('*.app.test'), at('www.app.test'), true],
    ['host by wildcard, not the domain itself', host('*.app.test'), at('app.test'), false],
    ['host of an absolute URL before the header', host('b.test'), { url: 'http://b.test/x' }, true],
    [
      'host by expression',
      { field: 'host-header', hostHeaderConfig: { regexValues: ['^api-\\d+\\.TEST$'] } },
      at('api-7.test'),
      true
    ],
    ['no host', host('app.test'), { headers: [] }, false],
    ['path', path('/api/*'), { url: '/api/users?x=1' }, true],
    ['path, case counts', path('/Api/*'), { url: '/api/users' }, false],
    ['path without its query', path('/api'), { url: '/api?x' }, true],
    ['path of an absolute URL', path('/x'), { url: 'http://b.test/x' }, true],
    ['path with dot segments taken out', path('/admin'), { url: '/public/../admin' }, true],
    ['path with encoded letters', path('/admin'), { url: '/%61dmin' }, true],
    ['path with an encoded slash stays apart', path('/a/b'), { url: '/a%2Fb' }, false],
    ['path of gRPC', path('/pkg.Service/Method'), { url: '/pkg.Service/Method' }, true],
    [
      'path by expression',
      { field: 'path-pattern', pathPatternConfig: { regexValues: ['^/(a|b)/'] } },
      { url: '/b/c' },
      true
    ],
    ['one of several values', path('/a', '/b'), { url: '/b' }, true],
    ['header', header('X-Env', 'prod*'), { headers: [['x-env', 'Production']] }, true],
    ['header, any instance', header('X-Env', 'b'), { headers: ['a', 'b'].map(x => ['X-Env', x]) }, true],
    ['header, not there', header('X-Env', '*'), { headers: [] }, false],
    ['header, the whole value', header('User-Agent', 'curl'), { headers: [['User-Agent', 'curl/8']] }, false],
    [
      'header by expression',
      { field: 'http-header', httpHeaderConfig: { httpHeaderName: 'Accept', regexValues: ['JSON'] } },
      { headers: [['Accept', 'application/json']] },
      true
    ],
    ['method', method('PUT', 'POST'), { method: 'POST' }, true],
    ['method, case counts', method('POST'), { method: 'post' }, false],
    ['method, no wildcards', method('PO*'), { method: 'POST' }, false],
    ['query by key and value', query({ key: 'v', value: '1' }), { url: '/?a=b&v=1' }, true],
    ['query by key and value, not crossed', query({ key: 'a', value: '1' }), { url: '/?a=b&v=1' }, false],
    ['query by value alone', query({ value: '1' }), { url: '/?a=b&v=1' }, true],
    ['query, whatever the case', query({ key: 'VERSION', value: 'Beta' }), { url: '/?version=BETA' }, true],
    ['query by wildcard', query({ key: 'v*', value: '?.*' }), { url: '/?version=2.1' }, true],
    ['query with a literal star', query({ key: 'q', value: '\\*' }), { url: '/?q=*' }, true],
    ['query with a literal star, no wildcard', query({ key: 'q', value: '\\*' }), { url: '/?q=x' }, false],
    ['query with an empty value', query({ key: 'q', value: '' }), { url: '/?q=' }, true],
    ['query with a key alone', query({ key: 'q', value: '' }), { url: '/?q' }, true],
    ['query, one of several pairs', query({ key: 'a', value: 'x' }, { key: 'a', value: 'b' }), { url: '/?a=b' }, true],
    ['no query', query({ value: '*' }), { url: '/' }, false],
    ['source', source('192.0.2.0/24'), {}, true],
    ['source outside', source('198.51.100.0/24', '192.0.2.8/32'), {}, false],
    ['source, IPv6', source('2001:db8::/32'), { from: '2001:db8::1' }, true],
    ['source, IPv4 mapped', source('192.0.2.7/32'), { from: '::ffff:192.0.2.7' }, true],
    ['source, IPv4 is not in all of IPv6', source('::/0'), {}, false],
    [
      'source is the connection’s, not X-Forwarded-For',
      source('198.51.100.1/32'),
      { headers: [['X-Forwarded-For', '198.51.100.1']] },
      false
    ]
  ])('%s', (_name, condition, request, holds) => {
    expect(compileCondition(condition).holds(factsOf(request))).toBe(holds)
  })

  it.each([
    ['a bad range', source('192.0.2.0/33')],
    ['no range', source('192.0.2.1')],
    ['a bad expression', { field: 'path-pattern' as const, pathPatternConfig: { regexValues: ['('] } }]
  ])('with %s does not compile', (_name, condition) => {
    expect(() => compileCondition(condition)).toThrow(RefusedError)
  })

  it('tells itself in words', () => {
    expect(compileCondition(header('X-Env', 'a', 'b')).text).toBe('http-header X-Env: a | b')
    expect(compileCondition(query({ key: 'k', value: 'v' }, { value: 'w' })).text).toBe('query-string k=v | w')
  })
})

function rule(priority: Rule['priority'], ...conditions: RuleCondition[]): Rule {
  return {
    priority,
    conditions: conditions.map(compileCondition),
    action: compileAction([respond('200', String(priority))]),
    transforms: []
  }
}

describe('rules', () => {
  // A small world, so that conditions often hold.
  const segment = fc.constantFrom('a', 'b')
  const facts = fc
    .record({ first: segment, second: segment, method: fc.constantFrom('GET', 'PUT'), host: segment })
    .map(one => factsOf({ method: one.method, url: `/${one.first}/${one.second}`, ...at(`${one.host}.test`) }))
  const values = fc.uniqueArray(fc.constantFrom('/a/*', '/*/b', '/b/?', '/a/a', '/*'), { minLength: 1, maxLength: 3 })
  const condition = fc.oneof(
    values.map(list => path(...list)),
    fc.uniqueArray(fc.constantFrom('a.test', 'b.test'), { minLength: 1 }).map(list => host(...list)),
    fc.uniqueArray(fc.constantFrom('GET', 'PUT'), { minLength: 1 }).map(list => method(...list))
  )
  const conditions = fc.array(condition, { maxLength: 3 })

  it('take the first, by priority, all of whose conditions hold; else the default one', () => {
    fc.assert(
      fc.property(fc.array(conditions, { maxLength: 5 }), facts, (lists, request) => {
        const rules = [...lists.map((list, index) => rule(index + 1, ...list)), rule('default')]
        const expected = lists.findIndex(list => list.every(one => compileCondition(one).holds(request)))
        expect(matchRule(rules, request).priority).toBe(expected < 0 ? 'default' : expected + 1)
      })
    )
  })

  it('need any of a condition’s values', () => {
    fc.assert(
      fc.property(values, facts, (list, request) => {
        const any = list.some(value => compileCondition(path(value)).holds(request))
        expect(compileCondition(path(...list)).holds(request)).toBe(any)
      })
    )
  })

  it('do not mind the order of conditions or of values', () => {
    fc.assert(
      fc.property(conditions, values, facts, (list, patterns, request) => {
        const straight = [...list, path(...patterns)]
        const reversed = [path(...[...patterns].reverse()), ...[...list].reverse()]
        function choose(all: RuleCondition[]) {
          return matchRule([rule(1, ...all), rule('default')], request).priority
        }
        expect(choose(reversed)).toBe(choose(straight))
      })
    )
  })

  it('take fewer requests with one more condition, and more with one more value', () => {
    fc.assert(
      fc.property(conditions, condition, facts, (list, extra, request) => {
        const narrow = compileRuleHolds([...list, extra], request)
        if (narrow) {
          expect(compileRuleHolds(list, request)).toBe(true)
        }
        if (compileCondition(path('/a/*')).holds(request)) {
          expect(compileCondition(path('/a/*', '/zzz')).holds(request)).toBe(true)
        }
      })
    )
  })

  it('tell why the ones before did not take a request', () => {
    const rules = [rule(1, path('/a'), host('b.test')), rule(5, path('/a'), method('GET')), rule('default')]
    const { rule: chosen, misses } = explainRules(rules, factsOf({ url: '/a', method: 'PUT' }))
    expect(chosen.priority).toBe('default')
    expect(misses).toEqual([
      { priority: 1, conditions: ['host-header b.test'] },
      { priority: 5, conditions: ['http-request-method GET'] }
    ])
  })
})

function compileRuleHolds(list: RuleCondition[], request: ReturnType<typeof factsOf>): boolean {
  return matchRule([rule(1, ...list), rule('default')], request).priority === 1
}
