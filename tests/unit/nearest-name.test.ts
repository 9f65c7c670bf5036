import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isNumbered, isSlipOf, nearestName } from '../../src/nearest-name.ts'

const known = ['healthcheck-port', 'healthcheck-path', 'scheme', 'subnets']

describe('the nearest name', () => {
  test.each([
    ['healtcheck-port', 'healthcheck-port'],
    ['healthcheck-prot', 'healthcheck-port'],
    ['healthcheck_path', 'healthcheck-path'],
    ['shceme', 'scheme'],
    ['subnet', 'subnets'],
    ['SubNets', 'subnets'],
    ['certificate-arn', undefined],
    ['', undefined]
  ])('of %p is %p', (name, expected) => expect(nearestName(name, known)).toBe(expected))

  test('of a name that is known is itself', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 }), names =>
        expect(nearestName(names[0]!, names)).toBe(names[0])
      )
    )
  })

  test('does not depend on the order where one is nearer', () => {
    expect(nearestName('healthcheck-prot', known.toReversed())).toBe('healthcheck-port')
  })
})

test.each([
  ['api-v1', 'api-v2', true],
  ['api', 'api2', true],
  ['web', 'api', false]
])('%p and %p differ in numbers alone: %p', (one, other, expected) => expect(isNumbered(one, other)).toBe(expected))

describe('a slip', () => {
  test.each([
    ['checkuot', 'checkout', true],
    ['chekout', 'checkout', true],
    ['checkkout', 'checkout', true],
    ['Checkout', 'chackout', true],
    ['checkot-api', 'checkout-app', false],
    ['orders', 'order', false],
    ['order', 'orders', false],
    ['oauth-proxy', 'auth-proxy', false],
    ['web', 'wen', false],
    ['basket1', 'basket2', false],
    ['basket', 'basket', false]
  ])('%p for %p: %p', (one, other, expected) => expect(isSlipOf(one, other)).toBe(expected))
})
