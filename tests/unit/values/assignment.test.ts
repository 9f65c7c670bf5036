import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { assignedKeys, lastAssignment } from '../../../src/values/assignment.ts'

describe('the keys of a --set text are those that Helm reads', () => {
  test.each([
    ['a=1', [['a']]],
    ['a.b.c=1', [['a', 'b', 'c']]],
    ['a=1,b.c=2', [['a'], ['b', 'c']]],
    ['a=1,b=,c=3', [['a'], ['b'], ['c']]],
    ['a[0]=1', [['a', '0']]],
    [
      'a[0].b=1,a[1].b=2',
      [
        ['a', '0', 'b'],
        ['a', '1', 'b']
      ]
    ],
    ['a[0][1]=1', [['a', '0', '1']]],
    ['a={1,2},b=3', [['a'], ['b']]],
    ['a={},b=3', [['a'], ['b']]],
    ['a={x\\}y,z},b=3', [['a'], ['b']]],
    ['a=x\\,y=z,b=3', [['a'], ['b']]],
    ['a=x=y,b=3', [['a'], ['b']]],
    ['a=x{y,b=3', [['a'], ['b']]],
    ['a\\.b/c\\,d=1', [['a.b/c,d']]],
    ['a\\[0\\]\\=x=1', [['a[0]=x']]],
    ['a=C:\\\\,b=3', [['a'], ['b']]],
    ['a,b=1', [['a'], ['b']]],
    ['a', [['a']]],
    ['', []]
  ])('%s', (text, keys) => {
    expect(assignedKeys(text)).toEqual(keys)
  })

  test('whatever is escaped is read as it was', () => {
    const step = fc.string({ minLength: 1 })
    const assignment = fc.record({ key: fc.array(step, { minLength: 1 }), value: fc.string() })
    function escaped(text: string): string {
      return text.replaceAll(/[\\.[=,{}]/g, '\\$&')
    }
    fc.assert(
      fc.property(fc.array(assignment), assignments => {
        const text = assignments.map(({ key, value }) => `${key.map(escaped).join('.')}=${escaped(value)}`).join(',')
        expect(assignedKeys(text)).toEqual(assignments.map(({ key }) => key))
      })
    )
  })
})

describe('the last assignment of a value', () => {
  test.each([
    { set: ['a.b=1', 'c=1,a.b=2'], path: ['a', 'b'], found: 1 },
    { set: ['a.b=1', 'a.b.c=2'], path: ['a', 'b'], found: 1 },
    { set: ['a={1,2}'], path: ['a', '1'], found: 0 },
    { set: ['a.b=1'], path: ['a'], found: 0 },
    { set: ['a\\.b=1'], path: ['a', 'b'], found: 0 },
    { set: ['ab=1', 'a.bc=1'], path: ['a', 'b'], found: undefined },
    { set: ['a=1'], path: [], found: undefined }
  ])('$path of $set', ({ set, path, found }) => {
    expect(lastAssignment({ set }, path)).toBe(found === undefined ? undefined : `--set ${set[found]}`)
  })

  test.each([
    ['--set wins over --set-json', { setJson: ['a={"b":1}'], set: ['a.b=2'] }, '--set a.b=2'],
    ['--set-string wins over --set', { set: ['a=1'], setString: ['a=2'] }, '--set-string a=2'],
    ['--set-file wins over all', { setFile: ['a=x.txt'], set: ['a=1'], setString: ['a=2'] }, '--set-file a=x.txt'],
    ['JSON that is one object', { setJson: ['{"a": {"b": [1, 2]}}'] }, '--set-json {"a": {"b": [1, 2]}}'],
    ['JSON that is none', { setJson: ['{"a"'] }, undefined]
  ])('%s', (_, assignments, expected) => {
    expect(lastAssignment(assignments, ['a', 'b'])).toBe(expected)
  })
})
