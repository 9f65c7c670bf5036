import type { Clock } from '../src/elbv2/index.ts'

/** A clock that stands still until it is told to move. */
export interface ManualClock extends Clock {
  /** Sets the time that dates are made of, as whoever corrects a machine's clock does: nothing elapses. */
  step(milliseconds: number): void
  /** Moves time on and runs what falls due, in the order of the due times. */
  advance(milliseconds: number): void
  /** Due times of what is scheduled, ascending: milliseconds from now. */
  pending(): number[]
}

/** @param start - milliseconds since the epoch at which the clock stands. */
export function createManualClock(start = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start
  let stepped = 0
  let serial = 0
  const timers = new Map<number, { due: number; callback: () => void }>()
  function next(): [number, { due: number; callback: () => void }] | undefined {
    return [...timers].sort(([a, left], [b, right]) => left.due - right.due || a - b)[0]
  }
  return {
    now: () => now + stepped,
    elapsed: () => now,
    step(milliseconds) {
      stepped += milliseconds
    },
    setTimeout(callback, milliseconds) {
      serial += 1
      timers.set(serial, { due: now + Math.max(0, milliseconds), callback })
      return serial
    },
    clearTimeout: timer => void timers.delete(timer as number),
    advance(milliseconds) {
      const end = now + milliseconds
      for (let timer = next(); timer !== undefined && timer[1].due <= end; timer = next()) {
        timers.delete(timer[0])
        now = timer[1].due
        timer[1].callback()
      }
      now = end
    },
    pending: () => [...timers.values()].map(timer => timer.due - now).sort((a, b) => a - b)
  }
}
