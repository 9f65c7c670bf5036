import { describe, expect, test } from '@jest/globals'
import type { Action, RuleCondition } from '../../../../src/model/index.ts'
import { optimizeRules } from '../../../../src/model/ingress/rule-optimizer.ts'
import { backendOf, ingress, path, planOf, rulesOf } from '../objects.ts'

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
