import type { LoadBalancerDescription } from '../elbv2/index.ts'
import { hasLoadBalancer, type Stack } from '../model/index.ts'
import type { TargetGroupBinding } from '../resources/index.ts'
import { isLoadBalancerReplaced, withLiveNames } from './live-names.ts'
import { remainingTargets } from './registration.ts'
import type { StackEffects } from './stack-effects.ts'
import { isOfCloudProvider, type Task, type WorkPlan } from './stack-work.ts'
import { stackLabels } from './target-group-bindings.ts'

/** Makes one stack's load balancer and TargetGroupBindings what they are to be (LBC: pkg/deploy/stack_deployer.go). */
export class StackDeployer {
  /** What the load balancer is called among all that run. */
  readonly #name: string
  readonly #effects: StackEffects
  #liveStack: Stack | undefined
  /** The work that the load balancer was last given. */
  #applied: Pick<Task, 'planNumber' | 'configurationNumber'> | undefined

  constructor(name: string, effects: StackEffects) {
    this.#name = name
    this.#effects = effects
  }

  /** What the load balancer is like; undefined where none runs. */
  get loadBalancer(): LoadBalancerDescription | undefined {
    return this.#effects.loadBalancers.describe(this.#name)[0]
  }

  /** The DNS name of what stands in front of the load balancer (LBC: frontendNlb). */
  get dnsNameInFront(): string | undefined {
    return this.#effects.loadBalancers.describe(this.#name)[1]?.dnsName
  }

  /** The stack as it runs, with the names that its resources were made with. */
  get liveStack(): Stack | undefined {
    return this.#liveStack
  }

  get isGone(): boolean {
    return !this.#effects.loadBalancers.has(this.#name)
  }

  /** How much of some work the load balancer does not have yet. */
  newsOf({ planNumber, configurationNumber }: Task): 'nothing' | 'configuration' | 'plan' {
    if (planNumber !== this.#applied?.planNumber) {
      return 'plan'
    }
    return configurationNumber === this.#applied.configurationNumber ? 'nothing' : 'configuration'
  }

  /** One without a load balancer takes away what runs. */
  async deploy(stack: Stack, plan: WorkPlan, task: Task): Promise<void> {
    const { bindings } = task
    if (!hasLoadBalancer({ stack })) {
      return this.remove(bindings)
    }
    // The old load balancer goes first, so that the new one finds its ports free (LBC: loadBalancerSynthesizer.Synthesize).
    if (this.#liveStack && isLoadBalancerReplaced(this.#liveStack, stack)) {
      await this.remove(bindings)
    }
    const live = withLiveNames(this.#liveStack, stack)
    // A plan that is news is a configuration that is.
    if (this.newsOf(task) !== 'nothing') {
      await this.#apply(live, task)
    }
    if (bindings) {
      // The cloud provider registers nodes without objects.
      const labelled = isOfCloudProvider(plan) ? undefined : { stack: live, labels: stackLabels(plan) }
      await this.#effects.syncBindings(labelled, bindings)
    }
  }

  async remove(bindings: TargetGroupBinding[] | undefined): Promise<void> {
    // Bindings go before what they bind to, also those that an earlier controller left.
    if (bindings && bindings.length > 0) {
      await this.#effects.syncBindings(undefined, bindings)
    }
    this.#liveStack = undefined
    this.#applied = undefined
    if (this.isGone) {
      return
    }
    await this.#effects.loadBalancers.remove(this.#name)
    this.#effects.deleted()
  }

  /** Ends the load balancer and leaves what stands in the cluster; requests in flight get so many milliseconds. */
  async end(graceMilliseconds: number): Promise<void> {
    await this.#effects.loadBalancers.end(this.#name, graceMilliseconds)
  }

  async #apply(live: Stack, { targets, domains, planNumber, configurationNumber }: Task): Promise<void> {
    const { loadBalancers, registrationGap: gap, wait } = this.#effects
    const { loadBalancer } = this
    const named = { ...live, id: this.#name }
    const remaining = gap > 0 && loadBalancer ? remainingTargets(loadBalancer, targets) : undefined
    if (remaining) {
      // The controller deregisters what moved before it registers it anew (LBC: reconcileWithInstanceTargetType).
      await loadBalancers.apply(named, remaining, domains)
      await wait(gap)
    }
    await loadBalancers.apply(named, targets, domains)
    this.#liveStack = live
    this.#applied = { planNumber, configurationNumber }
    this.#effects.changed()
  }
}
