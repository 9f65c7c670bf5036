import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { HeaderList } from '../../../../src/elbv2/index.ts'
import { FieldDecoder } from '../../../../src/load-balancer/http2/field-decoder.ts'
import { encodeFields, encodePseudo, noTable } from '../../../../src/load-balancer/http2/field-encoder.ts'
import { staticFields } from '../../../../src/load-balancer/http2/field-table.ts'

function bytesOf(block: string): Buffer {
  return Buffer.from(block, 'latin1')
}

function read(block: string): HeaderList {
  return new FieldDecoder().decode(bytesOf(block), Number.POSITIVE_INFINITY).fields
}

const token = fc.string({ unit: fc.constantFrom(..."!#$%&'*+-.^_`|~09azAZ"), minLength: 1, maxLength: 200 })
const known = fc
  .constantFrom(...staticFields.map(([name]) => name).filter(name => !/^:|^transfer-encoding$/.test(name)))
  .chain(name =>
    fc.constantFrom(
      name,
      name.toUpperCase(),
      name.replace(/^./, first => first.toUpperCase())
    )
  )
/** Lengths on either side of those for which an integer needs one byte more. */
const length = fc.oneof(fc.nat(300), fc.constantFrom(126, 127, 128, 254, 255, 16_383, 16_384, 16_510, 16_511, 20_000))
const sendable = fc.constantFrom(
  '\t',
  ...Array.from({ length: 224 }, (_, index) => String.fromCharCode(index + 32)).filter(one => one !== '\x7f')
)
const value = fc.oneof(
  fc.string({ unit: sendable, maxLength: 40 }),
  length.map(count => 'v'.repeat(count))
)
const headers = fc.array(fc.tuple(fc.oneof(token, known), value), { maxLength: 12 })

function lowered(list: readonly (readonly [string, string])[]): HeaderList {
  return list.map(([name, text]) => [name.toLowerCase(), text])
}

describe('fields that are written', () => {
  it('are read the same, in their order, with names in lower case', () => {
    fc.assert(
      fc.property(headers, list => {
        const carried = list.filter(([name]) => !/^te$/i.test(name))
        expect(read(noTable + encodeFields(carried))).toEqual(lowered(carried))
      })
    )
  })

  it('are read by whoever has other things in its table, and leave nothing there', () => {
    fc.assert(
      fc.property(headers, list => {
        const decoder = new FieldDecoder()
        decoder.decode(Buffer.from([0x40, 1, 120, 1, 121]), 100)
        const carried = list.filter(([name]) => !/^te$/i.test(name))
        const block = bytesOf(encodeFields(carried))
        expect(decoder.decode(block, Number.POSITIVE_INFINITY).fields).toEqual(lowered(carried))
        // The last one that it remembers is still the one from before.
        expect(decoder.decode(Buffer.of(0xbe), 100).fields).toEqual([['x', 'y']])
      })
    )
  })

  it.each([0, 1, 126, 127, 128, 255, 16_383, 16_384, 16_510, 16_511, 70_000])(
    'may have texts of %d characters',
    count => {
      const name = 'n'.repeat(Math.max(1, count))
      const list: HeaderList = [
        [name, ''],
        ['x', 'v'.repeat(count)],
        [name, 'v'.repeat(count)]
      ]
      expect(read(encodeFields(list))).toEqual(list)
    }
  )

  it('are right however many names there have been', () => {
    for (let index = 0; index < 3000; index += 1) {
      expect(read(encodeFields([[`X-${index}`, 'y']]))).toEqual([[`x-${index}`, 'y']])
    }
    expect(read(encodeFields([['X-0', 'z']]))).toEqual([['x-0', 'z']])
  })

  it.each<[name: string, header: [string, string], fields: HeaderList]>([
    ['Connection', ['Connection', 'close'], []],
    ['Keep-Alive', ['Keep-Alive', 'timeout=5'], []],
    ['Proxy-Connection', ['proxy-connection', 'close'], []],
    ['Transfer-Encoding, which HPACK has a number for', ['Transfer-Encoding', 'chunked'], []],
    ['Upgrade', ['UPGRADE', 'h2c'], []],
    ['HTTP2-Settings', ['HTTP2-Settings', 'AAMAAABkAARAAAAAAAIAAAAA'], []],
    ['TE of trailers', ['TE', 'trailers'], [['te', 'trailers']]],
    ['TE of anything else', ['te', 'trailers, deflate;q=0.5'], []],
    ['a name of nothing', ['', 'x'], []],
    ['a name with a space', ['a b', 'x'], []],
    ['a name with a colon', ['a:b', 'x'], []],
    ['a name that begins as those of requests do', [':x', 'y'], []],
    ['a name of a request', [':path', '/admin'], []],
    ['a name of an answer', [':status', '200'], []],
    ['a name above ASCII', ['é', 'x'], []],
    ['a name with a line', ['a\r\nb', 'x'], []],
    ['a value with a line', ['a', 'x\r\nb: c'], [['a', 'xb: c']]],
    ['a value with a zero byte', ['a', 'x\0y'], [['a', 'xy']]],
    ['a value above one byte', ['a', '€'], [['a', '\xe2\x82\xac']]],
    ['a name of JavaScript’s', ['__proto__', 'x'], [['__proto__', 'x']]],
    ['a name of every object', ['constructor', 'x'], [['constructor', 'x']]]
  ])('%s', (_name, header, fields) => {
    const around: HeaderList = [['first', '1'], header, ['last', '2']]
    expect(read(encodeFields(around))).toEqual([['first', '1'], ...fields, ['last', '2']])
  })

  it.each(['Authorization', 'cookie', 'Set-Cookie', 'proxy-authorization'])('of %s are remembered by nobody', name => {
    // RFC 7541 §6.2.3: the bits 0001.
    expect(bytesOf(encodeFields([[name, 'secret']]))[0]! >> 4).toBe(1)
  })

  it.each(['accept', 'x-other'])('of %s are not kept from the proxies behind', name => {
    expect(bytesOf(encodeFields([[name, 'public']]))[0]! >> 4).toBe(0)
  })
})

describe('what a request begins with', () => {
  it('is read the same', () => {
    const visible = fc.string({ unit: sendable, maxLength: 40 })
    fc.assert(
      fc.property(
        fc.constantFrom(':method' as const, ':scheme' as const, ':authority' as const, ':path' as const),
        fc.oneof(visible, fc.constantFrom('GET', 'POST', '/', '/index.html', 'http', 'https', '')),
        (name, text) => expect(read(encodePseudo(name, text))).toEqual([[name, text]])
      )
    )
  })

  it.each<[':method' | ':scheme' | ':path', string, number]>([
    [':method', 'GET', 2],
    [':method', 'POST', 3],
    [':path', '/', 4],
    [':scheme', 'http', 6],
    [':scheme', 'https', 7]
  ])('%s %s is a number', (name, text, index) => {
    expect([...bytesOf(encodePseudo(name, text))]).toEqual([0x80 | index])
  })

  it('has no line in it', () => {
    expect(read(encodePseudo(':path', '/a\r\nx: y\0'))).toEqual([[':path', '/ax: y']])
  })
})

it('the table is given up', () => {
  const decoder = new FieldDecoder()
  decoder.decode(Buffer.from([0x40, 1, 120, 1, 121]), 100)
  decoder.decode(bytesOf(noTable), 100)
  expect(() => decoder.decode(Buffer.of(0xbe), 100)).toThrow()
})
