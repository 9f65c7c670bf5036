import { describe, expect, test } from '@jest/globals'
import { own, testMistakes } from '../mistakes.ts'
import { ingress, member, path, specOf } from '../objects.ts'

const listener = 'AWS::ElasticLoadBalancingV2::Listener'

function certificate(name: string): string {
  return `arn:aws:acm:us-west-2:111122223333:certificate/${name}`
}

test.each([
  { name: 'one', objects: [ingress({ 'certificate-arn': 'arn:a' })], want: ['arn:a'] },
  { name: 'in order', objects: [ingress({ 'certificate-arn': 'arn:b, arn:a' })], want: ['arn:b', 'arn:a'] },
  {
    name: 'of all members, the default one again',
    objects: [member('a', { 'certificate-arn': 'arn:1,arn:2' }), member('b', { 'certificate-arn': 'arn:1,arn:3' })],
    want: ['arn:1', 'arn:2', 'arn:1', 'arn:3']
  },
  {
    name: 'found by host, all that match, sorted',
    objects: [
      ingress(
        { 'listen-ports': '[{"HTTPS":443}]' },
        { rules: [{ host: 'shop.example.com', http: { paths: [path('/')] } }] }
      )
    ],
    want: [certificate('c1-wild-example-com'), certificate('c3-shop-example-com')]
  },
  {
    name: 'found by the hosts of tls',
    objects: [
      ingress(
        { 'listen-ports': '[{"HTTPS":443}]' },
        { tls: [{ hosts: ['example.com'] }, { hosts: ['a.eu.example.com'] }] }
      )
    ],
    want: [certificate('c2-apex-example-com'), certificate('c4-wild-eu-example-com')]
  },
  { name: 'none without a host', objects: [ingress({ 'listen-ports': '[{"HTTPS":443}]' })], want: undefined }
])('certificates: $name', ({ objects, want }) => {
  const certificates = specOf(objects, listener).certificates as { certificateARN: string }[] | undefined
  expect(certificates?.map(({ certificateARN }) => certificateARN)).toEqual(want)
})

describe('mistakes', () => {
  testMistakes([
    {
      mistake: 'a host without a certificate',
      objects: [
        ingress(
          { 'listen-ports': '[{"HTTPS":443}]' },
          { rules: [{ host: 'a.b.example.com', http: { paths: [path('/')] } }] }
        )
      ],
      error: own('no certificate found for host: a.b.example.com')
    }
  ])
})
