import { describe, expect, test } from '@jest/globals'
import { conflict, testMistakes } from '../mistakes.ts'
import { type Annotations, backendOf, ingress, member, specOf, withParams } from '../objects.ts'

const listener = 'AWS::ElasticLoadBalancingV2::Listener'

const both = { 'listen-ports': '[{"HTTP":80},{"HTTPS":443}]', 'certificate-arn': 'arn:c' }

test.each([
  { name: 'default policy', annotations: {}, want: 'ELBSecurityPolicy-2016-08' },
  {
    name: 'ssl-policy',
    annotations: { 'ssl-policy': 'ELBSecurityPolicy-TLS13-1-2-2021-06' },
    want: 'ELBSecurityPolicy-TLS13-1-2-2021-06'
  }
])('$name, for HTTPS alone', ({ annotations, want }) => {
  const objects = [ingress({ ...both, ...annotations } as Annotations)]
  expect(specOf(objects, listener, '443').sslPolicy).toBe(want)
  expect(specOf(objects, listener, '80')).not.toHaveProperty('sslPolicy')
})

test('listener-attributes are for one protocol and port', () => {
  const objects = [
    ingress({
      ...both,
      'listener-attributes.HTTPS-443': 'a=1',
      'listener-attributes.HTTPS-80': 'a=2',
      'listener-attributes.http-80': 'a=3'
    })
  ]
  expect(specOf(objects, listener, '443').listenerAttributes).toEqual([{ Key: 'a', Value: '1' }])
  expect(specOf(objects, listener, '80')).not.toHaveProperty('listenerAttributes')
})

test('listener attributes of IngressClassParams win key by key', () => {
  const listeners = [{ protocol: 'HTTP', port: 80, listenerAttributes: [{ key: 'a', value: 'class' }] }]
  const objects = withParams({ listeners }, ingress({ 'listener-attributes.HTTP-80': 'a=own,b=own' }))
  expect(specOf(objects, listener).listenerAttributes).toEqual([
    { Key: 'a', Value: 'class' },
    { Key: 'b', Value: 'own' }
  ])
})

test('the default backend of the one member that has one, on the ports that it listens on', () => {
  const objects = [
    ingress(
      { 'group.name': 'g', 'listen-ports': '[{"HTTP":80}]' },
      { defaultBackend: backendOf('gw'), rules: [] },
      'a'
    ),
    member('b', { 'listen-ports': '[{"HTTP":80},{"HTTP":8080}]' })
  ]
  expect(specOf(objects, listener, '80').defaultActions[0].type).toBe('forward')
  expect(specOf(objects, listener, '8080').defaultActions).toEqual([
    { type: 'fixed-response', fixedResponseConfig: { contentType: 'text/plain', statusCode: '404' } }
  ])
})

describe('mistakes', () => {
  testMistakes([
    {
      mistake: 'two default backends',
      objects: ['a', 'b'].map(name => ingress({ 'group.name': 'g' }, { defaultBackend: backendOf('gw') }, name)),
      error: 'multiple ingress defined default backend: [ns/a ns/b]'
    },
    conflict(
      { 'listener-attributes.HTTP-80': 'routing.http.response.server.enabled=true' },
      { 'listener-attributes.HTTP-80': 'routing.http.response.server.enabled=false' },
      'conflicting listener attributes routing.http.response.server.enabled: true | false for ingress ns/b'
    )
  ])
})
