import { describe, expect, test } from '@jest/globals'
import { type LabelSelector, meetsSelector, selectorError } from '../../../src/resources/index.ts'

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number]

function expressions(...matchExpressions: Requirement[]): LabelSelector {
  return { matchExpressions }
}

const labels = { team: 'a', zone: 'x', empty: '' }

describe('meets', () => {
  test.each<{ name: string; selector: LabelSelector; want: boolean }>([
    { name: 'an empty selector', selector: {}, want: true },
    { name: 'empty lists', selector: { matchLabels: {}, matchExpressions: [] }, want: true },
    { name: 'a label', selector: { matchLabels: { team: 'a' } }, want: true },
    { name: 'a label of another value', selector: { matchLabels: { team: 'b' } }, want: false },
    { name: 'a label in capitals', selector: { matchLabels: { team: 'A' } }, want: false },
    { name: 'a label that is not there', selector: { matchLabels: { tier: 'a' } }, want: false },
    { name: 'an empty value', selector: { matchLabels: { empty: '' } }, want: true },
    { name: 'an empty value of a label that is not there', selector: { matchLabels: { tier: '' } }, want: false },
    { name: 'all of several labels', selector: { matchLabels: { team: 'a', zone: 'x' } }, want: true },
    { name: 'one of several labels', selector: { matchLabels: { team: 'a', zone: 'y' } }, want: false },
    { name: 'In one', selector: expressions({ key: 'team', operator: 'In', values: ['a'] }), want: true },
    { name: 'In several', selector: expressions({ key: 'team', operator: 'In', values: ['b', 'a'] }), want: true },
    { name: 'In others', selector: expressions({ key: 'team', operator: 'In', values: ['b'] }), want: false },
    { name: 'In, not there', selector: expressions({ key: 'tier', operator: 'In', values: ['a'] }), want: false },
    { name: 'NotIn others', selector: expressions({ key: 'team', operator: 'NotIn', values: ['b'] }), want: true },
    { name: 'NotIn its own', selector: expressions({ key: 'team', operator: 'NotIn', values: ['a'] }), want: false },
    { name: 'NotIn, not there', selector: expressions({ key: 'tier', operator: 'NotIn', values: ['a'] }), want: true },
    { name: 'Exists', selector: expressions({ key: 'team', operator: 'Exists' }), want: true },
    { name: 'Exists, empty', selector: expressions({ key: 'empty', operator: 'Exists' }), want: true },
    { name: 'Exists, not there', selector: expressions({ key: 'tier', operator: 'Exists' }), want: false },
    {
      name: 'Exists, of what every object has',
      selector: expressions({ key: 'constructor', operator: 'Exists' }),
      want: false
    },
    { name: 'DoesNotExist', selector: expressions({ key: 'tier', operator: 'DoesNotExist' }), want: true },
    { name: 'DoesNotExist, there', selector: expressions({ key: 'team', operator: 'DoesNotExist' }), want: false },
    { name: 'DoesNotExist, empty', selector: expressions({ key: 'empty', operator: 'DoesNotExist' }), want: false },
    {
      name: 'labels and expressions',
      selector: { matchLabels: { team: 'a' }, ...expressions({ key: 'zone', operator: 'In', values: ['x'] }) },
      want: true
    },
    {
      name: 'labels, but not expressions',
      selector: { matchLabels: { team: 'a' }, ...expressions({ key: 'zone', operator: 'NotIn', values: ['x'] }) },
      want: false
    },
    {
      name: 'one of two expressions',
      selector: expressions({ key: 'team', operator: 'Exists' }, { key: 'zone', operator: 'DoesNotExist' }),
      want: false
    }
  ])('$name: $want', ({ selector, want }) => {
    expect(selectorError(selector)).toBeUndefined()
    expect(meetsSelector(labels, selector)).toBe(want)
  })
})

describe('refuses', () => {
  const noValues = "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty"
  test.each<{ name: string; requirement: Requirement; error: string }>([
    { name: 'In without values', requirement: { key: 'a', operator: 'In' }, error: noValues },
    { name: 'In of no values', requirement: { key: 'a', operator: 'In', values: [] }, error: noValues },
    { name: 'NotIn without values', requirement: { key: 'a', operator: 'NotIn' }, error: noValues },
    {
      name: 'Exists with values',
      requirement: { key: 'a', operator: 'Exists', values: ['b'] },
      error: 'values: Invalid value: ["b"]: values set must be empty for exists and does not exist'
    },
    {
      name: 'DoesNotExist with values',
      requirement: { key: 'a', operator: 'DoesNotExist', values: ['b', 'c'] },
      error: 'values: Invalid value: ["b","c"]: values set must be empty for exists and does not exist'
    },
    {
      name: 'an operator in lower case',
      requirement: { key: 'a', operator: 'in', values: ['b'] } as unknown as Requirement,
      error: '"in" is not a valid label selector operator'
    },
    {
      name: 'an operator of node affinity',
      requirement: { key: 'a', operator: 'Gt', values: ['1'] } as unknown as Requirement,
      error: '"Gt" is not a valid label selector operator'
    }
  ])('$name', ({ requirement, error }) => {
    expect(selectorError(expressions(requirement))).toBe(error)
    // The first mistake is told, whatever stands before or behind it.
    const sound: Requirement = { key: 'b', operator: 'Exists' }
    expect(selectorError(expressions(sound, requirement, { key: 'c', operator: 'In' }))).toBe(error)
  })
})
