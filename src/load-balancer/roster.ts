/** Where a member stands in its roster. */
export interface Seat<Member> {
  readonly member: Member
  index: number
}

/**
 * Members that come and go all the time, in no order. A Set would do but for V8: each few of them it goes on in a new table that
 * the one before points at, and once a table that is left has grown old, whatever was in all that came after it lives until the
 * next full collection. (v8/src/objects/ordered-hash-table.h)
 */
export class Roster<Member> {
  readonly #seats: Seat<Member>[] = []

  get size(): number {
    return this.#seats.length
  }

  /** The seats of now: they may be left while one goes through them. */
  get seats(): readonly Seat<Member>[] {
    return [...this.#seats]
  }

  enter(member: Member): Seat<Member> {
    const seat = { member, index: this.#seats.length }
    this.#seats.push(seat)
    return seat
  }

  /** A seat that was left already is left alone. */
  leave(seat: Seat<Member>): void {
    if (this.#seats[seat.index] !== seat) {
      return
    }
    const last = this.#seats.pop()!
    if (last !== seat) {
      this.#seats[seat.index] = last
      last.index = seat.index
    }
  }
}
