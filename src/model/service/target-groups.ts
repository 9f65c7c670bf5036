import type { Service, ServicePort } from '../../resources/index.ts'
import { attributeList } from '../build/attributes.ts'
import { keyOf } from '../build/cluster-objects.ts'
import type { TargetType } from '../build/health-check-port.ts'
import { targetPortOf } from '../build/service-port.ts'
import { type Setting, settingOf } from '../build/setting.ts'
import { addResource, explain, fromFlag } from '../build/task.ts'
import { ModelError } from '../model-error.ts'
import { serviceTargetGroupName } from '../stack/names.ts'
import type { NetworkProtocol, TargetGroupSpec } from '../stack/stack.ts'
import { readString } from './annotations.ts'
import { healthCheckConfigOf, readHealthCheck } from './health-check.ts'
import { serviceTags } from './tags.ts'
import { buildTargetGroupAttributes, preservesClientIP } from './target-group-attributes.ts'
import { buildBinding } from './target-group-binding.ts'
import { identityOf, type ServiceTask } from './task.ts'

/** By the annotations of the Service that has the load balancer (LBC: buildTargetType). @throws ModelError */
function chooseTargetType(
  { service: base, environment }: ServiceTask,
  { spec }: Service,
  { nodePort = 0 }: ServicePort
): Setting<TargetType> {
  const { defaultTargetType, featureGates } = environment.controller
  const type = readString('aws-load-balancer-type', base)
  const annotation = readString('aws-load-balancer-nlb-target-type', base)
  const { value, source } = annotation
    ? settingOf(annotation)
    : { value: defaultTargetType, source: fromFlag('--default-target-type') }
  if (value === 'ip' && !featureGates.EnableIPTargetType) {
    throw new ModelError('unsupported targetType: ip when EnableIPTargetType is false')
  }
  if (type?.value === 'nlb-ip') {
    return { value: 'ip', source: settingOf(type).source }
  }
  if (value === 'ip') {
    return { value, source }
  }
  const { type: serviceType = 'ClusterIP', allocateLoadBalancerNodePorts } = spec ?? {}
  if (serviceType === 'ClusterIP') {
    throw new ModelError(`unsupported service type "ClusterIP" for load balancer target type "${value}"`)
  }
  if (nodePort === 0 && allocateLoadBalancerNodePorts === false) {
    throw new ModelError('unable to support instance target type with an unallocated NodePort')
  }
  return { value: 'instance', source }
}

/** Targets carry their own port, so 1 does where the Service only names it (LBC: buildTargetGroupPort). */
function choosePort(targetType: TargetType, servicePort: ServicePort): number {
  if (targetType === 'instance') {
    return servicePort.nodePort ?? 0
  }
  const targetPort = targetPortOf(servicePort)
  return typeof targetPort === 'number' ? targetPort : 1
}

/** LBC: buildTargetGroupIPAddressType. @throws ModelError */
function chooseIPAddressType({ loadBalancer }: ServiceTask, { spec }: Service): 'ipv4' | 'ipv6' {
  if (!spec?.ipFamilies?.includes('IPv6')) {
    return 'ipv4'
  }
  if (loadBalancer!.ipAddressType !== 'dualstack') {
    throw new ModelError('unsupported IPv6 configuration, lb not dual-stack')
  }
  return 'ipv6'
}

function requirePort(targetType: TargetType, port: number): void {
  if (port === 0) {
    throw new ModelError(
      targetType === 'ip'
        ? 'TargetGroup port is empty. Are you using the correct service type?'
        : "TargetGroup port is empty. When using Instance targets, your service be must of type 'NodePort' or 'LoadBalancer'"
    )
  }
}

/**
 * Builds the target group of a Service's port with its binding, once for each Service and port (LBC: buildTargetGroup). All
 * annotations are those of the Service that has the load balancer.
 *
 * @param baseUID of the Service that has the load balancer, where it is one of several target groups of a listener.
 * @returns its resource ID. @throws ModelError
 */
export function buildTargetGroup(
  task: ServiceTask,
  service: Service,
  servicePort: ServicePort,
  protocol: NetworkProtocol,
  baseUID = ''
): string {
  const id = `${keyOf(service)}:${servicePort.port}`
  if (task.stack['AWS::ElasticLoadBalancingV2::TargetGroup']?.[id]) {
    return id
  }
  const targetType = chooseTargetType(task, service, servicePort)
  const healthCheck = readHealthCheck(task, service, targetType.value)
  const attributes = buildTargetGroupAttributes(task, servicePort)
  const keepsClientIP = preservesClientIP(attributes, targetType.value)
  const tags = serviceTags(task)
  const port = choosePort(targetType.value, servicePort)
  const ipAddressType = chooseIPAddressType(task, service)
  requirePort(targetType.value, port)
  const targetGroupAttributes = attributeList(new Map([...attributes].map(([key, { value }]) => [key, value])))
  const spec: TargetGroupSpec = {
    name: serviceTargetGroupName(task.environment.clusterName, {
      baseUID,
      service: identityOf(service),
      port,
      servicePort: servicePort.port,
      targetType: targetType.value,
      protocol,
      healthCheckProtocol: healthCheck.protocol.value,
      healthCheckInterval: healthCheck.intervalSeconds.value
    }),
    targetType: targetType.value,
    port,
    protocol,
    ipAddressType,
    healthCheckConfig: healthCheckConfigOf(healthCheck),
    ...(targetGroupAttributes && { targetGroupAttributes }),
    ...(tags && { tags })
  }
  addResource(task, 'AWS::ElasticLoadBalancingV2::TargetGroup', id, { spec })
  buildBinding(task, { id, spec, service, servicePort, keepsClientIP })
  if (task.explanations) {
    const ofHealthCheck = Object.entries(healthCheck).map(([field, setting]) => [`healthCheckConfig.${field}`, setting])
    const settings: Record<string, Setting<unknown>> = {
      targetType,
      ...Object.fromEntries(ofHealthCheck),
      ...Object.fromEntries(attributes)
    }
    for (const [field, { value, source }] of Object.entries(settings)) {
      explain(task, `TargetGroup ${id}`, field, value, source)
    }
  }
  return id
}
