/**
 * Health checks: a request to each target of each target group in use, again and again.
 *
 * @module
 */

import type { Clock, TargetGroupConfiguration } from '../../elbv2/index.ts'
import { type CheckOutcome, initialChecking, observe } from '../../elbv2/index.ts'
import type { RegisteredTarget } from './registered-target.ts'
import type { TargetGroup } from './target-group.ts'

/** One check of one target: resolves with what came of it, and gives up when the signal says so. */
export type Probe = (
  address: string,
  port: number,
  group: TargetGroupConfiguration,
  signal: AbortSignal
) => Promise<CheckOutcome>

export interface HealthCheckOptions {
  clock: Clock
  /** Intervals and time-outs are divided by this. */
  timeScale: number
  probe: Probe
  onCheck?(group: TargetGroup, target: RegisteredTarget, outcome: CheckOutcome): void
}

/** Checks the targets of all target groups. */
export class HealthChecker {
  readonly #options: HealthCheckOptions
  readonly #stops = new Map<RegisteredTarget, () => void>()

  constructor(options: HealthCheckOptions) {
    this.#options = options
  }

  /** Checks a target from now on. */
  start(group: TargetGroup, registered: RegisteredTarget): void {
    this.stop(registered)
    const { clock, timeScale, probe, onCheck } = this.#options
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
      const outcome: CheckOutcome = timeout.signal.aborted ? { passed: false, reason: 'Target.Timeout' } : answer
      group.setHealth(registered, observe(registered.health, outcome, group.configuration.healthCheck))
      onCheck?.(group, registered, outcome)
      // The interval counts from the start of a check, however long its answer took.
      const interval = (group.configuration.healthCheck.intervalSeconds * 1000) / timeScale
      timer = clock.setTimeout(() => void check(), Math.max(0, started + interval - clock.elapsed()))
    }
    timer = clock.setTimeout(() => void check(), 0)
    this.#stops.set(registered, () => {
      clock.clearTimeout(timer)
      stopped.abort()
    })
  }

  stop(registered: RegisteredTarget): void {
    this.#stops.get(registered)?.()
    this.#stops.delete(registered)
  }
}
