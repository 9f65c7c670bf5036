import { describe, expect, test } from '@jest/globals'
import { conflict, invalidNumber, mistakeOn, own, testMistakes } from '../mistakes.ts'
import { ingress, member, specOf, stackOf, withParams } from '../objects.ts'

const listener = 'AWS::ElasticLoadBalancingV2::Listener'

const both = { 'listen-ports': '[{"HTTP":80},{"HTTPS":443}]', 'certificate-arn': 'arn:c' }

describe('ssl-redirect', () => {
  const redirect = { type: 'redirect', redirectConfig: { port: '443', protocol: 'HTTPS', statusCode: 'HTTP_301' } }

  test('empties every HTTP listener of the group, and leaves HTTPS alone', () => {
    const objects = [
      member('a', { ...both, 'ssl-redirect': '443' }),
      member('b', { 'listen-ports': '[{"HTTP":8080}]' })
    ]
    for (const port of ['80', '8080']) {
      expect(specOf(objects, listener, port).defaultActions).toEqual([redirect])
    }
    const rules = Object.keys(stackOf(objects).resources['AWS::ElasticLoadBalancingV2::ListenerRule'] ?? {})
    expect(rules).toEqual(['443:1'])
  })

  test('of IngressClassParams wins; one that is no number is none at all', () => {
    function objects(sslRedirectPort: string) {
      return withParams({ sslRedirectPort }, ingress({ ...both, 'ssl-redirect': '8443' }))
    }
    expect(specOf(objects('443'), listener, '80').defaultActions).toEqual([redirect])
    expect(specOf(objects('https'), listener, '80').defaultActions[0].type).toBe('fixed-response')
  })
})

describe('mistakes', () => {
  testMistakes([
    mistakeOn(
      'a redirect to a port without a listener',
      { 'ssl-redirect': '443' },
      'listener does not exist for SSLRedirect port: 443'
    ),
    mistakeOn(
      'a redirect to an HTTP listener',
      { 'ssl-redirect': '80' },
      'listener protocol non-SSL for SSLRedirect port: 80'
    ),
    mistakeOn('a redirect to no number', { 'ssl-redirect': 'https' }, own(invalidNumber('ssl-redirect', 'https', 32))),
    conflict({ 'ssl-redirect': '8443' }, { 'ssl-redirect': '443' }, 'conflicting sslRedirect port: [443 8443]')
  ])
})
