/**
 * The mocked AWS Load Balancer Controller: watches a cluster, builds the plan, runs one load balancer for each IngressGroup,
 * and writes status, events and finalizers back.
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
import type { Environment, Plan } from '../model/index.ts'
import type { Resources, TargetGroupBinding } from '../resources/index.ts'
import { hasPodTargets } from '../targets/index.ts'
import type { Api } from './api.ts'
import type { ControllerEvent } from './controller-event.ts'
import { EventRecorder, noteKey } from './event-recorder.ts'
import { failed } from './events.ts'
import { Group } from './group.ts'
import { groupEffects } from './group-effects.ts'
import { ingressOf, nothing, workOf } from './group-work.ts'
import { Pace } from './pace.ts'
import { Planner } from './planner.ts'
import { PodReach } from './pod-reach.ts'
import { gateConditions, patchCondition } from './readiness-gates.ts'
import { referencedSecrets } from './secrets.ts'
import { bindingNote, bindingsByGroup, observeBinding } from './target-group-bindings.ts'
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
  readonly #groups = new Map<string, Group>()
  readonly #events: EventRecorder
  /** Groups whose description is to be told, in the same turn once. */
  readonly #changed = new Set<string>()
  readonly #pace: Pace
  readonly #reach: PodReach
  /** Whether target groups have pods as targets. */
  #plansPods = false
  #gatesScheduled = false
  #synced = false
  #leads = false
  #closed = false

  constructor(options: ControllerOptions) {
    const off = { faithfulGaps: false, planAnnotation: false, podsReachable: false }
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

  /** The load balancers that run, ordered by their group. */
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
    await Promise.all([...this.#groups.values()].map(group => group.close(graceMilliseconds)))
    this.#groups.clear()
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
    const plansPods = plan.groups.some(({ stack }) => stack && hasPodTargets(stack))
    if (plansPods !== this.#plansPods) {
      this.#plansPods = plansPods
      this.#schedule()
      return
    }
    this.#offer(plan, this.#watches.has('TargetGroupBinding') ? bindingsByGroup(resources) : undefined)
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

  /** Each group learns what it is to become, also those that nothing names any more. */
  #offer({ groups }: Plan, bindings: ReadonlyMap<string, TargetGroupBinding[]> | undefined): void {
    for (const group of groups) {
      const work = workOf(group, this.#planner, bindings)
      this.#groupOf(group.id).offer({ ...work, targets: this.#reach.admit(work.targets) })
    }
    const named = new Set(groups.map(({ id }) => id))
    // What somebody left behind without an Ingress is taken down too.
    for (const id of bindings?.keys() ?? []) {
      if (!named.has(id)) {
        this.#groupOf(id)
      }
    }
    for (const group of this.#groups.values()) {
      if (named.has(group.id)) {
        continue
      }
      const left = bindings?.get(group.id) ?? []
      if (group.isGone && left.length === 0) {
        this.#groups.delete(group.id)
      } else {
        group.offer({ ...nothing, bindings: bindings && left })
      }
    }
  }

  /** Says what concerns no group: of Ingresses that belong to none, and of TargetGroupBindings. */
  #note({ unloadable }: Plan, resources: Resources): void {
    for (const { ingress: key, error } of unloadable) {
      const ingress = ingressOf(resources, key)
      if (ingress) {
        this.#events.record(ingress, failed('FailedLoadGroupID', error), '')
      }
    }
    for (const binding of resources.list('TargetGroupBinding')) {
      this.#acknowledge(binding, resources)
    }
    this.#events.keepOnly(new Set([...resources.list('Ingress'), ...resources.list('TargetGroupBinding')].map(noteKey)))
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

  #groupOf(id: string): Group {
    const known = this.#groups.get(id)
    if (known) {
      return known
    }
    const effects = groupEffects(id, this.#options, {
      loadBalancers: this.#loadBalancers,
      events: this.#events,
      changed: () => this.#tell(id)
    })
    const group = new Group(id, effects)
    this.#groups.set(id, group)
    return group
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
          const loadBalancer = this.#loadBalancers.describe(changed)
          if (loadBalancer) {
            this.#options.onEvent({ type: 'load-balancer', loadBalancer })
          }
        }
        this.#changed.clear()
      })
    }
    this.#changed.add(id)
  }
}
