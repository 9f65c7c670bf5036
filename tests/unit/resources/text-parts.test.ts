import { describe, expect, test } from '@jest/globals'
import type { Change } from '../../../src/failure.ts'
import { applyEdits } from '../../../src/resources/index.ts'
import { partsOf } from '../../../src/resources/text-parts.ts'

const list = '{"kind": "List", "items": [{"a": 1}, {"a": [{"b": 2}]}], "metadata": {}}\n'

describe('what is parsed by itself', () => {
  test.each<[string, string, number]>([
    ['nothing', '', 1],
    ['a comment alone', '# of nothing\n', 1],
    ['one document', '# of a\na: 1\n', 1],
    ['documents', '---\na: 1\n---\n# of b\nb: 2\n...\n---\nc: 3\n# end', 3],
    ['documents, the last one empty', 'a: 1\n---\n', 2],
    ['the items of a List', list, 5],
    ['a List of nothing', '{"kind": "List", "items": []}', 1],
    ['JSON that is no List', '{"kind": "ConfigMap", "items": [1, 2]}', 1],
    ['what looks like JSON', '{kind: List, items: [{}]}', 1]
  ])('%s, and joined it is the text', (_, text, count) => {
    const { texts } = partsOf(text)
    expect(texts).toHaveLength(count)
    expect(texts.join('')).toBe(text)
  })
})

describe('an edit reaches its part', () => {
  test.each<[string, string, number, Change, string]>([
    ['a document', 'a: 1\n---\na: 1\n', 1, { path: ['a'], value: 2 }, 'a: 1\n---\na: 2\n'],
    ['a document that is not there', 'a: 1\n', 1, { path: ['a'], value: 2 }, 'a: 1\n'],
    ['a document beside one that is no YAML', 'a: [\n---\na: 1\n', 1, { path: ['a'], value: 2 }, 'a: [\n---\na: 2\n'],
    ['an item', list, 0, { path: ['items', 1, 'a', 0, 'b'], value: 3 }, list.replace('"b": 2', '"b": 3')],
    ['an item that is not there', list, 0, { path: ['items', 2, 'a'], value: 3 }, list],
    ['an item of no List', '{"items": [{"a": 1}]}', 0, { path: ['items', 0, 'a'], value: 2 }, '{"items": [{"a": 2}]}']
  ])('%s', (_, text, document, change, expected) => {
    expect(applyEdits(text, [{ file: 'edge', document, changes: [change] }])).toBe(expected)
  })
})
