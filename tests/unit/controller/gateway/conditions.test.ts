import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  areSameConditions,
  type WantedCondition,
  withConditions
} from '../../../../src/controller/gateway/conditions.ts'

const occasion = { generation: 2, time: '2026-01-02T00:00:00Z' }
const [accepted, programmed] = ['Accepted', 'Programmed'].map(
  (type): WantedCondition => ({ type, status: 'True', reason: type, message: '' })
) as [WantedCondition, WantedCondition]

const wanted = fc.record<WantedCondition>({
  type: fc.constantFrom('Accepted', 'Programmed', 'ResolvedRefs'),
  status: fc.constantFrom('True', 'False', 'Unknown'),
  reason: fc.constantFrom('Accepted', 'Invalid'),
  message: fc.constantFrom('', 'why')
})

describe('conditions', () => {
  test('one that says something else takes the place of the one before; others stay', () => {
    const before = withConditions([], [accepted, programmed], { ...occasion, generation: 1 })
    const after = withConditions(before, [{ ...accepted, status: 'False', reason: 'Invalid' }], occasion)
    expect(after).toEqual([
      {
        type: 'Accepted',
        status: 'False',
        reason: 'Invalid',
        message: '',
        observedGeneration: 2,
        lastTransitionTime: occasion.time
      },
      before[1]
    ])
  })

  test('one that says the same keeps its time', () => {
    const before = withConditions([], [accepted], occasion)
    const after = withConditions(before, [accepted], { ...occasion, time: '2026-01-03T00:00:00Z' })
    expect(after).toEqual(before)
    expect(areSameConditions(before, after)).toBe(true)
  })

  test('of another generation one is another', () => {
    const before = withConditions([], [accepted], { ...occasion, generation: 1 })
    expect(areSameConditions(before, withConditions(before, [accepted], occasion))).toBe(false)
  })

  test('setting them twice is setting them once, and each type is there once', () => {
    fc.assert(
      fc.property(fc.array(wanted), fc.uniqueArray(wanted, { selector: ({ type }) => type }), (some, others) => {
        const known = withConditions([], some, occasion)
        const once = withConditions(known, others, occasion)
        expect(withConditions(once, others, occasion)).toEqual(once)
        expect(new Set(once.map(({ type }) => type)).size).toBe(once.length)
        expect(areSameConditions(once, once.toReversed())).toBe(true)
      })
    )
  })
})
