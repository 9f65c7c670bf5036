import type { Clock } from '../elbv2/index.ts'

/** Milliseconds: a look that takes longer than the shortest is followed by a rest of its own length, at most the longest. */
const shortestRest = 5
const longestRest = 500

/**
 * When to look at everything: in the turn after something changed, so that what changes together is looked at together; of a
 * large cluster, after a rest, so that a thousand changes are not a thousand looks.
 */
export class Pace {
  readonly #clock: Clock
  readonly #look: () => void
  #cancel: (() => void) | undefined
  #rest = 0

  constructor(clock: Clock, look: () => void) {
    this.#clock = clock
    this.#look = look
  }

  /** Asks for a look; one is enough for all that ask before it. */
  request(): void {
    if (this.#cancel) {
      return
    }
    const look = (): void => {
      this.#cancel = undefined
      const start = performance.now()
      this.#look()
      this.#rest = Math.min(longestRest, performance.now() - start)
    }
    if (this.#rest > shortestRest) {
      const timer = this.#clock.setTimeout(look, this.#rest)
      this.#cancel = () => this.#clock.clearTimeout(timer)
    } else {
      const immediate = setImmediate(look)
      this.#cancel = () => clearImmediate(immediate)
    }
  }

  /** Takes back what was asked for. */
  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}
