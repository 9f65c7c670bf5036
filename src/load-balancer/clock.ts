import type { Clock } from '../elbv2/index.ts'

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: timer => clearTimeout(timer as NodeJS.Timeout)
}

/** A clock whose timers cannot end the process: what a callback throws is told to `onDefect`. */
export function guardedClock(clock: Clock, onDefect: (error: unknown) => void): Clock {
  return {
    now: () => clock.now(),
    elapsed: () => clock.elapsed(),
    clearTimeout: timer => clock.clearTimeout(timer),
    setTimeout: (callback, milliseconds) =>
      clock.setTimeout(() => {
        try {
          callback()
        } catch (error) {
          onDefect(error)
        }
      }, milliseconds)
  }
}
