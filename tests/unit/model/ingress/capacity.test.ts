import { describe } from '@jest/globals'
import { conflict, mistakeOn, testMistakes } from '../mistakes.ts'

describe('mistakes', () => {
  testMistakes([
    mistakeOn(
      'capacity under another key',
      { 'minimum-load-balancer-capacity': 'Units=5' },
      'invalid key to set the capacity: Units, Expected key: CapacityUnits'
    ),
    ...[
      ['many', 'invalid syntax'],
      ['', 'invalid syntax'],
      ['2147483648', 'value out of range']
    ].map(([value, reason]) =>
      mistakeOn(
        `a capacity of '${value}'`,
        { 'minimum-load-balancer-capacity': `CapacityUnits=${value}` },
        `invalid value to set the capacity: ${value}: strconv.ParseInt: parsing "${value}": ${reason}`
      )
    ),
    conflict(
      { 'minimum-load-balancer-capacity': 'CapacityUnits=1' },
      { 'minimum-load-balancer-capacity': 'CapacityUnits=2' },
      'conflicting capacity reservation CapacityUnits: 1 | 2'
    )
  ])
})
