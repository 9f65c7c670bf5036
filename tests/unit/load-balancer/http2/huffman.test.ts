import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { CompressionError } from '../../../../src/load-balancer/http2/frame.ts'
import { decodeHuffman } from '../../../../src/load-balancer/http2/huffman.ts'
import { bytesOfBits, encodeHuffman, endOfString, huffmanBits } from './huffman-code.ts'

function decode(bytes: Buffer): string {
  return decodeHuffman(bytes, 0, bytes.length)
}

const octets = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte))

describe('a text of the Huffman code', () => {
  it('is read, whatever byte it has', () => {
    expect(octets.map(octet => decode(encodeHuffman(octet)))).toEqual(octets)
  })

  it('is read, whatever stands ahead of a byte and behind it', () => {
    expect(decode(encodeHuffman(octets.join('')))).toBe(octets.join(''))
    fc.assert(
      fc.property(fc.array(fc.nat(255), { maxLength: 40 }), bytes => {
        const text = Buffer.from(bytes).toString('latin1')
        expect(decode(encodeHuffman(text))).toBe(text)
      })
    )
  })

  it('is read where it stands among others', () => {
    const [before, text, after] = [Buffer.from('\xff\0', 'latin1'), encodeHuffman('www.example.com'), Buffer.of(0, 255)]
    expect(decodeHuffman(Buffer.concat([before, text, after]), 2, 2 + text.length)).toBe('www.example.com')
  })

  it('may be empty', () => expect(decode(Buffer.alloc(0))).toBe(''))

  it.each([2559, 2560, 2561, 100_000])('may be %d bytes long', length => {
    // Codes of five bits: the text is as much longer than its code as any can be.
    const text = 'aeiost012'.repeat(length).slice(0, Math.floor((length * 8) / 5))
    const bytes = encodeHuffman(text)
    expect(bytes.length).toBe(Math.ceil((text.length * 5) / 8))
    expect(decode(bytes)).toBe(text)
  })

  it('takes no part of the one before', () => {
    decode(encodeHuffman('0123456789'))
    expect(decode(encodeHuffman('a'))).toBe('a')
  })
})

describe('bits that are none (RFC 7541 §5.2)', () => {
  it.each<[string, string]>([
    ['padding of zeros', huffmanBits('a').padEnd(8, '0')],
    ['padding whose last bit is zero', `${huffmanBits('a')}110`],
    ['padding of eight bits', `${huffmanBits('aeiost01')}${'1'.repeat(8)}`],
    ['nothing but padding of eight bits', '1'.repeat(8)],
    ['padding of fifteen bits', huffmanBits('&').padEnd(24, '1').slice(0, 23).padEnd(24, '1')],
    ['a code that is cut off', huffmanBits('\x01').slice(0, 16)],
    ['the end of a string at the beginning', endOfString.padEnd(32, '1')],
    ['the end of a string behind a text', `${huffmanBits('ab')}${endOfString}`.padEnd(48, '1')],
    ['the end of a string inside', `${huffmanBits('a')}${endOfString}${huffmanBits('aeiost')}`.padEnd(72, '1')]
  ])('%s', (_name, bits) => {
    expect(() => decode(bytesOfBits(bits))).toThrow(CompressionError)
  })

  it('are read as a text that is written so, or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), array => {
        const bytes = Buffer.from(array)
        let text: string
        try {
          text = decode(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(CompressionError)
          return
        }
        // There is one code of each text, and one way to pad it: nothing else was taken for it.
        expect(encodeHuffman(text)).toEqual(bytes)
      })
    )
  })

  it('may be padding of up to seven bits', () => {
    for (const text of ['a', 'aa', 'aaa', 'aaaa', 'aaaaa', 'aaaaaa', 'aaaaaaa']) {
      expect(decode(encodeHuffman(text))).toBe(text)
    }
  })
})
