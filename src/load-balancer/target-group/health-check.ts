/**
 * Health checks: a request to each target of each target group in use, again and again.
 *
 * @module
 */

import type { Clock } from '../../elbv2/index.ts'
import { type CheckOutcome, initialChecking, observe } from '../../elbv2/index.ts'
import type { CheckedConfiguration, CheckedGroup, CheckedTarget } from './checked-target-group.ts'

/** One check of one target: resolves with what came of it, and gives up when the signal says so. */
export type Probe<Configuration> = (
  address: string,
  port: number,
  group: Configuration,
  signal: AbortSignal
) => Promise<CheckOutcome>

export interface HealthCheckOptions<Configuration extends CheckedConfiguration> {
  clock: Clock
  /** Intervals and time-outs are divided by this. */
  timeScale: number
  probe: Probe<Configuration>
  /** What a check that ran out of time counts as. */
  timedOut: CheckOutcome
  onCheck?(group: CheckedGroup<Configuration>, target: CheckedTarget, outcome: CheckOutcome): void
}

/**
 * Checks that begin in one turn of the event loop. A thousand targets that were registered together are due together ever after: the
 * connections of all of them at once would take more memory than everything else, and keep requests waiting.
 */
const startsPerTurn = 16

/** Checks the targets of all target groups. */
export class HealthChecker<Configuration extends CheckedConfiguration> {
  readonly #options: HealthCheckOptions<Configuration>
  readonly #stops = new Map<CheckedTarget, () => void>()
  /** Checks whose turn has yet to come. */
  readonly #due: (() => unknown)[] = []
  /** How many more may begin in this turn. */
  #left = startsPerTurn

  constructor(options: HealthCheckOptions<Configuration>) {
    this.#options = options
  }

  /** Checks a target from now on. */
  start(group: CheckedGroup<Configuration>, registered: CheckedTarget): void {
    this.stop(registered)
    const { clock, timeScale, probe, timedOut, onCheck } = this.#options
    const stopped = new AbortController()
    let timer: unknown

    async function check(): Promise<void> {
      const started = clock.elapsed()
      const { healthCheck } = group.configuration
      if (registered.health.reason === 'Elb.RegistrationInProgress') {
        group.setHealth(registered, initialChecking())
      }
      const port = healthCheck.port === 'traffic-port' ? registered.target.port : healthCheck.port
      const timeout = new AbortController()
      const timeoutTimer = clock.setTimeout(() => timeout.abort(), (healthCheck.timeoutSeconds * 1000) / timeScale)
      const signal = AbortSignal.any([timeout.signal, stopped.signal])
      // A check that cannot be made (a path or a port that no request takes) has failed; the others go on.
      const answer = await Promise.resolve()
        .then(() => probe(registered.target.address, port, group.configuration, signal))
        .catch((): CheckOutcome => ({ passed: false, reason: 'Target.FailedHealthChecks' }))
      clock.clearTimeout(timeoutTimer)
      if (stopped.signal.aborted) {
        return
      }
      const outcome: CheckOutcome = timeout.signal.aborted ? timedOut : answer
      group.setHealth(registered, observe(registered.health, outcome, group.configuration.healthCheck))
      onCheck?.(group, registered, outcome)
      // The interval counts from the start of a check, however long its answer took.
      const interval = (group.configuration.healthCheck.intervalSeconds * 1000) / timeScale
      schedule(started + interval - clock.elapsed())
    }
    const enqueue = (): void => this.#enqueue(() => stopped.signal.aborted || void check())
    function schedule(delay: number): void {
      timer = clock.setTimeout(enqueue, Math.max(0, delay))
    }
    schedule(0)
    this.#stops.set(registered, () => {
      clock.clearTimeout(timer)
      stopped.abort()
    })
  }

  stop(registered: CheckedTarget): void {
    this.#stops.get(registered)?.()
    this.#stops.delete(registered)
  }

  /** Begins at once, or when it is its turn. */
  #enqueue(begin: () => unknown): void {
    this.#due.push(begin)
    this.#beginDue()
  }

  #beginDue(): void {
    if (this.#left === startsPerTurn && this.#due.length > 0) {
      setImmediate(() => {
        this.#left = startsPerTurn
        this.#beginDue()
      })
    }
    for (const begin of this.#due.splice(0, this.#left)) {
      this.#left -= 1
      begin()
    }
  }
}
