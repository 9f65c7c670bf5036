/**
 * The mocked AWS Load Balancer Controller: watches a cluster, builds the plan, runs one load balancer for each IngressGroup,
 * and writes status, events and finalizers back.
 *
 * @module
 */

import { type Bindings, Certificates, webACLFinder } from '../cluster/index.ts'
import type { Clock, LoadBalancer, LoadBalancerDescription } from '../elbv2/index.ts'
import { createLoadBalancer, type DevelopmentAuthority, systemClock } from '../load-balancer/index.ts'
import type { Environment, Stack } from '../model/index.ts'
import type { Ingress, Resources, TargetGroupBinding } from '../resources/index.ts'
import { dnsNameOf } from '../targets/index.ts'
import type { Api } from './api.ts'
import type { ControllerEvent } from './controller-event.ts'
import { EventRecorder, noteKey } from './event-recorder.ts'
import { failed } from './events.ts'
import { Group, type GroupEffects } from './group.ts'
import { Pace } from './pace.ts'
import { Planner } from './planner.ts'
import { gateConditions, patchCondition } from './readiness-gates.ts'
import { referencedSecrets } from './secrets.ts'
import { bindingNote, bindingsByGroup, bindingsOf, observeBinding, syncBindings } from './target-group-bindings.ts'
import { Watches } from './watches.ts'
import { ingressOf, nothing, Works } from './works.ts'

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
  /** Writes the plan's JSON on the first member of each group (LBC: gate IngressPlanAnnotation). */
  planAnnotation?: boolean
  clock?: Clock
  onEvent?(event: ControllerEvent): void
}

/** Milliseconds: the first wait before failed work is tried again, and the longest. */
const shortestRetry = 100
const longestRetry = 30_000

/**
 * Milliseconds between the controller's DeregisterTargets and a new target's first request on AWS: two API calls and what
 * the load balancer's nodes take to hear of it. Nobody has published it; docs/unverified.md.
 */
const registrationGap = 2_000

function ingressPath({ metadata }: Ingress): string {
  return `/apis/networking.k8s.io/v1/namespaces/${metadata.namespace}/ingresses/${metadata.name}`
}

export class Controller {
  readonly #options: Required<Omit<ControllerOptions, 'timeScale'>> & Pick<ControllerOptions, 'timeScale'>
  readonly #watches: Watches
  readonly #planner: Planner
  readonly #works: Works
  readonly #certificates: Certificates
  readonly #groups = new Map<string, Group>()
  readonly #events: EventRecorder
  /** Groups whose description is to be told, in the same turn once. */
  readonly #changed = new Set<string>()
  readonly #pace: Pace
  /** Whether target groups have pods as targets. */
  #plansPods = false
  #gatesScheduled = false
  #synced = false
  #leads = false
  #closed = false

  constructor(options: ControllerOptions) {
    const defaults = { hosts: [], faithfulGaps: false, planAnnotation: false, clock: systemClock, onEvent: () => {} }
    this.#options = { ...defaults, ...options }
    const { api, clock, onEvent, authority } = this.#options
    this.#certificates = new Certificates(authority, options.environment, onEvent)
    this.#planner = new Planner(options.environment)
    this.#works = new Works(this.#options.hosts)
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
    return [...this.#groups.values()]
      .flatMap(({ loadBalancer }) => loadBalancer?.describe() ?? [])
      .toSorted((one, other) => (one.id < other.id ? -1 : 1))
  }

  /** Each load balancer's counters, in Prometheus's text format. */
  metrics(): string[] {
    return [...this.#groups.values()].flatMap(({ loadBalancer }) => loadBalancer?.metrics() ?? [])
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
    const { onEvent, api } = this.#options
    const known = this.#watches.snapshot()
    if (!known || !this.#leads) {
      return
    }
    this.#watches.setSecrets(referencedSecrets(known))
    this.#watches.setPods(this.#plansPods)
    // What has just been referred to is listed first.
    const resources = this.#watches.snapshot()
    if (!resources) {
      return
    }
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
    const bindings = this.#watches.has('TargetGroupBinding') ? bindingsByGroup(resources) : undefined
    for (const group of plan.groups) {
      this.#groupOf(group.id).offer(this.#works.of(group, resources, bindings))
    }
    const named = new Set(plan.groups.map(({ id }) => id))
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
    for (const { ingress: key, error } of plan.unloadable) {
      const ingress = ingressOf(resources, key)
      if (ingress) {
        this.#events.record(ingress, failed('FailedLoadGroupID', error), '')
      }
    }
    for (const binding of resources.list('TargetGroupBinding')) {
      this.#acknowledge(binding, resources)
    }
    this.#events.keepOnly(new Set([...resources.list('Ingress'), ...resources.list('TargetGroupBinding')].map(noteKey)))
    this.#reviewGates()
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
    const group = new Group(id, this.#effects(id))
    this.#groups.set(id, group)
    return group
  }

  #effects(id: string): GroupEffects {
    const { api, bindings, clock, environment, faithfulGaps, onEvent, planAnnotation } = this.#options
    return {
      patch: async (ingress, subresource, body) => void (await api.patch(ingressPath(ingress) + subresource, body)),
      read: ingress => api.get(ingressPath(ingress)),
      record: (ingress, note, occasion) => this.#events.record(ingress, note, occasion),
      log: message => onEvent({ type: 'error', group: id, message }),
      createLoadBalancer: (stack, domains) => this.#createLoadBalancer(id, stack, domains),
      assignPorts: ({ resources }) =>
        bindings.assign(
          id,
          Object.values(resources['AWS::ElasticLoadBalancingV2::Listener'] ?? {}).map(({ spec }) => spec)
        ),
      releasePorts: () => bindings.release(id),
      syncBindings: (stack, existing) => syncBindings(api, stack ? bindingsOf(stack, environment) : [], existing),
      planText: stack => (planAnnotation ? JSON.stringify(stack) : undefined),
      registrationGap: faithfulGaps ? registrationGap : 0,
      wait: milliseconds => new Promise(resolve => void clock.setTimeout(resolve, milliseconds)),
      changed: () => this.#tell(id),
      deleted: () => onEvent({ type: 'load-balancer-deleted', id }),
      retryAfter: (failures, retry) => {
        const timer = clock.setTimeout(retry, Math.min(longestRetry, shortestRetry * 2 ** failures))
        return () => clock.clearTimeout(timer)
      }
    }
  }

  #createLoadBalancer(id: string, stack: Stack, domains: () => string[]): LoadBalancer {
    const { bindings, clock, environment, onEvent, timeScale } = this.#options
    const { spec } = Object.values(stack.resources['AWS::ElasticLoadBalancingV2::LoadBalancer']!)[0]!
    const dnsName = dnsNameOf(spec.name, spec.scheme, environment.region)
    return createLoadBalancer({
      dnsName,
      certificateFor: arn => {
        const known = environment.certificates?.find(certificate => certificate.arn === arn)
        return this.#certificates.for(spec.name, arn, known?.domains ?? [...domains(), dnsName])
      },
      webACLFor: webACLFinder(environment),
      bind: ({ port }) => bindings.of(id, port),
      ...(timeScale !== undefined && { timeScale }),
      clock,
      onEvent: event => {
        onEvent(event)
        if (event.type !== 'request') {
          this.#tell(id)
        }
        if (event.type === 'target-health') {
          this.#reviewGates()
        }
      }
    })
  }

  /** Tells what a load balancer is like, once for all that changes in the same turn. */
  #tell(id: string): void {
    if (this.#changed.size === 0) {
      setImmediate(() => {
        for (const changed of this.#changed) {
          const loadBalancer = this.#groups.get(changed)?.loadBalancer?.describe()
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

function hasPodTargets({ resources }: Stack): boolean {
  return Object.values(resources['K8S::ElasticLoadBalancingV2::TargetGroupBinding'] ?? {}).some(
    ({ spec }) => spec.template.spec.targetType === 'ip'
  )
}
