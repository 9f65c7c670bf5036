import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { connect } from 'node:tls'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readOpening } from '../../../../src/cluster/simulation/client-hello.ts'

/** What a TLS client of this Node says first. */
async function helloOf(servername: string): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, servername })
  client.on('error', () => {})
  const [socket] = await once(server, 'connection')
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  client.destroy()
  socket.destroy()
  server.close()
  return bytes
}

describe('the first bytes of a connection', () => {
  test.each([
    ['shop.example.com', 'shop.example.com'],
    ['', undefined]
  ])('of a TLS client that asks for %j', async (servername, expected) => {
    const hello = await helloOf(servername)
    expect(readOpening(hello)).toEqual({ kind: 'tls', serverName: expected })
    for (let length = 0; length < hello.length; length += 7) {
      expect(readOpening(hello.subarray(0, length))).toEqual({ kind: 'incomplete' })
    }
  })

  test.each([
    ['GET / HTTP/1.1\r\n', 'http1'],
    ['PRI * HTTP/2.0\r\n', 'http2'],
    ['PUT / HTTP/1.1\r\n', 'http1']
  ])('%j', (text, kind) => {
    expect(readOpening(Buffer.from(text))).toEqual({ kind })
  })

  test('whatever they are, they are told, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, handshake) => {
        const opening = readOpening(Buffer.from(handshake ? [0x16, 3, 1, ...bytes] : bytes))
        expect(['incomplete', 'http1', 'http2', 'tls']).toContain(opening.kind)
      })
    )
  })
})
