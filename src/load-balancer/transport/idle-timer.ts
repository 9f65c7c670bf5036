import type { Clock } from '../../elbv2/index.ts'

export interface IdleTimerOptions {
  clock: Clock
  /** Milliseconds that an idle connection is kept; read anew each time. */
  idleTimeout(): number
}

/**
 * Tells when a connection to a target has been idle for as long as it may. The deadline moves with every request; the timer is only
 * set anew when it fires.
 */
export class IdleTimer {
  readonly #options: IdleTimerOptions
  readonly #onIdle: () => void
  /** Since when nothing is on its way; undefined while something is. */
  #idleSince: number | undefined
  #timer: unknown
  #isRunning = false

  constructor(options: IdleTimerOptions, onIdle: () => void) {
    this.#options = options
    this.#onIdle = onIdle
  }

  /** A request is on its way. */
  work(): void {
    this.#idleSince = undefined
  }

  /** Nothing is on its way any more. */
  rest(): void {
    this.#idleSince = this.#options.clock.elapsed()
    if (!this.#isRunning) {
      this.#run()
    }
  }

  stop(): void {
    this.#options.clock.clearTimeout(this.#timer)
  }

  #run(): void {
    const { clock, idleTimeout } = this.#options
    this.#isRunning = true
    const left = (this.#idleSince ?? clock.elapsed()) + idleTimeout() - clock.elapsed()
    this.#timer = clock.setTimeout(
      () => {
        if (this.#idleSince !== undefined && clock.elapsed() - this.#idleSince >= idleTimeout()) {
          this.#onIdle()
        } else {
          this.#run()
        }
      },
      Math.max(1, left)
    )
  }
}
