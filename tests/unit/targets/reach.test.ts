import { describe, expect, test } from '@jest/globals'
import { isLoopback, withoutUnreachable } from '../../../src/targets/index.ts'

describe('an address of loopback', () => {
  test.each(['127.0.0.1', '127.255.0.9', '::1', '0:0:0:0:0:0:0:1'])('%s is one', address => {
    expect(isLoopback(address)).toBe(true)
  })

  test.each(['10.0.0.5', '0.0.0.0', '::', '::ffff:10.0.0.5', 'localhost', '127.0.0.1.example.com', '', 'fd00::1'])(
    '%s is none',
    address => {
      expect(isLoopback(address)).toBe(false)
    }
  )
})

test('pods elsewhere are left unused; nodes and pods on loopback stay as they are', () => {
  const here = { id: '127.0.0.2', address: '127.0.0.2', port: 80 }
  const node = { id: 'i-0abc', address: '172.18.0.2', port: 30080 }
  const away = { id: '10.0.0.5', address: '10.0.0.5', port: 80 }
  expect(withoutUnreachable(new Map([['group', [here, node, away]]]))).toEqual({
    targets: new Map([['group', [here, node, { ...away, unusable: 'Target.NotInUse' }]]]),
    refused: ['10.0.0.5']
  })
})
