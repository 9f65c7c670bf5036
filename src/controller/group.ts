import type { LoadBalancers } from '../cluster/index.ts'
import type { LoadBalancerDescription } from '../elbv2/index.ts'
import type { Stack } from '../model/index.ts'
import type { Ingress, TargetGroupBinding } from '../resources/index.ts'
import { ApiError } from './api.ts'
import { type FailureReason, failed, type Note, succeeded } from './events.ts'
import { type GroupWork, newsOf } from './group-work.ts'
import { isLoadBalancerReplaced, withLiveNames } from './live-names.ts'
import { type MemberEffects, Members } from './members.ts'
import { remainingTargets } from './registration.ts'
import { statusOf } from './status.ts'

/** What a group does to the world. */
export interface GroupEffects extends MemberEffects {
  /** Where the group's load balancer runs, by the group's ID. */
  loadBalancers: Pick<LoadBalancers, 'apply' | 'has' | 'describe' | 'end' | 'remove'>
  /** Tells a note about an Ingress, if it is news on this occasion. */
  record(ingress: Ingress, note: Note, occasion: string): void
  /** An error that the log tells. */
  log(message: string): void
  /** Makes the group's TargetGroupBindings those of the stack; without one, removes them. */
  syncBindings(stack: Stack | undefined, existing: TargetGroupBinding[]): Promise<void>
  /** Milliseconds between the deregistration of targets and the registration of others in their place; 0 for none. */
  registrationGap: number
  /** Resolves after so many milliseconds. */
  wait(milliseconds: number): Promise<void>
  /** The load balancer has a new configuration. */
  changed(): void
  deleted(): void
  /** Calls back after the wait that the number of failures in a row asks for; returns what cancels it. */
  retryAfter(failures: number, retry: () => void): () => void
}

/** Work as it was taken on: which of all plans, and which of all configurations of the load balancer it has. */
interface Task extends GroupWork {
  planNumber: number
  configurationNumber: number
}

/** One IngressGroup: its load balancer, and the work on its members, one at a time, the newest first. */
export class Group {
  readonly id: string
  readonly #effects: GroupEffects
  readonly #members: Members
  #liveStack: Stack | undefined
  /** The configuration that the load balancer was last given. */
  #applied: number | undefined
  #offered: GroupWork | undefined
  #planNumber = 0
  #configurationNumber = 0
  #next: Task | undefined
  #failures = 0
  #logged = ''
  #cancelRetry = (): void => {}
  #working: Promise<void> | undefined

  constructor(id: string, effects: GroupEffects) {
    this.id = id
    this.#effects = effects
    this.#members = new Members(effects)
  }

  /** What its load balancer is like; undefined where it has none. */
  get loadBalancer(): LoadBalancerDescription | undefined {
    return this.#effects.loadBalancers.describe(this.id)
  }

  /** Whether nothing is left of the group: no load balancer, no work. */
  get isGone(): boolean {
    return !this.#effects.loadBalancers.has(this.id) && !this.#working && !this.#next
  }

  /** Takes on what a snapshot says, unless it says nothing new. */
  offer(work: GroupWork): void {
    const news = newsOf(this.#offered, work)
    // The newest of equals, so that the next offer finds the same objects.
    this.#offered = work
    if (news === 'nothing') {
      return
    }
    if (news === 'plan') {
      this.#planNumber++
    }
    if (news !== 'objects') {
      this.#configurationNumber++
    }
    this.#failures = 0
    this.#enqueue({ ...work, planNumber: this.#planNumber, configurationNumber: this.#configurationNumber })
  }

  /** Ends the load balancer without touching the members; requests in flight get so many milliseconds. */
  async close(graceMilliseconds = 0): Promise<void> {
    this.#cancelRetry()
    this.#next = undefined
    await this.#working
    this.#cancelRetry()
    await this.#effects.loadBalancers.end(this.id, graceMilliseconds)
  }

  #enqueue(task: Task): void {
    this.#cancelRetry()
    this.#next = task
    this.#working ??= this.#workOff()
  }

  async #workOff(): Promise<void> {
    for (let task = this.#next; task; task = this.#next) {
      this.#next = undefined
      const done = await this.#reconcile(task).then(
        () => true,
        (error: Error) => this.#log(error.message)
      )
      if (done) {
        this.#failures = 0
      } else if (!this.#next) {
        this.#cancelRetry = this.#effects.retryAfter(this.#failures++, () => this.#enqueue(task))
      }
    }
    this.#working = undefined
  }

  /** Says what went wrong, once until something else does or all is well. Returns that nothing is done. */
  #log(message: string): false {
    if (message !== this.#logged) {
      this.#effects.log(message)
    }
    this.#logged = message
    return false
  }

  /** The steps and their order are the controller's; what rejects is tried again (LBC: groupReconciler.reconcile). */
  async #reconcile(task: Task): Promise<void> {
    const { plan, members, inactiveMembers, bindings } = task
    if (!plan) {
      return this.#delete(bindings)
    }
    // While the group is loaded, errors reach the log only, and come before any finalizer.
    if (plan.error !== undefined && plan.errorHasEvent === false) {
      return void this.#log(plan.error)
    }
    await this.#each(members, task, 'FailedAddFinalizer', member => this.#members.addFinalizer(member, plan.finalizer))
    if (!plan.stack) {
      this.#note(task, 'FailedBuildModel', plan.error!)
      // Of a group without active members nobody would hear otherwise.
      if (members.length === 0) {
        this.#log(plan.error!)
      }
      return
    }
    await this.#deploy(plan.stack, task).catch((error: Error) => {
      this.#note(task, 'FailedDeployModel', error.message)
      throw error
    })
    await this.#tellMembers(task)
    await this.#each(inactiveMembers, task, 'FailedRemoveFinalizer', member =>
      this.#members.removeFinalizer(member, plan.finalizer)
    )
    this.#logged = ''
    for (const member of members) {
      this.#effects.record(member, succeeded, String(task.planNumber))
    }
  }

  /** Notes a failure on every active member. */
  #note({ members }: Task, reason: FailureReason, cause: string): void {
    for (const member of members) {
      this.#effects.record(member, failed(reason, cause), '')
    }
  }

  /** Runs one step for each Ingress that is still there; a failure is noted. */
  async #each(
    ingresses: Ingress[],
    task: Task,
    reason: FailureReason,
    step: (ingress: Ingress) => Promise<void>
  ): Promise<void> {
    for (const ingress of ingresses) {
      await step(ingress).catch((error: Error) => {
        if (error instanceof ApiError && error.status === 404) {
          return
        }
        // Without an API server there is nowhere to write events.
        if (!(error instanceof ApiError && error.status === 0)) {
          this.#note(task, reason, error.message)
        }
        throw error
      })
    }
  }

  /** The active members learn of the load balancer, where there is one. */
  async #tellMembers(task: Task): Promise<void> {
    const { loadBalancer } = this
    if (!loadBalancer) {
      return
    }
    const entry = statusOf(loadBalancer)
    await this.#each(task.members, task, 'FailedUpdateStatus', member => this.#members.updateStatus(member, entry))
    await this.#members.annotatePlan(task.members, this.#liveStack)
  }

  async #deploy(stack: Stack, task: Task): Promise<void> {
    const { bindings } = task
    if (!stack.resources['AWS::ElasticLoadBalancingV2::LoadBalancer']) {
      return this.#delete(bindings)
    }
    // The old load balancer goes first, so that the new one finds its ports free (LBC: loadBalancerSynthesizer.Synthesize).
    if (this.#liveStack && isLoadBalancerReplaced(this.#liveStack, stack)) {
      await this.#delete(bindings)
    }
    const live = withLiveNames(this.#liveStack, stack)
    if (task.configurationNumber !== this.#applied) {
      await this.#apply(live, task)
    }
    if (bindings) {
      await this.#effects.syncBindings(live, bindings)
    }
  }

  async #apply(live: Stack, { targets, domains, configurationNumber }: Task): Promise<void> {
    const { loadBalancers, registrationGap: gap, wait } = this.#effects
    const { loadBalancer } = this
    const remaining = gap > 0 && loadBalancer ? remainingTargets(loadBalancer, targets) : undefined
    if (remaining) {
      // The controller deregisters what moved before it registers it anew (LBC: reconcileWithInstanceTargetType).
      await loadBalancers.apply(live, remaining, domains)
      await wait(gap)
    }
    await loadBalancers.apply(live, targets, domains)
    this.#liveStack = live
    this.#applied = configurationNumber
    this.#effects.changed()
  }

  async #delete(bindings: TargetGroupBinding[] | undefined): Promise<void> {
    // Bindings go before what they bind to, also those that an earlier controller left.
    if (bindings && bindings.length > 0) {
      await this.#effects.syncBindings(undefined, bindings)
    }
    this.#liveStack = undefined
    this.#applied = undefined
    if (!this.#effects.loadBalancers.has(this.id)) {
      return
    }
    await this.#effects.loadBalancers.remove(this.id)
    this.#effects.deleted()
  }
}
