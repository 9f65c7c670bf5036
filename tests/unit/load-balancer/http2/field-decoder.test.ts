import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { HeaderList } from '../../../../src/elbv2/index.ts'
import { FieldDecoder } from '../../../../src/load-balancer/http2/field-decoder.ts'
import { staticFields } from '../../../../src/load-balancer/http2/field-table.ts'
import { CompressionError } from '../../../../src/load-balancer/http2/frame.ts'
import { encodeHuffman } from './huffman-code.ts'

const unlimited = Number.POSITIVE_INFINITY

function hex(text: string): Buffer {
  return Buffer.from(text.replace(/\s/g, ''), 'hex')
}

/** Each line is a field: its name, a space, its value. */
function list(text: string): HeaderList {
  return text
    .trim()
    .split(/\n\s*/)
    .map(line => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)])
}

const requests = [
  ':method GET\n:scheme http\n:path /\n:authority www.example.com',
  ':method GET\n:scheme http\n:path /\n:authority www.example.com\ncache-control no-cache',
  ':method GET\n:scheme https\n:path /index.html\n:authority www.example.com\ncustom-key custom-value'
]
const responses = [
  `:status 302
   cache-control private
   date Mon, 21 Oct 2013 20:13:21 GMT
   location https://www.example.com`,
  `:status 307
   cache-control private
   date Mon, 21 Oct 2013 20:13:21 GMT
   location https://www.example.com`,
  `:status 200
   cache-control private
   date Mon, 21 Oct 2013 20:13:22 GMT
   location https://www.example.com
   content-encoding gzip
   set-cookie foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1`
]

/** Ahead of the responses of the appendix: its tables have 256 bytes. */
const size256 = '3fe101'

describe('the examples of RFC 7541, Appendix C', () => {
  it.each<[string, string[], string[]]>([
    ['C.2.1', ['400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572'], ['custom-key custom-header']],
    ['C.2.2', ['040c 2f73 616d 706c 652f 7061 7468'], [':path /sample/path']],
    ['C.2.3', ['1008 7061 7373 776f 7264 0673 6563 7265 74'], ['password secret']],
    ['C.2.4', ['82'], [':method GET']],
    [
      'C.3',
      [
        '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        '8286 84be 5808 6e6f 2d63 6163 6865',
        '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65'
      ],
      requests
    ],
    [
      'C.4',
      [
        '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
        '8286 84be 5886 a8eb 1064 9cbf',
        '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf'
      ],
      requests
    ],
    [
      'C.5',
      [
        `${size256} 4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32
         3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
        '4803 3330 37c1 c0bf',
        `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f
         6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b
         2076 6572 7369 6f6e 3d31`
      ],
      responses
    ],
    [
      'C.6',
      [
        `${size256} 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad
         1718 63c7 8f0b 97c8 e9ae 82ae 43d3`,
        '4883 640e ffc1 c0bf',
        `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335
         dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`
      ],
      responses
    ]
  ])('%s', (_section, blocks, expected) => {
    const decoder = new FieldDecoder()
    expect(blocks.map(block => decoder.decode(hex(block), unlimited).fields)).toEqual(expected.map(list))
  })
})

/** `x: y`, remembered. */
const remembered = '4001780179'

describe('a block that cannot be read (RFC 7541 §5, §6)', () => {
  it.each<[name: string, block: string]>([
    ['the field 0', '80'],
    ['a field beyond the static ones, and nothing is remembered', 'be'],
    ['a field beyond those that are remembered', `${remembered}bf`],
    ['a field that was left out of the table', '0001780179 be'],
    ['a field whose number is the largest', 'ffffffff7f'],
    ['a name beyond the static ones, to be remembered', '7e0179'],
    ['a name beyond the static ones, not remembered', '0f2f0179'],
    ['a name beyond the static ones, never to be remembered', '1f2f0179'],
    ['a number that is cut off', 'ff'],
    ['a number that is cut off later', 'ff8080'],
    ['a number of more than 28 bits', 'ff8080808001'],
    ['a number of five bytes more, though it is small', '3f8080808000'],
    ['a number without end', `ff${'80'.repeat(40)}00`],
    ['a name without its length', '40'],
    ['a name that goes beyond the block', '400278'],
    ['a length of a name that is cut off', '407f'],
    ['a name without a value', '400178'],
    ['a value that goes beyond the block', '4001780279'],
    ['a value that is longer than any block', '4001787fffffff7f79'],
    ['a value whose length is cut off', '4001787f80'],
    ['a coded value that goes beyond the block', '4001788218'],
    ['a coded value that is padded with zeros', '4001788118'],
    ['a coded value that is padded with eight bits', '40017881ff'],
    ['a coded value with the end of a string', '40017884ffffffff'],
    ['a coded name that is padded with zeros', '4081180179'],
    ['a table of 4097 bytes', '3fe21f'],
    ['a table without end', `3f${'ff'.repeat(4)}7f`],
    ['a size that is cut off', '3f'],
    ['a size behind a field', '8220'],
    ['a size behind a field without name and value', '00000020'],
    ['a size between fields', '822082']
  ])('%s', (_name, block) => {
    const error = (() => {
      try {
        return new FieldDecoder().decode(hex(block), unlimited)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toBeInstanceOf(CompressionError)
    expect(error).toMatchObject({ code: 'COMPRESSION_ERROR' })
  })
})

describe('a block that is odd, and no fault', () => {
  it.each<[name: string, block: string, fields: HeaderList]>([
    ['nothing', '', []],
    ['nothing but a size', '20', []],
    ['two sizes, the largest among them', '20 3fe11f 82', [[':method', 'GET']]],
    ['a number that is longer than it has to be', '0f8000 0179', [['accept-charset', 'y']]],
    ['a field without name and value', '000000', [['', '']]],
    ['coded texts of no bytes', '008080', [['', '']]],
    ['bytes above ASCII', '000178 02e9ff', [['x', 'éÿ']]],
    ['a name of a static field, with another value', '4203505554', [[':method', 'PUT']]]
  ])('%s', (_name, block, fields) => {
    expect(new FieldDecoder().decode(hex(block), unlimited).fields).toEqual(fields)
  })
})

function integer(value: number, mask: number, first: number): number[] {
  if (value < mask) {
    return [first | value]
  }
  const bytes = [first | mask]
  let rest = value - mask
  for (; rest >= 128; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) | 128)
  }
  return [...bytes, rest]
}

function text(value: string, isCoded = false): number[] {
  const bytes = isCoded ? encodeHuffman(value) : Buffer.from(value, 'latin1')
  return [...integer(bytes.length, 0x7f, isCoded ? 0x80 : 0), ...bytes]
}

function literal(name: string, value: string, first = 0x40): number[] {
  return [first, ...text(name), ...text(value)]
}

function reference(index: number): number[] {
  return integer(index, 0x7f, 0x80)
}

describe('what is remembered', () => {
  /** A field that counts for so many bytes. */
  function fieldOf(name: string, size: number): [string, string] {
    return [name, 'v'.repeat(size - 32 - name.length)]
  }

  it.each<[name: string, sizes: number[], kept: number]>([
    ['as much as fits, to the byte', [2048, 2048], 2],
    ['one less where a byte is missing', [2048, 2049], 1],
    ['none where one fits alone', [40, 40, 4096], 1],
    ['nothing where one is larger than the table', [40, 40, 4097], 0],
    ['128 of the smallest', Array.from({ length: 130 }, () => 32), 128]
  ])('%s', (_name, sizes, kept) => {
    const decoder = new FieldDecoder()
    const added = sizes.map((size, index) => fieldOf(size === 32 ? '' : String(index), size))
    decoder.decode(Buffer.from(added.flatMap(([name, value]) => literal(name, value))), unlimited)
    for (let index = 0; index < kept; index += 1) {
      expect(decoder.decode(Buffer.from(reference(62 + index)), unlimited).fields).toEqual([added.at(-1 - index)])
    }
    expect(() => decoder.decode(Buffer.from(reference(62 + kept)), unlimited)).toThrow(CompressionError)
  })

  it('may have its name from the one that it drives out', () => {
    const decoder = new FieldDecoder()
    decoder.decode(Buffer.from(literal('x', 'v'.repeat(4000))), unlimited)
    const block = Buffer.from([...integer(62, 0x3f, 0x40), ...text('w'.repeat(4000)), ...reference(62)])
    const driving: [string, string] = ['x', 'w'.repeat(4000)]
    expect(decoder.decode(block, unlimited).fields).toEqual([driving, driving])
  })

  it('is forgotten with a table of no size, and a table that grows again begins anew', () => {
    const decoder = new FieldDecoder()
    decoder.decode(hex(remembered), unlimited)
    decoder.decode(hex('203fe11f'), unlimited)
    expect(() => decoder.decode(hex('be'), unlimited)).toThrow(CompressionError)
    expect(decoder.decode(hex(`${remembered}be`), unlimited).fields).toEqual([
      ['x', 'y'],
      ['x', 'y']
    ])
  })

  const name = fc.constantFrom('', 'x', 'a-name', 'cookie', 'n'.repeat(200))
  const value = fc.oneof(
    fc.string({ unit: fc.nat(255).map(code => String.fromCharCode(code)), maxLength: 30 }),
    fc.integer({ min: 0, max: 5000 }).map(length => 'v'.repeat(length))
  )
  const operation = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('add' as const), name, value, isCoded: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('many' as const), count: fc.nat(300) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), name, value, isSecret: fc.boolean() }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('named' as const), choice: fc.nat(), value }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('refer' as const), choice: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('resize' as const), size: fc.nat(4096) }) }
  )

  it('is what a table by the book remembers (RFC 7541 §2.3.2, §4)', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), operations => {
        const decoder = new FieldDecoder()
        let table: HeaderList = []
        let limit = 4096
        function fit(): void {
          while (table.reduce((sum, [one, other]) => sum + one.length + other.length + 32, 0) > limit) {
            table.pop()
          }
        }
        function add(field: [string, string]): void {
          table = [field, ...table]
          fit()
        }
        function at(choice: number): { index: number; field: readonly [string, string] } {
          const all = [...staticFields, ...table]
          // Mostly what is remembered.
          const index = choice % 3 === 0 ? choice % all.length : all.length - 1 - (choice % (table.length + 1))
          return { index: index + 1, field: all[index]! }
        }
        function step(one: (typeof operations)[number]): { bytes: number[]; fields: HeaderList } {
          switch (one.kind) {
            case 'add':
              add([one.name, one.value])
              return {
                bytes: [0x40, ...text(one.name, one.isCoded), ...text(one.value, one.isCoded)],
                fields: [[one.name, one.value]]
              }
            case 'many': {
              const fields = Array.from({ length: one.count }, (_, index): [string, string] => ['m', String(index)])
              fields.forEach(add)
              return { bytes: fields.flatMap(field => literal(...field)), fields }
            }
            case 'pass':
              return {
                bytes: literal(one.name, one.value, one.isSecret ? 0x10 : 0),
                fields: [[one.name, one.value]]
              }
            case 'named': {
              const { index, field } = at(one.choice)
              add([field[0], one.value])
              return { bytes: [...integer(index, 0x3f, 0x40), ...text(one.value)], fields: [[field[0], one.value]] }
            }
            case 'refer': {
              const { index, field } = at(one.choice)
              return { bytes: reference(index), fields: [[...field]] }
            }
            case 'resize':
              limit = one.size
              fit()
              return { bytes: integer(one.size, 0x1f, 0x20), fields: [] }
          }
        }
        for (const one of operations) {
          const { bytes, fields } = step(one)
          const read = decoder.decode(Buffer.from(bytes), unlimited)
          expect(read.fields).toEqual(fields)
          expect(read.length).toBe(fields.flat().join('').length)
          // And nothing else.
          const beyond = Buffer.from(reference(staticFields.length + table.length + 1))
          expect(() => decoder.decode(beyond, unlimited)).toThrow(CompressionError)
        }
      })
    )
  })
})

describe('a limit', () => {
  const block = Buffer.from([...literal('a', '12345'), ...literal('b', '67'), ...literal('c', '8')])

  it.each<[limit: number, names: string[]]>([
    [0, []],
    [5, []],
    [6, ['a']],
    [8, ['a']],
    [9, ['a', 'b']],
    // Nothing comes behind what is left out, though it would fit.
    [7, ['a']],
    [11, ['a', 'b', 'c']]
  ])('of %d characters', (limit, names) => {
    const { fields, length } = new FieldDecoder().decode(block, limit)
    expect({ names: fields.map(([name]) => name), length }).toEqual({ names, length: 11 })
  })

  it('leaves nothing out of the table', () => {
    const decoder = new FieldDecoder()
    decoder.decode(block, 0)
    expect(decoder.decode(Buffer.from([...reference(62), ...reference(64)]), unlimited).fields).toEqual([
      ['c', '8'],
      ['a', '12345']
    ])
  })

  it('keeps little of a byte that stands for much, and says how much it was', () => {
    const decoder = new FieldDecoder()
    decoder.decode(Buffer.from(literal('x', 'v'.repeat(4000))), unlimited)
    const { fields, length } = decoder.decode(Buffer.alloc(60_000, 0xbe), 32 * 1024)
    expect({ count: fields.length, length }).toEqual({ count: 8, length: 60_000 * 4001 })
  })

  it('does not make a size behind a field the first', () => {
    expect(() => new FieldDecoder().decode(hex('0001780179 20'), 0)).toThrow(CompressionError)
  })
})
