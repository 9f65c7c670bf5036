import type { Clock } from '../../elbv2/index.ts'
import { Roster, type Seat } from '../roster.ts'

/** What may be idle for so long and no longer. */
export interface Watched {
  /** When its last byte passed, by the clock. */
  readonly lastByte: number
  /** Milliseconds without a byte. */
  readonly idleTimeout: number
  timeOut(): void
}

/**
 * Ends requests over which no byte passes, any number of them with one timer: a timer for each costs more than the rest
 * of the watching.
 */
export class IdleWatch {
  readonly #clock: Clock
  readonly #watched = new Roster<Watched>()
  #timer: unknown
  /** When the timer fires: never after the first of them has to end. */
  #due = Number.POSITIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  watch(watched: Watched): Seat<Watched> {
    const deadline = deadlineOf(watched)
    if (deadline < this.#due) {
      this.#setTimer(deadline)
    }
    return this.#watched.enter(watched)
  }

  forget(seat: Seat<Watched>): void {
    this.#watched.leave(seat)
    if (this.#watched.size === 0) {
      this.#clock.clearTimeout(this.#timer)
      this.#due = Number.POSITIVE_INFINITY
    }
  }

  #setTimer(due: number): void {
    this.#clock.clearTimeout(this.#timer)
    this.#due = due
    this.#timer = this.#clock.setTimeout(() => this.#sweep(), Math.max(1, due - this.#clock.elapsed()))
  }

  #sweep(): void {
    const now = this.#clock.elapsed()
    try {
      for (const seat of this.#watched.seats) {
        if (deadlineOf(seat.member) <= now) {
          this.#watched.leave(seat)
          seat.member.timeOut()
        }
      }
    } finally {
      // Whatever one of them throws, the others are watched on.
      this.#due = Number.POSITIVE_INFINITY
      const next = this.#watched.seats.reduce((least, { member }) => Math.min(least, deadlineOf(member)), this.#due)
      if (next < this.#due) {
        this.#setTimer(next)
      }
    }
  }
}

function deadlineOf({ lastByte, idleTimeout }: Watched): number {
  return lastByte + idleTimeout
}
