/**
 * The mocked AWS Load Balancer Controller: watches a cluster, builds the plan, runs one load balancer for each IngressGroup,
 * and writes status, events and finalizers back.
 *
 * @module
 */

import {
  type Clock,
  createLoadBalancer,
  type DevelopmentAuthority,
  type LoadBalancer,
  type LoadBalancerDescription,
  type LoadBalancerEvent,
  systemClock
} from '../alb/index.ts'
import { type Bindings, dnsNameOf, domainsOf, targetsOf } from '../cluster/index.ts'
import { buildPlan, type Environment, type GroupPlan, type Stack } from '../model/index.ts'
import { type Ingress, objectKey, type Resources } from '../resources/index.ts'
import type { Api } from './api.ts'
import { Certificates } from './certificates.ts'
import { eventOf, failed, type Note, Notes } from './events.ts'
import { Group, type GroupEffects, type GroupWork } from './group.ts'
import { referencedSecrets } from './secrets.ts'
import { type WatchEvent, Watches } from './watches.ts'

/** What happens in the controller, for the log: one JSON line an event. */
export type ControllerEvent =
  | LoadBalancerEvent
  | WatchEvent
  /** Every kind has been listed; what follows is what the cluster says. */
  | { type: 'synced'; server: string; ingresses: number }
  /** An Event object was written. */
  | { type: 'event'; object: string; reason: string; message: string }
  /** What only the log tells: errors while a group is loaded, and of the controller itself. */
  | { type: 'error'; group?: string; message: string }
  /** A load balancer is as described from now on. */
  | { type: 'load-balancer'; loadBalancer: LoadBalancerDescription }
  | { type: 'load-balancer-deleted'; id: string }

export interface ControllerOptions {
  api: Api
  environment: Environment
  authority: DevelopmentAuthority
  bindings: Bindings
  /** Host names that certificates are made for beside those of the Ingresses. */
  hosts?: string[]
  /** Health checks run this many times faster than configured; default 1. */
  timeScale?: number
  clock?: Clock
  onEvent?(event: ControllerEvent): void
}

/** Milliseconds: the first wait before failed work is tried again, and the longest. */
const shortestRetry = 100
const longestRetry = 30_000

const ingressPath = ({ metadata }: Ingress): string =>
  `/apis/networking.k8s.io/v1/namespaces/${metadata.namespace}/ingresses/${metadata.name}`

export class Controller {
  readonly #options: Required<Omit<ControllerOptions, 'timeScale'>> & Pick<ControllerOptions, 'timeScale'>
  readonly #watches: Watches
  readonly #certificates: Certificates
  readonly #groups = new Map<string, Group>()
  readonly #notes = new Notes()
  /** Groups whose description is to be told, in the same turn once. */
  readonly #changed = new Set<string>()
  #scheduled: NodeJS.Immediate | undefined
  #synced = false
  #closed = false
  #events = 0

  constructor(options: ControllerOptions) {
    this.#options = { hosts: [], clock: systemClock, onEvent: () => {}, ...options }
    const { api, clock, onEvent, authority } = this.#options
    this.#certificates = new Certificates(authority, onEvent)
    this.#watches = new Watches({ api, clock, onEvent, onChange: () => this.#schedule() })
  }

  start(): void {
    this.#watches.start()
  }

  /** The load balancers that run, ordered by their group. */
  describe(): LoadBalancerDescription[] {
    return [...this.#groups.values()]
      .flatMap(({ loadBalancer }) => loadBalancer?.describe() ?? [])
      .toSorted((one, other) => (one.id < other.id ? -1 : 1))
  }

  /** Stops watching, lets what is being written finish, ends every load balancer. The cluster's objects stay as they are. */
  async close(): Promise<void> {
    this.#closed = true
    clearImmediate(this.#scheduled)
    this.#watches.close()
    await Promise.all([...this.#groups.values()].map(group => group.close()))
    this.#groups.clear()
  }

  /** Changes of the same turn are looked at together. */
  #schedule(): void {
    if (this.#closed) return
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined
      try {
        this.#lookAtAll()
      } catch (error) {
        // A defect must not end what runs; the next change is looked at again.
        this.#options.onEvent({ type: 'error', message: (error as Error).stack ?? String(error) })
      }
    })
  }

  #lookAtAll(): void {
    const { onEvent, api, environment } = this.#options
    const known = this.#watches.snapshot()
    if (!known) return
    this.#watches.setSecrets(referencedSecrets(known))
    // A Secret that has just been referred to is listed first.
    const resources = this.#watches.snapshot()
    if (!resources) return
    if (!this.#synced) onEvent({ type: 'synced', server: api.server, ingresses: resources.list('Ingress').length })
    this.#synced = true
    const plan = buildPlan(resources, environment)
    for (const group of plan.groups) this.#groupOf(group.id).offer(this.#workOf(group, resources))
    const named = new Set(plan.groups.map(({ id }) => id))
    for (const group of this.#groups.values()) {
      if (named.has(group.id)) continue
      if (group.isGone) this.#groups.delete(group.id)
      else group.offer({ plan: undefined, members: [], inactiveMembers: [], targets: new Map(), domains: [] })
    }
    for (const { ingress: key, error } of plan.unloadable) {
      const ingress = ingressOf(resources, key)
      if (ingress) this.#record(ingress, failed('FailedLoadGroupID', error), '')
    }
    this.#notes.keepOnly(new Set(resources.list('Ingress').map(objectKey)))
  }

  #workOf(plan: GroupPlan, resources: Resources): GroupWork {
    const membersOf = (keys: string[]) => keys.flatMap(key => ingressOf(resources, key) ?? [])
    const { members, finalizer, stack, error, errorHasEvent } = plan
    return {
      plan: { members, finalizer, stack, error, errorHasEvent },
      members: membersOf(plan.members),
      inactiveMembers: membersOf(plan.inactiveMembers),
      targets: plan.stack ? targetsOf(plan.stack, resources) : new Map(),
      domains: [...new Set([...this.#options.hosts, ...domainsOf(plan, resources)])]
    }
  }

  #groupOf(id: string): Group {
    const known = this.#groups.get(id)
    if (known) return known
    const group = new Group(id, this.#effects(id))
    this.#groups.set(id, group)
    return group
  }

  #effects(id: string): GroupEffects {
    const { api, bindings, clock, onEvent } = this.#options
    return {
      patch: async (ingress, subresource, body) => void (await api.patch(ingressPath(ingress) + subresource, body)),
      read: ingress => api.get(ingressPath(ingress)),
      record: (ingress, note, occasion) => this.#record(ingress, note, occasion),
      log: message => onEvent({ type: 'error', group: id, message }),
      createLoadBalancer: (stack, domains) => this.#createLoadBalancer(id, stack, domains),
      assignPorts: ({ resources }) =>
        bindings.assign(
          id,
          Object.values(resources['AWS::ElasticLoadBalancingV2::Listener'] ?? {}).map(({ spec }) => spec)
        ),
      releasePorts: () => bindings.release(id),
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
      bind: ({ port }) => bindings.of(id, port),
      ...(timeScale !== undefined && { timeScale }),
      clock,
      onEvent: event => {
        onEvent(event)
        if (event.type !== 'request') this.#tell(id)
      }
    })
  }

  /** Tells what a load balancer is like, once for all that changes in the same turn. */
  #tell(id: string): void {
    if (this.#changed.size === 0)
      setImmediate(() => {
        for (const changed of this.#changed) {
          const loadBalancer = this.#groups.get(changed)?.loadBalancer?.describe()
          if (loadBalancer) this.#options.onEvent({ type: 'load-balancer', loadBalancer })
        }
        this.#changed.clear()
      })
    this.#changed.add(id)
  }

  #record(ingress: Ingress, note: Note, occasion: string): void {
    const { api, clock, onEvent } = this.#options
    const key = objectKey(ingress)
    if (!this.#notes.isNews(key, `${note.reason} ${note.message}`, `${ingress.metadata.uid} ${occasion}`)) return
    onEvent({ type: 'event', object: `Ingress ${key}`, reason: note.reason, message: note.message })
    api
      .post(
        `/api/v1/namespaces/${ingress.metadata.namespace}/events`,
        eventOf(ingress, note, clock.now(), this.#events++)
      )
      .catch((error: Error) =>
        onEvent({ type: 'error', message: `cannot write the event ${note.reason} of ${key}: ${error.message}` })
      )
  }
}

const ingressOf = (resources: Resources, key: string): Ingress | undefined => {
  const [namespace, name] = key.split('/')
  return resources.find('Ingress', name!, namespace)
}
