import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Ways } from '../../../../src/page/client/connected.ts'

const links = [
  { from: 'a', to: 'b' },
  { from: 'b', to: 'd' },
  { from: 'c', to: 'd' },
  { from: 'd', to: 'e' }
]

describe('ways over the map', () => {
  test('a place belongs together with all that leads to it and all that it leads to', () => {
    const ways = new Ways({ links })
    expect([...ways.through(['b'])].sort()).toEqual(['a', 'b', 'd', 'e'])
    expect([...ways.through(['d'])].sort()).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect([...ways.after(['c'])].sort()).toEqual(['c', 'd', 'e'])
  })

  test('a circle ends', () => {
    const ways = new Ways({ links: [...links, { from: 'e', to: 'a' }] })
    expect([...ways.after(['c'])].sort()).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  test('what a place leads to belongs to it from there too', () => {
    const place = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
    fc.assert(
      fc.property(fc.array(fc.record({ from: place, to: place })), place, (drawn, one) => {
        const ways = new Ways({ links: drawn })
        for (const other of ways.after([one])) {
          expect(ways.through([other])).toContain(one)
        }
      })
    )
  })
})
