import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { hostName, normalizePath, parseTarget } from '../../../src/elbv2/request.ts'

it.each([
  ['/', { path: '/' }],
  ['/a/b?c=d&e', { path: '/a/b', query: 'c=d&e' }],
  ['/a?', { path: '/a', query: '' }],
  ['/a?b?c', { path: '/a', query: 'b?c' }],
  ['*', { path: '*' }],
  ['http://a.test/b?c', { authority: 'a.test', path: '/b', query: 'c' }],
  ['HTTP://a.test:80', { authority: 'a.test:80', path: '/' }],
  ['https://a.test?q', { authority: 'a.test', path: '/', query: 'q' }],
  ['//a.test/b', { path: '//a.test/b' }],
  ['a.test:443', { path: 'a.test:443' }]
])('the target %s', (target, parts) => {
  expect(parseTarget(target)).toEqual(parts)
})

it.each([
  ['App.Test', 'app.test'],
  ['app.test:8080', 'app.test'],
  ['app.test:', 'app.test'],
  ['[::1]:80', '[::1]'],
  ['[::1]', '[::1]'],
  [' app.test ', 'app.test']
])('the host in %j is %s', (authority, name) => {
  expect(hostName(authority)).toBe(name)
})

describe('a path that rules compare', () => {
  it.each([
    ['/a/./b', '/a/b'],
    ['/a/../b', '/b'],
    ['/../../a', '/a'],
    ['/a/..', '/'],
    ['/a/b/.', '/a/b/'],
    ['/a//b', '/a//b'],
    ['/%61%2d%7e', '/a-~'],
    ['/%2e%2E/a', '/a'],
    ['/a%2Fb', '/a%2Fb'],
    ['/a%2', '/a%2'],
    ['/...', '/...'],
    ['*', '*']
  ])('%s becomes %s', (given, normal) => {
    expect(normalizePath(given)).toBe(normal)
  })

  it('is normal once it is normalised, and never leaves the root', () => {
    const segment = fc.constantFrom('a', '.', '..', '', '%2e', '%2E%2e', '%41', 'b.c')
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1 }), segments => {
        const normal = normalizePath(`/${segments.join('/')}`)
        expect(normalizePath(normal)).toBe(normal)
        expect(normal.startsWith('/')).toBe(true)
        expect(normal.split('/')).not.toContain('..')
      })
    )
  })
})
