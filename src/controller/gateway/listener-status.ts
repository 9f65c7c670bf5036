import type { ListenerValidation } from '../../model/index.ts'
import { type Condition, gatewayAPIGroup } from '../../resources/index.ts'
import { areSameConditions, conditionOf, type Occasion, type WantedCondition } from './conditions.ts'

/** The status of a listener, of a Gateway or of a ListenerSet. */
export interface ListenerStatus {
  name: string
  supportedKinds: { group: string; kind: string }[]
  attachedRoutes: number
  conditions: Condition[]
}

/** The conditions of a listener, by the reason of its validation. */
interface Topic {
  type: string
  /** Reasons that make it what nobody wants. */
  reasons: readonly string[]
  /** What it is without one of them. */
  fine: Omit<WantedCondition, 'type'>
}

const topics: readonly Topic[] = [
  {
    type: 'Conflicted',
    reasons: ['HostnameConflict', 'ProtocolConflict'],
    fine: { status: 'False', reason: 'NoConflicts', message: 'Listener has no conflict.' }
  },
  {
    type: 'Accepted',
    reasons: ['PortUnavailable', 'UnsupportedProtocol', 'HostnameConflict', 'ProtocolConflict'],
    fine: { status: 'True', reason: 'Accepted', message: 'Listener is accepted.' }
  },
  {
    type: 'ResolvedRefs',
    reasons: ['InvalidRouteKinds', 'RefNotPermitted'],
    fine: { status: 'True', reason: 'ResolvedRefs', message: 'Listener has all refs resolved.' }
  }
]

/** LBC: buildProgrammedCondition. */
function programmed(reason: string, isProgrammed: boolean): WantedCondition {
  if (reason !== 'Accepted') {
    return { type: 'Programmed', status: 'False', reason, message: 'Listener is not accepted.' }
  }
  return isProgrammed
    ? { type: 'Programmed', status: 'True', reason: 'Programmed', message: 'Listener is programmed.' }
    : { type: 'Programmed', status: 'False', reason: 'Pending', message: 'Listener is pending to be programmed.' }
}

/** LBC: getListenerConditions. */
function conditionsOf({ reason, message }: ListenerValidation, isProgrammed: boolean): WantedCondition[] {
  const told = topics.map(({ type, reasons, fine }): WantedCondition => {
    const status = fine.status === 'True' ? 'False' : 'True'
    return reasons.includes(reason) ? { type, status, reason, message } : { type, ...fine }
  })
  return [...told, programmed(reason, isProgrammed)]
}

/** The statuses of validated listeners (LBC: buildListenerStatus). */
export function listenerStatuses(
  validations: Iterable<ListenerValidation>,
  isProgrammed: boolean,
  occasion: Occasion
): ListenerStatus[] {
  return Array.from(validations, validation => ({
    name: validation.name,
    supportedKinds: validation.supportedKinds.map(kind => ({ group: gatewayAPIGroup, kind })),
    attachedRoutes: validation.attachedRoutes,
    conditions: conditionsOf(validation, isProgrammed).map(wanted => conditionOf(wanted, occasion))
  }))
}

function kindsOf({ supportedKinds }: ListenerStatus): string {
  return supportedKinds
    .map(({ group, kind }) => `${group}/${kind}`)
    .sort()
    .join()
}

/** Whether listeners' statuses say the same, in whatever order and since when (LBC: isListenerStatusIdentical). */
export function areSameListeners(some: readonly ListenerStatus[] = [], others: readonly ListenerStatus[]): boolean {
  return (
    some.length === others.length &&
    others.every(other => {
      const one = some.find(({ name }) => name === other.name)
      return (
        one !== undefined &&
        one.attachedRoutes === other.attachedRoutes &&
        kindsOf(one) === kindsOf(other) &&
        areSameConditions(one.conditions, other.conditions)
      )
    })
  )
}
