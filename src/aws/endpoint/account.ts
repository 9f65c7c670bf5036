/**
 * An account in a region: its state, one write after the other.
 *
 * @module
 */

import type { Environment } from '../../model/index.ts'
import { Call } from '../actions/call.ts'
import type { Action } from '../actions/index.ts'
import type { DataPlane } from '../data-plane/data-plane.ts'
import type { State } from '../state/state.ts'

export interface AccountOptions {
  environment: Environment
  dataPlane: DataPlane
  provisioning: number
  now(): Date
  /** A write was taken. */
  onWrite?(): Promise<void>
}

export class Account {
  readonly #options: AccountOptions
  #state: State
  #last: Promise<unknown> = Promise.resolve()

  constructor(state: State, options: AccountOptions) {
    this.#state = state
    this.#options = options
  }

  get state(): State {
    return this.#state
  }

  get dataPlane(): DataPlane {
    return this.#options.dataPlane
  }

  /** Answers an action that changes nothing, or whose change is not wanted. */
  read(action: Action, input: Record<string, unknown>): object {
    return action(input, this.#call())
  }

  /**
   * Answers an action, after those that came before it. What it writes runs before it is answered, or is not taken.
   *
   * @throws {ServiceError} for what is refused.
   */
  write(action: Action, input: Record<string, unknown>): Promise<object> {
    return this.#inTurn(async () => {
      const call = this.#call()
      const output = action(input, call)
      await this.#take(call.state)
      return output
    })
  }

  /** Changes the state by no call of the API. */
  change(change: (state: State) => State): Promise<void> {
    return this.#inTurn(() => this.#take(change(this.#state)))
  }

  async #take(state: State): Promise<void> {
    if (state !== this.#state) {
      await this.#options.dataPlane.apply(state)
      this.#state = state
      await this.#options.onWrite?.()
    }
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => {})
    return turn
  }

  #call(): Call {
    const { environment, dataPlane, provisioning, now } = this.#options
    return new Call(this.#state, { environment, now: now(), provisioning, describe: arn => dataPlane.describe(arn) })
  }
}
