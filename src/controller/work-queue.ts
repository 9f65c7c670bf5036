/** What a queue of work needs of the world. */
export interface WorkQueueEffects {
  /** An error that the log tells. */
  log(message: string): void
  /** Calls back after the wait that the number of failures in a row asks for; returns what cancels it. */
  retryAfter(failures: number, retry: () => void): () => void
}

/**
 * The work on one thing: one task at a time, of those that wait the newest. What rejects is tried again, after growing waits,
 * until a newer task takes its place.
 */
export class WorkQueue<Task> {
  readonly #work: (task: Task) => Promise<void>
  readonly #effects: WorkQueueEffects
  #next: Task | undefined
  #failures = 0
  #logged = ''
  #cancelRetry = (): void => {}
  #working: Promise<void> | undefined

  constructor(work: (task: Task) => Promise<void>, effects: WorkQueueEffects) {
    this.#work = work
    this.#effects = effects
  }

  get isIdle(): boolean {
    return !this.#working && !this.#next
  }

  /** Takes on a task that is news: its first failure is followed by the shortest wait. */
  add(task: Task): void {
    this.#failures = 0
    this.#enqueue(task)
  }

  /** Says what went wrong, once until something else does or all is well. */
  log(message: string): void {
    if (message !== this.#logged) {
      this.#effects.log(message)
    }
    this.#logged = message
  }

  /** All is well: what goes wrong next is news. */
  forgive(): void {
    this.#logged = ''
  }

  /** Lets what is being done finish, and does nothing more. */
  async close(): Promise<void> {
    this.#cancelRetry()
    this.#next = undefined
    await this.#working
    this.#cancelRetry()
  }

  #enqueue(task: Task): void {
    this.#cancelRetry()
    this.#next = task
    this.#working ??= this.#workOff()
  }

  async #workOff(): Promise<void> {
    for (let task = this.#next; task; task = this.#next) {
      this.#next = undefined
      const done = await this.#work(task).then(
        () => true,
        (error: Error) => {
          this.log(error.message)
          return false
        }
      )
      if (done) {
        this.#failures = 0
      } else if (!this.#next) {
        this.#cancelRetry = this.#effects.retryAfter(this.#failures++, () => this.#enqueue(task))
      }
    }
    this.#working = undefined
  }
}
