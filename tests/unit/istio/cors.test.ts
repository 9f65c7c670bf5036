import { describe, expect, test } from '@jest/globals'
import { decideCors } from '../../../src/istio/cors.ts'
import type { CorsPolicy } from '../../../src/istio/istio.ts'

const origin = 'https://one.test'

function decide(policy: CorsPolicy, headers: Record<string, string>, method = 'GET') {
  return decideCors(policy, {
    method,
    path: '/',
    authority: 'a.test',
    scheme: 'https',
    headers: Object.entries(headers)
  })
}

/** Envoy: CorsFilter. */
describe('a preflight', () => {
  const asked = {
    origin,
    'access-control-request-method': 'PUT',
    'access-control-request-headers': 'x-a,x-b'
  }
  const taken = ['access-control-allow-origin', origin]
  test.each<{ name: string; policy: CorsPolicy; answer: string[][] | undefined }>([
    { name: 'an origin that fits', policy: { allowOrigins: [{ exact: origin }] }, answer: [taken] },
    { name: 'the origin *', policy: { allowOrigins: [{ exact: '*' }] }, answer: [taken] },
    { name: 'another origin, forwarded', policy: { allowOrigins: [{ exact: 'https://two.test' }] }, answer: undefined },
    {
      name: 'another origin, not forwarded: all but that it is allowed',
      policy: {
        allowOrigins: [{ exact: 'https://two.test' }],
        unmatchedPreflights: 'IGNORE',
        allowMethods: ['GET', 'POST'],
        allowCredentials: true,
        exposeHeaders: ['x-seen'],
        maxAge: '1m30s'
      },
      answer: [
        ['access-control-allow-credentials', 'true'],
        ['access-control-allow-methods', 'GET,POST'],
        ['access-control-max-age', '90']
      ]
    },
    {
      name: 'methods and headers of any kind: those that are asked for',
      policy: { allowOrigins: [{ prefix: 'https://' }], allowMethods: ['*'], allowHeaders: ['*'] },
      answer: [taken, ['access-control-allow-methods', 'PUT'], ['access-control-allow-headers', 'x-a,x-b']]
    },
    {
      name: '* as one of several, which is a name like others',
      policy: { allowOrigins: [{ prefix: 'https://' }], allowMethods: ['*', 'GET'] },
      answer: [taken, ['access-control-allow-methods', '*,GET']]
    }
  ])('of $name', ({ policy, answer }) => {
    expect(decide(policy, asked, 'OPTIONS')?.preflight).toEqual(answer)
  })

  test('is one with its method and what is asked for alone', () => {
    const policy = { allowOrigins: [{ exact: origin }] }
    expect(decide(policy, { origin }, 'OPTIONS')?.preflight).toBeUndefined()
    expect(decide(policy, asked, 'GET')?.preflight).toBeUndefined()
    expect(decide(policy, {}, 'OPTIONS')).toBeUndefined()
  })
})

test('an answer is marked for an origin that fits, and for no other', () => {
  const policy = { allowOrigins: [{ exact: origin }], allowCredentials: true, exposeHeaders: ['x-seen'] }
  expect(decide(policy, { origin })!.headers([['server', 'app']])).toEqual([
    ['server', 'app'],
    ['access-control-allow-origin', origin],
    ['access-control-allow-credentials', 'true'],
    ['access-control-expose-headers', 'x-seen']
  ])
  expect(decide(policy, { origin: 'https://two.test' })).toBeUndefined()
})
