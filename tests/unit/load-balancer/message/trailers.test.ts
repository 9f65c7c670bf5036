import { describe, expect, it } from '@jest/globals'
import { passableTrailers, requestTrailers } from '../../../../src/load-balancer/message/trailers.ts'

const own = new Set(['x-client-subject'])

describe('the trailers of a request', () => {
  it.each([
    'X-Forwarded-For',
    'x_forwarded_for',
    'X-Forwarded-Client-Cert',
    'Forwarded',
    'X-Amzn-Oidc-Identity',
    'x-amzn-oidc-data',
    'X-Amzn-Mtls-Clientcert-Subject',
    'X-Amzn-Trace-Id',
    'X-Client-Subject',
    'Authorization',
    'Content-Length',
    'content_length'
  ])('cannot be %s', name => expect(requestTrailers([[name, 'x']], own)).toEqual([]))

  it.each(['Server-Timing', 'X-Checksum', 'grpc-status'])('can be %s', name =>
    expect(requestTrailers([[name, 'x']], own)).toEqual([[name, 'x']])
  )
})

it('the trailers of an answer may be about a request of AWS’s', () => {
  expect(passableTrailers([['x-amzn-requestid', '1']])).toHaveLength(1)
})
