import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Failure } from '../../../src/failure.ts'
import { mergeValues, ValuesFiles } from '../../../src/values/index.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'istio-alb-values-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

describe('merging, as Helm coalesces', () => {
  test.each([
    { name: 'mappings merge', below: { a: { b: 1, c: 2 } }, above: { a: { c: 3 } }, merged: { a: { b: 1, c: 3 } } },
    { name: 'lists replace', below: { a: [1, 2] }, above: { a: [3] }, merged: { a: [3] } },
    { name: 'null deletes', below: { a: { b: 1 } }, above: { a: { b: null } }, merged: { a: {} } },
    { name: 'a mapping replaces a scalar', below: { a: 1 }, above: { a: { b: null, c: 1 } }, merged: { a: { c: 1 } } },
    { name: 'a scalar replaces a mapping', below: { a: { b: 1 } }, above: { a: 1 }, merged: { a: 1 } },
    { name: 'a list replaces a mapping', below: { a: { b: 1 } }, above: { a: [1] }, merged: { a: [1] } },
    { name: 'a mapping replaces a list', below: { a: [1] }, above: { a: { b: 1 } }, merged: { a: { b: 1 } } },
    {
      name: 'mappings in lists do not merge',
      below: { a: [{ b: 1 }] },
      above: { a: [{ c: 1 }] },
      merged: { a: [{ c: 1 }] }
    },
    { name: 'an empty mapping takes nothing away', below: { a: { b: 1 } }, above: { a: {} }, merged: { a: { b: 1 } } },
    { name: 'an empty list takes all away', below: { a: [1] }, above: { a: [] }, merged: { a: [] } },
    {
      name: 'an empty text, false and 0 are values',
      below: { a: 1, b: true, c: 2 },
      above: { a: '', b: false, c: 0 },
      merged: { a: '', b: false, c: 0 }
    },
    { name: 'null of what nobody has', below: {}, above: { a: null }, merged: {} },
    { name: 'null of a whole mapping', below: { a: { b: 1 }, c: 1 }, above: { a: null }, merged: { c: 1 } },
    {
      name: 'depth is no matter',
      below: { a: { b: { c: { d: 1, e: 1 } } } },
      above: { a: { b: { c: { e: null, f: 2 } } } },
      merged: { a: { b: { c: { d: 1, f: 2 } } } }
    }
  ])('$name', ({ below, above, merged }) => {
    expect(mergeValues(below, above)).toEqual(merged)
  })

  test('neither side is changed', () => {
    const [below, above] = [{ a: { b: 1 } }, { a: { b: null, c: [1] } }]
    mergeValues(below, above)
    expect([below, above]).toEqual([{ a: { b: 1 } }, { a: { b: null, c: [1] } }])
  })

  test('laws: nothing above changes nothing, twice is once, the top scalar wins', () => {
    const values = fc.dictionary(
      fc.constantFrom('a', 'b'),
      fc.oneof(fc.integer(), fc.dictionary(fc.constantFrom('c', 'd'), fc.integer()))
    )
    fc.assert(
      fc.property(values, values, (below, above) => {
        const merged = mergeValues(below, above)
        expect(mergeValues(merged, {})).toEqual(merged)
        expect(mergeValues(merged, above)).toEqual(merged)
        for (const [key, value] of Object.entries(above)) {
          if (typeof value === 'number') {
            expect(merged[key]).toBe(value)
          }
        }
      }),
      { numRuns: 100 }
    )
  })
})

describe('positions', () => {
  test.each([
    { path: ['gateway', 'name'], file: 'above.yaml', line: 2 },
    { path: ['gateway', 'ports', 'https', 'nodePort'], file: 'below.yaml', line: 5 },
    { path: ['ingress', 'subnets', '1'], file: 'above.yaml', line: 5 },
    // Set nowhere: the nearest parent, in the topmost file that has it.
    { path: ['gateway', 'ports', 'http2', 'port'], file: 'below.yaml', line: 3 },
    { path: ['gateway', 'bogus'], file: 'above.yaml', line: 1 }
  ])('$path', ({ path, file, line }) => {
    const files = ValuesFiles.read([
      write('below.yaml', 'gateway:\n  name: a\n  ports:\n    https:\n      nodePort: 30443\n'),
      write('above.yaml', 'gateway:\n  name: b\ningress:\n  subnets: [x, \n    y]\n')
    ])
    const position = files.positionOf(path)!
    expect({ file: position.file, line: position.line }).toEqual({
      file: join(folder, file),
      line
    })
  })

  test('a key in no file has no position', () => {
    expect(ValuesFiles.read([write('a.yaml', 'a: 1\n')]).positionOf(['b'])).toBeUndefined()
  })
})

describe('keys of values files', () => {
  test.each<[name: string, text: string, merged: unknown]>([
    ['with dots', 'annotations:\n  example.com/a.b: c\n', { annotations: { 'example.com/a.b': 'c' } }],
    ['in quotes', '"a b": 1\n\'c\': 2\n', { 'a b': 1, c: 2 }],
    ['that are numbers', 'ports:\n  80: http\n  443: https\n', { ports: { 80: 'http', 443: 'https' } }],
    ['in flow style', 'a: {b: 1, "c": [x, y]}\n', { a: { b: 1, c: ['x', 'y'] } }],
    ['behind an anchor', 'a: &one\n  b: 1\nc: *one\n', { a: { b: 1 }, c: { b: 1 } }],
    ['merged by <<', 'a: &one\n  b: 1\n  c: 2\nd:\n  <<: *one\n  c: 3\n', { a: { b: 1, c: 2 }, d: { b: 1, c: 3 } }],
    ['with Windows’ line ends', 'a:\r\n  b: 1\r\n', { a: { b: 1 } }],
    ['after a mark of byte order', '\ufeffa: 1\n', { a: 1 }],
    ['after a document’s start', '---\na: 1\n', { a: 1 }],
    ['of nothing', '', {}],
    ['of comments alone', '# nothing\n', {}],
    ['of null', 'null\n', {}]
  ])('%s', (_name, text, merged) => {
    expect(ValuesFiles.read([write('keys.yaml', text)]).merged()).toEqual(merged)
  })

  test.each<{ path: string[]; line: number | undefined; has: boolean }>([
    { path: ['annotations', 'example.com/a.b'], line: 2, has: true },
    { path: ['annotations', 'example', 'com/a', 'b'], line: 1, has: false },
    { path: ['ports', '443'], line: 5, has: true },
    { path: ['ports', '8443'], line: 3, has: false },
    { path: ['flow', 'b', '1'], line: 6, has: true },
    { path: ['flow', 'b', '2'], line: 6, has: false },
    { path: ['list', '0', 'name'], line: 8, has: true },
    { path: ['list', '1', 'name'], line: 9, has: true },
    { path: ['list', '1', 'other'], line: 9, has: false },
    { path: ['list', 'name'], line: 7, has: false },
    { path: ['empty', 'below'], line: 10, has: false },
    { path: ['scalar', 'below'], line: 11, has: false },
    { path: ['none'], line: undefined, has: false }
  ])('$path stands in line $line', ({ path, line, has }) => {
    const files = ValuesFiles.read([
      write(
        'keys.yaml',
        `annotations:
  example.com/a.b: c
ports:
  80: http
  443: https
flow: {b: [x, y]}
list:
  - name: one
  - name: two
empty:
scalar: 1
`
      )
    ])
    expect({ line: files.positionOf(path)?.line, has: files.has(path) }).toEqual({ line, has })
  })

  test('a key that a file above sets to null stands there', () => {
    const files = ValuesFiles.read([write('below.yaml', 'a:\n  b: 1\n'), write('above.yaml', '\na:\n  b: null\n')])
    expect(files.positionOf(['a', 'b'])).toEqual({ file: join(folder, 'above.yaml'), line: 3 })
    expect(files.merged()).toEqual({ a: {} })
  })

  test('for any keys that a file sets, the line of each is told', () => {
    const key = fc.stringMatching(/^[a-z][a-z0-9./-]{0,8}$/)
    fc.assert(
      fc.property(fc.uniqueArray(key, { minLength: 1, maxLength: 8 }), keys => {
        const files = ValuesFiles.read([write('keys.yaml', `top:\n${keys.map(each => `  "${each}": 1\n`).join('')}`)])
        expect(keys.map(each => files.positionOf(['top', each])?.line)).toEqual(keys.map((_, index) => index + 2))
      }),
      { numRuns: 50 }
    )
  })
})

describe('refused files', () => {
  test.each<[name: string, text: string, line: number]>([
    ['a key twice', 'a: 1\nb: 2\na: 3\n', 3],
    ['a tab that indents', 'a:\n\tb: 1\n', 2],
    ['a list that is not closed', 'a: [1,\nb: 2\n', 2],
    ['a text that is not closed', 'a: "b\n', 2],
    ['a scalar', 'a\n', 1],
    ['a list', '- a\n', 1],
    ['two documents', 'a: 1\n---\nb: 1\n', 2],
    ['an alias of nothing', 'a: 1\nb: *none\n', 2]
  ])('%s', (_name, text, line) => {
    const file = write('refused.yaml', text)
    let refused: unknown
    try {
      ValuesFiles.read([file])
    } catch (error) {
      refused = error
    }
    expect((refused as Failure | undefined)?.exitCode).toBe(2)
    expect((refused as Failure).findings[0]).toMatchObject({ code: 'YAML_MALFORMED', file, line })
  })
})

test('every file that cannot be read or is no mapping is refused at once', () => {
  function read() {
    return ValuesFiles.read([
      join(folder, 'none.yaml'),
      write('list.yaml', '- 1\n'),
      write('bad.yaml', 'a:\n  - b: [\n')
    ])
  }
  expect(read).toThrow(Failure)
  try {
    read()
  } catch (error) {
    expect((error as Failure).exitCode).toBe(2)
    expect((error as Failure).findings.map(({ code }) => code)).toEqual([
      'FILE_UNREADABLE',
      'YAML_MALFORMED',
      'YAML_MALFORMED'
    ])
  }
})

test('an empty file is no values', () => {
  expect(ValuesFiles.read([write('empty.yaml', '# nothing\n')]).merged()).toEqual({})
})
