import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parse, stringify } from 'yaml'
import type { Change } from '../../../src/failure.ts'
import { applyEdits } from '../../../src/resources/index.ts'

function apply(text: string, ...changes: Change[]): string {
  return applyEdits(text, [{ file: 'edge.yaml', document: 0, changes }])
}

describe('a change moves only its own characters', () => {
  const block = 'a: # of a\n  b: 1 # of b\n  "c": two\n# end\n'
  test.each<[string, string, Change, string]>([
    ['a value', block, { path: ['a', 'b'], value: 'x' }, 'a: # of a\n  b: x # of b\n  "c": two\n# end\n'],
    ['a text of several lines', 'a: |\n  b\n  c\nd: 1\n', { path: ['a'], value: 'e' }, 'a: e\nd: 1\n'],
    [
      'text that needs quotes',
      block,
      { path: ['a', 'b'], value: '443' },
      'a: # of a\n  b: "443" # of b\n  "c": two\n# end\n'
    ],
    ['a new key', block, { path: ['a', 'd'], value: true }, 'a: # of a\n  b: 1 # of b\n  d: true\n  "c": two\n# end\n'],
    ['another name', block, { path: ['a', 'c'], rename: 'd' }, 'a: # of a\n  b: 1 # of b\n  d: two\n# end\n'],
    ['the first key, gone', block, { path: ['a', 'b'], remove: true }, 'a: # of a\n  "c": two\n# end\n'],
    ['the last key, gone', block, { path: ['a', 'c'], remove: true }, 'a: # of a\n  b: 1 # of b\n# end\n'],
    ['a key of an item', 'a:\n- b: 1\n  c: 2\n', { path: ['a', 0, 'd'], value: 3 }, 'a:\n- b: 1\n  d: 3\n  c: 2\n'],
    ['the first key of an item, gone', 'a:\n- b: 1\n  c: 2\n', { path: ['a', 0, 'b'], remove: true }, 'a:\n- c: 2\n'],
    ['a key in braces', 'a: {b: 1}\n', { path: ['a', 'c'], value: 2 }, 'a: {b: 1, c: 2}\n'],
    ['a key in braces, gone', 'a: {b: 1, c: 2}\n', { path: ['a', 'c'], remove: true }, 'a: {b: 1}\n'],
    ['the only key in braces, gone', 'a: {b: 1}\n', { path: ['a', 'b'], remove: true }, 'a: {}\n'],
    ['the only key, gone', 'a:\n  b: 1\n', { path: ['a', 'b'], remove: true }, 'a:\n  {}\n'],
    [
      'a key above which nothing is',
      'a:\n  b: 1\n',
      { path: ['a', 'c', 'd'], value: 'x' },
      'a:\n  b: 1\n  c:\n    d: x\n'
    ],
    [
      'a key of what has no value yet',
      'a:\n  b:\nc: 1\n',
      { path: ['a', 'b', 'd'], value: 2 },
      'a:\n  b: {d: 2}\nc: 1\n'
    ],
    ['a key, gone, before a comment', 'a: 1 # of a\n# of b\nb: 2\n', { path: ['a'], remove: true }, '# of b\nb: 2\n'],
    ['a list', 'a: [1] # of a\n', { path: ['a'], value: ['*'] }, 'a: ["*"] # of a\n'],
    [
      'a new item',
      'a:\n- b: 1 # of b\nc: 2\n',
      { path: ['a', 1], value: { b: 2, c: 3 } },
      'a:\n- b: 1 # of b\n- b: 2\n  c: 3\nc: 2\n'
    ],
    ['a new item in brackets', 'a: [1]\n', { path: ['a', 1], value: 2 }, 'a: [1, 2]\n'],
    [
      'a text that is YAML',
      'a: |\n  b: 1 # of b\n  c: 2\nd: 3\n',
      { path: ['a', 'b'], value: 4 },
      'a: |\n  b: 4 # of b\n  c: 2\nd: 3\n'
    ],
    [
      'a text in quotes that is JSON',
      `a: '{"b": 1}'\n`,
      { path: ['a', 'c', 'd'], value: 2 },
      `a: "{\\"b\\": 1, \\"c\\": {\\"d\\":2}}"\n`
    ],
    ['JSON', '{"a": {"b": 1}}\n', { path: ['a', 'c'], value: 'x' }, '{"a": {"b": 1, "c": "x"}}\n']
  ])('%s', (_name, text, change, expected) => {
    expect(apply(text, change)).toBe(expected)
  })

  test('of the document that it names', () => {
    const edit = { file: 'edge.yaml', document: 1, changes: [{ path: ['a'], value: 2 }] }
    expect(applyEdits('a: 1\n---\na: 1\n---\na: 1\n', [edit])).toBe('a: 1\n---\na: 2\n---\na: 1\n')
  })
})

describe('what does not fit the text leaves it alone', () => {
  test.each<[string, string, Change]>([
    ['a key below one that is a number', 'a: 1\n', { path: ['a', 'c'], value: 1 }],
    ['an item behind one that is not there', 'a: {b: [1]}\n', { path: ['a', 'b', 3], value: 1 }],
    ['an item of a list that is not there', 'a: 1\n', { path: ['b', 2, 'c'], value: 1 }],
    ['a key behind an alias', 'a: &a {b: 1}\nc: *a\n', { path: ['c', 'b'], value: 2 }],
    ['a value with an anchor that others repeat', 'a: &a 1\nb: *a\n', { path: ['a'], value: 2 }],
    ['no YAML', 'a: [1\n', { path: ['a'], value: 2 }]
  ])('%s', (_name, text, change) => {
    expect(apply(text, change)).toBe(text)
  })
})

function read(text: string): unknown {
  return parse(text, { version: '1.1', uniqueKeys: false })
}

test('whatever the file, it says what the change says, or is as it was', () => {
  const key = fc.constantFrom('a', 'b', 'alb.ingress.kubernetes.io/x', 'c d', '1')
  const scalar = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constantFrom('yes', '0x1', '- a', '#', 'a: b', 'a\nb')
  )
  const { tree } = fc.letrec(tie => ({
    tree: fc.dictionary(key, fc.oneof({ depthSize: 'small' }, scalar, tie('tree')), { minKeys: 1 })
  }))
  fc.assert(
    fc.property(
      tree,
      fc.boolean(),
      fc.array(key, { minLength: 1, maxLength: 3 }),
      scalar,
      (value, flow, path, next) => {
        const text = stringify(value, { version: '1.1', ...(flow && { collectionStyle: 'flow' as const }) })
        const edited = apply(text, { path, value: next })
        if (edited !== text) {
          const inner = path.reduce<unknown>(
            // A path may lead into a text that is YAML itself.
            (at, step) => ((typeof at === 'string' ? read(at) : at) as Record<string, unknown>)[step],
            read(edited)
          )
          expect(inner).toEqual(next)
        }
      }
    ),
    { numRuns: 300 }
  )
})
