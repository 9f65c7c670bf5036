import type {
  Gateway,
  GatewayClass,
  LoadBalancerConfiguration,
  TargetGroupConfiguration
} from '../../../resources/index.ts'
import { namespaceOf } from '../../build/cluster-objects.ts'
import { quote } from '../../go/strconv.ts'
import { ModelError } from '../../model-error.ts'
import type { GatewayObjects } from '../objects.ts'

/** The controllers of the one binary, by what a GatewayClass calls them, with the type of their load balancers. */
export const gatewayControllers = {
  'gateway.k8s.aws/alb': 'application',
  'gateway.k8s.aws/nlb': 'network'
} as const

export type GatewayController = keyof typeof gatewayControllers

/** The controller that a class belongs to; undefined for those of others, such as Istio. */
function controllerOf(gatewayClass: GatewayClass | undefined): GatewayController | undefined {
  const name = gatewayClass?.spec?.controllerName ?? ''
  return Object.hasOwn(gatewayControllers, name) ? (name as GatewayController) : undefined
}

/** @throws ModelError in the words of a client that reads through a cache. */
export function getConfiguration(objects: GatewayObjects, namespace: string, name: string): LoadBalancerConfiguration {
  const found = objects.find('LoadBalancerConfiguration', namespace, name)
  if (!found) {
    throw new ModelError(`LoadBalancerConfiguration.gateway.k8s.aws ${quote(name)} not found`)
  }
  return found
}

/** LBC: lookUpDefaultTGCByName. @throws ModelError */
export function getDefaultTargetGroupConfiguration(
  objects: GatewayObjects,
  configuration: LoadBalancerConfiguration
): TargetGroupConfiguration | undefined {
  const name = configuration.spec?.defaultTargetGroupConfiguration?.name
  if (name === undefined) {
    return undefined
  }
  const namespace = namespaceOf(configuration)
  const found = objects.find('TargetGroupConfiguration', namespace, name)
  if (!found) {
    throw new ModelError(`TargetGroupConfiguration.gateway.k8s.aws ${quote(name)} not found`)
  }
  if (found.spec?.targetReference) {
    throw new ModelError(
      `TargetGroupConfiguration ${quote(name)} in namespace ${quote(namespace)} has targetReference set and cannot be used as a defaultTargetGroupConfiguration — a default TGC must not have targetReference`
    )
  }
  return found
}

/** The condition Accepted that the controller gives a class; without one it leaves the status as it is. */
export interface ClassAcceptance {
  accepted: boolean
  reason?: string
  message?: string
  /** What the class names; undefined where it names none, or what it names cannot be found. */
  configuration?: LoadBalancerConfiguration
  targetGroupConfiguration?: TargetGroupConfiguration
  /** The error that the controller retries on. */
  error?: string
}

/** Whether a class is accepted (LBC: gatewayClassReconciler.handleUpdate). One that goes stays as it was. */
export function acceptClass(objects: GatewayObjects, gatewayClass: GatewayClass): ClassAcceptance {
  const reference = gatewayClass.spec?.parametersRef
  if (gatewayClass.metadata.deletionTimestamp !== undefined) {
    const condition = gatewayClass.status?.conditions?.find(({ type }) => type === 'Accepted')
    return { accepted: condition?.status === 'True' }
  }
  if (reference && reference.namespace === undefined) {
    return {
      accepted: false,
      reason: 'InvalidParametersRef',
      message: 'Namespace must be specified in ParametersRef for LoadBalancerConfiguration'
    }
  }
  if (!reference) {
    return { accepted: true, reason: 'Accepted', message: 'Accepted' }
  }
  const configuration = objects.find('LoadBalancerConfiguration', reference.namespace!, reference.name)
  if (!configuration) {
    return {
      accepted: false,
      reason: 'NotFound',
      message: `LoadBalancerConfiguration (${reference.name},${reference.namespace}) not found`
    }
  }
  try {
    const targetGroupConfiguration = getDefaultTargetGroupConfiguration(objects, configuration)
    return {
      accepted: true,
      reason: 'Accepted',
      message: 'Accepted',
      configuration,
      ...(targetGroupConfiguration && { targetGroupConfiguration })
    }
  } catch (error) {
    if (!(error instanceof ModelError)) {
      throw error
    }
    return { accepted: false, configuration, error: error.message }
  }
}

/** A Gateway of one of the controllers, with its class. */
export interface OwnGateway {
  gateway: Gateway
  gatewayClass: GatewayClass
  controller: GatewayController
}

/** The Gateways that are the controller's: those without a class, or of another's, are silently left alone. */
export function ownGateways(objects: GatewayObjects): OwnGateway[] {
  const classes = new Map(objects.list('GatewayClass').map(one => [one.metadata.name, one]))
  return objects.list('Gateway').flatMap(gateway => {
    const gatewayClass = classes.get(gateway.spec?.gatewayClassName ?? '')
    const controller = controllerOf(gatewayClass)
    return gatewayClass && controller ? [{ gateway, gatewayClass, controller }] : []
  })
}
