import { describe, expect, it } from '@jest/globals'
import { giveBack } from '../../../../src/load-balancer/transport/read-buffer.ts'

const size = 64 * 1024

describe('bytes that nobody needs any more', () => {
  it('are freed where they are all of a buffer', () => {
    const bytes = Buffer.from(new ArrayBuffer(size))
    giveBack(bytes)
    expect([bytes.length, bytes.buffer.byteLength]).toEqual([0, 0])
  })

  it.each<[string, Buffer]>([
    ['part of a buffer', Buffer.from(new ArrayBuffer(size), 0, size - 1)],
    ['few', Buffer.from(new ArrayBuffer(100))],
    ['none', Buffer.alloc(0)],
    ['shared', Buffer.from(new SharedArrayBuffer(size))]
  ])('stay where they are %s', (_what, bytes) => {
    const { length } = bytes
    giveBack(bytes)
    expect([bytes.length, Buffer.concat([bytes]).length]).toEqual([length, length])
  })
})
