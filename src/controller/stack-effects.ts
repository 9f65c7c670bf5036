import type { LoadBalancers } from '../cluster/index.ts'
import type { Clock } from '../elbv2/index.ts'
import type { Account, Environment } from '../model/index.ts'
import { objectPath, type TargetGroupBinding } from '../resources/index.ts'
import type { Api } from './api.ts'
import type { ControllerEvent } from './controller-event.ts'
import type { EventRecorder } from './event-recorder.ts'
import type { Note } from './events.ts'
import type { Owner, OwnerEffects } from './owners.ts'
import { bindingsOf, type LabelledStack, syncBindings } from './target-group-bindings.ts'
import type { WorkQueueEffects } from './work-queue.ts'

/** What a stack does to the world. */
export interface StackEffects extends OwnerEffects, WorkQueueEffects {
  /** Where the stack's load balancer runs, by its name. */
  loadBalancers: Pick<LoadBalancers, 'apply' | 'has' | 'describe' | 'end' | 'remove'>
  account: Account
  /** Milliseconds since 1970. */
  now(): number
  /** Tells a note about an owner, if it is news on this occasion. */
  record(owner: Owner, note: Note, occasion: string): void
  /** Makes the stack's TargetGroupBindings those that it asks for; without a stack, removes them. */
  syncBindings(wanted: LabelledStack | undefined, existing: TargetGroupBinding[]): Promise<void>
  /** Milliseconds between the deregistration of targets and the registration of others in their place; 0 for none. */
  registrationGap: number
  /** Resolves after so many milliseconds. */
  wait(milliseconds: number): Promise<void>
  /** The load balancer has a new configuration. */
  changed(): void
  deleted(): void
}

/** Milliseconds: the first wait before failed work is tried again, and the longest. */
const shortestRetry = 100
const longestRetry = 30_000

/**
 * Milliseconds between the controller's DeregisterTargets and a new target's first request on AWS: two API calls and what
 * the load balancer's nodes take to hear of it. Nobody has published it; docs/unverified.md.
 */
const registrationGap = 2_000

/** What of a controller's options concerns its stacks. */
export interface StackEffectsOptions {
  api: Api
  environment: Environment
  clock: Clock
  faithfulGaps: boolean
  planAnnotation: boolean
  onEvent(event: ControllerEvent): void
}

/** What the stacks of a controller share, and what one of them tells it. */
interface Shared {
  loadBalancers: LoadBalancers
  events: EventRecorder
  /** The stack's load balancer has changed. */
  changed(): void
}

/** Tries failed work again after a wait that doubles. */
export function retryAfter(clock: Clock, failures: number, retry: () => void): () => void {
  const timer = clock.setTimeout(retry, Math.min(longestRetry, shortestRetry * 2 ** failures))
  return () => clock.clearTimeout(timer)
}

/** What a stack does to a cluster; `name` is its load balancer's. */
export function stackEffects(
  name: string,
  { api, environment, clock, faithfulGaps, planAnnotation, onEvent }: StackEffectsOptions,
  { loadBalancers, events, changed }: Shared
): StackEffects {
  return {
    patch: async (owner, subresource, body) => void (await api.patch(objectPath(owner) + subresource, body)),
    read: owner => api.get(objectPath(owner)),
    record: (owner, note, occasion) => events.record(owner, note, occasion),
    log: message => onEvent({ type: 'error', group: name, message }),
    loadBalancers,
    account: environment,
    now: () => clock.now(),
    syncBindings: (wanted, existing) => syncBindings(api, wanted ? bindingsOf(wanted, environment) : [], existing),
    planText: stack => (planAnnotation ? JSON.stringify(stack) : undefined),
    registrationGap: faithfulGaps ? registrationGap : 0,
    wait: milliseconds => new Promise(resolve => void clock.setTimeout(resolve, milliseconds)),
    changed,
    deleted: () => onEvent({ type: 'load-balancer-deleted', id: name }),
    retryAfter: (failures, retry) => retryAfter(clock, failures, retry)
  }
}
