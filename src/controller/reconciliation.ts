import type { LoadBalancerDescription } from '../elbv2/index.ts'
import type { Account, Stack } from '../model/index.ts'
import { ApiError } from './api.ts'
import { eventTime, type FailureReason, failed, type Note, succeeded } from './events.ts'
import { type Owner, Owners } from './owners.ts'
import type { StackDeployer } from './stack-deployer.ts'
import type { StackEffects } from './stack-effects.ts'
import type { Task, WorkPlan } from './stack-work.ts'
import type { WorkQueue } from './work-queue.ts'

/** One go at a stack: what the steps of each kind are put together from. What rejects is tried again. */
export class Reconciliation<Planned extends WorkPlan, Own extends Owner> {
  readonly plan: Planned
  /** They are of the plan's kind. */
  readonly owners: readonly Own[]
  readonly inactiveOwners: readonly Own[]
  /** What is written on them. */
  readonly writes: Owners
  readonly #task: Task
  readonly #deployer: StackDeployer
  readonly #effects: StackEffects
  readonly #queue: Pick<WorkQueue<Task>, 'log' | 'forgive'>

  constructor(
    plan: Planned,
    task: Task,
    deployer: StackDeployer,
    effects: StackEffects,
    queue: Pick<WorkQueue<Task>, 'log' | 'forgive'>
  ) {
    this.plan = plan
    this.owners = task.owners as Own[]
    this.inactiveOwners = task.inactiveOwners as Own[]
    this.writes = new Owners(effects)
    this.#task = task
    this.#deployer = deployer
    this.#effects = effects
    this.#queue = queue
  }

  get loadBalancer(): LoadBalancerDescription | undefined {
    return this.#deployer.loadBalancer
  }

  /** The stack as it runs. */
  get liveStack(): Stack | undefined {
    return this.#deployer.liveStack
  }

  /** An error that the log tells, once. */
  log(message: string): void {
    this.#queue.log(message)
  }

  /** Notes a failure on every owner. */
  note(reason: FailureReason, cause: string): void {
    this.#record(failed(reason, cause, this.plan.kind), '')
  }

  /** Deploys a stack; a failure is noted. */
  async deploy(stack: Stack): Promise<void> {
    await this.#deployer.deploy(stack, this.plan, this.#task).catch((error: Error) => {
      this.note('FailedDeployModel', error.message)
      throw error
    })
  }

  /** Runs one step for each object that is still there; a failure is noted. */
  async each(objects: readonly Own[], reason: FailureReason, step: (object: Own) => Promise<void>): Promise<void> {
    for (const object of objects) {
      await step(object).catch((error: Error) => {
        if (error instanceof ApiError && error.status === 404) {
          return
        }
        // Without an API server there is nowhere to write events.
        if (!(error instanceof ApiError && error.status === 0)) {
          this.note(reason, error.message)
        }
        throw error
      })
    }
  }

  /** All is done: the owners are told, once for each plan. */
  succeed(): void {
    this.#queue.forgive()
    this.#record(succeeded, String(this.#task.planNumber))
  }

  /** Now, as statuses tell it. */
  get time(): string {
    return eventTime(this.#effects.now())
  }

  /** The account that the load balancer is in. */
  get account(): Account {
    return this.#effects.account
  }

  #record(note: Note, occasion: string): void {
    const { plan } = this
    for (const owner of this.owners) {
      this.#effects.record(owner, plan.kind === 'Gateway' ? { ...note, component: plan.controller } : note, occasion)
    }
  }
}
