import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Roster, type Seat } from '../../../src/load-balancer/roster.ts'

it('holds whoever came and did not leave, however they come and go', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9)), steps => {
      const roster = new Roster<number>()
      const seats = new Map<number, Seat<number>>()
      for (const member of steps) {
        const seat = seats.get(member)
        if (seat) {
          roster.leave(seat)
          roster.leave(seat)
          seats.delete(member)
        } else {
          seats.set(member, roster.enter(member))
        }
        expect(roster.size).toBe(seats.size)
        expect(new Set(roster.seats.map(one => one.member))).toEqual(new Set(seats.keys()))
      }
    })
  )
})

it('can be gone through while members leave', () => {
  const roster = new Roster<string>()
  for (const member of ['a', 'b', 'c']) {
    roster.enter(member)
  }
  const seen = roster.seats.map(seat => {
    roster.leave(seat)
    return seat.member
  })
  expect(seen).toEqual(['a', 'b', 'c'])
  expect(roster.size).toBe(0)
})
