import type { LoadBalancers } from '../cluster/index.ts'
import type { Clock } from '../elbv2/index.ts'
import type { Environment } from '../model/index.ts'
import type { Ingress } from '../resources/index.ts'
import type { Api } from './api.ts'
import type { ControllerEvent } from './controller-event.ts'
import type { EventRecorder } from './event-recorder.ts'
import type { GroupEffects } from './group.ts'
import { bindingsOf, syncBindings } from './target-group-bindings.ts'

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

/** What of a controller's options concerns its groups. */
export interface GroupEffectsOptions {
  api: Api
  environment: Environment
  clock: Clock
  faithfulGaps: boolean
  planAnnotation: boolean
  onEvent(event: ControllerEvent): void
}

/** What the groups of a controller share, and what one of them tells it. */
interface Shared {
  loadBalancers: LoadBalancers
  events: EventRecorder
  /** The group's load balancer has changed. */
  changed(): void
}

/** What a group does to a cluster. */
export function groupEffects(
  id: string,
  { api, environment, clock, faithfulGaps, planAnnotation, onEvent }: GroupEffectsOptions,
  { loadBalancers, events, changed }: Shared
): GroupEffects {
  return {
    patch: async (ingress, subresource, body) => void (await api.patch(ingressPath(ingress) + subresource, body)),
    read: ingress => api.get(ingressPath(ingress)),
    record: (ingress, note, occasion) => events.record(ingress, note, occasion),
    log: message => onEvent({ type: 'error', group: id, message }),
    loadBalancers,
    syncBindings: (stack, existing) => syncBindings(api, stack ? bindingsOf(stack, environment) : [], existing),
    planText: stack => (planAnnotation ? JSON.stringify(stack) : undefined),
    registrationGap: faithfulGaps ? registrationGap : 0,
    wait: milliseconds => new Promise(resolve => void clock.setTimeout(resolve, milliseconds)),
    changed,
    deleted: () => onEvent({ type: 'load-balancer-deleted', id }),
    retryAfter: (failures, retry) => {
      const timer = clock.setTimeout(retry, Math.min(longestRetry, shortestRetry * 2 ** failures))
      return () => clock.clearTimeout(timer)
    }
  }
}
