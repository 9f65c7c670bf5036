import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { fieldText, headerLines } from '../../../../src/load-balancer/message/field-text.ts'
import { headersObject } from '../../../../src/load-balancer/message/http2-headers.ts'

describe('a text in a head', () => {
  it.each<[name: string, text: string, sent: string]>([
    ['of ASCII stays', 'text/plain; q="1"\t', 'text/plain; q="1"\t'],
    ['of bytes above ASCII stays', 'caf\xe9', 'caf\xe9'],
    ['of other characters becomes UTF-8', 'č', '\xc4\x8d'],
    ['whose characters end in CR and LF ends no line', 'x\u010d\u010aX-Admin: true', 'x\xc4\x8d\xc4\x8aX-Admin: true'],
    ['loses its control characters', 'a\r\nb\0c\x7f', 'abc']
  ])('%s', (_name, text, sent) => expect(fieldText(text)).toBe(sent))

  it('never ends a line, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, value) => {
        const wire = Buffer.from(headerLines([[name, value]]), 'latin1').toString('latin1')
        expect(wire === '' || /^[^\r\n\0]+\r\n$/.test(wire)).toBe(true)
        const bytes = Buffer.from(String(headersObject([['x', value]]).x), 'latin1')
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
        expect(bytes.toString('latin1')).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f]/)
      })
    )
  })
})
