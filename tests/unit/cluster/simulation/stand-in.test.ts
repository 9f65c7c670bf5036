import { PassThrough } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Opening, openingOf } from '../../../../src/cluster/simulation/stand-in.ts'
import { peekClientHello } from '../../../../src/load-balancer/index.ts'
import { helloOf } from '../../hello.ts'

/** What a stand-in takes a connection for that says this; undefined while it still waits for more. */
async function openingAfter(bytes: Buffer): Promise<Opening | undefined> {
  const connection = new PassThrough()
  let opening: Opening | undefined
  peekClientHello(connection, (hello, read) => {
    opening = openingOf(hello, read)
  })
  connection.write(bytes)
  await new Promise(setImmediate)
  return opening
}

describe('the first bytes of a connection', () => {
  test.each([
    ['shop.example.com', 'shop.example.com'],
    ['', undefined]
  ])('of a TLS client that asks for %j', async (servername, expected) => {
    const hello = await helloOf({ servername })
    expect(await openingAfter(hello)).toEqual({ kind: 'tls', serverName: expected })
    for (let length = 1; length < hello.length; length += 7) {
      expect(await openingAfter(hello.subarray(0, length))).toBeUndefined()
    }
  })

  test('of a handshake that begins with another message', async () => {
    const other = Buffer.from([0x16, 3, 1, 0, 4, 2, 0, 0, 0])
    expect(await openingAfter(other)).toEqual({ kind: 'tls', serverName: undefined })
  })

  test.each([
    ['GET / HTTP/1.1\r\n', 'http1'],
    ['PRI * HTTP/2.0\r\n', 'http2'],
    ['PUT / HTTP/1.1\r\n', 'http1']
  ])('%j', async (text, kind) => {
    expect(await openingAfter(Buffer.from(text))).toEqual({ kind })
  })

  test('whatever they are, they are told, and nothing is thrown', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.boolean(), async (bytes, handshake) => {
        const opening = await openingAfter(Buffer.from(handshake ? [0x16, 3, 1, ...bytes] : bytes))
        expect([undefined, 'http1', 'http2', 'tls']).toContain(opening?.kind)
      })
    )
  })
})
