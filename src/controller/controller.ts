/**
 * The mocked AWS Load Balancer Controller: watches a cluster, builds the plan, runs one load balancer for each IngressGroup,
 * each Service of its class and each Gateway of its classes, and writes status, events and finalizers back; where it is told to, it
 * does the same for the Services of the cloud provider.
 *
 * @module
 */

import { type Bindings, LoadBalancers } from '../cluster/index.ts'
import type {
  Clock,
  ExchangeEntry,
  HealthCheckEntry,
  LoadBalancerDescription,
  LoadBalancerEvent
} from '../elbv2/index.ts'
import { type DevelopmentAuthority, systemClock } from '../load-balancer/index.ts'
import { type Environment, type Plan, type StackPlan, stackPlansOf } from '../model/index.ts'
import type { Resources, TargetGroupBinding } from '../resources/index.ts'
import { hasPodTargets } from '../targets/index.ts'
import type { Api } from './api.ts'
import type { ControllerEvent } from './controller-event.ts'
import { EventRecorder, noteKey } from './event-recorder.ts'
import { eventTime, failed } from './events.ts'
import { Amender } from './gateway/amender.ts'
import { amendmentsOf } from './gateway/amendments.ts'
import { missingKinds } from './gateway/served.ts'
import { Pace } from './pace.ts'
import { Planner } from './planner.ts'
import { PodReach } from './pod-reach.ts'
import { gateConditions, patchCondition } from './readiness-gates.ts'
import { referencedSecrets } from './secrets.ts'
import { retryAfter, stackEffects } from './stack-effects.ts'
import { StackReconciler } from './stack-reconciler.ts'
import { idOfKey, isOfCloudProvider, nothing, ownerOf, stackKey, workOf } from './stack-work.ts'
import { bindingNote, bindingsByStack, observeBinding } from './target-group-bindings.ts'
import { Watches } from './watches.ts'

export interface ControllerOptions {
  api: Api
  environment: Environment
  authority: DevelopmentAuthority
  bindings: Bindings
  /** Host names that certificates are made for beside those of the Ingresses. */
  hosts?: string[]
  /** Health checks run this many times faster than configured; default 1. */
  timeScale?: number
  /** Reproduces the gaps that AWS has and a laptop need not: a moved node port leaves a target group empty for a while. */
  faithfulGaps?: boolean
  /** Pods can be reached from here; default: those on loopback alone are connected to. */
  podsReachable?: boolean
  /** Makes what the cloud provider makes of Services, too: where a cluster has none, nobody else does. */
  cloudProvider?: boolean
  /** Writes the plan's JSON on the first member of each group (LBC: gate IngressPlanAnnotation). */
  planAnnotation?: boolean
  clock?: Clock
  onEvent?(event: ControllerEvent): void
  /** For who looks at single requests and checks. */
  onExchange?(exchange: ExchangeEntry): void
  onHealthCheck?(check: HealthCheckEntry): void
}

type Optional = 'timeScale' | 'onExchange' | 'onHealthCheck'

export class Controller {
  readonly #options: Required<Omit<ControllerOptions, Optional>> & Pick<ControllerOptions, Optional>
  readonly #watches: Watches
  readonly #planner: Planner
  readonly #loadBalancers: LoadBalancers
  /** By {@link stackKey}. */
  readonly #stacks = new Map<string, StackReconciler>()
  readonly #events: EventRecorder
  /** Load balancers whose description is to be told, in the same turn once. */
  readonly #changed = new Set<string>()
  readonly #amender: Amender
  /** What is left alone, each told once. */
  readonly #leftAlone = new Set<string>()
  readonly #pace: Pace
  readonly #reach: PodReach
  /** Whether target groups have pods as targets. */
  #plansPods = false
  #gatesScheduled = false
  #synced = false
  #leads = false
  #closed = false

  constructor(options: ControllerOptions) {
    const off = { faithfulGaps: false, planAnnotation: false, podsReachable: false, cloudProvider: false }
    this.#options = { hosts: [], ...off, clock: systemClock, onEvent: () => {}, ...options }
    this.#reach = new PodReach(this.#options.podsReachable, event => this.#options.onEvent(event))
    const { api, clock, onEvent, environment, hosts, authority, bindings, timeScale } = this.#options
    const { onExchange, onHealthCheck } = this.#options
    this.#loadBalancers = new LoadBalancers({
      environment,
      authority,
      bindings,
      clock,
      timeScale,
      ...(onExchange && { onExchange }),
      ...(onHealthCheck && { onHealthCheck }),
      onEvent: (event, id) => this.#onEvent(event, id)
    })
    this.#planner = new Planner(environment, hosts)
    this.#events = new EventRecorder({ api, clock, onEvent })
    this.#amender = new Amender(api, {
      log: message => onEvent({ type: 'error', message }),
      retryAfter: (failures, retry) => retryAfter(clock, failures, retry)
    })
    this.#pace = new Pace(clock, () => this.#look())
    this.#watches = new Watches({ api, clock, onEvent, onChange: () => this.#schedule() })
  }

  /** Begins to watch; `standBy` leaves everything as it is until {@link lead}. */
  start({ standBy = false } = {}): void {
    this.#leads = !standBy
    this.#watches.start()
  }

  /** Begins to work: this controller was elected. */
  lead(): void {
    this.#leads = true
    this.#schedule()
  }

  /** Whether it works: it leads, and has looked at everything once. */
  get isReady(): boolean {
    return this.#leads && this.#synced && !this.#closed
  }

  /** What the cluster says; undefined until everything was listed. */
  snapshot(): Resources | undefined {
    return this.#watches.snapshot()
  }

  /** The load balancers that run, ordered by their ID. */
  describe(): LoadBalancerDescription[] {
    return this.#loadBalancers.describeAll().toSorted((one, other) => (one.id < other.id ? -1 : 1))
  }

  /** Each load balancer's counters, in Prometheus's text format. */
  metrics(): string[] {
    return this.#loadBalancers.metrics()
  }

  /**
   * Stops watching, lets what is being written finish, ends every load balancer; requests in flight get so many
   * milliseconds. The cluster's objects stay as they are.
   */
  async close(graceMilliseconds = 0): Promise<void> {
    this.#closed = true
    this.#pace.stop()
    this.#watches.close()
    await Promise.all([
      this.#amender.close(),
      ...[...this.#stacks.values()].map(stack => stack.close(graceMilliseconds))
    ])
    this.#stacks.clear()
  }

  #schedule(): void {
    if (!this.#closed) {
      this.#pace.request()
    }
  }

  #look(): void {
    try {
      this.#lookAtAll()
    } catch (error) {
      // A defect must not end what runs; the next change is looked at again.
      this.#options.onEvent({ type: 'error', message: (error as Error).stack ?? String(error) })
    }
  }

  #lookAtAll(): void {
    const resources = this.#leads ? this.#snapshotWithReferences() : undefined
    if (!resources) {
      return
    }
    const { onEvent, api } = this.#options
    if (!this.#synced) {
      onEvent({ type: 'synced', server: api.server, ingresses: resources.list('Ingress').length })
    }
    this.#synced = true
    const plan = this.#planner.planOf(resources)
    const served = this.#served(plan)
    const plansPods = served.some(({ stack }) => stack && hasPodTargets(stack))
    if (plansPods !== this.#plansPods) {
      this.#plansPods = plansPods
      this.#schedule()
      return
    }
    this.#offer(served, this.#watches.has('TargetGroupBinding') ? bindingsByStack(resources) : undefined)
    this.#amend(served, resources)
    this.#note(plan, resources)
    this.#reviewGates()
  }

  /** The snapshot, once all that it refers to is watched and listed, too. */
  #snapshotWithReferences(): Resources | undefined {
    const known = this.#watches.snapshot()
    if (!known) {
      return undefined
    }
    this.#watches.setSecrets(referencedSecrets(known))
    this.#watches.setPods(this.#plansPods)
    return this.#watches.snapshot()
  }

  /** The stacks that this controller makes; what it leaves alone is told. */
  #served(plan: Plan): StackPlan[] {
    return stackPlansOf(plan).filter(one => {
      const reason = this.#reasonAgainst(one)
      if (reason !== undefined && !this.#leftAlone.has(reason)) {
        this.#leftAlone.add(reason)
        this.#options.onEvent({ type: 'error', message: reason })
      }
      return reason === undefined
    })
  }

  /** Why a stack is left alone. Of Gateways, where kinds are missing that the controller's original asks for. */
  #reasonAgainst(plan: StackPlan): string | undefined {
    if (isOfCloudProvider(plan)) {
      const reason = `Service ${plan.id} is left alone: its load balancer is the cloud provider's (--cloud-provider makes it here)`
      return this.#options.cloudProvider ? undefined : reason
    }
    if (plan.kind !== 'Gateway') {
      return undefined
    }
    const missing = missingKinds(plan.controller, kind => this.#watches.has(kind))
    return missing.length > 0
      ? `Gateways of ${plan.controller} are left alone: the cluster lacks the kinds ${missing.join(', ')}`
      : undefined
  }

  /** Classes, configurations, routes and ListenerSets are told, too. */
  #amend(served: readonly StackPlan[], resources: Resources): void {
    if (this.#watches.has('GatewayClass')) {
      const plans = served.filter(plan => plan.kind === 'Gateway')
      this.#amender.offer(amendmentsOf({ resources, plans, time: eventTime(this.#options.clock.now()) }))
    }
  }

  /** Each stack learns what it is to become, also those that nothing asks for any more. */
  #offer(served: readonly StackPlan[], bindings: ReadonlyMap<string, TargetGroupBinding[]> | undefined): void {
    const asked = new Set(served.map(stackKey))
    for (const plan of served) {
      const key = stackKey(plan)
      const work = workOf(plan, this.#planner, bindings && (bindings.get(key) ?? []))
      this.#stackOf(key).offer({ ...work, targets: this.#reach.admit(work.targets) })
    }
    // What somebody left behind without an owner is taken down too.
    for (const key of bindings?.keys() ?? []) {
      this.#stackOf(key)
    }
    for (const [key, stack] of this.#stacks) {
      if (asked.has(key)) {
        continue
      }
      const left = bindings?.get(key) ?? []
      if (stack.isGone && left.length === 0) {
        this.#stacks.delete(key)
      } else {
        stack.offer({ ...nothing, bindings: bindings && left })
      }
    }
  }

  /** Says what concerns no stack: of Ingresses that belong to none, and of TargetGroupBindings. */
  #note({ unloadable }: Plan, resources: Resources): void {
    for (const { ingress: key, error } of unloadable) {
      const ingress = ownerOf(resources, 'Ingress', key)
      if (ingress) {
        this.#events.record(ingress, failed('FailedLoadGroupID', error), '')
      }
    }
    for (const binding of resources.list('TargetGroupBinding')) {
      this.#acknowledge(binding, resources)
    }
    const noted = ['Ingress', 'Service', 'Gateway', 'TargetGroupBinding'].flatMap(kind => resources.list(kind))
    this.#events.keepOnly(new Set(noted.map(noteKey)))
  }

  /** Says of a TargetGroupBinding, whoever made it, that it is taken note of (LBC: targetGroupBindingReconciler). */
  #acknowledge(binding: TargetGroupBinding, resources: Resources): void {
    const { metadata } = binding
    if (metadata.deletionTimestamp !== undefined) {
      return
    }
    this.#events.record(binding, bindingNote(binding, resources), String(metadata.generation))
    const { api, onEvent } = this.#options
    observeBinding(api, binding).catch((error: Error) =>
      onEvent({ type: 'error', message: `cannot update the status of ${noteKey(binding)}: ${error.message}` })
    )
  }

  /** Tells pods that wait for it how healthy they are, once for all that changes in the same turn. */
  #reviewGates(): void {
    if (!this.#plansPods || this.#gatesScheduled) {
      return
    }
    this.#gatesScheduled = true
    setImmediate(() => {
      this.#gatesScheduled = false
      const resources = this.#watches.snapshot()
      if (!resources || this.#closed) {
        return
      }
      const { api, clock, onEvent } = this.#options
      const targetGroups = this.describe().flatMap(loadBalancer => loadBalancer.targetGroups)
      for (const { pod, condition } of gateConditions(targetGroups, resources)) {
        patchCondition(api, pod, condition, clock.now()).catch((error: Error) =>
          onEvent({ type: 'error', message: `cannot update the condition of ${noteKey(pod)}: ${error.message}` })
        )
      }
    })
  }

  /** The stack of a key; a load balancer of a new one is called by the stack's ID, or its key where another has that name. */
  #stackOf(key: string): StackReconciler {
    const known = this.#stacks.get(key)
    if (known) {
      return known
    }
    const id = idOfKey(key)
    const isTaken = [...this.#stacks.values()].some(({ name }) => name === id)
    const name = isTaken ? key : id
    const effects = stackEffects(name, this.#options, {
      loadBalancers: this.#loadBalancers,
      events: this.#events,
      changed: () => this.#tell(name)
    })
    const stack = new StackReconciler(name, effects)
    this.#stacks.set(key, stack)
    return stack
  }

  #onEvent(event: LoadBalancerEvent, id: string | undefined): void {
    this.#options.onEvent(event)
    if (id !== undefined && event.type !== 'request') {
      this.#tell(id)
    }
    if (event.type === 'target-health') {
      this.#reviewGates()
    }
  }

  /** Tells what a load balancer is like, once for all that changes in the same turn. */
  #tell(id: string): void {
    if (this.#changed.size === 0) {
      setImmediate(() => {
        for (const changed of this.#changed) {
          const [loadBalancer, inFront] = this.#loadBalancers.describe(changed)
          if (loadBalancer) {
            this.#options.onEvent({ type: 'load-balancer', loadBalancer, ...(inFront && { inFront }) })
          }
        }
        this.#changed.clear()
      })
    }
    this.#changed.add(id)
  }
}
