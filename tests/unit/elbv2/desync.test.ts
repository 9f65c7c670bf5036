/** Every reason of AWS's HTTP Desync Guardian, with heads that have it, and what each mode does with them. */

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { classify, mitigation, type Reason, type Tier } from '../../../src/elbv2/desync.ts'
import { parseHead } from '../../../src/load-balancer/message/request-head.ts'

interface Case {
  name: string
  method?: string
  uri?: string
  version?: string
  /** Header lines; each is ended with CRLF. */
  lines?: string[]
  /** The whole head, where the line ends matter. */
  text?: string
}

function textOf({ method = 'POST', uri = '/cart', version = 'HTTP/1.1', lines = [], text }: Case): string {
  return (
    text ?? `${method} ${uri}${version === '' ? '' : ` ${version}`}\r\n${lines.map(line => `${line}\r\n`).join('')}\r\n`
  )
}

function headers(...lines: string[]): Pick<Case, 'lines'> {
  return { lines }
}
function length(value: string) {
  return headers(`Content-Length: ${value}`)
}
function encoding(value: string) {
  return headers(`Transfer-Encoding: ${value}`)
}

const classified: Record<Tier, Partial<Record<Reason, Case[]>>> = {
  Compliant: {
    Compliant: [
      { name: 'the plainest request', method: 'GET', lines: ['Host: a.test'] },
      { name: 'a method of its own', method: 'PURGE' },
      { name: 'every character of a name', lines: ["a!#$%&'*+-.^_`|~9: x"] },
      { name: 'bytes above ASCII in a value', lines: ['X-City: K\xc3\xb6ln'] },
      { name: 'a tab in a value', lines: ['X-Note: a\tb'] },
      { name: 'an empty value', lines: ['X-Empty:'] },
      { name: 'HTTP/1.0 with a length', version: 'HTTP/1.0', ...length('5') },
      { name: 'a length', ...length('5') },
      { name: 'a length with zeros before it', ...length('005') },
      { name: 'the longest length', ...length('18446744073709551615') },
      { name: 'no length at all, empty', ...length('') },
      { name: 'chunks', ...encoding('chunked') },
      { name: 'chunks in capitals', ...encoding('CHUNKED') },
      { name: 'a coding with a weight', ...encoding('gzip;q=1.0, chunked') },
      { name: 'chunks twice, but not one upon the other', ...encoding('chunked, gzip, chunked') },
      { name: 'identity', ...encoding('identity') },
      { name: 'escaped control characters in a URI', uri: '/a%09%0d%0a%20b' },
      { name: 'UTF-8 in a URI', uri: '/K\xc3\xb6ln' },
      { name: 'the asterisk form', method: 'OPTIONS', uri: '*' },
      { name: 'the absolute form', uri: 'http://a.test/cart' },
      { name: 'a folded media type', lines: ['Content-Type: multipart/mixed;', '  boundary=x'] },
      { name: 'a name that only begins like Content-Length', lines: ['Content-Lengths: 7'] },
      { name: 'a name that only ends like Transfer-Encoding', lines: ['X-Transfer-Encoding: chunked'] }
    ]
  },
  Acceptable: {
    NonCompliantHeader: [
      { name: 'a space behind a name', lines: ['X-Note : 1'] },
      { name: 'a space inside a name', lines: ['X Note: 1'] },
      { name: 'a control character in a name', lines: ['X-\x01Note: 1'] },
      { name: 'bytes above ASCII in a name', lines: ['X-K\xc3\xb6ln: 1'] },
      { name: 'a control character in a value', lines: ['X-Note: a\x01b'] },
      { name: 'DEL in a value', lines: ['X-Note: a\x7fb'] },
      { name: 'a bad name beside a good length', lines: ['X Note: 1', 'Content-Length: 5'] }
    ],
    SpaceInUri: [
      { name: 'a space in a query', uri: '/cart?name=a b' },
      { name: 'spaces in a path', uri: '/my shopping cart' }
    ],
    NonCompliantVersion: [
      { name: 'HTTP/0.9', version: 'HTTP/0.9' },
      { name: 'no version', method: 'GET', version: '' },
      { name: 'a later minor version', version: 'HTTP/1.9' },
      { name: 'a space behind the version', version: 'HTTP/1.1 ' },
      { name: 'a tab behind the version', version: 'HTTP/1.0\t' }
    ],
    GetHeadZeroContentLength: [
      { name: 'a GET of no length', method: 'GET', ...length('0') },
      { name: 'a HEAD of no length', method: 'HEAD', ...length('000') },
      { name: 'a GET with an empty length', method: 'GET', ...length('') }
    ],
    NonCrLfLineTermination: [
      { name: 'a request line that ends in LF', text: 'GET / HTTP/1.1\nHost: a\r\n\r\n' },
      { name: 'a header that ends in LF', text: 'GET / HTTP/1.1\r\nHost: a\n\r\n' },
      { name: 'an empty line that is LF alone', text: 'GET / HTTP/1.1\r\nHost: a\r\n\n' }
    ]
  },
  Ambiguous: {
    EmptyHeader: [
      { name: 'a value without a name', lines: [': chunked'] },
      { name: 'a colon for a name', lines: ['::X-Note: 1'] }
    ],
    AmbiguousUri: [
      { name: 'a tab in a URI', uri: '/cart\tHTTP/1.1' },
      { name: 'a control character in a URI', uri: '/c\x01art' },
      { name: 'DEL in a URI', uri: '/c\x7fart' }
    ],
    UndefinedContentLengthSemantics: [
      { name: 'a GET with a body', method: 'GET', ...length('5') },
      { name: 'a HEAD with a body', method: 'HEAD', ...length('5') },
      { name: 'a length in HTTP/0.9', version: 'HTTP/0.9', ...length('5') },
      { name: 'a length without a version', version: '', ...length('0') },
      { name: 'a length in HTTP/0.9 that is no number', version: 'HTTP/0.9', ...length('five') }
    ],
    UndefinedTransferEncodingSemantics: [
      { name: 'a GET in chunks', method: 'GET', ...encoding('chunked') },
      { name: 'a HEAD in chunks', method: 'HEAD', ...encoding('identity') },
      { name: 'chunks in HTTP/1.0', version: 'HTTP/1.0', ...encoding('chunked') },
      { name: 'chunks in HTTP/0.9', version: 'HTTP/0.9', ...encoding('chunked') },
      { name: 'chunks without a version', version: '', ...encoding('chunked') },
      { name: 'an unknown coding in HTTP/1.0', version: 'HTTP/1.0', ...encoding('rot13') }
    ],
    DuplicateContentLength: [
      { name: 'a length twice', lines: ['Content-Length: 5', 'Content-Length: 5'] },
      { name: 'a length in two spellings', lines: ['Content-Length: 5', 'content-length: 05'] }
    ],
    BothTeClPresent: [
      { name: 'chunks and a length', lines: ['Transfer-Encoding: chunked', 'Content-Length: 5'] },
      { name: 'a length and chunks', lines: ['Content-Length: 5', 'Transfer-Encoding: chunked'] },
      { name: 'another coding and a length', lines: ['Transfer-Encoding: gzip', 'Content-Length: 0'] }
    ],
    SuspiciousHeader: [
      'Transfer-Encoding ',
      'Transfer-Encoding\t',
      '\x01Transfer-Encoding',
      'Transfer-Encoding\x01',
      'Transfer- Encoding',
      'Transfer_Encoding',
      'Transfer---Encoding',
      'TransferEncoding',
      'Transfer\xe2\x80\x95Encoding',
      'Tran\xc5\xbffer-Encoding',
      'Transfer-Encod\xc4\xb1ng',
      'Transfer-Encoding\x88',
      'transfer-encoding XY',
      'Transfer-Encoding \x01'
    ]
      .map((name): Case => ({ name: `${JSON.stringify(name)} for Transfer-Encoding`, lines: [`${name}: chunked`] }))
      .concat(
        ['Content-Length ', 'Content_Length', '\x01Content-Length', '\xa0Content-Length', 'Content-Length\xc2\xa0'].map(
          name => ({ name: `${JSON.stringify(name)} for Content-Length`, lines: [`${name}: 5`] })
        )
      ),
    MultilineHeader: [
      { name: 'a folded value', lines: ['X-Note: a', ' b'] },
      { name: 'a value folded at a tab', lines: ['X-Note: a', '\tb'] },
      { name: 'a folded line in the shape of a header', lines: ['X-Note: a', ' Connection: close'] },
      { name: 'a space before the first header', lines: [' X-Note: a'] }
    ],
    MissingHeaderColon: [{ name: 'a line without a colon', lines: ['X-Note'] }],
    MissingUri: [
      { name: 'no URI', text: 'POST HTTP/1.1\r\nHost: a\r\n\r\n' },
      { name: 'a URI of no characters', text: 'POST  HTTP/1.1\r\nHost: a\r\n\r\n' }
    ]
  },
  Severe: {
    BadHeader: [
      { name: 'NUL in a name', lines: ['X-\0Note: 1'] },
      { name: 'NUL in a value', lines: ['X-Note: a\0b'] },
      { name: 'a bare CR in a name', lines: ['X-Note\r: 1'] },
      { name: 'a bare CR in a value', lines: ['X-Note: a\rContent-Length: 5'] },
      { name: 'NUL in a length', ...length('5\0') }
    ],
    BadUri: [
      { name: 'NUL in a URI', uri: '/c\0art' },
      { name: 'a bare CR in a URI', uri: '/cart\rHTTP/1.1' }
    ],
    BadVersion: [
      { name: 'a later major version', version: 'HTTP/3.0' },
      { name: 'no minor version', version: 'HTTP/1' },
      { name: 'two digits', version: 'HTTP/1.10' },
      { name: 'small letters', version: 'http/1.1' },
      { name: 'another protocol', version: 'RTSP/1.0' },
      { name: 'a character behind the version', version: 'HTTP/1.1x' }
    ],
    BadMethod: [
      { name: 'a control character', method: 'PO\x01ST' },
      { name: 'a bracket', method: 'PO(ST' },
      { name: 'bytes above ASCII', method: 'P\xc3\x96ST' }
    ],
    MultipleContentLength: [
      { name: 'two lengths', lines: ['Content-Length: 5', 'Content-Length: 6'] },
      { name: 'a second length behind a space', lines: ['Content-Length: 5', 'Content-Length : 6'] },
      { name: 'a second length under another name', lines: ['Content_Length: 6', 'Content-Length: 5'] }
    ],
    BadContentLength: ['5,5', '5 5', '5.5', '+5', '-5', '0x5', 'five', '18446744073709551616', '5\x0b', '5\xa0'].map(
      (value): Case => ({ name: `the length ${JSON.stringify(value)}`, ...length(value) })
    ),
    MultipleTransferEncodingChunked: [
      { name: 'chunks twice in a header', ...encoding('chunked, chunked') },
      { name: 'chunks in two headers', lines: ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'] },
      { name: 'chunks again under another name', lines: ['Transfer-Encoding : chunked', 'Transfer-Encoding: chunked'] }
    ],
    BadTransferEncoding: ['xchunked', 'rot13', 'chunked\x0b', '\xa0chunked', '"chunked"', 'chunked foo', ''].map(
      (value): Case => ({ name: `the coding ${JSON.stringify(value)}`, ...encoding(value) })
    )
  }
}

const everything = Object.entries(classified).flatMap(([tier, reasons]) =>
  Object.entries(reasons).flatMap(([reason, cases]) => cases.map(one => ({ ...one, tier, reason, text: textOf(one) })))
)

it.each(everything)('$tier, $reason: $name', ({ text, tier, reason }) => {
  expect(classify(parseHead(text))).toEqual({ tier, reason })
})

describe('of several reasons', () => {
  it.each([
    { lines: ['X-Note: a\x01', 'Content-Length: 5\x0b'], reason: 'BadContentLength' },
    { lines: ['X-Note\t: a\x01\0', 'Transfer-Encoding\t: chunked'], reason: 'BadHeader' },
    { lines: ['Transfer-Encoding: chunked\x80', 'Content-Length: $5'], reason: 'BadTransferEncoding' },
    { uri: '/ca\trt', lines: ['Transfer-Encoding: rot13'], reason: 'BadTransferEncoding' },
    { method: 'GET', uri: '/ca\trt', lines: ['Content-Length: 5'], reason: 'UndefinedContentLengthSemantics' },
    { uri: '/c art', lines: ['X Note: 1'], reason: 'NonCompliantHeader' }
  ])('the worst and first stands: $reason', ({ reason, ...head }) => {
    expect(classify(parseHead(textOf({ name: '', ...head }))).reason).toBe(reason)
  })

  it('adding a header never makes a head safer', () => {
    const rank: Tier[] = ['Compliant', 'Acceptable', 'Ambiguous', 'Severe']
    const one = fc.constantFrom(...everything)
    fc.assert(
      fc.property(one, one, (base, extra) => {
        const head = parseHead(base.text)
        const both = { ...head, headers: [...head.headers, ...parseHead(extra.text).headers] }
        // In HTTP/1.0 and before, a length header of any kind ends the matter.
        fc.pre(/^HTTP\/1\.1$/.test(head.version))
        expect(rank.indexOf(classify(both).tier)).toBeGreaterThanOrEqual(rank.indexOf(classify(head).tier))
      })
    )
  })
})

it.each([
  ['Compliant', 'allow', 'allow', 'allow'],
  ['Acceptable', 'allow', 'allow', 'reject'],
  ['Ambiguous', 'allow', 'close', 'reject'],
  ['Severe', 'allow', 'reject', 'reject']
] as const)('%s: monitor %s, defensive %s, strictest %s', (tier, monitor, defensive, strictest) => {
  function decide(mode: Parameters<typeof mitigation>[1]) {
    return mitigation({ tier, reason: 'Compliant' }, mode)
  }
  expect([decide('monitor'), decide('defensive'), decide('strictest')]).toEqual([monitor, defensive, strictest])
})
