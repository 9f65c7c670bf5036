import { expect, it } from '@jest/globals'
import { guardedClock } from '../../../src/load-balancer/clock.ts'
import { createManualClock } from '../../manual-clock.ts'

it('a timer that throws is told, and ends nothing', () => {
  const manual = createManualClock()
  const defects: unknown[] = []
  const clock = guardedClock(manual, error => void defects.push(error))
  const error = new Error('a port out of range')
  clock.setTimeout(() => {
    throw error
  }, 10)
  manual.advance(10)
  expect(defects).toEqual([error])
})
