import { connect as connectHTTP2 } from 'node:http2'
import { type AddressInfo, connect, createServer } from 'node:net'
import { PassThrough } from 'node:stream'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { type Opening, openingOf, StandIn, type StandInAnswer } from '../../../../src/cluster/simulation/stand-in.ts'
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

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

/** What a client of HTTP/1.1 hears until it is cut off. */
function heard(port: number, request: string): Promise<string> {
  return new Promise(resolve => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    socket.on('data', chunk => {
      text += chunk
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
  })
}

/** How a stream of HTTP/2 ends. */
function codeOf(port: number): Promise<number> {
  return new Promise(resolve => {
    const session = connectHTTP2(`http://127.0.0.1:${port}`)
    const stream = session.request()
    stream.on('error', () => {})
    stream.on('close', () => {
      session.destroy()
      resolve(stream.rstCode)
    })
  })
}

test('letters of an answer are sent as UTF-8', async () => {
  const port = await freePort()
  const answer: StandInAnswer = { status: 200, headers: [['x', 'a\u010d\u010aX-Admin: true']], body: '' }
  const standIn = await StandIn.open('127.0.0.1', port, { receive: () => ({ answer: () => answer }) })
  expect(await heard(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toContain(
    'x: a\u010d\u010aX-Admin: true\r\n'
  )
  await standIn.close()
})

describe('an answer that HTTP does not carry', () => {
  let standIn: StandIn
  afterEach(async () => {
    jest.restoreAllMocks()
    await standIn.close()
  })

  test.each<[name: string, answer: StandInAnswer]>([
    ['a line end', { status: 200, headers: [['y', 'a\nb: c']], body: '' }],
    ['a name with a space', { status: 200, headers: [['a b', 'c']], body: '' }],
    ['a status of two digits', { status: 99, headers: [], body: '' }],
    ['no end of a text', { status: 200, headers: [['x', 'a\0']], body: '' }],
    ['no status', { status: 0, headers: [], body: '' }]
  ])('%s cuts its connection alone', async (name, answer) => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    let answers = answer
    const port = await freePort()
    standIn = await StandIn.open('127.0.0.1', port, { receive: () => ({ answer: () => answers }) })
    expect(await heard(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')).toBe('')
    // Node's HTTP/2 carries every byte of a value, and leaves it to the client to refuse.
    expect((await codeOf(port)) === 0).toBe(name === 'a line end')
    answers = { status: 200, headers: [], body: 'next' }
    expect(await heard(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toMatch(/next$/)
    expect(warn.mock.calls.length > 0).toBe(name !== 'no status')
  })
})
