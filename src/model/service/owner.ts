/**
 * Who makes the load balancer of a Service: the AWS Load Balancer Controller, the cloud provider inside Kubernetes, or nobody.
 *
 * @module
 */
import type { Service } from '../../resources/index.ts'
import type { Environment } from '../environment/environment.ts'
import { readString } from './annotations.ts'

/** The finalizer that the controller puts on its Services (LBC: shared_constants.ServiceFinalizer). */
export const serviceFinalizer = 'service.k8s.aws/resources'

/** The finalizer that Kubernetes' service controller puts on Services with a load balancer of the cloud provider. */
export const cloudProviderFinalizer = 'service.kubernetes.io/load-balancer-cleanup'

export type ServiceOwner =
  /** The AWS Load Balancer Controller: a Network Load Balancer. */
  | 'controller'
  /** The cloud provider: a Network Load Balancer of its own kind. */
  | 'cloud provider, network'
  /** The cloud provider: a Classic Load Balancer. */
  | 'cloud provider, classic'
  /** Another class, or a type of load balancer that whoever it names does not take. */
  | 'nobody'
  /** It asks for no load balancer. */
  | 'none'

/** LBC: checkAWSLoadBalancerTypeAnnotation. */
function hasControllerType(service: Service): boolean {
  const type = readString('aws-load-balancer-type', service)?.value
  const targetType = readString('aws-load-balancer-nlb-target-type', service)?.value
  return type === 'nlb-ip' || (type === 'external' && (targetType === 'ip' || targetType === 'instance'))
}

/** LBC: IsServiceSupported, but for the deletion. */
function isOfController(service: Service, { controller }: Environment): boolean {
  const { featureGates, loadBalancerClass } = controller
  if (!featureGates.EnableServiceController) {
    return false
  }
  if (featureGates.ServiceTypeLoadBalancerOnly && service.spec?.type !== 'LoadBalancer') {
    return false
  }
  const own = service.spec?.loadBalancerClass
  return own === undefined ? hasControllerType(service) : own === loadBalancerClass
}

/** Who makes the load balancer of a Service. The cloud provider leaves alone what has a class, or one of three types. */
export function ownerOf(service: Service, environment: Environment): ServiceOwner {
  if (isOfController(service, environment)) {
    return 'controller'
  }
  if (service.spec?.type !== 'LoadBalancer') {
    return 'none'
  }
  const type = readString('aws-load-balancer-type', service)?.value
  const isLeftAlone = service.spec.loadBalancerClass !== undefined || type === 'external' || type === 'nlb-ip'
  if (isLeftAlone || !environment.cloudProvider.serviceController) {
    return 'nobody'
  }
  return type === 'nlb' ? 'cloud provider, network' : 'cloud provider, classic'
}
