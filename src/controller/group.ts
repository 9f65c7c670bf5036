import { createHash } from 'node:crypto'
import type { LoadBalancer, Target, Targets } from '../elbv2/index.ts'
import type { GroupPlan, Stack } from '../model/index.ts'
import { annotationName, type Ingress, objectKey, type TargetGroupBinding } from '../resources/index.ts'
import { ApiError } from './api.ts'
import { type FailureReason, failed, type Note, succeeded } from './events.ts'
import { withFinalizer, withoutFinalizer } from './finalizers.ts'
import { isLoadBalancerReplaced, withLiveNames } from './live-names.ts'
import { type IngressStatusEntry, showsStatus, statusOf } from './status.ts'

/** What a group is to become, taken from one snapshot. */
export interface GroupWork {
  /** Without a plan nothing names the group any more. */
  plan: Pick<GroupPlan, 'members' | 'finalizer' | 'stack' | 'error' | 'errorHasEvent'> | undefined
  members: Ingress[]
  inactiveMembers: Ingress[]
  targets: Targets
  /** Host names for certificates. */
  domains: string[]
  /** The TargetGroupBindings that the cluster has of this group; undefined where it has no such kind. */
  bindings: TargetGroupBinding[] | undefined
}

/** What a group does to the world. */
export interface GroupEffects {
  /** Patches an Ingress; `subresource` is `/status` or nothing. Rejects with an ApiError. */
  patch(ingress: Ingress, subresource: '' | '/status', body: object): Promise<void>
  read(ingress: Ingress): Promise<Ingress>
  /** Tells a note about an Ingress, if it is news on this occasion. */
  record(ingress: Ingress, note: Note, occasion: string): void
  /** An error that the log tells. */
  log(message: string): void
  /** Makes a load balancer that certificates of `domains()` are issued for. */
  createLoadBalancer(stack: Stack, domains: () => string[]): LoadBalancer
  /** Finds places for the stack's listeners, or gives them back. */
  assignPorts(stack: Stack): Promise<void>
  releasePorts(): void
  /** Makes the group's TargetGroupBindings those of the stack; without one, removes them. */
  syncBindings(stack: Stack | undefined, existing: TargetGroupBinding[]): Promise<void>
  /** The text for the first member's annotation `dry-run-plan`; undefined where it is not asked for. */
  planText(stack: Stack): string | undefined
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

/** The plan as JSON, on the first member alone (LBC: gate IngressPlanAnnotation). */
export const planAnnotation = annotationName('dry-run-plan')

/** Tries of a patch that others overtook (client-go: retry.DefaultBackoff). */
const conflictTries = 5

/** One IngressGroup: its load balancer, and the work on its members, one at a time, the newest first. */
export class Group {
  readonly id: string
  readonly #effects: GroupEffects
  #loadBalancer: LoadBalancer | undefined
  #liveStack: Stack | undefined
  /** What the load balancer was last given. */
  #applied = ''
  #domains: string[] = []
  #next: GroupWork | undefined
  #offered: GroupWork | undefined
  #newest = ''
  #failures = 0
  #logged = ''
  #cancelRetry = (): void => {}
  #working: Promise<void> | undefined

  constructor(id: string, effects: GroupEffects) {
    this.id = id
    this.#effects = effects
  }

  get loadBalancer(): LoadBalancer | undefined {
    return this.#loadBalancer
  }

  /** Whether nothing is left of the group: no load balancer, no work. */
  get isGone(): boolean {
    return !this.#loadBalancer && !this.#working && !this.#next
  }

  /** Takes on what a snapshot says, unless it says nothing new. */
  offer(work: GroupWork): void {
    if (work === this.#offered) {
      return
    }
    this.#offered = work
    const members = [...work.members, ...work.inactiveMembers]
    const { plan } = work
    const fingerprint = digest([
      plan && { ...plan, stack: plan.stack && digestOf(plan.stack) },
      [...work.targets],
      work.domains,
      work.bindings?.map(({ metadata, spec }) => [metadata.name, metadata.deletionTimestamp, spec]),
      members.map(({ metadata, status }) => [
        metadata.uid,
        metadata.finalizers,
        metadata.annotations?.[planAnnotation],
        status
      ])
    ])
    if (fingerprint === this.#newest) {
      return
    }
    this.#newest = fingerprint
    this.#failures = 0
    this.#enqueue(work)
  }

  /** Ends the load balancer without touching the members; requests in flight get so many milliseconds. */
  async close(graceMilliseconds = 0): Promise<void> {
    this.#cancelRetry()
    this.#next = undefined
    await this.#working
    this.#cancelRetry()
    await this.#loadBalancer?.close(graceMilliseconds)
    this.#loadBalancer = undefined
  }

  #enqueue(work: GroupWork): void {
    this.#cancelRetry()
    this.#next = work
    this.#working ??= this.#workOff()
  }

  async #workOff(): Promise<void> {
    for (let work = this.#next; work; work = this.#next) {
      this.#next = undefined
      const done = await this.#reconcile(work).then(
        () => true,
        (error: Error) => this.#log(error.message)
      )
      if (done) {
        this.#failures = 0
      } else if (!this.#next) {
        this.#cancelRetry = this.#effects.retryAfter(this.#failures++, () => this.#enqueue(work))
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
  async #reconcile({ plan, members, inactiveMembers, targets, domains, bindings }: GroupWork): Promise<void> {
    this.#domains = domains
    if (!plan) {
      return this.#delete(bindings)
    }
    // While the group is loaded, errors reach the log only, and come before any finalizer.
    if (plan.error !== undefined && plan.errorHasEvent === false) {
      return void this.#log(plan.error)
    }
    const note = (reason: FailureReason, cause: string): void => {
      for (const member of members) {
        this.#effects.record(member, failed(reason, cause), '')
      }
    }
    /** Runs one step for each Ingress that is still there; a failure is noted on every active member. */
    async function forEach(ingresses: Ingress[], reason: FailureReason, step: (ingress: Ingress) => Promise<void>) {
      for (const ingress of ingresses) {
        await step(ingress).catch((error: Error) => {
          if (error instanceof ApiError && error.status === 404) {
            return
          }
          // Without an API server there is nowhere to write events.
          if (!(error instanceof ApiError && error.status === 0)) {
            note(reason, error.message)
          }
          throw error
        })
      }
    }
    await forEach(members, 'FailedAddFinalizer', member => this.#patchFinalizers(member, plan.finalizer, withFinalizer))
    if (!plan.stack) {
      note('FailedBuildModel', plan.error!)
      // Of a group without active members nobody would hear otherwise.
      if (members.length === 0) {
        this.#log(plan.error!)
      }
      return
    }
    await this.#deploy(plan.stack, targets, bindings).catch((error: Error) => {
      note('FailedDeployModel', error.message)
      throw error
    })
    if (this.#loadBalancer) {
      const entry = statusOf(this.#loadBalancer.describe())
      await forEach(members, 'FailedUpdateStatus', member => this.#updateStatus(member, entry))
      await this.#annotatePlan(members)
    }
    await forEach(inactiveMembers, 'FailedRemoveFinalizer', member =>
      this.#patchFinalizers(member, plan.finalizer, withoutFinalizer)
    )
    this.#logged = ''
    const occasion = digest([plan.members, digestOf(plan.stack)])
    for (const member of members) {
      this.#effects.record(member, succeeded, occasion)
    }
  }

  async #deploy(stack: Stack, targets: Targets, bindings: TargetGroupBinding[] | undefined): Promise<void> {
    if (!stack.resources['AWS::ElasticLoadBalancingV2::LoadBalancer']) {
      return this.#delete(bindings)
    }
    // The old load balancer goes first, so that the new one finds its ports free (LBC: loadBalancerSynthesizer.Synthesize).
    if (this.#liveStack && isLoadBalancerReplaced(this.#liveStack, stack)) {
      await this.#delete(bindings)
    }
    const live = withLiveNames(this.#liveStack, stack)
    await this.#apply(live, targets)
    if (bindings) {
      await this.#effects.syncBindings(live, bindings)
    }
  }

  async #apply(live: Stack, targets: Targets): Promise<void> {
    const configuration = digest([live, [...targets], this.#domains])
    if (this.#loadBalancer && configuration === this.#applied) {
      return
    }
    let loadBalancer = this.#loadBalancer
    try {
      await this.#effects.assignPorts(live)
      loadBalancer ??= this.#effects.createLoadBalancer(live, () => this.#domains)
      const gap = this.#effects.registrationGap
      const remaining = gap > 0 && this.#loadBalancer ? remainingTargets(this.#loadBalancer, targets) : undefined
      if (remaining) {
        // The controller deregisters what moved before it registers it anew (LBC: reconcileWithInstanceTargetType).
        await loadBalancer.apply(live, remaining)
        await this.#effects.wait(gap)
      }
      await loadBalancer.apply(live, targets)
    } catch (error) {
      if (!this.#loadBalancer) {
        await loadBalancer?.close()
        this.#effects.releasePorts()
      }
      throw error
    }
    this.#loadBalancer = loadBalancer
    this.#liveStack = live
    this.#applied = configuration
    this.#effects.changed()
  }

  async #delete(bindings: TargetGroupBinding[] | undefined): Promise<void> {
    const loadBalancer = this.#loadBalancer
    // Bindings go before what they bind to, also those that an earlier controller left.
    if (bindings && bindings.length > 0) {
      await this.#effects.syncBindings(undefined, bindings)
    }
    this.#loadBalancer = undefined
    this.#liveStack = undefined
    if (!loadBalancer) {
      return
    }
    await loadBalancer.close()
    this.#effects.releasePorts()
    this.#effects.deleted()
  }

  /** The plan stands on the first member and on no other. */
  async #annotatePlan(members: readonly Ingress[]): Promise<void> {
    const text = this.#liveStack && this.#effects.planText(this.#liveStack)
    for (const [index, member] of members.entries()) {
      const wanted = index === 0 ? text : undefined
      if (member.metadata.annotations?.[planAnnotation] === wanted) {
        continue
      }
      await this.#effects.patch(member, '', { metadata: { annotations: { [planAnnotation]: wanted ?? null } } })
    }
  }

  /** Patches under the object's version, so that nobody else's finalizer is lost; reads anew where somebody was faster. */
  async #patchFinalizers(ingress: Ingress, finalizer: string, decide: typeof withFinalizer): Promise<void> {
    for (let current = ingress, tries = 1; ; tries++) {
      const finalizers = decide(current.metadata, finalizer)
      if (!finalizers) {
        return
      }
      const { resourceVersion } = current.metadata
      try {
        return await this.#effects.patch(current, '', { metadata: { resourceVersion, finalizers } })
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 409) || tries === conflictTries) {
          throw error
        }
        current = await this.#effects.read(ingress)
      }
    }
  }

  async #updateStatus(ingress: Ingress, entry: IngressStatusEntry): Promise<void> {
    if (showsStatus(ingress, entry)) {
      return
    }
    try {
      await this.#effects.patch(ingress, '/status', { status: { loadBalancer: { ingress: [entry] } } })
    } catch (error) {
      const { status, message } = error as ApiError
      throw new ApiError(status, `failed to update ingress status: ${objectKey(ingress)}: ${message}`, { cause: error })
    }
  }
}

/** The targets that stay, where some leave and others come; undefined where nothing moves. */
function remainingTargets(loadBalancer: LoadBalancer, targets: Targets): Targets | undefined {
  function key({ id, address, port }: Target): string {
    return `${id} ${address} ${port}`
  }
  const registered = new Map(
    loadBalancer
      .describe()
      .targetGroups.map(group => [
        group.id,
        group.targets.filter(({ state }) => state !== 'draining').map(({ target }) => target)
      ])
  )
  const moved = [...targets].some(([id, next]) => {
    const keys = new Set(next.map(key))
    const before = new Set(registered.get(id)?.map(key))
    return [...before].some(one => !keys.has(one)) && [...keys].some(one => !before.has(one))
  })
  if (!moved) {
    return undefined
  }
  return new Map(
    [...targets].map(([id, next]) => {
      const before = new Set(registered.get(id)?.map(key))
      return [id, next.filter(target => before.has(key(target)))]
    })
  )
}

/** A stack is the same object for as long as nothing in it changes: it is looked through once. */
const digests = new WeakMap<Stack, string>()

function digestOf(stack: Stack): string {
  const known = digests.get(stack) ?? digest(stack)
  digests.set(stack, known)
  return known
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64')
}
