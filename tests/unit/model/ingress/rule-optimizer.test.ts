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
  function regexes(...regexValues: string[]): RuleCondition {
    return { field: 'path-pattern', pathPatternConfig: { regexValues } }
  }
  function hostRegexes(...regexValues: string[]): RuleCondition {
    return { field: 'host-header', hostHeaderConfig: { regexValues } }
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
    { name: 'the same expression', outer: [regexes('^/x')], inner: [regexes('^/x')], shadowed: true },
    { name: 'more expressions', outer: [regexes('^/x', '^/y')], inner: [regexes('^/y')], shadowed: true },
    { name: 'fewer expressions', outer: [regexes('^/x')], inner: [regexes('^/x', '^/y')], shadowed: false },
    { name: 'an expression that matches the other', outer: [regexes('^/')], inner: [regexes('^/x')], shadowed: false },
    { name: 'an expression, of a pattern', outer: [regexes('^/x')], inner: [paths('/x')], shadowed: false },
    { name: 'an expression, of any path', outer: [regexes('^/x')], inner: [hosts('a.com')], shadowed: false },
    { name: 'a pattern, of an expression', outer: [paths('/x')], inner: [regexes('^/x')], shadowed: false },
    { name: '/*, of an expression', outer: [paths('/*')], inner: [regexes('^/x')], shadowed: true },
    {
      name: 'the same expression of the same host',
      outer: [hosts('a.com'), regexes('^/x')],
      inner: [hosts('a.com'), regexes('^/x')],
      shadowed: true
    },
    {
      name: 'the same expression of another host',
      outer: [hosts('b.com'), regexes('^/x')],
      inner: [hosts('a.com'), regexes('^/x')],
      shadowed: false
    },
    {
      name: 'the same expression, of a rule for all hosts',
      outer: [hosts('a.com'), regexes('^/x')],
      inner: [regexes('^/x')],
      shadowed: false
    },
    {
      name: 'the same expression and another condition',
      outer: [regexes('^/x'), { field: 'source-ip' as const, sourceIPConfig: { values: ['10.0.0.0/8'] } }],
      inner: [regexes('^/x')],
      shadowed: false
    },
    // The controller reads only the values of a host, so one by regular expression is every host to it.
    { name: 'a host by expression', outer: [hostRegexes('^a')], inner: [hosts('b.com')], shadowed: true },
    { name: 'a host, of one by expression', outer: [hosts('a.com')], inner: [hostRegexes('^a')], shadowed: false }
  ])('a redirect with $name before a rule', ({ outer, inner, shadowed }) => {
    const rules = [rule(outer, redirect({ port: '8443' })), rule(inner, answer)]
    expect(optimizeRules(443, 'HTTPS', rules).rules).toHaveLength(shadowed ? 1 : 2)
  })

  test('a redirect of a regular expression that leads to itself stays, and hides what it covers', () => {
    const rules = [rule([regexes('^/x')], redirect({})), rule([regexes('^/x')], answer), rule([regexes('^/y')], answer)]
    const result = optimizeRules(443, 'HTTPS', rules)
    expect(result.rules).toEqual([rules[0], rules[2]])
    expect(result.dropped.map(({ reason, shadowedBy }) => [reason, shadowedBy])).toEqual([
      ['an earlier redirect takes all its requests', 1]
    ])
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
