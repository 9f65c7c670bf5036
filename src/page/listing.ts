/** Milliseconds that are looked at together. */
const span = 250

/**
 * Requests in that time that are listed and kept, and as many more that failed: more come faster than anybody reads, and what is kept
 * for long costs the load balancer more than what is forgotten at once.
 */
const most = 25

/** Decides which requests are listed and kept. */
export class Listing {
  #since = 0
  #all = 0
  #failed = 0

  /**
   * Whether one more is listed.
   *
   * @param now milliseconds since any moment.
   */
  take(now: number, failed: boolean): boolean {
    if (now - this.#since >= span) {
      this.#since = now
      this.#all = 0
      this.#failed = 0
    }
    if (this.#all < most) {
      this.#all++
      return true
    }
    if (failed && this.#failed < most) {
      this.#failed++
      return true
    }
    return false
  }
}
