import type { ListenerValidation } from '../../model/index.ts'
import type { ListenerSet } from '../../resources/index.ts'
import { type Amendment, statusAmendment } from './amendment.ts'
import { areSameConditions, conditionOf, type WantedCondition } from './conditions.ts'
import { areSameListeners, type ListenerStatus, listenerStatuses } from './listener-status.ts'

function conditions(accepted: Omit<WantedCondition, 'type'>, programmed: Omit<WantedCondition, 'type'>) {
  return [
    { type: 'Accepted', ...accepted },
    { type: 'Programmed', ...programmed }
  ]
}

/** LBC: buildListenerSetStatus. */
function conditionsOf(validations: readonly ListenerValidation[], isGatewayProgrammed: boolean): WantedCondition[] {
  const isAccepted = validations.some(({ isValid }) => isValid)
  const hasErrors = validations.some(({ isValid }) => !isValid)
  const accepted = hasErrors
    ? { reason: 'ListenersNotValid', message: 'Some listeners are not valid' }
    : { reason: 'Accepted', message: 'Accepted' }
  const pending = isGatewayProgrammed
    ? { reason: 'ListenersNotValid', message: 'No valid listeners to materialize' }
    : { reason: 'Pending', message: 'Parent gateway not yet programmed' }
  return conditions(
    { status: isAccepted ? 'True' : 'False', ...accepted },
    isGatewayProgrammed && isAccepted
      ? { status: 'True', reason: 'Programmed', message: 'Programmed' }
      : { status: 'False', ...pending }
  )
}

/** LBC: buildRejectedListenerSetStatus. */
const rejected = { status: 'False', reason: 'NotAllowed', message: 'Parent Gateway rejected ListenerSet' } as const

/**
 * What the status of a ListenerSet lacks.
 *
 * @param validations of its listeners; undefined where the Gateway does not take the set.
 * @param time now, RFC 3339.
 */
export function listenerSetAmendment(
  set: ListenerSet,
  validations: readonly ListenerValidation[] | undefined,
  isGatewayProgrammed: boolean,
  time: string
): Amendment | undefined {
  const occasion = { generation: set.metadata.generation, time }
  const wanted = validations ? conditionsOf(validations, isGatewayProgrammed) : conditions(rejected, rejected)
  const isProgrammed = wanted.some(({ type, status }) => type === 'Programmed' && status === 'True')
  const told = wanted.map(each => conditionOf(each, occasion))
  const listeners = listenerStatuses(validations ?? [], isProgrammed, occasion)
  const { conditions: known, listeners: knownListeners } = (set.status ?? {}) as {
    conditions?: NonNullable<ListenerSet['status']>['conditions']
    listeners?: ListenerStatus[]
  }
  return areSameConditions(known, told) && areSameListeners(knownListeners, listeners)
    ? undefined
    : statusAmendment(set, { conditions: told, listeners })
}
