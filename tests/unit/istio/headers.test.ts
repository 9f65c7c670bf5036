import { describe, expect, test } from '@jest/globals'
import { type HeaderPairs, headerValue, trustHeaders } from '../../../src/istio/headers.ts'

const peer = '10.0.0.9'
function seen(headers: HeaderPairs, trustedProxies: number, tls = false): Record<string, string | undefined> {
  const trusted = trustHeaders(headers, { trustedProxies, peer, tls })
  const names = ['x-forwarded-for', 'x-forwarded-proto', 'x-envoy-external-address']
  return Object.fromEntries(names.map(name => [name, headerValue(trusted, name)]))
}

describe('whom a gateway believes', () => {
  test.each<[string, HeaderPairs, number, string, string]>([
    [
      'nobody: its own connection counts',
      [
        ['X-Forwarded-For', '198.51.100.7'],
        ['X-Forwarded-Proto', 'https']
      ],
      0,
      peer,
      'http'
    ],
    [
      'one proxy: the last address',
      [
        ['X-Forwarded-For', '192.0.2.9, 198.51.100.7'],
        ['X-Forwarded-Proto', 'https']
      ],
      1,
      '198.51.100.7',
      'https'
    ],
    ['two proxies: the last but one', [['X-Forwarded-For', '192.0.2.9, 198.51.100.7']], 2, '192.0.2.9', 'http'],
    ['more proxies than addresses: the peer', [['X-Forwarded-For', '198.51.100.7']], 3, peer, 'http'],
    ['a proxy that wrote nothing: the peer', [], 1, peer, 'http']
  ])('%s', (_name, headers, trustedProxies, client, proto) => {
    expect(seen(headers, trustedProxies)).toMatchObject({
      'x-envoy-external-address': client,
      'x-forwarded-proto': proto
    })
  })

  test('the peer is appended, whoever is believed', () => {
    for (const proxies of [0, 1, 2]) {
      expect(seen([['X-Forwarded-For', '192.0.2.9']], proxies)['x-forwarded-for']).toBe(`192.0.2.9,${peer}`)
    }
    expect(seen([], 1, true)).toMatchObject({ 'x-forwarded-for': peer, 'x-forwarded-proto': 'https' })
  })
})
