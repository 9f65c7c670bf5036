import type { FigureSecond } from './contract.ts'

/** Seconds that are kept. */
const keptSeconds = 300

/** The latencies of one second that percentiles are made of; of more requests a part tells the same. */
const mostLatencies = 2000

function percentile(sorted: readonly number[], share: number): number {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]! * 10) / 10
}

/** Counts requests by the second. */
export class Figures {
  readonly #seconds: FigureSecond[] = []
  #current: { second: number; classes: number[]; latencies: number[] } | undefined
  /** What the counters said last. */
  #connections: number | undefined

  /** @param now milliseconds since the epoch. */
  request(status: number, milliseconds: number, now: number): void {
    const second = Math.floor(now / 1000)
    if (this.#current?.second !== second) {
      this.#end()
      this.#current = { second, classes: [0, 0, 0, 0, 0], latencies: [] }
    }
    const { classes, latencies } = this.#current!
    const index = Math.min(Math.max(Math.floor(status / 100), 1), 5) - 1
    classes[index]! += 1
    if (latencies.length < mostLatencies) {
      latencies.push(milliseconds)
    }
  }

  /**
   * The seconds that are over since the last time.
   *
   * @param connections as the load balancers' counters count them from their beginning; asked where a second is over.
   */
  take(now: number, connections: () => number): FigureSecond[] {
    const second = Math.floor(now / 1000)
    if (this.#current && this.#current.second < second) {
      this.#end()
    }
    const waiting = this.#pending
    const last = this.#seconds.at(-1)?.second ?? (waiting[0]?.second ?? second - 1) - 1
    for (let next = last + 1; next < second; next++) {
      const known = waiting.find(one => one.second === next)
      this.#seconds.push(known ?? { second: next, classes: [0, 0, 0, 0, 0], connections: 0 })
    }
    this.#pending = []
    const added = this.#seconds.filter(one => one.second > last)
    const newest = added.at(-1)
    if (newest) {
      const counted = connections()
      newest.connections = Math.max(0, counted - (this.#connections ?? counted))
      this.#connections = counted
    }
    this.#seconds.splice(0, Math.max(0, this.#seconds.length - keptSeconds))
    return added.slice(-keptSeconds)
  }

  get seconds(): FigureSecond[] {
    return [...this.#seconds]
  }

  #pending: FigureSecond[] = []

  #end(): void {
    if (!this.#current) {
      return
    }
    const { second, classes, latencies } = this.#current
    const sorted = latencies.toSorted((one, other) => one - other)
    this.#pending.push({
      second,
      classes,
      p50: percentile(sorted, 0.5),
      p90: percentile(sorted, 0.9),
      p99: percentile(sorted, 0.99),
      connections: 0
    })
    this.#pending.splice(0, this.#pending.length - keptSeconds)
    this.#current = undefined
  }
}
