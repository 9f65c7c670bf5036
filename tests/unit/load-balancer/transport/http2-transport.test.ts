/**
 * Requests and answers of every form between this transport and the engine of Node, which codes texts and remembers fields: what one
 * side says is what the other one hears, over connections that carry all of them.
 */

import http2, { type ServerHttp2Stream } from 'node:http2'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { HeaderList } from '../../../../src/elbv2/index.ts'
import { createHttp2Transport } from '../../../../src/load-balancer/transport/http2-transport.ts'
import type { Transport } from '../../../../src/load-balancer/transport/transport.ts'
import { createManualClock } from '../../../manual-clock.ts'

/** One request with its answer. */
interface Exchange {
  method: string
  path: string
  headers: HeaderList
  /** Parts in which the body is written; undefined where there is none. */
  body: Buffer[] | undefined
  hasLength: boolean
  trailers: HeaderList
  answer: Answer
}

interface Answer {
  interim: { status: number; headers: Grouped }[]
  status: number
  headers: Grouped
  /** Names whose values nobody may remember. */
  secret: string[]
  body: Buffer[] | undefined
  trailers: Grouped
}

/** Names with their values, as Node takes them. */
type Grouped = Record<string, string[]>

function listOf(grouped: Grouped): HeaderList {
  return Object.entries(grouped).flatMap(([name, values]) => values.map((value): [string, string] => [name, value]))
}

const visible = Array.from({ length: 224 }, (_, index) => String.fromCharCode(index + 32)).filter(one => one !== '\x7f')

/** Node’s engine refuses white space around a value. */
const value = fc
  .oneof(
    { weight: 4, arbitrary: fc.string({ unit: fc.constantFrom(...visible, '\t'), maxLength: 60 }) },
    { weight: 4, arbitrary: fc.string({ unit: fc.constantFrom(...'aeiost0123/;=, -'), maxLength: 200 }) },
    { weight: 1, arbitrary: fc.integer({ min: 100, max: 5000 }).map(length => 'v'.repeat(length)) }
  )
  .map(text => text.replace(/^[ \t]+|[ \t]+$/g, ''))

const plainNames = [
  ...[
    'accept',
    'accept-encoding',
    'cache-control',
    'cookie',
    'user-agent',
    'via',
    'vary',
    'x-request-id',
    'set-cookie'
  ],
  ...['grpc-timeout', 'x-b3-traceid', '!#$%&*+-.^_`|~', '__proto_', 'constructor', 'link', 'www-authenticate']
]
const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...plainNames) },
  {
    weight: 1,
    arbitrary: fc
      .string({ unit: fc.constantFrom(...'abcxyz019-_'), minLength: 1, maxLength: 30 })
      .map(text => `x${text}`)
  }
)
/** Several times the same ones, so that tables have what they remember. */
const familiar = fc.constantFrom<[string, string]>(
  ['x-tenant', 'blue'],
  ['cookie', 'a=b'],
  ['x-trace', '1-67891233'],
  ['te', 'trailers']
)
const upperOrNot = fc.boolean()

const requestHeaders = fc
  .array(
    fc
      .oneof(
        familiar,
        fc.tuple(name, value).map(([one, text]): [string, string] => [one, text])
      )
      .chain(([one, text]) => upperOrNot.map((isUpper): [string, string] => [isUpper ? one.toUpperCase() : one, text])),
    { maxLength: 10 }
  )
  // Node's engine takes TE once.
  .map(list =>
    list.filter(
      ([one], index) =>
        one.toLowerCase() !== 'te' || list.findIndex(([other]) => other.toLowerCase() === 'te') === index
    )
  )

/** Names that Node takes several values of: it checks those that it knows. */
const grouped = fc
  .array(
    fc.tuple(
      fc.constantFrom(...plainNames.filter(one => one !== 'user-agent'), 'x-tenant'),
      fc.array(value, { minLength: 1, maxLength: 3 })
    ),
    { maxLength: 6 }
  )
  .map((entries): Grouped => Object.fromEntries(entries))

const body = fc.option(
  fc.array(
    fc
      .tuple(fc.oneof({ weight: 5, arbitrary: fc.nat(2000) }, { weight: 1, arbitrary: fc.nat(70_000) }), fc.nat(255))
      .map(([length, first]) => {
        const bytes = Buffer.alloc(length)
        for (let index = 0; index < length; index += 1) {
          bytes[index] = first + index * 7
        }
        return bytes
      }),
    { maxLength: 5 }
  ),
  { nil: undefined, freq: 3 }
)

const exchange: fc.Arbitrary<Exchange> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'X-ODD'),
  path: fc.string({ unit: fc.constantFrom(...'abc/%20?&=.~-_:@!$*+,;'), maxLength: 60 }).map(text => `/${text}`),
  headers: requestHeaders,
  body,
  hasLength: fc.boolean(),
  trailers: fc.array(fc.tuple(name, value), { maxLength: 3 }),
  answer: fc.record({
    interim: fc.array(fc.record({ status: fc.constantFrom(102, 103), headers: grouped }), { maxLength: 2 }),
    status: fc.constantFrom(200, 200, 201, 206, 301, 400, 404, 500, 599),
    headers: grouped,
    secret: fc.subarray(plainNames),
    body,
    trailers: grouped
  })
})

interface Heard {
  method: string
  path: string
  headers: HeaderList
  body: string
  trailers: HeaderList
}

/** Texts are compared much faster than buffers. */
function textOf(parts: Buffer[] = []): string {
  return Buffer.concat(parts).toString('latin1')
}

function pairs(flat: readonly string[]): HeaderList {
  return Array.from({ length: flat.length / 2 }, (_, index): [string, string] => [
    flat[2 * index]!,
    flat[2 * index + 1]!
  ])
}

function withSecrets(headers: Grouped, secret: string[]): http2.OutgoingHttpHeaders {
  return { ...headers, [http2.sensitiveHeaders]: secret.filter(one => one in headers) } as http2.OutgoingHttpHeaders
}

async function reply(stream: ServerHttp2Stream, { interim, status, headers, secret, body: parts, trailers }: Answer) {
  for (const one of interim) {
    stream.additionalHeaders({ ':status': one.status, ...one.headers })
  }
  const hasTrailers = Object.keys(trailers).length > 0
  stream.respond({ ':status': status, ...withSecrets(headers, secret) }, {
    endStream: parts === undefined && !hasTrailers,
    waitForTrailers: hasTrailers,
    sendDate: false
  } as http2.ServerStreamResponseOptions)
  stream.on('wantTrailers', () => stream.sendTrailers(withSecrets(trailers, secret)))
  if (parts === undefined && !hasTrailers) {
    return
  }
  for (const part of parts ?? []) {
    stream.write(part)
    await new Promise(resolve => setImmediate(resolve))
  }
  stream.end()
}

/** The number of an exchange among all, by which the server knows what to answer. */
const numberName = 'x-exchange'

const exchanges: Exchange[] = []
const heard = new Map<number, Heard>()
let sessions = 0
let server: http2.Http2Server
let transport: Transport

beforeAll(async () => {
  server = http2.createServer({
    maxHeaderListPairs: 2000,
    settings: { headerTableSize: 4096, initialWindowSize: 40_000 }
  } as http2.ServerOptions)
  server.on('session', () => {
    sessions += 1
  })
  server.on('stream', (stream, headers, _flags, raw: unknown) => {
    stream.on('error', () => {})
    const list = pairs(raw as string[])
    const number = Number(headers[numberName])
    const chunks: Buffer[] = []
    let trailers: HeaderList = []
    stream.on('trailers', (_trailers: unknown, _flags2: unknown, rawTrailers: string[]) => {
      trailers = pairs(rawTrailers)
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      // The trailers are told when the data has been.
      setImmediate(() => {
        heard.set(number, {
          method: headers[':method']!,
          path: headers[':path']!,
          headers: list.filter(([one]) => !one.startsWith(':') && one !== numberName),
          body: textOf(chunks),
          trailers
        })
        void reply(stream, exchanges[number]!.answer)
      })
    })
  })
  const port = await new Promise<number>(resolve =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  )
  transport = createHttp2Transport({
    target: { id: 'i-node', address: '127.0.0.1', port },
    protocol: 'HTTP',
    clock: createManualClock(),
    idleTimeout: () => 60_000
  })
})

afterAll(async () => {
  transport.close()
  await new Promise(resolve => server.close(resolve))
})

interface Came {
  interim: { status: number; headers: HeaderList }[]
  status: number
  headers: HeaderList
  body: string
  trailers: HeaderList
}

function send(one: Exchange): Promise<{ number: number; came: Came }> {
  const number = exchanges.push(one) - 1
  const length = one.body?.reduce((sum, part) => sum + part.length, 0)
  const came: Came = { interim: [], status: 0, headers: [], body: '', trailers: [] }
  const chunks: Buffer[] = []
  return new Promise((resolve, reject) => {
    const source = new PassThrough()
    const sending = transport.send(
      {
        method: one.method,
        path: one.path,
        headers: [['Host', 'app.test'], ...one.headers, [numberName, String(number)]],
        body: () => source,
        bodyLength: one.body === undefined ? 0 : one.hasLength ? length : undefined,
        trailers: () => one.trailers,
        closeAfterwards: false
      },
      {
        onSent: () => {},
        onInformation: ({ status, headers }) => void came.interim.push({ status, headers }),
        onResponse({ status, headers }) {
          came.status = status
          came.headers = headers
        },
        onData(chunk) {
          // What is kept must stay as it is; what was taken may be read over at once.
          const isKept = number % 2 === 0
          chunks.push(isKept ? chunk : Buffer.from(chunk))
          // Now and then the client is slow.
          if (chunks.length % 3 === 0) {
            sending.pause()
            setImmediate(() => sending.resume())
          }
          return !isKept
        },
        onQuiet: () => {},
        onEnd(trailers) {
          came.trailers = trailers
          came.body = textOf(chunks)
          resolve({ number, came })
        },
        onUpgrade: () => reject(new Error('upgraded')),
        onError: reject
      }
    )
    for (const part of one.body ?? []) {
      source.write(part)
    }
    source.end()
  })
}

function sorted(list: HeaderList): HeaderList {
  return list
    .map(([one, text], index) => ({ one, text, index }))
    .sort((a, b) => (a.one < b.one ? -1 : a.one > b.one ? 1 : a.index - b.index))
    .map(({ one, text }) => [one, text])
}

function lowered(list: HeaderList): HeaderList {
  return list.map(([one, text]) => [one.toLowerCase(), text])
}

/** What both sides said, and what both heard, as far as their order counts. */
async function exchanged(one: Exchange): Promise<{ said: object; heard: object }> {
  const { number, came } = await send(one)
  const { answer } = one
  const whole = textOf(one.body)
  const seen = heard.get(number)!
  const length: HeaderList =
    one.body !== undefined && one.hasLength && whole.length > 0 ? [['content-length', String(whole.length)]] : []
  const said = {
    request: {
      method: one.method,
      path: one.path,
      headers: sorted([...lowered(one.headers), ...length]),
      body: whole,
      trailers: one.body === undefined || (one.hasLength && whole === '') ? [] : lowered(one.trailers)
    },
    answer: {
      interim: answer.interim.map(({ status, headers }) => ({ status, headers: listOf(headers) })),
      status: answer.status,
      headers: sorted(listOf(answer.headers)),
      body: textOf(answer.body),
      trailers: sorted(listOf(answer.trailers))
    }
  }
  return {
    said,
    heard: {
      request: { ...seen, headers: sorted(seen.headers) },
      answer: { ...came, headers: sorted(came.headers), trailers: sorted(came.trailers) }
    }
  }
}

const plain: Exchange = {
  method: 'GET',
  path: '/',
  headers: [],
  body: undefined,
  hasLength: false,
  trailers: [],
  answer: { interim: [], status: 200, headers: {}, secret: [], body: undefined, trailers: {} }
}

describe('what one side says the other one hears', () => {
  it('of requests and answers of every form, at the same time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(exchange, { minLength: 1, maxLength: 8 }), async all => {
        for (const { said, heard: both } of await Promise.all(all.map(exchanged))) {
          expect(both).toEqual(said)
        }
      })
    )
    expect(sessions).toBe(1)
  })

  it.each<[name: string, values: string[]]>([
    // So much ahead of each that the code is the shorter form, whatever follows.
    ['whatever byte a value has', visible.map(octet => `${'a'.repeat(30)}${octet}b`)],
    ...[4000, 4096, 16_000, 17_000, 30_000].map((length): [string, string[]] => [
      `where a value has ${length} bytes, no two reads of which are alike`,
      [Array.from({ length }, (_, index) => visible[1 + ((index * 31 + (index >> 6)) % 90)]).join('')]
    ])
  ])('%s', async (_name, values) => {
    const grouping = { 'x-values': values }
    const { said, heard: both } = await exchanged({
      ...plain,
      headers: listOf(grouping),
      answer: { ...plain.answer, headers: grouping, trailers: grouping }
    })
    expect(both).toEqual(said)
  })
})
