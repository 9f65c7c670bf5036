import { describe, expect, test } from '@jest/globals'
import { formatValue, operateOnHeaders, roundsOf } from '../../../src/istio/header-operation.ts'
import type { HeaderPairs } from '../../../src/istio/headers.ts'
import type { Headers } from '../../../src/istio/istio.ts'

const facts = {
  method: 'GET',
  path: '/x',
  authority: 'a.test',
  scheme: 'https',
  headers: [['x-user', 'ann']] as HeaderPairs,
  peer: '10.0.0.9',
  client: '198.51.100.7',
  version: '1.1'
}

test('a route removes, then sets, then adds, and never touches the host', () => {
  const headers: HeaderPairs = [
    ['Host', 'a.test'],
    ['X-One', '1'],
    ['X-Two', '2']
  ]
  const operated = operateOnHeaders(
    headers,
    [[{ set: { 'x-one': 'set', host: 'b.test' }, add: { 'x-two': 'more' }, remove: ['X-One', 'host'] }]],
    facts
  )
  expect(operated).toEqual([
    ['Host', 'a.test'],
    ['X-Two', '2'],
    ['x-one', 'set'],
    ['x-two', 'more']
  ])
})

describe('who has the last word on a header', () => {
  const route: Headers = { request: { set: { 'x-who': 'route' }, remove: ['x-gone'] } }
  const destination: Headers = { request: { set: { 'x-who': 'destination' }, add: { 'x-gone': 'added' } } }

  test.each([
    ['of one destination it does', true, 'destination'],
    ['of several the route does', false, 'route']
  ])('%s', (_name, isSingle, expected) => {
    const operated = operateOnHeaders([], roundsOf(route, destination, isSingle, 'request'), facts)
    expect(operated.filter(([name]) => name === 'x-who')).toEqual([['x-who', expected]])
    // Of several destinations the route's removal comes behind what the destination added.
    expect(operated.some(([name]) => name === 'x-gone')).toBe(isSingle)
  })
})

describe('percent signs in header values', () => {
  test.each([
    ['100%%', '100%', []],
    ['%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%', '198.51.100.7', []],
    ['%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%', '10.0.0.9', []],
    ['%PROTOCOL%', 'HTTP/1.1', []],
    ['%REQ(:method)% %REQ(x-user)%', 'GET ann', []],
    ['%REQ(x-none?x-user)%', 'ann', []],
    ['%START_TIME%', '%START_TIME%', ['%START_TIME%']]
  ])('%s', (value, text, unknown) => {
    expect(formatValue(value, facts)).toEqual({ text, unknown })
  })

  test('a command without a value leaves the header out', () => {
    expect(operateOnHeaders([], [[{ set: { 'x-user-of': '%REQ(x-none)%' } }]], facts)).toEqual([])
  })
})
