import { describe, expect, test } from '@jest/globals'
import { mistakeOn, own, secure, testMistakes } from '../mistakes.ts'
import { ingress, specOf } from '../objects.ts'

const listener = 'AWS::ElasticLoadBalancingV2::Listener'

const both = { 'listen-ports': '[{"HTTP":80},{"HTTPS":443}]', 'certificate-arn': 'arn:c' }

test.each([
  { mode: { mode: 'off' }, want: { mode: 'off', trustStoreArn: '' } },
  { mode: { mode: 'passthrough' }, want: { mode: 'passthrough', trustStoreArn: '' } },
  {
    mode: { mode: 'verify', trustStore: 'arn:t' },
    want: { mode: 'verify', trustStoreArn: 'arn:t', ignoreClientCertificateExpiry: false }
  },
  {
    mode: {
      mode: 'verify',
      trustStore: 'partners',
      ignoreClientCertificateExpiry: true,
      advertiseTrustStoreCaNames: 'on'
    },
    want: {
      mode: 'verify',
      trustStoreArn: 'arn:aws:elasticloadbalancing:us-west-2:111122223333:truststore/partners/fedcba9876543210',
      ignoreClientCertificateExpiry: true,
      advertiseTrustStoreCaNames: 'on'
    }
  }
])('mutual-authentication $mode', ({ mode, want }) => {
  const objects = [
    ingress({
      ...both,
      'mutual-authentication': JSON.stringify([
        { port: 443, ...mode },
        { port: 80, mode: 'off' }
      ])
    })
  ]
  expect(specOf(objects, listener, '443').mutualAuthentication).toEqual(want)
  expect(specOf(objects, listener, '80')).not.toHaveProperty('mutualAuthentication')
})

describe('mistakes', () => {
  testMistakes([
    ...(
      [
        [
          '[{"port":443,"mode":"strict"}]',
          'mutualAuthentication mode value must be among [off, passthrough, verify] for port 443 : strict'
        ],
        [
          '[{"port":443,"mode":"verify"}]',
          'trustStore is required when mutualAuthentication mode is verify for port 443'
        ],
        ['[{"port":443}]', 'mutualAuthentication mode cannot be empty for port 443'],
        ['[{"mode":"off"}]', 'listen port must be within [1, 65535]: 0'],
        [
          '[{"port":443,"mode":"off","trustStore":"a"}]',
          'Mutual Authentication mode off does not support trustStore for port 443'
        ],
        [
          '[{"port":443,"mode":"passthrough","ignoreClientCertificateExpiry":true}]',
          'Mutual Authentication mode passthrough does not support ignoring client certificate expiry for port 443'
        ],
        ['[{"port":443,"mode":"verify","trustStore":"nosuch"}]', "couldn't find TrustStores with names [nosuch]"],
        ['[]', 'empty mutualAuthentication configuration from ingress annotation: `[]`'],
        [
          '{}',
          'failed to parse mutualAuthentication configuration from ingress annotation: `{}`: json: cannot unmarshal object into Go value of type []ingress.MutualAuthenticationConfig'
        ]
      ] as const
    ).map(([text, error]) =>
      mistakeOn(`mutual-authentication ${text}`, { 'mutual-authentication': text, ...secure }, own(error))
    )
  ])
})
