import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { compileGlob, type GlobOptions } from '../../../src/elbv2/glob.ts'

const classified: [pattern: string, text: string, matches: boolean, options?: GlobOptions][] = [
  ['/api', '/api', true],
  ['/api', '/api/', false],
  ['/api', '/API', false],
  ['/api/*', '/api/', true],
  ['/api/*', '/api', false],
  ['/api/*', '/api/users/7', true],
  ['*/users', '/api/v1/users', true],
  ['/a*b*c', '/aXbYbc', true],
  ['/a*b*c', '/aXbY', false],
  ['/a*a', '/a', false],
  ['/?', '/', false],
  ['/?', '/x', true],
  ['/?', '/xy', false],
  ['/??*', '/x', false],
  ['/??*', '/xy', true],
  ['*', '', true],
  ['**', '/', true],
  ['', '', true],
  ['', '/', false],
  // No character classes, no regular expressions.
  ['/[ab]', '/a', false],
  ['/[ab]', '/[ab]', true],
  ['/a.c', '/abc', false],
  ['/a+', '/aa', false],
  ['/$', '/$', true],
  ['*.example.com', 'www.example.com', true, { ignoreCase: true }],
  ['*.example.com', 'a.b.example.com', true, { ignoreCase: true }],
  ['*.example.com', 'example.com', false, { ignoreCase: true }],
  ['*.Example.COM', 'WWW.eXample.com', true, { ignoreCase: true }],
  // A backslash is a character like others, but for query strings.
  ['/a\\*', '/a\\bc', true],
  ['a\\*b', 'a*b', true, { escapes: true }],
  ['a\\*b', 'axb', false, { escapes: true }],
  ['a\\?b', 'a?b', true, { escapes: true }],
  ['a\\\\*', 'a\\xyz', true, { escapes: true }],
  ['a\\b', 'a\\b', true, { escapes: true }]
]

it.each(classified.map(([pattern, text, matches, options = {}]) => ({ pattern, text, matches, options })))(
  '$pattern and $text: $matches',
  ({ pattern, text, matches, options }) => {
    expect(compileGlob(pattern, options)(text)).toBe(matches)
  }
)

/** The meaning of a pattern, spelled out: a `*` takes nothing, or one more character and stays. */
function matchesNaively(pattern: string, text: string): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) {
    return text === ''
  }
  if (first === '*') {
    return matchesNaively(rest.join(''), text) || (text !== '' && matchesNaively(pattern, text.slice(1)))
  }
  return text !== '' && (first === '?' || first === text[0]) && matchesNaively(rest.join(''), text.slice(1))
}

describe('for any pattern and text', () => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?'), maxLength: 8 })
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 12 })

  it('the matcher says what the naive reading says', () => {
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        expect(compileGlob(p)(t)).toBe(matchesNaively(p, t))
      }),
      { numRuns: 2000 }
    )
  })

  it('a text matches itself, and with any run of it replaced by a star', () => {
    fc.assert(
      fc.property(text, fc.nat(12), fc.nat(12), (t, from, length) => {
        expect(compileGlob(t)(t)).toBe(true)
        expect(compileGlob(`${t.slice(0, from)}*${t.slice(from + length)}`)(t)).toBe(true)
      })
    )
  })

  it('case does not count where it is told not to', () => {
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        expect(compileGlob(p.toUpperCase(), { ignoreCase: true })(t)).toBe(compileGlob(p)(t))
      })
    )
  })
})

it('takes linear time for patterns that make backtracking explode', () => {
  const matches = compileGlob('*a*a*a*a*a*a*a*a*b')
  // Backtracking would take longer than any test's time.
  expect(matches('a'.repeat(16_000))).toBe(false)
})
