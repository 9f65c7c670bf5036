import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { covers, patternsOf, takesIn } from '../../../../src/check/facts/rule-pattern.ts'
import type { RuleCondition } from '../../../../src/model/index.ts'

/** What a pattern matches, by another way: a regular expression. */
function matches(pattern: string, text: string): boolean {
  return new RegExp(
    `^${[...pattern].map(character => (character === '*' ? '.*' : character === '?' ? '.' : character)).join('')}$`
  ).test(text)
}

const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 6 })
const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 })

describe('a pattern takes another in', () => {
  test('only if it matches whatever the other does', () => {
    fc.assert(
      fc.property(pattern, pattern, text, (outer, inner, some) => {
        fc.pre(takesIn(outer, inner) && matches(inner, some))
        expect(matches(outer, some)).toBe(true)
      })
    )
  })

  test('if the other is a text that it matches', () => {
    fc.assert(fc.property(pattern, text, (outer, some) => expect(takesIn(outer, some)).toBe(matches(outer, some))))
  })

  test('if it is the same', () => {
    fc.assert(fc.property(pattern, same => expect(takesIn(same, same)).toBe(true)))
  })

  test.each([
    ['/*', '/a/*', true],
    ['/a/*', '/*', false],
    ['*.example.com', 'shop.example.com', true],
    ['*.example.com', 'example.com', false],
    ['?', '*', false],
    ['*', '?', true],
    ['a*b*', 'a*b', true]
  ])('%s, %s: %p', (outer, inner, expected) => expect(takesIn(outer, inner)).toBe(expected))
})

describe('conditions cover others', () => {
  function host(...values: string[]): RuleCondition {
    return { field: 'host-header', hostHeaderConfig: { values } }
  }
  function path(...values: string[]): RuleCondition {
    return { field: 'path-pattern', pathPatternConfig: { values } }
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
  function source(...values: string[]): RuleCondition {
    return { field: 'source-ip', sourceIPConfig: { values } }
  }
  function query(key: string | undefined, value: string): RuleCondition {
    return {
      field: 'query-string',
      queryStringConfig: { values: [{ ...(key !== undefined && { key }), value }] }
    }
  }
  function regexPath(value: string): RuleCondition {
    return {
      field: 'path-pattern',
      pathPatternConfig: { regexValues: [value] }
    }
  }

  test.each([
    ['every path', [path('/*')], [host('a.b'), path('/x')], true],
    ['every path, by regular expression', [path('/*')], [regexPath('^/x$')], true],
    ['a host in capitals', [host('A.B')], [host('a.b')], true],
    ['one value more', [host('a.b')], [host('a.b', 'c.d')], false],
    ['one value less', [host('a.b', 'c.d')], [host('a.b')], true],
    ['a condition more', [host('a.b'), method('GET')], [host('a.b')], false],
    ['another header', [header('X-One', '*')], [header('X-Other', 'a')], false],
    ['the same header in capitals', [header('x-one', 'a*')], [header('X-One', 'ab')], true],
    ['a star that is no wildcard', [method('*')], [method('GET')], false],
    ['the same addresses', [source('10.0.0.0/8')], [source('10.0.0.0/8')], true],
    ['a query of any key', [query(undefined, 'a')], [query('k', 'a')], true],
    ['the same regular expression', [regexPath('^/x')], [regexPath('^/x')], true],
    ['another regular expression', [regexPath('^/x')], [regexPath('^/xy')], false]
  ] as [string, RuleCondition[], RuleCondition[], boolean][])('%s', (_what, outer, inner, expected) => {
    expect(covers(outer.map(patternsOf), inner.map(patternsOf))).toBe(expected)
  })
})
