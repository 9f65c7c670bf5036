import type { LoadBalancerDescription } from '../elbv2/index.ts'
import type { Account, Stack } from '../model/index.ts'
import { ApiError } from './api.ts'
import { eventTime, type FailureReason, failed, type Note, succeeded } from './events.ts'
import { type Owner, Owners } from './owners.ts'
import type { StackDeployer } from './stack-deployer.ts'
import type { StackEffects } from './stack-effects.ts'
import { isOfCloudProvider, type Task, type WorkPlan } from './stack-work.ts'
import type { WorkQueue } from './work-queue.ts'

/** Who tells something of a plan's owners, where their kind does not say so. */
function componentOf(plan: WorkPlan): string | undefined {
  if (plan.kind === 'Gateway') {
    return plan.controller
  }
  return isOfCloudProvider(plan) ? 'service-controller' : undefined
}

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

  get dnsNameInFront(): string | undefined {
    return this.#deployer.dnsNameInFront
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
    this.tell(failed(reason, cause, this.plan.kind))
  }

  /** How much of what is to be deployed the load balancer does not have yet. */
  get news(): 'nothing' | 'configuration' | 'plan' {
    return this.#deployer.newsOf(this.#task)
  }

  /** Deploys a stack; a failure is noted, for this reason. */
  async deploy(stack: Stack, reason: FailureReason = 'FailedDeployModel', context = ''): Promise<void> {
    await this.#deployer.deploy(stack, this.plan, this.#task).catch((error: Error) => {
      this.note(reason, `${context}${error.message}`)
      throw error
    })
  }

  /** Runs one step for each object that is still there; a failure is noted. */
  async each(
    objects: readonly Own[],
    reason: FailureReason,
    step: (object: Own) => Promise<void>,
    context = ''
  ): Promise<void> {
    for (const object of objects) {
      await step(object).catch((error: Error) => {
        if (error instanceof ApiError && error.status === 404) {
          return
        }
        // Without an API server there is nowhere to write events.
        if (!(error instanceof ApiError && error.status === 0)) {
          this.note(reason, `${context}${error.message}`)
        }
        throw error
      })
    }
  }

  /** All is done: the owners are told, once for each plan. */
  succeed(): void {
    this.forgive()
    this.tell(succeeded, String(this.#task.planNumber))
  }

  /** All is done, and a failure to come is the first one. */
  forgive(): void {
    this.#queue.forgive()
  }

  /** Now, as statuses tell it. */
  get time(): string {
    return eventTime(this.#effects.now())
  }

  /** The account that the load balancer is in. */
  get account(): Account {
    return this.#effects.account
  }

  /** Tells every owner; `occasion` is what has to change for the same note to be news again. */
  tell(note: Note, occasion = ''): void {
    const component = componentOf(this.plan)
    for (const owner of this.owners) {
      this.#effects.record(owner, component === undefined ? note : { ...note, component }, occasion)
    }
  }
}
