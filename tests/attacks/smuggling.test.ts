/**
 * Whatever bytes come, a target sees the requests that the load balancer means, and no other: the load balancer's own record of
 * each is held against what two servers, a strict and a lenient one, made of what they got.
 */

import { describe, expect, it } from '@jest/globals'
import { useRigs } from '../unit/load-balancer/rig.ts'
import { attack, type Notes, outlast, settle, startEdge } from './edge.ts'

const rigs = useRigs()

/** One attack: its bytes, given the path of a target and a mark to find its requests by. */
type Vector = [name: string, bytes: (path: string, mark: string) => string]

function hidden(path: string, mark: string): string {
  return `GET ${path}/SMUG-${mark} HTTP/1.1\r\nHost: a\r\n\r\n`
}

const encodings = [
  ...[
    'Transfer-Encoding: chunked',
    'Transfer-Encoding : chunked',
    'Transfer-Encoding:\tchunked',
    ' Transfer-Encoding: chunked'
  ],
  ...['Transfer-Encoding: xchunked', 'Transfer-Encoding: chunked, identity', 'Transfer-Encoding: identity, chunked'],
  ...['Transfer-Encoding: identity', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', 'Transfer-Encoding'],
  ...[
    'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding: chunked\r\nTransfer-encoding: x'
  ],
  ...['Transfer-Encoding: x\r\nTransfer-Encoding: chunked', '\tTransfer-Encoding: chunked', 'Transfer-Encoding:'],
  ...['X: y\r\n Transfer-Encoding: chunked', 'X: y\nTransfer-Encoding: chunked', 'X: y\rTransfer-Encoding: chunked'],
  ...['Transfer-Encoding:\r\n chunked', 'Transfer-Encoding\r\n: chunked', 'Transfer-Encoding: "chunked"'],
  ...['Transfer-Encoding: chunked;a=b', 'Transfer-Encoding: CHUNKED', 'Transfer-Encoding: \x0bchunked'],
  ...['Transfer-Encoding: chunked\x0b', 'Transfer-Encoding: \0chunked', 'Transfer-Encoding\0: chunked'],
  ...['Transfer_Encoding: chunked', 'Transfer-Encoding: chunk\xfced', 'Transfer-Encoding: chunked,'],
  ...['Transfer-Encoding: ,chunked', 'Transfer-Encoding: gzip, chunked', 'Transfer-Encoding: chunked, chunked'],
  ...['Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', 'Transfer-Encoding: chunked\x85'],
  ...['Transfer-Encoding: \xa0chunked', 'X-A: b\r\nTransfer-Encoding chunked', 'Transfer-Encoding:chunked'],
  ...['transfer-encoding:    chunked    ', 'Tran\xc5\xbffer-Encoding: chunked', 'Connection: Content-Length'],
  ...['Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked', 'Transfer-Encoding: \r\n']
]

/** Each form of an encoding beside a length that says otherwise, either way round, and alone. */
const encodingVectors = encodings.flatMap((encoding): Vector[] => {
  const name = JSON.stringify(encoding)
  return [
    [
      `length against ${name}`,
      (path, mark) => {
        const body = `0\r\n\r\n${hidden(path, mark)}`
        return `POST ${path}/v-${mark} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n${encoding}\r\n\r\n${body}`
      }
    ],
    [
      `${name} against a length`,
      (path, mark) => {
        const inner = hidden(path, mark)
        return `POST ${path}/v-${mark} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n${encoding}\r\n\r\n${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`
      }
    ],
    [
      name,
      (path, mark) => `POST ${path}/v-${mark} HTTP/1.1\r\nHost: a\r\n${encoding}\r\n\r\n0\r\n\r\n${hidden(path, mark)}`
    ]
  ]
})

const lengths = [
  ...[
    '6\r\nContent-Length: 5',
    '6\r\nContent-Length: 6',
    '6, 6',
    '6, 5',
    '+6',
    '-6',
    '0x6',
    '6 ',
    '006',
    '6abc',
    '6\0'
  ],
  ...['\x0b6', '\r\n 6', '6\r\n 0', '6e0', '', '18446744073709551621', '18446744073709551615', '9007199254740993'],
  ...['9'.repeat(400), '6;q=1', '6\r\nContent-Length : 0', '0\r\nContent-Length: 6', '1_0', '6.0', '\xb2']
]
const lengthNames = [
  'Content-Length',
  'Content-Length ',
  'Content_Length',
  'Content-Length\t',
  'X: y\r\n Content-Length'
]
/** Six bytes of a body that, taken for none, are passed over ahead of the next request. */
const emptyLines = '\r\n\r\n\r\n'

const lengthVectors = ['POST', 'GET', 'HEAD', 'OPTIONS', 'DELETE', 'PROPFIND'].flatMap(method =>
  [...lengths.map(value => `Content-Length: ${value}`), ...lengthNames.map(name => `${name}: 6`)].map(
    (line): Vector => [
      `${method} with ${JSON.stringify(line).slice(0, 60)}`,
      (path, mark) =>
        `${method} ${path}/v-${mark} HTTP/1.1\r\nHost: a\r\n${line}\r\n\r\n${emptyLines}${hidden(path, mark)}`
    ]
  )
)

function chunked(name: string, body: (path: string, mark: string) => string): Vector {
  return [
    `chunked: ${name}`,
    (path, mark) =>
      `POST ${path}/v-${mark} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${body(path, mark)}`
  ]
}

const sizes = [
  '10000000000000005',
  'ffffffffffffffff',
  '0x5',
  '+5',
  '-5',
  ' 5',
  '5 ',
  '5\t',
  '000000000005',
  '',
  '5;a\rb',
  '5;a\nb'
]
const chunkVectors: Vector[] = [
  ...sizes.map(size =>
    chunked(`a size ${JSON.stringify(size)}`, (path, mark) => `${size}\r\nhello\r\n0\r\n\r\n${hidden(path, mark)}`)
  ),
  chunked(
    'an extension that ends in LF',
    (path, mark) => `2;\nxx\r\n4c\r\n0\r\n\r\n${hidden(path, mark)}\r\n0\r\n\r\n`
  ),
  chunked('an empty extension', (path, mark) => `4c;\nAA\r\n0\r\n\r\n${hidden(path, mark)}`),
  chunked('a long extension', (path, mark) => `5;${'a'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n${hidden(path, mark)}`),
  chunked('LF alone', (path, mark) => `5\nhello\n0\n\n${hidden(path, mark)}`),
  chunked('more data than its size', (path, mark) => `3\r\nhello\r\n0\r\n\r\n${hidden(path, mark)}`),
  chunked('no line end behind data', (path, mark) => `5\r\nhelloXX0\r\n\r\n${hidden(path, mark)}`),
  chunked('zero with an extension', (path, mark) => `0;a=b\r\n\r\n${hidden(path, mark)}`),
  chunked('two zeros', (path, mark) => `00\r\n\r\n${hidden(path, mark)}`),
  chunked(
    'framing as trailers',
    (path, mark) => `0\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\nHost: evil\r\n\r\n${hidden(path, mark)}`
  ),
  ...['X: a\r\n b', 'X: a\rY: b', 'X: a\0b', 'foo', ': foo', `X: ${'a'.repeat(20_000)}`].map(trailer =>
    chunked(
      `a trailer ${JSON.stringify(trailer).slice(0, 30)}`,
      (path, mark) => `0\r\n${trailer}\r\n\r\n${hidden(path, mark)}`
    )
  )
]

/** Lines and heads, with the path and mark as `@`. */
const lines = [
  ...[
    'GET @ x HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET @ HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET\t@\tHTTP/1.1\r\nHost: a\r\n\r\n'
  ],
  ...[
    'GET @ HTTP/1.1\rHost: a\r\n\r\n',
    'GET @\rX HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET @\0X HTTP/1.1\r\nHost: a\r\n\r\n'
  ],
  ...['GET @\x01\x1b[31mX HTTP/1.1\r\nHost: a\r\n\r\n', 'GET @\xc4\x8d\xc4\x8a\xffX HTTP/1.1\r\nHost: a\r\n\r\n'],
  ...['GET http://evil.test@ HTTP/1.1\r\nHost: a\r\n\r\n', 'GET http://u:p@evil.test@ HTTP/1.1\r\nHost: a\r\n\r\n'],
  ...['GET @#frag/../admin HTTP/1.1\r\nHost: a\r\n\r\n', 'GET @ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
  ...[
    'GET @ HTTP/1.1\r\nHost: a b\r\n\r\n',
    'GET @ HTTP/1.1\r\nHost: a\r\n b\r\n\r\n',
    'GET @ HTTP/1.1\r\nHost: a/admin\r\n\r\n'
  ],
  ...[
    'GET @\r\n',
    'GET @ HTTP/0.9\r\nHost: a\r\n\r\n',
    'GET @ HTTP/1.2\r\nHost: a\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
  ],
  'POST @ HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
  'GET @ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n',
  'GET @ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\nSec-WebSocket-Version: 777\r\n\r\n',
  'GET @ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\nhello',
  'GET @ HTTP/1.1\r\nHost: a\r\nConnection: X-Forwarded-For, Host, Content-Length, close\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n',
  ...[
    'GET @ HTTP/1.1\r\nHost: a\r\nX\xff: 1\r\n\r\n',
    'GET @ HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n',
    ' GET @ HTTP/1.1\r\nHost: a\r\n\r\n'
  ],
  ...['GET @ HTTP/1.1\nHost: a\n\n', 'GET @ HTTP/1.1\r\nHost: a\r\nX: y\n\r\n'],
  ...[
    'GET @ HTTP/1.1\r\nHost: a\r\n\n',
    'GET @ HTTP/1.1\r\nHost: a\r\nX: y\r\r\n\r\n',
    '\r\n\r\n\n\nGET @ HTTP/1.1\r\nHost: a\r\n\r\n'
  ],
  ...[
    'TRACE @ HTTP/1.1\r\nHost: a\r\n\r\n',
    'CONNECT evil:443 HTTP/1.1\r\nHost: a\r\n\r\n',
    'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n'
  ],
  ...['POST @ HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\nContent-Length: 0\r\n\r\n', 'GET @ HTTP/1.1\r\n\r\n'],
  ...['POST @ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\nAAAAAA']
]
const lineVectors = lines.map(
  (line): Vector => [
    JSON.stringify(line).slice(0, 70),
    (path, mark) =>
      line.replaceAll('@ ', `${path}/v-${mark} `).replaceAll('@', `${path}/v-${mark}`) + hidden(path, mark)
  ]
)

function marksIn(requests: { url: string }[]): string[] {
  return requests.flatMap(({ url }) => url.match(/(?:v|SMUG)-\d+/g) ?? [])
}

/** The marks of heads that a server made of what it got, and the load balancer did not send. */
function notMeant(heads: { url: string }[], meant: { url: string }[]): string[] {
  const left = Map.groupBy(marksIn(meant), mark => mark)
  return marksIn(heads).filter(mark => left.get(mark)?.pop() === undefined)
}

/** Node refuses bytes in a target that others take; where one request ends and the next begins is told all the same. */
function isHarmless(complaint: string): boolean {
  return complaint.startsWith('HPE_INVALID_URL')
}

/** What no head that reaches a target may have. */
function faultsOf({ heads }: Notes): string[] {
  return heads.flatMap(({ url, headers }) => {
    const names = headers.filter((_, index) => index % 2 === 0).map(name => name.toLowerCase())
    const lengthsSeen = names.filter(name => name === 'content-length').length
    const codings = names.filter(name => name === 'transfer-encoding').length
    return lengthsSeen + codings > 1 ? [`${url} has ${lengthsSeen} lengths and ${codings} encodings`] : []
  })
}

describe('what is smuggled', () => {
  it.each([
    ['in encodings', encodingVectors],
    ['in lengths', lengthVectors],
    ['in chunks', chunkVectors],
    ['in lines', lineVectors]
  ])('%s reaches no target', async (_name, vectors) => {
    const { rig, strict, lenient } = await startEdge(rigs)
    const port = rig.portOf(80)
    const sent = ['/strict', '/lenient'].flatMap((path, offset) =>
      vectors.map(([, bytes], index) => attack(port, bytes(path, String(offset * 10_000 + index))))
    )
    await settle(rig)
    await outlast(
      rig,
      sent.map(({ closed }) => closed)
    )
    const meant = rig.requests().filter(({ target }) => target !== undefined)
    expect(strict.heads.length + lenient.heads.length).toBeGreaterThan(vectors.length / 4)
    expect(notMeant([...strict.heads, ...lenient.heads], meant)).toEqual([])
    expect([...strict.complaints, ...lenient.complaints].filter(text => !isHarmless(text))).toEqual([])
    expect([...faultsOf(strict), ...faultsOf(lenient)]).toEqual([])
    await settle(rig)
  })
})
