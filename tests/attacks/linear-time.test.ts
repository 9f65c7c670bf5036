/**
 * Whoever sends twice as much may cost twice as much, not four times: each parser of others' bytes gets an input and its
 * double, in the forms that once cost more.
 */

import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { data, fields, flags, frame, remembered, settings } from './http2-frames.ts'
import { startCounting } from './steps.ts'

let counter: Awaited<ReturnType<typeof startCounting>>
let sources: Awaited<ReturnType<typeof load>>

/** Loaded while it is counted, since V8 counts what it compiles from then on. */
async function load() {
  return {
    ...(await import('../../src/elbv2/index.ts')),
    ...(await import('../../src/elbv2/request.ts')),
    ...(await import('../../src/model/index.ts')),
    ...(await import('../../src/resources/index.ts')),
    ...(await import('../../src/load-balancer/message/request-head.ts')),
    ...(await import('../../src/load-balancer/message/request-body.ts')),
    ...(await import('../../src/load-balancer/transport/response-head.ts')),
    ...(await import('../../src/load-balancer/http2/field-decoder.ts')),
    ...(await import('../../src/load-balancer/http2/field-encoder.ts')),
    ...(await import('../../src/load-balancer/http2/frame-reader.ts')),
    ...(await import('../../src/load-balancer/tls/client-hello.ts')),
    ...(await import('../../src/load-balancer/target-group/stickiness.ts')),
    ...(await import('../../src/elbv2/forwarded-headers.ts')),
    ...(await import('../../src/values/assignment.ts')),
    ...(await import('../../src/aws/client/xml-answer.ts')),
    ...(await import('../../src/aws/protocol/request.ts')),
    ...(await import('../../src/cluster/simulation/proxy-header.ts'))
  }
}

beforeAll(async () => {
  counter = await startCounting()
  sources = await load()
})
afterAll(() => counter.stop())

/** Twice the input, and what begins anew with each run. */
const mostGrowth = 2.3

function byteByByte(bytes: Buffer, take: (byte: Buffer) => void): void {
  for (const byte of bytes) {
    take(Buffer.of(byte))
  }
}

function readHead(text: string): unknown {
  const reader = new sources.HeadReader()
  return reader.push(Buffer.from(text, 'latin1'))
}

function head(header: string): string {
  return `GET / HTTP/1.1\r\nHost: a\r\n${header}\r\n\r\n`
}

/** Records of one byte each of a handshake message that is longer than all of them. */
function helloRecords(count: number): Buffer {
  const message = Buffer.concat([Buffer.from([1, 0, 0xea, 0x60]), Buffer.alloc(count, 65)])
  return Buffer.concat([...message].map(byte => Buffer.of(22, 3, 1, 0, 1, byte)))
}

function planOf(annotation: string, value: string): void {
  const ingress = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'i', namespace: 'd', annotations: { [`alb.ingress.kubernetes.io/${annotation}`]: value } },
    spec: { ingressClassName: 'alb', defaultBackend: { service: { name: 's', port: { number: 80 } } } }
  }
  const { resources } = sources.assumeMissing(
    sources.parseManifests([{ file: 'i.json', text: JSON.stringify(ingress) }])
  )
  sources.buildPlan(resources, sources.defaultEnvironment)
}

/** A header of version 2 that says it is longer than all that comes of it. */
function proxyHeaderOf(size: number): Buffer {
  return Buffer.concat([Buffer.from('\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff', 'latin1'), Buffer.alloc(size)])
}

function readCall(body: string): void {
  sources.parseRequest({ method: 'POST', url: '/', headers: {}, body }).readInput()
}

function decodeError(xml: string): void {
  sources.decodeXMLError(xml, 400)
}

/** Frames of a target, and all that is told of them is left. */
function readFrames(...pieces: Buffer[]): void {
  const reader = new sources.FrameReader({
    onHeaders: () => {},
    onDataFrame: () => {},
    onData: () => {},
    onDataEnd: () => {},
    onReset: () => {},
    onSettings: () => {},
    onPing: () => {},
    onGoAway: () => {},
    onWindowUpdate: () => {}
  })
  reader.push(settings())
  for (const piece of pieces) {
    reader.push(piece)
  }
}

function singly(bytes: Buffer): Buffer[] {
  return Array.from(bytes, byte => Buffer.of(byte))
}

function repeated(bytes: Buffer, count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => bytes))
}

function readFields(block: Buffer): void {
  new sources.FieldDecoder().decode(block, 32 * 1024)
}

/** A length behind a prefix of seven bits. */
function sizeOf(length: number): number[] {
  const rest = length - 127
  return [(rest & 127) | 128, rest >> 7]
}

const parsers: [name: string, run: (size: number) => unknown][] = [
  ['spaces within a header', size => readHead(head(`X: a${' '.repeat(size)}b`))],
  ['spaces within a name', size => readHead(head(`X${' '.repeat(size)}b: c`))],
  ['tabs behind a version', size => readHead(`GET / HTTP/1.1${'\t'.repeat(size)}x\r\n\r\n`)],
  ['words in a request line', size => readHead(`GET ${'a '.repeat(size / 2)} \r\n\r\n`)],
  ['many headers', size => readHead(head('X: a\r\n'.repeat(size / 6).trimEnd()))],
  ['folded lines', size => readHead(head(`X: a${'\r\n b'.repeat(size / 4)}`))],
  ['codings', size => readHead(head(`Transfer-Encoding: ${'chunked, '.repeat(size / 9)}`))],
  [
    'a head that comes byte by byte',
    size => {
      const reader = new sources.HeadReader()
      byteByByte(Buffer.from(`GET / HTTP/1.1\r\n${'X: a\r\n'.repeat(size / 6)}`), byte => reader.push(byte))
    }
  ],
  [
    "a target's head that comes byte by byte",
    size => {
      const reader = new sources.ResponseHeadReader()
      byteByByte(Buffer.from(`HTTP/1.1 200 OK\r\n${'X: a\r\n'.repeat(size / 6)}`), byte => reader.push(byte))
    }
  ],
  [
    "spaces in a target's header",
    size => sources.parseResponse(`HTTP/1.1 200 OK\r\nX: a${' '.repeat(size)}b\r\n\r\n`, 'GET')
  ],
  ["a target's frame, byte by byte", size => readFrames(...singly(frame('headers', 4, 1, Buffer.alloc(size))))],
  [
    "a target's block of sixteen frames, byte by byte",
    size => {
      const rest = Array.from({ length: 14 }, () => frame('continuation', 0, 1, Buffer.alloc(size / 16)))
      const all = [frame('headers', 0, 1, Buffer.alloc(size / 16)), ...rest, frame('continuation', flags.endHeaders, 1)]
      readFrames(...singly(Buffer.concat(all)))
    }
  ],
  ["a target's data, byte by byte", size => readFrames(...singly(data(1, Buffer.alloc(size))))],
  ["a target's frames of one byte at once", size => readFrames(repeated(data(1, 'x'), size / 10))],
  ["a target's frames of no type at once", size => readFrames(repeated(frame(99, 0, 1), size / 9))],
  ['references to a field', size => readFields(Buffer.concat([remembered('x', 'y'), Buffer.alloc(size, 0xbe)]))],
  ['fields that drive out others', size => readFields(repeated(remembered('x', 'y'), size / 5))],
  ['sizes of a table', size => readFields(repeated(Buffer.of(0x20, 0x3f, 0xe1, 0x1f), size / 4))],
  [
    'a coded text',
    size =>
      readFields(
        Buffer.concat([fields([['x', '']]), Buffer.from([0, 1, 120, 0xff, ...sizeOf(size)]), Buffer.alloc(size)])
      )
  ],
  ['a header to be written', size => sources.encodeFields([['x', 'v'.repeat(size)]])],
  ['headers to be written', size => sources.encodeFields(Array.from({ length: size / 6 }, () => ['x', 'y']))],
  [
    'chunks of one byte, byte by byte',
    size => {
      const decoder = sources.createDecoder('chunked')
      byteByByte(Buffer.from('1\r\na\r\n'.repeat(size / 6)), byte => decoder.push(byte, () => {}))
    }
  ],
  [
    'trailers that come byte by byte',
    size => {
      const decoder = sources.createDecoder('chunked')
      byteByByte(Buffer.from(`0\r\n${'X: a\r\n'.repeat(size / 6)}`), byte => decoder.push(byte, () => {}))
    }
  ],
  [
    'a ClientHello in records of one byte, byte by byte',
    size => {
      const socket = new PassThrough({ highWaterMark: 1 << 20 })
      sources.peekClientHello(socket, () => {})
      byteByByte(helloRecords(size / 6), byte => socket.emit('data', byte))
    }
  ],
  ['names in a ClientHello', size => sources.parseClientHello(helloRecords(size / 6))],
  ['spaces in tags', size => planOf('tags', `a${' '.repeat(size)}b=c`)],
  ['spaces in subnets', size => planOf('subnets', `a${' '.repeat(size)}b`)],
  ['commas in subnets', size => planOf('subnets', ','.repeat(size))],
  ['a long JSON', size => planOf('listen-ports', `[${'{"HTTP":80},'.repeat(size / 12)}{}]`)],
  ['an open JSON', size => planOf('listen-ports', '['.repeat(size))],
  ['escapes in a JSON', size => planOf('actions.x', `{"type":"${'\\u0041'.repeat(size / 6)}"}`)],
  ['attributes', size => planOf('load-balancer-attributes', 'a=b,'.repeat(size / 4))],
  ['a path of dots', size => sources.normalizePath(`/${'%2e%2e/'.repeat(size / 7)}`)],
  ['a path of slashes', size => sources.normalizePath(`/.${'/'.repeat(size)}`)],
  [
    'a header of the PROXY protocol, byte by byte',
    size => {
      const socket = new PassThrough({ highWaterMark: 1 << 20 })
      sources.takeProxyHeader(socket, () => {})
      byteByByte(proxyHeaderOf(size), byte => socket.emit('data', byte))
    }
  ],
  [
    'fields of a call',
    size => readCall(`Action=DescribeLoadBalancers&Version=2015-12-01${'&Names.member.1=a'.repeat(size / 17)}`)
  ],
  [
    'a name of a field with many parts',
    size => readCall(`Action=DescribeLoadBalancers&Version=2015-12-01&Names${'.1'.repeat(size / 2)}=a`)
  ],
  ['members of an answer', size => decodeError(`<a>${'<b>c</b>'.repeat(size / 8)}</a>`)],
  ['elements that are not closed', size => decodeError('<a>'.repeat(size / 3))],
  ['entities', size => decodeError(`<a>${'&amp;'.repeat(size / 5)}</a>`)],
  ['an entity without an end', size => decodeError(`<a>${'&'.repeat(size)}</a>`)],
  ['cookies', size => sources.cookiesOf([['cookie', 'a=b; '.repeat(size / 5)]])],
  ['semicolons in cookies', size => sources.cookiesOf([['cookie', ';'.repeat(size)]])],
  ['forwarded addresses', size => sources.forwardedAddresses([['x-forwarded-for', '1.2.3.4, '.repeat(size / 9)]])],
  ['a trace identifier', size => sources.traceID(`Root=${';'.repeat(size)}`, 0)],
  ['keys of an assignment', size => sources.assignedKeys('a.b=1,'.repeat(size / 6))],
  ['braces of an assignment', size => sources.assignedKeys(`a=${'{'.repeat(size)}`)],
  ['a token', size => readHead(head(`Authorization: Bearer ${'a.'.repeat(size / 2)}`))],
  ['a cookie header', size => sources.tokensOf([['connection', ', '.repeat(size / 2)]], 'connection')]
]

describe('time grows with the input, no faster', () => {
  it.each(parsers)('%s', async (_name, run) => {
    // What is compiled, or remembered, at the first time.
    run(1200)
    const steps = await counter.stepsOf(() => run(6_000))
    const twice = await counter.stepsOf(() => run(12_000))
    expect(steps).toBeGreaterThan(0)
    expect(twice / steps).toBeLessThan(mostGrowth)
  })
})

describe('the counter', () => {
  it('tells a parser that looks at everything again with every byte', async () => {
    function copyAgain(size: number): void {
      let all: Buffer = Buffer.alloc(0)
      byteByByte(Buffer.alloc(size), byte => {
        all = Buffer.concat([all, byte])
      })
    }
    const steps = await counter.stepsOf(() => copyAgain(1_000))
    expect((await counter.stepsOf(() => copyAgain(2_000))) / steps).toBeGreaterThan(3.5)
  })
})
