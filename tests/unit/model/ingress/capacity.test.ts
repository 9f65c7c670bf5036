import { describe } from '@jest/globals'
import { conflict, mistakeOn, testMistakes } from '../mistakes.ts'

describe('mistakes', () => {
  testMistakes([
    mistakeOn(
      'capacity under another key',
      { 'minimum-load-balancer-capacity': 'Units=5' },
      'invalid key to set the capacity: Units, Expected key: CapacityUnits'
    ),
    conflict(
      { 'minimum-load-balancer-capacity': 'CapacityUnits=1' },
      { 'minimum-load-balancer-capacity': 'CapacityUnits=2' },
      'conflicting capacity reservation CapacityUnits: 1 | 2'
    )
  ])
})
