import { describe, expect, test } from '@jest/globals'
import { Pace } from '../../../src/controller/pace.ts'
import { createManualClock } from '../../manual-clock.ts'

function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

describe('the pace of looks', () => {
  test('one for all that ask in the same turn, and another for those after it', async () => {
    let looks = 0
    const pace = new Pace(createManualClock(), () => looks++)
    for (let asked = 0; asked < 3; asked++) {
      pace.request()
    }
    expect(looks).toBe(0)
    await turn()
    expect(looks).toBe(1)
    pace.request()
    await turn()
    expect(looks).toBe(2)
  })

  test('what was taken back does not come', async () => {
    let looks = 0
    const pace = new Pace(createManualClock(), () => looks++)
    pace.request()
    pace.stop()
    await turn()
    expect(looks).toBe(0)
  })

  test('after a long look it rests as long, and one look makes up for all that asked meanwhile', async () => {
    let looks = 0
    const clock = createManualClock()
    const pace = new Pace(clock, () => {
      looks++
      const end = performance.now() + 10
      while (performance.now() < end) {}
    })
    pace.request()
    await turn()
    for (let asked = 0; asked < 3; asked++) {
      pace.request()
    }
    await turn()
    expect(looks).toBe(1)
    const [rest, ...more] = clock.pending()
    expect(more).toEqual([])
    expect(rest).toBeGreaterThanOrEqual(10)
    expect(rest).toBeLessThanOrEqual(500)
    clock.advance(500)
    expect(looks).toBe(2)
  })
})
