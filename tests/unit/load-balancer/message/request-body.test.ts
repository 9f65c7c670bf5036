import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createDecoder, MalformedBodyError } from '../../../../src/load-balancer/message/request-body.ts'
import type { BodyLength } from '../../../../src/load-balancer/message/request-head.ts'
import { giveBack } from '../../../../src/load-balancer/transport/read-buffer.ts'

/** Decodes what comes in these pieces: the data, the trailers, and what lay behind the end. */
function decode(length: BodyLength, pieces: Buffer[]) {
  const decoder = createDecoder(length)
  const data: Buffer[] = []
  const rest: Buffer[] = []
  for (const piece of pieces) {
    if (decoder.done) {
      rest.push(piece)
    } else {
      rest.push(decoder.push(piece, chunk => data.push(Buffer.from(chunk))))
    }
  }
  return {
    done: decoder.done,
    data: Buffer.concat(data).toString(),
    trailers: decoder.trailers,
    rest: Buffer.concat(rest).toString()
  }
}

/** The bytes in pieces that end at these places. */
function cut(bytes: Buffer, places: number[]): Buffer[] {
  const ends = [...places.filter(place => place < bytes.length).sort((a, b) => a - b), bytes.length]
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end))
}

const chunks = fc.array(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 }), { maxLength: 6 })
const places = fc.array(fc.nat(200), { maxLength: 8 })
const next = 'GET / HTTP/1.1\r\n'

describe('a body', () => {
  it('in chunks is what was put into them, however the network cuts it', () => {
    fc.assert(
      fc.property(chunks, places, fc.boolean(), (list, ends, hasTrailers) => {
        const framed = list.map(text => `${text.length.toString(16)};x=y\r\n${text}\r\n`).join('')
        const bytes = Buffer.from(`${framed}0\r\n${hasTrailers ? 'X-Sum: 1\r\n' : ''}\r\n${next}`)
        expect(decode('chunked', cut(bytes, ends))).toEqual({
          done: true,
          data: list.join(''),
          trailers: hasTrailers ? [['X-Sum', '1']] : [],
          rest: next
        })
      })
    )
  })

  it.each<BodyLength>(['chunked', 2 * 65_536])('of the length %s may be freed by whoever takes it', length => {
    const block = Buffer.alloc(65_536, 'x')
    const head = length === 'chunked' ? [Buffer.from(`${(2 * block.length).toString(16)}\r\n`)] : []
    const tail = length === 'chunked' ? [Buffer.from('\r\n0\r\n\r\n')] : []
    const decoder = createDecoder(length)
    let taken = 0
    for (const piece of [...head, block, block, ...tail]) {
      const rest = decoder.push(Buffer.from(new Uint8Array(piece)), data => {
        taken += data.length
        giveBack(data)
      })
      expect(rest).toHaveLength(0)
    }
    expect([taken, decoder.done]).toEqual([2 * block.length, true])
  })

  it('of a length ends there', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 100 }), places, (text, ends) => {
        const pieces = cut(Buffer.from(text + next), ends)
        expect(decode(text.length, pieces)).toEqual({ done: true, data: text, trailers: [], rest: next })
      })
    )
  })

  it.each([
    ['no size', '\r\n'],
    ['a size that is no number', 'x\r\n'],
    ['a negative size', '-1\r\n'],
    ['a size of 14 digits', '10000000000000\r\n'],
    ['a chunk longer than its size', '1\r\nab\r\n'],
    ['a trailer without a name', '0\r\n: x\r\n\r\n'],
    ['a line without end', `1;${'x'.repeat(5_000)}`]
  ])('in chunks with %s is malformed', (_name, text) => {
    expect(() => decode('chunked', [Buffer.from(text)])).toThrow(MalformedBodyError)
  })

  it('takes line ends of LF alone, and sizes with zeros before them', () => {
    expect(decode('chunked', [Buffer.from('0003\nabc\n0\n\n')])).toMatchObject({ done: true, data: 'abc' })
  })
})
