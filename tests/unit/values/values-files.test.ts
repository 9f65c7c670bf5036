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
    { name: 'a scalar replaces a mapping', below: { a: { b: 1 } }, above: { a: 1 }, merged: { a: 1 } }
  ])('$name', ({ below, above, merged }) => {
    expect(mergeValues(below, above)).toEqual(merged)
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
