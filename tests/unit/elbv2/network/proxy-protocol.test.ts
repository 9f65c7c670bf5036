import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { localHeader, proxyHeader } from '../../../../src/elbv2/index.ts'

/** Headers of Network Load Balancers that were captured, with their checksums. */
const captures = [
  {
    name: 'AWS’s own example',
    connection: {
      source: { address: '172.31.7.113', port: 51442 },
      destination: { address: '172.31.10.31', port: 80 },
      vpcEndpoint: 'vpce-08d2bf15fac5001c9'
    },
    bytes: `0d0a0d0a000d0a515549540a 21 11 0054 ac1f0771 ac1f0a1f c8f2 0050 030004 e8d6892d
      ea0017 01 ${Buffer.from('vpce-08d2bf15fac5001c9').toString('hex')} 040024 ${'00'.repeat(36)}`
  },
  {
    name: 'through a VPC endpoint',
    connection: {
      source: { address: '192.168.44.10', port: 52286 },
      destination: { address: '192.168.44.7', port: 9243 },
      vpcEndpoint: 'vpce-00eafc458ec97b833'
    },
    bytes: `0d0a0d0a000d0a515549540a 21 11 0054 c0a82c0a c0a82c07 cc3e 241b 030004 b9286fa6
      ea0017 01 ${Buffer.from('vpce-00eafc458ec97b833').toString('hex')} 040024 ${'00'.repeat(36)}`
  }
]

describe('the PROXY protocol’s header', () => {
  test.each(captures)('is that of a capture: $name', ({ connection, bytes }) => {
    expect(proxyHeader(connection).toString('hex')).toBe(bytes.replace(/\s/g, ''))
  })

  test('of a health check is that of a capture', () => {
    const bytes = `0d0a0d0a000d0a515549540a 20 11 0054 030004 bce5951f 04004a ${'00'.repeat(74)}`
    expect(localHeader().toString('hex')).toBe(bytes.replace(/\s/g, ''))
  })

  test('has 100 bytes, whatever the addresses', () => {
    const address = fc.oneof(
      fc.ipV4(),
      fc.ipV6().filter(text => !text.includes('.'))
    )
    const port = fc.integer({ min: 0, max: 65_535 })
    fc.assert(
      fc.property(address, port, address, port, (from, fromPort, to, toPort) => {
        const header = proxyHeader({
          source: { address: from, port: fromPort },
          destination: { address: to, port: toPort }
        })
        const isIPv4 = [from, to].every(text => !text.includes(':'))
        const ports = header.subarray(isIPv4 ? 24 : 48).subarray(0, 4)
        expect(header).toHaveLength(100)
        expect(header.readUInt16BE(14)).toBe(84)
        expect(header[13]).toBe(isIPv4 ? 0x11 : 0x21)
        expect([ports.readUInt16BE(0), ports.readUInt16BE(2)]).toEqual([fromPort, toPort])
      })
    )
  })

  test('of one IPv4 and one IPv6 address maps the former', () => {
    const header = proxyHeader({ source: { address: '10.0.0.1', port: 1 }, destination: { address: '::1', port: 2 } })
    expect(header.subarray(16, 32).toString('hex')).toBe('00000000000000000000ffff0a000001')
  })
})
