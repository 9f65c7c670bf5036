import { expect, test } from '@jest/globals'
import { formatReference, readReference } from '../../../scripts/generate/values-reference.ts'

test('documented leaves become rows, in their order, with their defaults', () => {
  const entries = readReference(`# $schema=./x

# -- First words
# and more of them.
a: 1
b:
  # a note for readers
  # -- Of c.
  c: []
  # -- Of d | e.
  d: {}
`)
  expect(entries).toEqual([
    { key: 'a', value: '1', description: 'First words and more of them.' },
    { key: 'b.c', value: '[]', description: 'Of c.' },
    { key: 'b.d', value: '{}', description: 'Of d | e.' }
  ])
  expect(formatReference(entries).split('\n').at(-1)).toBe('| `b.d` | `{}` | Of d \\| e. |')
})

test('leaves without a comment are named, all of them', () => {
  expect(() => readReference('a: 1\nb:\n  c: 2\n')).toThrow("values without a '# --' comment: a, b.c")
})
