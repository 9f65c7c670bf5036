import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { fixedResponse, redirectLocation, redirectResponse } from '../../../src/elbv2/action.ts'
import { compileTransform, TransformError } from '../../../src/elbv2/transform.ts'
import type { RedirectConfig } from '../../../src/model/index.ts'
import { forwardTo, path, respond, useRigs } from '../load-balancer/rig.ts'

const { start, startTarget } = useRigs()

const redirectSource = { protocol: 'http' as const, port: 80, host: 'app.test', target: '/a/b?c=d' }

describe('the Location of a redirect', () => {
  it.each<[name: string, redirect: Partial<RedirectConfig>, source: Partial<typeof redirectSource>, location: string]>([
    ['to HTTPS', { protocol: 'HTTPS', port: '443' }, {}, 'https://app.test:443/a/b?c=d'],
    ['keeps everything that it does not name', { host: 'new.test' }, {}, 'http://new.test:80/a/b?c=d'],
    ['has the port of the listener', { path: '/x' }, { port: 8080 }, 'http://app.test:8080/x?c=d'],
    ['has no mark without a query', { host: 'new.test' }, { target: '/' }, 'http://new.test:80/'],
    ['drops the query', { path: '/x', query: '' }, {}, 'http://app.test:80/x'],
    ['moves the path', { path: '/old/#{path}' }, {}, 'http://app.test:80/old/a/b?c=d'],
    ['repeats placeholders', { path: '/#{path}/#{path}' }, {}, 'http://app.test:80/a/b/a/b?c=d'],
    ['makes a subdomain', { host: 'www.#{host}' }, {}, 'http://www.app.test:80/a/b?c=d'],
    [
      'puts it all into the query',
      { path: '/login', query: 'from=#{protocol}://#{host}:#{port}/#{path}&#{query}' },
      {},
      'http://app.test:80/login?from=http://app.test:80/a/b&c=d'
    ],
    ['takes the port off the Host header', { path: '/x' }, { host: 'app.test:8080' }, 'http://app.test:80/x?c=d'],
    [
      'takes an absolute URL apart',
      { protocol: 'HTTPS', port: '443' },
      { target: 'http://x.test/y?z' },
      'https://app.test:443/y?z'
    ],
    ['leaves what is encoded', { port: '81' }, { target: '/a%20b?c=%26' }, 'http://app.test:81/a%20b?c=%26'],
    [
      'escapes what no header carries',
      { port: '81' },
      { target: '/a b\r\0?c d' },
      'http://app.test:81/a%20b%0D%00?c%20d'
    ],
    ['leaves unknown placeholders', { path: '/#{nothing}' }, {}, 'http://app.test:80/#{nothing}?c=d']
  ])('%s', (_name, redirect, source, location) => {
    expect(redirectLocation({ statusCode: 'HTTP_301', ...redirect }, { ...redirectSource, ...source })).toBe(location)
  })

  it('always has a port, and is a URL', () => {
    const segment = fc.constantFrom('/a', '/b%2F', '/')
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1 }), fc.integer({ min: 1, max: 65_535 }), (segments, port) => {
        const target = segments.join('')
        const location = redirectLocation(
          { statusCode: 'HTTP_301', protocol: 'HTTPS' },
          { ...redirectSource, port, target }
        )
        expect(location).toMatch(/^https:\/\/app\.test:\d+\//)
        expect(new URL(location).pathname).toBe(target)
      })
    )
  })

  it('that is too long gives 507', () => {
    const target = `/${'x'.repeat(16 * 1024)}`
    expect(redirectResponse({ statusCode: 'HTTP_301', port: '81' }, { ...redirectSource, target })).toMatchObject({
      status: 507,
      reason: 'Insufficient Storage'
    })
  })

  it.each([
    ['HTTP_301', 301, 134],
    ['HTTP_302', 302, 110]
  ])('%s comes with its page', (statusCode, status, bytes) => {
    const answer = redirectResponse({ statusCode, port: '81' }, redirectSource)
    expect([answer.status, answer.body.length]).toEqual([status, bytes])
  })
})

it.each([
  ['text/plain', 'text/plain; charset=utf-8'],
  ['application/json', 'application/json; charset=utf-8'],
  ['', 'text/plain; charset=utf-8']
])('a fixed response of %j is sent as %s', (contentType, sent) => {
  expect(fixedResponse({ statusCode: '200', contentType, messageBody: 'x' })).toMatchObject({
    contentType: sent,
    body: 'x'
  })
})

describe('a transform', () => {
  function url(regex: string, replace: string) {
    return compileTransform({ type: 'url-rewrite', urlRewriteConfig: { rewrites: [{ regex, replace }] } })
  }
  function host(regex: string, replace: string) {
    return compileTransform({
      type: 'host-header-rewrite',
      hostHeaderRewriteConfig: { rewrites: [{ regex, replace }] }
    })
  }

  it.each<[name: string, transform: ReturnType<typeof url>, text: string, result: string | undefined]>([
    ['takes a prefix away', url('^/api/(.*)$', '/$1'), '/api/users?x=1', '/users?x=1'],
    ['swaps groups', url('^/(\\w+)/(\\w+)', '/$2/$1'), '/a/b/c', '/b/a/c'],
    ['leaves what does not match', url('^/api', '/x'), '/other', undefined],
    ['reaches the query', url('\\?v=1$', '?v=2'), '/a?v=1', '/a?v=2'],
    ['has nothing for groups that took no part', url('^/(a)|(b)$', '/[$2]'), '/a', '/[]'],
    ['reads $10 as $1 and 0 where there is one group', url('^/(.)$', '/$10'), '/a', '/a0'],
    ['rewrites a host', host('^(.+)\\.example\\.com$', '$1.internal'), 'app.example.com', 'app.internal']
  ])('%s', (_name, transform, text, result) => {
    expect(transform.rewrite(text)).toBe(result)
  })

  it.each([
    ['a path without a slash', url('^/api/', 'api/'), '/api/x'],
    ['a path with a space', url('x', ' '), '/x'],
    ['an empty host', host('.*', ''), 'app.test'],
    ['a host with a slash', host('^app', 'a/b'), 'app.test']
  ])('that makes %s fails', (_name, transform, text) => {
    expect(() => transform.rewrite(text)).toThrow(TransformError)
  })

  it('changes what the target gets, not what rules and log see', async () => {
    const target = await startTarget()
    const rig = await start(
      {
        listeners: [
          {
            port: 80,
            rules: [
              {
                conditions: [path('/api/*')],
                actions: [forwardTo('app')],
                transforms: [
                  { type: 'url-rewrite', urlRewriteConfig: { rewrites: [{ regex: '^/api/', replace: '/v2/' }] } },
                  {
                    type: 'host-header-rewrite',
                    hostHeaderRewriteConfig: { rewrites: [{ regex: '^app', replace: 'backend' }] }
                  }
                ]
              },
              { conditions: [path('/v2/*')], actions: [respond('500', 'rules see the original')] },
              {
                conditions: [path('/bad/*')],
                actions: [forwardTo('app')],
                transforms: [
                  { type: 'url-rewrite', urlRewriteConfig: { rewrites: [{ regex: '^/bad/', replace: 'x' }] } }
                ]
              }
            ]
          }
        ],
        targetGroups: { app: {} }
      },
      { app: [target.target()] }
    )
    await rig.check()
    expect((await rig.get(80, '/api/users?x=1')).status).toBe(200)
    expect(target.seen).toMatchObject([{ url: '/v2/users?x=1' }])
    expect(target.seen[0]?.headers).toContainEqual(['Host', 'backend.test'])
    expect(rig.log[0]).toContain('"GET http://app.test:80/api/users?x=1 HTTP/1.1"')
    expect(rig.log[0]).toContain('"backend.test" "/v2/users?x=1" "TransformSuccess"')
    expect((await rig.get(80, '/bad/x')).status).toBe(500)
  })
})
