import {
  type GatewayObjects,
  ruleConfigurationNames,
  type StackPlan,
  specsOf,
  statusOfRuleConfiguration
} from '../../model/index.ts'
import {
  type ListenerRuleConfiguration,
  type LoadBalancerConfiguration,
  objectKey,
  type Resources,
  type TargetGroupConfiguration
} from '../../resources/index.ts'
import { type Amendment, finalizerAmendment, releaseAmendment, statusAmendment } from './amendment.ts'
import { isOwnClass } from './class-amendment.ts'
import { finalizerOf } from './finalizers.ts'

/** Whether a class or a Gateway of the controller's refers to a configuration (LBC: IsLBConfigInUse). */
function isUsed(configuration: LoadBalancerConfiguration, objects: GatewayObjects): boolean {
  const { name, namespace } = configuration.metadata
  const classes = objects.list('GatewayClass').filter(isOwnClass)
  const names = new Set(classes.map(({ metadata }) => metadata.name))
  return (
    classes.some(({ spec }) => spec?.parametersRef?.name === name && spec.parametersRef.namespace === namespace) ||
    objects
      .list('Gateway')
      .some(
        ({ metadata, spec }) =>
          metadata.namespace === namespace &&
          names.has(spec?.gatewayClassName ?? '') &&
          spec?.infrastructure?.parametersRef?.name === name
      )
  )
}

/** LBC: loadbalancerConfigurationReconciler. */
export function loadBalancerAmendment(
  configuration: LoadBalancerConfiguration,
  objects: GatewayObjects
): Amendment | undefined {
  const finalizer = finalizerOf.LoadBalancerConfiguration
  if (configuration.metadata.deletionTimestamp === undefined) {
    return finalizerAmendment(configuration, finalizer)
  }
  const inUse = `loadbalancer configuration [${objectKey(configuration)}] is still in use`
  return releaseAmendment(configuration, finalizer, isUsed(configuration, objects) ? inUse : undefined)
}

/** What a configuration of target groups is used by, in the controller's words; undefined where by nothing. */
function targetGroupUse(
  configuration: TargetGroupConfiguration,
  objects: GatewayObjects,
  plans: readonly StackPlan[]
): string | undefined {
  const { name, namespace } = configuration.metadata
  const key = objectKey(configuration)
  const reference = configuration.spec?.targetReference
  if (reference) {
    const isBound = plans
      .flatMap(({ kind, stack }) => (kind === 'Gateway' ? specsOf(stack, 'targetGroupBinding') : []))
      .some(
        ({ template: { metadata, spec } }) =>
          metadata.namespace === namespace && spec.serviceRef.name === reference.name
      )
    return isBound ? `targetgroup configuration [${key}] is still in use` : undefined
  }
  const users = objects
    .list('LoadBalancerConfiguration')
    .filter(
      ({ metadata, spec }) => metadata.namespace === namespace && spec?.defaultTargetGroupConfiguration?.name === name
    )
    .filter(user => isUsed(user, objects))
    .map(objectKey)
  return users.length > 0
    ? `default targetgroup configuration [${key}] is still in use by LoadBalancerConfiguration [${users.join(', ')}]`
    : undefined
}

/** LBC: targetgroupConfigurationReconciler. */
export function targetGroupAmendment(
  configuration: TargetGroupConfiguration,
  objects: GatewayObjects,
  plans: readonly StackPlan[]
): Amendment | undefined {
  const finalizer = finalizerOf.TargetGroupConfiguration
  return configuration.metadata.deletionTimestamp === undefined
    ? finalizerAmendment(configuration, finalizer)
    : releaseAmendment(configuration, finalizer, targetGroupUse(configuration, objects, plans))
}

/** Whether a rule of a route refers to a configuration (LBC: IsListenerRuleConfigInUse). */
function isNamed({ metadata }: ListenerRuleConfiguration, objects: GatewayObjects): boolean {
  return [...objects.list('HTTPRoute'), ...objects.list('GRPCRoute')].some(
    route =>
      route.metadata.namespace === metadata.namespace &&
      route.spec?.rules?.some(({ filters }) => ruleConfigurationNames(filters).includes(metadata.name))
  )
}

/** LBC: listenerRuleConfigurationReconciler. */
export function listenerRuleAmendment(
  configuration: ListenerRuleConfiguration,
  objects: GatewayObjects,
  resources: Resources
): Amendment | undefined {
  const finalizer = finalizerOf.ListenerRuleConfiguration
  const { deletionTimestamp, generation } = configuration.metadata
  if (deletionTimestamp !== undefined) {
    const inUse = `failed to remove finalizers as listener rule configuration [${objectKey(configuration)}] is still in use`
    return releaseAmendment(configuration, finalizer, isNamed(configuration, objects) ? inUse : undefined)
  }
  const { accepted, message } = statusOfRuleConfiguration({ resources }, configuration)
  const known = configuration.status
  const isKnown = known?.accepted === accepted && known.message === message && known.observedGeneration === generation
  return (
    finalizerAmendment(configuration, finalizer) ??
    (isKnown ? undefined : statusAmendment(configuration, { accepted, message, observedGeneration: generation }))
  )
}
