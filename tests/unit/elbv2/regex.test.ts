import { describe, expect, it } from '@jest/globals'
import { RefusedError } from '../../../src/elbv2/refused-error.ts'
import { compileRegex, regexMatcher } from '../../../src/elbv2/regex.ts'

it.each<[expression: string, text: string, matches: boolean]>([
  ['^/api/(v1|v2)/', '/api/v2/users', true],
  ['^/api/(v1|v2)/', '/x/api/v1/', false],
  ['/users/\\d+$', '/api/users/42', true],
  ['/users/\\d+$', '/api/users/42/', false],
  ['^/Api$', '/api', false],
  ['(?i)^/Api$', '/api', true],
  ['^[a-z]{2,3}$', 'abc', true],
  ['^[a-z]{2,3}$', 'abcd', false],
  ['^(?:a|b)+?$', 'abba', true],
  // A literal backslash followed by a p is no Unicode class.
  ['^a\\\\p$', 'a\\p', true]
])('%s on %s: %s', (expression, text, matches) => {
  expect(regexMatcher(expression)(text)).toBe(matches)
})

it('takes case away where it is told to', () => {
  expect(regexMatcher('^WWW\\.', { ignoreCase: true })('www.example.com')).toBe(true)
})

describe('what AWS’s dialect does not know is refused', () => {
  it.each([
    ['lookahead', 'a(?=b)'],
    ['negative lookahead', 'a(?!b)'],
    ['lookbehind', '(?<=a)b'],
    ['a backreference', '(a)\\1'],
    ['an atomic group', '(?>a)'],
    ['a possessive quantifier', 'a++'],
    ['recursion', '(?R)'],
    ['a Unicode class', '\\p{L}'],
    ['a Unicode class, negated', '\\P{L}'],
    ['an unclosed group', '(a'],
    ['nothing to repeat', '*a']
  ])('%s', (_name, expression) => {
    expect(() => compileRegex(expression)).toThrow(RefusedError)
  })
})

it('takes linear time for expressions that make backtracking explode', () => {
  expect(regexMatcher('^(a|a)*$')(`${'a'.repeat(5_000)}!`)).toBe(false)
})
