import type { Service, ServicePort } from '../../resources/index.ts'
import { type Annotation, readBool, readInt32, readString, readStringMap } from '../annotation/parser.ts'
import { parseIntOrString } from '../go/strconv.ts'
import { ModelError, withErrorPrefix } from '../model-error.ts'
import { targetGroupARN, targetGroupName } from '../stack/names.ts'
import type { HealthCheckConfig, NetworkingIngress, TargetGroupBindingSpec, TargetGroupSpec } from '../stack/stack.ts'
import { attributeList } from './attributes.ts'
import { keyOf, namespaceOf } from './cluster-objects.ts'
import type { Member } from './group/ingress-group.ts'
import { type Setting, settingOf } from './group/setting.ts'
import { hasIPv6 } from './security-groups.ts'
import { objectOf, targetGroupTags } from './tags.ts'
import { addResource, type BuildTask, byDefault, explain, fromField, fromFlag } from './task.ts'

type TargetType = 'instance' | 'ip'
type ProtocolVersion = 'HTTP1' | 'HTTP2' | 'GRPC'

const trafficPort = 'traffic-port'

/** A port of a Service by name, or by its number (LBC: LookupServicePort). @throws ModelError */
function lookUpPort(service: Service, port: number | string): ServicePort {
  const found = service.spec?.ports?.find(candidate =>
    typeof port === 'string' ? (candidate.name ?? '') === port : candidate.port === port
  )
  if (found) {
    return found
  }
  if (typeof port === 'number' && service.spec?.type === 'ExternalName') {
    return { port, targetPort: port }
  }
  throw new ModelError(`unable to find port ${port} on service ${keyOf(service)}`)
}

/** The API server puts the port where no target port is given. */
function targetPortOf({ port, targetPort = port }: ServicePort): number | string {
  return targetPort
}

function orDefault<Value>(annotation: Annotation<Value> | undefined, value: Value): Setting<Value> {
  return annotation ? settingOf(annotation) : { value, source: byDefault }
}

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

/**
 * The port that health checks ask: a number is taken as it is, a name is looked up among the Service's ports
 * (LBC: buildTargetGroupHealthCheckPort).
 */
function chooseHealthCheckPort(
  { ingress }: Member,
  service: Service,
  targetType: TargetType
): Setting<HealthCheckConfig['port']> {
  const { value: text, source } = orDefault(readString('healthcheck-port', service, ingress), trafficPort)
  if (text === trafficPort) {
    return { value: trafficPort, source }
  }
  const port = parseIntOrString(text)
  if (typeof port === 'number') {
    return { value: port, source }
  }
  const servicePort = withErrorPrefix('failed to resolve healthCheckPort', () => lookUpPort(service, port))
  if (targetType === 'instance') {
    return { value: servicePort.nodePort ?? 0, source }
  }
  const targetPort = targetPortOf(servicePort)
  if (typeof targetPort === 'string') {
    throw new ModelError("cannot use named healthCheckPort for IP TargetType when service's targetPort is a named port")
  }
  return { value: targetPort, source }
}

/** LBC: buildTargetGroupHealthCheckProtocol; that of the backend unless it is set. */
function chooseHealthCheckProtocol(
  { ingress }: Member,
  service: Service,
  protocol: Setting<'HTTP' | 'HTTPS'>
): Setting<'HTTP' | 'HTTPS'> {
  const annotation = readString('healthcheck-protocol', service, ingress)
  if (!annotation) {
    return protocol
  }
  if (annotation.value !== 'HTTP' && annotation.value !== 'HTTPS') {
    throw new ModelError('healthCheckProtocol must be within [HTTP, HTTPS]')
  }
  return settingOf(annotation as Annotation<'HTTP' | 'HTTPS'>)
}

type HealthCheckSettings = {
  [Field in keyof Omit<HealthCheckConfig, 'matcher'>]-?: Setting<NonNullable<HealthCheckConfig[Field]>>
} & {
  successCodes: Setting<string>
}

/** LBC: buildTargetGroupHealthCheckConfig. @throws ModelError */
function readHealthCheck(
  member: Member,
  service: Service,
  targetType: TargetType,
  protocol: Setting<'HTTP' | 'HTTPS'>,
  version: ProtocolVersion
): HealthCheckSettings {
  const { ingress } = member
  function number(suffix: string, byDefaultValue: number): Setting<number> {
    return orDefault(readInt32(suffix, service, ingress), byDefaultValue)
  }
  const isGRPC = version === 'GRPC'
  return {
    port: chooseHealthCheckPort(member, service, targetType),
    protocol: chooseHealthCheckProtocol(member, service, protocol),
    path: orDefault(readString('healthcheck-path', service, ingress), isGRPC ? '/AWS.ALB/healthcheck' : '/'),
    successCodes: orDefault(readString('success-codes', service, ingress), isGRPC ? '12' : '200'),
    intervalSeconds: number('healthcheck-interval-seconds', 15),
    timeoutSeconds: number('healthcheck-timeout-seconds', 5),
    healthyThresholdCount: number('healthy-threshold-count', 2),
    unhealthyThresholdCount: number('unhealthy-threshold-count', 2)
  }
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

/** Which ports of the targets the load balancer's security group may reach (LBC: buildTargetGroupBindingNetworking). */
function buildNetworking(
  { backendSecurityGroup, environment }: BuildTask,
  targetPort: number | string,
  healthCheckPort: number | string,
  targetControlPort: number | undefined
): { ingress: NetworkingIngress[] } | undefined {
  if (backendSecurityGroup === undefined) {
    return undefined
  }
  const from = [{ securityGroup: { groupID: backendSecurityGroup } }]
  if (environment.controller.disableRestrictedSecurityGroupRules) {
    return { ingress: [{ from, ports: [{ protocol: 'TCP' }] }] }
  }
  const ports = [
    targetPort,
    ...(healthCheckPort === trafficPort ? [] : [healthCheckPort]),
    ...(targetControlPort === undefined ? [] : [targetControlPort])
  ]
  return { ingress: ports.map(port => ({ from, ports: [{ protocol: 'TCP', port }] })) }
}

/** True on the Ingress wins, else the Service decides. */
function isMultiCluster({ ingress }: Member, service: Service): boolean {
  return (
    readBool('multi-cluster-target-group', ingress)?.value ||
    (readBool('multi-cluster-target-group', service)?.value ?? false)
  )
}

/** LBC: buildTargetGroupBindingNodeSelector. */
function buildNodeSelector({ ingress }: Member, service: Service, targetType: TargetType) {
  if (targetType !== 'instance') {
    return undefined
  }
  const matchLabels = objectOf(readStringMap('target-node-labels', service, ingress)?.value ?? new Map())
  return matchLabels && { matchLabels }
}

/**
 * Builds the target group of a Service's port with its binding, once for each Ingress and spelling of the port
 * (LBC: buildTargetGroup).
 *
 * @returns its resource ID.
 * @throws ModelError
 */
export function buildTargetGroup(task: BuildTask, member: Member, service: Service, port: number | string): string {
  const { clusterName, vpcID } = task.environment
  const { name, uid = '' } = service.metadata
  const id = `${member.key}-${name}:${port}`
  if (task.stack['AWS::ElasticLoadBalancingV2::TargetGroup']?.[id]) {
    return id
  }

  const servicePort = lookUpPort(service, port)
  const targetType = chooseTargetType(task, member, service)
  const protocol = chooseProtocol(member, service)
  const protocolVersion = chooseProtocolVersion(member, service)
  const healthCheck = readHealthCheck(member, service, targetType.value, protocol, protocolVersion.value)
  const attributes = readStringMap('target-group-attributes', service, member.ingress)
  const tags = targetGroupTags(task, member, service)
  const ipAddressType = chooseIPAddressType(task, service)
  const targetGroupPort = choosePort(targetType.value, servicePort)
  requirePort(targetType.value, targetGroupPort)
  const targetControlPort = readTargetControlPort(member, service, port, targetType.value)
  const nodeSelector = buildNodeSelector(member, service, targetType.value)
  const multiCluster = isMultiCluster(member, service)

  const spec: TargetGroupSpec = {
    name: targetGroupName(clusterName, task.group.id, {
      ingress: { namespace: namespaceOf(member.ingress), name: member.ingress.metadata.name },
      service: { namespace: namespaceOf(service), name, uid },
      servicePort: port,
      port: targetGroupPort,
      targetType: targetType.value,
      protocol: protocol.value,
      protocolVersion: protocolVersion.value,
      ...(targetControlPort !== undefined && { targetControlPort })
    }),
    targetType: targetType.value,
    port: targetGroupPort,
    protocol: protocol.value,
    protocolVersion: protocolVersion.value,
    ipAddressType,
    healthCheckConfig: healthCheckConfigOf(healthCheck, protocolVersion.value),
    ...(targetControlPort !== undefined && { targetControlPort }),
    ...(attributes && attributes.value.size > 0 && { targetGroupAttributes: attributeList(attributes.value)! }),
    ...(tags && { tags })
  }
  const networking = buildNetworking(
    task,
    targetType.value === 'instance' ? targetGroupPort : targetPortOf(servicePort),
    spec.healthCheckConfig.port,
    targetControlPort
  )
  const binding: TargetGroupBindingSpec = {
    template: {
      metadata: { name: spec.name, namespace: namespaceOf(service) },
      spec: {
        targetGroupARN: targetGroupARN(id),
        targetType: targetType.value,
        serviceRef: { name, port },
        ...(networking && { networking }),
        ...(nodeSelector && { nodeSelector }),
        ipAddressType,
        vpcID,
        targetGroupProtocol: protocol.value,
        ...(multiCluster && { multiClusterTargetGroup: true })
      }
    }
  }
  addResource(task, 'AWS::ElasticLoadBalancingV2::TargetGroup', id, { spec })
  addResource(task, 'K8S::ElasticLoadBalancingV2::TargetGroupBinding', id, { spec: binding })

  if (task.explanations) {
    const settings = { targetType, protocol, protocolVersion }
    const checked = Object.entries(healthCheck).map(
      ([field, setting]) => [`healthCheckConfig.${field}`, setting] as const
    )
    for (const [field, { value, source }] of [...Object.entries(settings), ...checked]) {
      explain(task, `TargetGroup ${id}`, field, value, source)
    }
    if (attributes) {
      const { source } = settingOf(attributes)
      explain(task, `TargetGroup ${id}`, 'targetGroupAttributes', spec.targetGroupAttributes ?? [], source)
    }
  }
  return id
}

function healthCheckConfigOf(settings: HealthCheckSettings, version: ProtocolVersion): HealthCheckConfig {
  return {
    port: settings.port.value,
    protocol: settings.protocol.value,
    path: settings.path.value,
    matcher: version === 'GRPC' ? { grpcCode: settings.successCodes.value } : { httpCode: settings.successCodes.value },
    intervalSeconds: settings.intervalSeconds.value,
    timeoutSeconds: settings.timeoutSeconds.value,
    healthyThresholdCount: settings.healthyThresholdCount.value,
    unhealthyThresholdCount: settings.unhealthyThresholdCount.value
  }
}
