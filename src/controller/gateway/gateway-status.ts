import type { GatewayPlan, ListenerValidation } from '../../model/index.ts'
import type { Gateway } from '../../resources/index.ts'
import { areSameConditions, type WantedCondition, withConditions } from './conditions.ts'
import { areSameListeners, type ListenerStatus, listenerStatuses } from './listener-status.ts'

/** The most that a condition's message may hold, in characters. */
const longestMessage = 32_700

function shortened(message: string): string {
  const characters = [...message]
  return characters.length <= longestMessage ? message : `${characters.slice(0, longestMessage).join('')}...`
}

export interface ProgrammedLoadBalancer {
  arn: string
  dnsName: string
}

type Listeners = NonNullable<GatewayPlan['listeners']>

function setsOf({ sets }: Listeners): ListenerValidation[][] {
  return [...sets.values()].map(validations => [...validations.values()])
}

/** Whether a Gateway is accepted: one valid listener is enough, and one that is not is told (LBC: updateGatewayStatusSuccess). */
function accepted(listeners: Listeners): WantedCondition {
  const all = [...listeners.gateway.values(), ...setsOf(listeners).flat()]
  return {
    type: 'Accepted',
    status: all.some(({ isValid }) => isValid) ? 'True' : 'False',
    reason: all.every(({ isValid }) => isValid) ? 'Accepted' : 'ListenersNotValid',
    message: ''
  }
}

type Status = NonNullable<Gateway['status']>

/**
 * The status of a Gateway whose load balancer runs, as far as it does not stand there; undefined where all of it does (LBC:
 * updateGatewayStatusSuccess).
 *
 * @param time now, as conditions tell it.
 */
export function programmedStatus(
  { status = {}, metadata }: Gateway,
  listeners: Listeners,
  { arn, dnsName }: ProgrammedLoadBalancer,
  time: string
): Status | undefined {
  const occasion = { generation: metadata.generation, time }
  const programmed = { type: 'Programmed', status: 'True', reason: 'Programmed', message: arn } as const
  const conditions = withConditions(status.conditions, [programmed, accepted(listeners)], occasion)
  const value = dnsName.toLowerCase()
  const statuses = listenerStatuses(listeners.gateway.values(), true, occasion)
  const attachedListenerSets = setsOf(listeners).filter(set => set.some(({ isValid }) => isValid)).length
  const isKnown =
    areSameConditions(status.conditions, conditions) &&
    status.addresses?.length === 1 &&
    status.addresses[0]!.value === value &&
    status.attachedListenerSets === attachedListenerSets &&
    areSameListeners(status.listeners as ListenerStatus[] | undefined, statuses)
  return isKnown
    ? undefined
    : { conditions, addresses: [{ type: 'Hostname', value }], listeners: statuses, attachedListenerSets }
}

/** The status of a Gateway that gets no load balancer, where it does not stand there (LBC: updateGatewayStatusFailure). */
export function refusedStatus(
  { status = {}, metadata }: Gateway,
  { reason, message }: { reason: string; message: string },
  time: string
): Status | undefined {
  const refused = { type: 'Accepted', status: 'False', reason, message: shortened(message) } as const
  const conditions = withConditions(status.conditions, [refused], { generation: metadata.generation, time })
  return areSameConditions(status.conditions, conditions) ? undefined : { conditions }
}
