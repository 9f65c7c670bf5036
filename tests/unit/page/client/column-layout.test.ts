import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { layColumns } from '../../../../src/page/client/column-layout.ts'
import { columns } from '../../../../src/page/client/words.ts'

/** Pixels beside the columns of a map: at its sides. */
const sides = 32

describe('the columns of the map', () => {
  test.each([
    ['a screen of 1440 pixels', 1440],
    ['one of 1280', 1280],
    ['one of 1440, beside the details', 1440 - 360],
    ['one of 1920', 1920]
  ])('all nine fit into %s', (_name, width) => {
    expect(layColumns(columns, width - sides).width).toBeLessThanOrEqual(width - sides)
  })

  test('where they would be too narrow to be read, they reach beyond the room', () => {
    const { places, width } = layColumns(columns, 400)
    expect(width).toBeGreaterThan(400)
    expect([...places.values()].every((place, index) => place.width > columns[index]!.width)).toBe(true)
  })

  test('no column is narrower than it needs, and none stands in another, whatever the room', () => {
    const some = fc.subarray([...columns], { minLength: 1 })
    fc.assert(
      fc.property(some, fc.integer({ min: 0, max: 5000 }), (used, room) => {
        const { places, gap, width } = layColumns(used, room)
        let end = -gap
        for (const { column, width: needed } of used) {
          const place = places.get(column)!
          expect(place.width).toBeGreaterThanOrEqual(needed)
          expect(place.x).toBe(end + gap)
          end = place.x + place.width
        }
        expect(width).toBe(end)
      })
    )
  })

  test('nothing is laid out as nothing', () => {
    expect(layColumns([], 1000).width).toBe(0)
  })
})
