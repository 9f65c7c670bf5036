import type { Service, ServicePort } from '../../resources/index.ts'
import { type Annotation, readInt32, readString, readStringMap } from '../annotation/parser.ts'
import { attributeList } from '../build/attributes.ts'
import { namespaceOf } from '../build/cluster-objects.ts'
import type { TargetType } from '../build/health-check-port.ts'
import { hasIPv6 } from '../build/security-groups.ts'
import { lookUpPort, targetPortOf } from '../build/service-port.ts'
import { orDefault, type Setting, settingOf } from '../build/setting.ts'
import { addResource, explain, fromField, fromFlag } from '../build/task.ts'
import { ModelError } from '../model-error.ts'
import { targetGroupName } from '../stack/names.ts'
import type { TargetGroupSpec } from '../stack/stack.ts'
import type { Member } from './group/ingress-group.ts'
import { type HealthCheckSettings, healthCheckConfigOf, type ProtocolVersion, readHealthCheck } from './health-check.ts'
import { targetGroupTags } from './tags.ts'
import { buildBinding } from './target-group-binding.ts'
import type { BuildTask } from './task.ts'

/** LBC: buildTargetGroupTargetType. */
function chooseTargetType(task: BuildTask, { ingress, params }: Member, service: Service): Setting<TargetType> {
  const { defaultTargetType, featureGates } = task.environment.controller
  const ofClass = params?.spec?.targetType
  const annotation = readString('target-type', service, ingress)
  const setting =
    ofClass !== undefined
      ? { value: ofClass, source: fromField(params!, 'spec.targetType') }
      : annotation
        ? settingOf(annotation)
        : { value: defaultTargetType, source: fromFlag('--default-target-type') }
  const { value } = setting
  if (value !== 'instance' && value !== 'ip') {
    throw new ModelError(`unknown targetType: ${value}`)
  }
  if (value === 'ip' && !featureGates.EnableIPTargetType) {
    throw new ModelError('unsupported targetType: ip when EnableIPTargetType is false')
  }
  return setting as Setting<TargetType>
}

/** LBC: buildTargetGroupProtocol. */
function chooseProtocol({ ingress }: Member, service: Service): Setting<'HTTP' | 'HTTPS'> {
  const setting = orDefault(readString('backend-protocol', service, ingress), 'HTTP')
  if (setting.value !== 'HTTP' && setting.value !== 'HTTPS') {
    throw new ModelError(`backend protocol must be within [HTTP, HTTPS]: ${setting.value}`)
  }
  return setting as Setting<'HTTP' | 'HTTPS'>
}

/** LBC: buildTargetGroupProtocolVersion. */
function chooseProtocolVersion({ ingress }: Member, service: Service): Setting<ProtocolVersion> {
  const setting = orDefault(readString('backend-protocol-version', service, ingress), 'HTTP1')
  if (!['HTTP1', 'HTTP2', 'GRPC'].includes(setting.value)) {
    throw new ModelError(`backend protocol version must be within [HTTP1, HTTP2, GRPC]: ${setting.value}`)
  }
  return setting as Setting<ProtocolVersion>
}

/** LBC: buildTargetGroupIPAddressType. */
function chooseIPAddressType({ loadBalancer }: BuildTask, service: Service): 'ipv4' | 'ipv6' {
  if (!service.spec?.ipFamilies?.includes('IPv6')) {
    return 'ipv4'
  }
  if (!hasIPv6(loadBalancer!.ipAddressType)) {
    throw new ModelError('unsupported IPv6 configuration, lb not dual-stack')
  }
  return 'ipv6'
}

/** LBC: buildTargetGroupPort. Targets carry their own port, so 1 does where the Service only names it. */
function choosePort(targetType: TargetType, servicePort: ServicePort): number {
  if (targetType === 'instance') {
    return servicePort.nodePort ?? 0
  }
  const targetPort = targetPortOf(servicePort)
  return typeof targetPort === 'number' ? targetPort : 1
}

function requirePort(targetType: TargetType, port: number): void {
  if (port !== 0) {
    return
  }
  throw new ModelError(
    targetType === 'ip'
      ? 'TargetGroup port is empty. Are you using the correct service type?'
      : "TargetGroup port is empty. When using Instance targets, your service be must of type 'NodePort' or 'LoadBalancer'"
  )
}

/** The port of an agent beside the targets, from an annotation that names Service and port. */
function readTargetControlPort(
  { ingress }: Member,
  service: Service,
  port: number | string,
  targetType: TargetType
): number | undefined {
  const annotation = readInt32(`target-control-port.${service.metadata.name}.${port}`, service, ingress)
  if (annotation && targetType === 'instance') {
    throw new ModelError('target control port is not supported for instance target target group')
  }
  return annotation?.value
}

/** What annotations and IngressClassParams say of a target group. */
interface TargetGroupSettings {
  targetType: Setting<TargetType>
  protocol: Setting<'HTTP' | 'HTTPS'>
  protocolVersion: Setting<ProtocolVersion>
  healthCheck: HealthCheckSettings
  attributes: Annotation<Map<string, string>> | undefined
}

function readSettings(task: BuildTask, member: Member, service: Service): TargetGroupSettings {
  const targetType = chooseTargetType(task, member, service)
  const protocol = chooseProtocol(member, service)
  const protocolVersion = chooseProtocolVersion(member, service)
  const healthCheck = readHealthCheck(member, service, targetType.value, protocol, protocolVersion.value)
  const attributes = readStringMap('target-group-attributes', service, member.ingress)
  return { targetType, protocol, protocolVersion, healthCheck, attributes }
}

/** LBC: buildTargetGroupSpec. @throws ModelError */
function buildSpec(
  task: BuildTask,
  member: Member,
  service: Service,
  port: number | string,
  servicePort: ServicePort,
  settings: TargetGroupSettings
): TargetGroupSpec {
  const { healthCheck, attributes } = settings
  const [targetType, protocol, protocolVersion] = [
    settings.targetType.value,
    settings.protocol.value,
    settings.protocolVersion.value
  ]
  const tags = targetGroupTags(task, member, service)
  const ipAddressType = chooseIPAddressType(task, service)
  const targetGroupPort = choosePort(targetType, servicePort)
  requirePort(targetType, targetGroupPort)
  const targetControlPort = readTargetControlPort(member, service, port, targetType)
  const identity = { port: targetGroupPort, targetType, protocol, protocolVersion }
  const controlPort = targetControlPort !== undefined && { targetControlPort }
  return {
    name: targetGroupName(task.environment.clusterName, task.group.id, {
      ingress: { namespace: namespaceOf(member.ingress), name: member.ingress.metadata.name },
      service: { namespace: namespaceOf(service), name: service.metadata.name, uid: service.metadata.uid ?? '' },
      servicePort: port,
      ...identity,
      ...controlPort
    }),
    targetType,
    port: targetGroupPort,
    protocol,
    protocolVersion,
    ipAddressType,
    healthCheckConfig: healthCheckConfigOf(healthCheck, protocolVersion),
    ...controlPort,
    ...(attributes && attributes.value.size > 0 && { targetGroupAttributes: attributeList(attributes.value)! }),
    ...(tags && { tags })
  }
}

/** Notes where the settings of a target group come from. */
function explainSettings(
  task: BuildTask,
  id: string,
  { targetType, protocol, protocolVersion, healthCheck, attributes }: TargetGroupSettings,
  { targetGroupAttributes = [] }: TargetGroupSpec
): void {
  const settings = { targetType, protocol, protocolVersion }
  const checked = Object.entries(healthCheck).map(
    ([field, setting]) => [`healthCheckConfig.${field}`, setting] as const
  )
  for (const [field, { value, source }] of [...Object.entries(settings), ...checked]) {
    explain(task, `TargetGroup ${id}`, field, value, source)
  }
  if (attributes) {
    explain(task, `TargetGroup ${id}`, 'targetGroupAttributes', targetGroupAttributes, settingOf(attributes).source)
  }
}

/**
 * Builds the target group of a Service's port with its binding, once for each Ingress and spelling of the port
 * (LBC: buildTargetGroup).
 *
 * @returns its resource ID.
 * @throws ModelError
 */
export function buildTargetGroup(task: BuildTask, member: Member, service: Service, port: number | string): string {
  const id = `${member.key}-${service.metadata.name}:${port}`
  if (task.stack['AWS::ElasticLoadBalancingV2::TargetGroup']?.[id]) {
    return id
  }
  const servicePort = lookUpPort(service, port)
  const settings = readSettings(task, member, service)
  const spec = buildSpec(task, member, service, port, servicePort, settings)
  const targetType = settings.targetType.value
  const targetPort = targetType === 'instance' ? spec.port : targetPortOf(servicePort)
  addResource(task, 'AWS::ElasticLoadBalancingV2::TargetGroup', id, { spec })
  buildBinding(task, member, { id, spec, targetType, service, port, targetPort })
  if (task.explanations) {
    explainSettings(task, id, settings, spec)
  }
  return id
}
