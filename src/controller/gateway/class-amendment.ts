import { acceptClass, type GatewayObjects, gatewayControllers } from '../../model/index.ts'
import type { GatewayClass } from '../../resources/index.ts'
import {
  type Amendment,
  finalizerAmendment,
  metadataAmendment,
  releaseAmendment,
  statusAmendment
} from './amendment.ts'
import { processedConfiguration, processedTime } from './annotations.ts'
import { areSameConditions, withConditions } from './conditions.ts'
import { finalizerOf } from './finalizers.ts'

export function isOwnClass({ spec }: GatewayClass): boolean {
  return Object.hasOwn(gatewayControllers, spec?.controllerName ?? '')
}

/**
 * What a class of the controller's lacks: its finalizer, then the note of the configuration that it is accepted with, then the
 * condition (LBC: gatewayClassReconciler.reconcile).
 *
 * @param time now, RFC 3339.
 */
export function classAmendment(
  gatewayClass: GatewayClass,
  objects: GatewayObjects,
  time: string
): Amendment | undefined {
  const { name, deletionTimestamp } = gatewayClass.metadata
  if (deletionTimestamp !== undefined) {
    const isUsed = objects.list('Gateway').some(({ spec }) => spec?.gatewayClassName === name)
    const inUse = `unable to delete GatewayClass [${name}], as it is still referenced by Gateways`
    return releaseAmendment(gatewayClass, finalizerOf.GatewayClass, isUsed ? inUse : undefined)
  }
  const acceptance = acceptClass(objects, gatewayClass)
  return (
    finalizerAmendment(gatewayClass, finalizerOf.GatewayClass) ??
    (acceptance.accepted ? processedAmendment(gatewayClass, acceptance, time) : undefined) ??
    conditionAmendment(gatewayClass, acceptance, time)
  )
}

type Acceptance = ReturnType<typeof acceptClass>

/** LBC: updateGatewayClassLastProcessedConfig. */
function processedAmendment(
  gatewayClass: GatewayClass,
  { configuration, targetGroupConfiguration }: Acceptance,
  time: string
): Amendment | undefined {
  const versions = [configuration, targetGroupConfiguration].flatMap(object => object?.metadata.resourceVersion ?? [])
  const version = versions.join('-')
  if (gatewayClass.metadata.annotations?.[processedConfiguration] === version) {
    return undefined
  }
  const seconds = String(Math.floor(Date.parse(time) / 1000))
  return metadataAmendment(gatewayClass, {
    annotations: { [processedConfiguration]: version, [processedTime]: seconds }
  })
}

/** A condition is changed, never made: the kind's definition puts one there (LBC: updateGatewayClassAcceptedCondition). */
function conditionAmendment(
  gatewayClass: GatewayClass,
  { accepted, reason, message, error }: Acceptance,
  time: string
): Amendment | undefined {
  if (error !== undefined) {
    return { object: gatewayClass, error }
  }
  const { metadata, status } = gatewayClass
  const known = status?.conditions ?? []
  if (reason === undefined || message === undefined || !known.some(({ type }) => type === 'Accepted')) {
    return undefined
  }
  const wanted = { type: 'Accepted', status: accepted ? 'True' : 'False', reason, message } as const
  const conditions = withConditions(known, [wanted], { generation: metadata.generation, time })
  return areSameConditions(known, conditions) ? undefined : statusAmendment(gatewayClass, { conditions })
}
