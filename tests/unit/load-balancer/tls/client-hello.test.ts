import { PassThrough } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type ClientHello, parseClientHello, peekClientHello } from '../../../../src/load-balancer/tls/client-hello.ts'
import { helloOf, inRecords } from '../../hello.ts'

describe('the first message of a client', () => {
  it.each<[name: string, options: ConnectionOptions, hello: object]>([
    ['of both versions', { minVersion: 'TLSv1.2' }, { speaksTLS13: true, ecdsa: true, rsa: true, protocols: [] }],
    ['of TLS 1.2', { maxVersion: 'TLSv1.2' }, { speaksTLS13: false, tls12: { ecdsa: true, rsa: true } }],
    [
      'that knows RSA alone',
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' },
      { tls12: { ecdsa: false, rsa: true } }
    ],
    [
      'that knows ECDSA alone',
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
      { tls12: { ecdsa: true, rsa: false } }
    ],
    [
      'of TLS 1.3 that verifies RSA alone',
      { minVersion: 'TLSv1.3', sigalgs: 'rsa_pss_rsae_sha256' },
      { speaksTLS13: true, ecdsa: false, rsa: true }
    ],
    ['with protocols', { ALPNProtocols: ['h2', 'http/1.1'] }, { protocols: ['h2', 'http/1.1'] }],
    ['that asks for a host', { servername: 'shop.example.com' }, { serverName: 'shop.example.com' }],
    ['that asks for none', { servername: '' }, { serverName: undefined }]
  ])('%s', async (_name, options, hello) => {
    expect(parseClientHello(await helloOf(options))).toMatchObject(hello)
  })

  it('is incomplete until its last byte, and the same in any number of records', async () => {
    const bytes = await helloOf({ ALPNProtocols: ['h2'] })
    const whole = parseClientHello(bytes)
    for (let length = 1; length < bytes.length; length++) {
      expect(parseClientHello(bytes.subarray(0, length))).toBe('incomplete')
    }
    const message = bytes.subarray(5)
    const records = [message.subarray(0, 3), message.subarray(3, 50), message.subarray(50)].map(part =>
      Buffer.concat([bytes.subarray(0, 3), Buffer.of(part.length >> 8, part.length & 0xff), part])
    )
    expect(parseClientHello(Buffer.concat(records))).toEqual(whole)
  })

  it('is the same in records of one byte each', async () => {
    const bytes = await helloOf({ ALPNProtocols: ['h2'], servername: 'shop.example.com' })
    expect(parseClientHello(inRecords(bytes, 1))).toEqual(parseClientHello(bytes))
  })

  it('is read once, however it is cut and comes', async () => {
    // 64 KiB on the wire, byte by byte: what looked at all of it with every byte would not be done in the time of a test.
    const ALPNProtocols = Array.from({ length: 45 }, (_, index) => `${index}`.padEnd(200, '-'))
    const records = inRecords(await helloOf({ ALPNProtocols }), 1)
    expect(records.length).toBeGreaterThan(60_000)
    expect(records.length).toBeLessThan(64 * 1024)
    const connection = new PassThrough({ highWaterMark: 1 << 20 })
    const seen = new Promise<ClientHello | undefined>(resolve => peekClientHello(connection, resolve))
    for (const byte of records) {
      connection.write(Buffer.of(byte))
    }
    expect((await seen)?.protocols).toEqual(ALPNProtocols)
    expect(connection.isPaused()).toBe(true)
    expect(connection.read()).toEqual(records)
  })

  it('is not looked into beyond 64 KiB', async () => {
    const connection = new PassThrough({ highWaterMark: 1 << 20 })
    const seen = new Promise<ClientHello | undefined>(resolve => peekClientHello(connection, resolve))
    const endless = Buffer.from([22, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff])
    connection.write(Buffer.concat([endless, Buffer.alloc(0x40_00 - 4)]))
    const more = Buffer.concat([Buffer.from([22, 3, 1, 0x40, 0]), Buffer.alloc(0x40_00)])
    for (let count = 0; count < 3; count++) {
      connection.write(more)
    }
    expect(await seen).toBeUndefined()
  })

  it('may be anything, and breaks nothing', async () => {
    const bytes = await helloOf({ ALPNProtocols: ['h2'] })
    const change = fc.record({ at: fc.nat(bytes.length - 1), byte: fc.nat(255) })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), changes => {
        const changed = Buffer.from(bytes)
        for (const { at, byte } of changes) {
          changed[at] = byte
        }
        expect(() => parseClientHello(changed)).not.toThrow()
      }),
      { numRuns: 1_000 }
    )
    fc.assert(fc.property(fc.uint8Array(), noise => void parseClientHello(Buffer.from(noise))))
    expect(parseClientHello(Buffer.from('GET / HTTP/1.1\r\n'))).toBeUndefined()
  })
})
