import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { normalizePath, type PathNormalization } from '../../../src/istio/path.ts'

describe('a path before anything looks at it', () => {
  test.each<[string, string | undefined, PathNormalization]>([
    ['/', '/', 'BASE'],
    ['/x/../admin', '/admin', 'BASE'],
    ['/%2e%2e/admin', '/admin', 'BASE'],
    ['/a/./b', '/a/b', 'BASE'],
    ['/a/..', '/', 'BASE'],
    ['/a/b/..', '/a/', 'BASE'],
    ['/..', '/', 'BASE'],
    ['/%61dmin', '/admin', 'BASE'],
    ['/a\\b', '/a/b', 'BASE'],
    ['/a%2Fb', '/a%2Fb', 'BASE'],
    ['/a|b^{c}', '/a%7Cb%5E%7Bc%7D', 'BASE'],
    ["/a[b]'*;,+~", "/a[b]'*;,+~", 'BASE'],
    ['/a%2Fb', '/a/b', 'DECODE_AND_MERGE_SLASHES'],
    ['/a%5cb', '/a/b', 'DECODE_AND_MERGE_SLASHES'],
    ['//a//b', '//a//b', 'BASE'],
    ['//a//b', '/a/b', 'MERGE_SLASHES'],
    ['/a//../b', '/a/b', 'BASE'],
    ['/x/../admin', '/x/../admin', 'NONE'],
    ['/a?q=/x/../y', '/a?q=/x/../y', 'BASE'],
    ['/a?q=a|b^', '/a?q=a|b^', 'BASE'],
    ['/f#x', '/f', 'BASE'],
    ['/%', '/%', 'BASE'],
    ['/%00', undefined, 'BASE'],
    ['*', '*', 'BASE']
  ])('%s becomes %s', (path, expected, normalization) => {
    expect(normalizePath(path, normalization)).toBe(expected)
  })

  test('what was normalised once stays as it is', () => {
    const segment = fc.constantFrom('a', '.', '..', '%2e', '%61', '', 'x y', '\\', '%2F', 'é')
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 8 }), segments => {
        const once = normalizePath(`/${segments.join('/')}`)!
        expect(normalizePath(once)).toBe(once)
      })
    )
  })
})
