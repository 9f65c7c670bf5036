import { namespaceOf } from '../build/cluster-objects.ts'
import { hasIPv6 } from '../build/security-groups.ts'
import { targetPortOf } from '../build/service-port.ts'
import { addResource, arnOfName, byDefault, explain, fromField, fromFlag } from '../build/task.ts'
import { ModelError } from '../model-error.ts'
import { gatewayTargetGroupName, targetGroupARN } from '../stack/names.ts'
import type { HealthCheckConfig, ListenerSpec, TargetGroupSpec, Token } from '../stack/stack.ts'
import type { ValueSource } from '../value-source.ts'
import { sourceOfProperty } from './configuration/target-group-properties.ts'
import { buildHealthCheck, type TargetBackend } from './health-check.ts'
import type { AnyRoute } from './objects.ts'
import type { Backend } from './route/backend.ts'
import { processTags } from './tags.ts'
import { buildBinding } from './target-group-binding.ts'
import { type GatewayTask, gatewayKey, identityOf } from './task.ts'

type Protocol = TargetGroupSpec['protocol']

/** Listeners of these protocols give theirs to their target groups. */
const handedOn: readonly string[] = ['TCP_UDP', 'QUIC', 'TCP_QUIC']
const protocolOfRoute: Record<AnyRoute['kind'], Protocol> = {
  TCPRoute: 'TCP',
  UDPRoute: 'UDP',
  TLSRoute: 'TLS',
  HTTPRoute: 'HTTP',
  GRPCRoute: 'HTTP'
}

/** LBC: GetTargetType. */
function chooseTargetType({ environment }: GatewayTask, backend: TargetBackend): TargetGroupSpec['targetType'] {
  if (backend.type === 'Gateway') {
    return 'alb'
  }
  const value = backend.properties?.properties.targetType ?? environment.controller.defaultTargetType
  return value as TargetGroupSpec['targetType']
}

/** LBC: buildL7TargetGroupProtocol, buildL4TargetGroupProtocol. @throws ModelError */
function chooseProtocol(
  { type }: GatewayTask,
  { properties }: TargetBackend,
  route: AnyRoute,
  listenerProtocol: ListenerSpec['protocol']
): Protocol {
  if (type === 'network' && handedOn.includes(listenerProtocol)) {
    return listenerProtocol
  }
  const given = properties?.properties.protocol
  if (given === undefined) {
    return protocolOfRoute[route.kind]
  }
  const allowed = type === 'application' ? ['HTTP', 'HTTPS'] : ['TCP', 'TLS', 'UDP', 'TCP_UDP']
  if (!allowed.includes(given)) {
    const named = type === 'application' ? 'HTTP, HTTPS' : 'TCP, UDP, TCP_UDP, TLS, QUIC, TCP_QUIC'
    throw new ModelError(`backend protocol must be within [${named}]: ${given}`)
  }
  return given as Protocol
}

/** Only HTTPS listeners have other versions than HTTP/1.1 (LBC: buildTargetGroupProtocolVersion). */
function chooseProtocolVersion(
  { type }: GatewayTask,
  backend: TargetBackend,
  route: AnyRoute,
  listenerProtocol: ListenerSpec['protocol']
): TargetGroupSpec['protocolVersion'] {
  if (type === 'network') {
    return undefined
  }
  if (listenerProtocol !== 'HTTPS') {
    return 'HTTP1'
  }
  const given = backend.properties?.properties.protocolVersion as TargetGroupSpec['protocolVersion']
  const isH2C = backend.type === 'Service' && backend.servicePort.appProtocol === 'kubernetes.io/h2c'
  return given ?? (route.kind === 'GRPCRoute' ? 'GRPC' : isH2C ? 'HTTP2' : 'HTTP1')
}

/** LBC: buildTargetGroupIPAddressType. The ipAddressType of the configuration is not read. @throws ModelError */
function chooseIPAddressType({ loadBalancer }: GatewayTask, backend: TargetBackend): 'ipv4' | 'ipv6' {
  if (backend.type === 'Gateway' || !backend.service.spec?.ipFamilies?.includes('IPv6')) {
    return 'ipv4'
  }
  if (!hasIPv6(loadBalancer!.ipAddressType)) {
    throw new ModelError('unsupported IPv6 configuration, lb not dual-stack')
  }
  return 'ipv6'
}

/** LBC: GetTargetGroupPort. Targets carry their own port, so 1 does where the Service only names it. */
function choosePort(backend: TargetBackend, targetType: string): number {
  if (backend.type === 'Gateway') {
    return backend.port
  }
  if (targetType === 'instance') {
    return backend.servicePort.nodePort ?? 0
  }
  const targetPort = targetPortOf(backend.servicePort)
  return typeof targetPort === 'number' ? targetPort : 1
}

/** The port that tells target groups of one Service apart (LBC: GetIdentifierPort). */
function identifierPort(backend: TargetBackend): number | string {
  return backend.type === 'Gateway' ? backend.port : targetPortOf(backend.servicePort)
}

/** It is checked and goes into the name, and no further (LBC: buildTargetControlPort). @throws ModelError */
function chooseTargetControlPort(
  { properties }: TargetBackend,
  protocol: string,
  targetType: string
): number | undefined {
  const port = properties?.properties.targetControlPort
  if (port === undefined) {
    return undefined
  }
  if (protocol !== 'HTTP' && protocol !== 'HTTPS') {
    throw new ModelError(`target control port is only supported for HTTP and HTTPS protocols, got: ${protocol}`)
  }
  if (targetType === 'instance') {
    throw new ModelError('target control port is not supported for instance target target group')
  }
  if (targetType === 'alb') {
    throw new ModelError('target control port is not supported for ALB target target group')
  }
  return port
}

/** The type of the targets decides it where it is written, else that of the Service. @throws ModelError */
function requirePort(port: number, targetType: string, backend: TargetBackend): void {
  if (port !== 0) {
    return
  }
  const ofService = fromField(objectOf(backend), 'spec.type')
  throw new ModelError(
    targetType === 'ip'
      ? 'TargetGroup port is empty. Are you using the correct service type?'
      : "TargetGroup port is empty. When using Instance targets, your service must be of type 'NodePort' or 'LoadBalancer'",
    backend.properties ? sourceOfProperty(backend.properties, 'targetType', ofService) : ofService
  )
}

function objectOf(backend: TargetBackend) {
  return backend.type === 'Gateway' ? backend.gateway : backend.service
}

/** LBC: buildTargetGroupSpec. @throws ModelError */
function buildSpec(
  task: GatewayTask,
  route: AnyRoute,
  backend: TargetBackend,
  listenerProtocol: ListenerSpec['protocol']
): { spec: TargetGroupSpec; healthCheckSource: ValueSource } {
  const given = backend.properties?.properties ?? {}
  const targetType = chooseTargetType(task, backend)
  const protocol = chooseProtocol(task, backend, route, listenerProtocol)
  const protocolVersion = chooseProtocolVersion(task, backend, route, listenerProtocol)
  const healthCheck = buildHealthCheck(backend, { loadBalancerType: task.type, targetType, protocol, protocolVersion })
  // Of a key that is there twice the last value counts.
  const attributes = new Map(given.targetGroupAttributes?.map(({ key, value }) => [key, value]))
  const ipAddressType = chooseIPAddressType(task, backend)
  const tags = processTags(task, given.tags)
  const port = choosePort(backend, targetType)
  const targetControlPort = chooseTargetControlPort(backend, protocol, targetType)
  const object = objectOf(backend)
  const name =
    given.targetGroupName ??
    gatewayTargetGroupName(task.environment.clusterName, {
      gateway: identityOf(task),
      route: { namespace: namespaceOf(route), name: route.metadata.name, kind: route.kind },
      backend: { namespace: namespaceOf(object), name: object.metadata.name },
      port: targetType === 'instance' ? port : identifierPort(backend),
      targetType,
      protocol,
      ...(protocolVersion && { protocolVersion }),
      ...(targetControlPort !== undefined && { targetControlPort })
    })
  requirePort(port, targetType, backend)
  return {
    spec: {
      name,
      targetType,
      port,
      protocol,
      ...(protocolVersion && { protocolVersion }),
      ipAddressType,
      healthCheckConfig: healthCheck.value,
      ...(attributes.size > 0 && { targetGroupAttributes: [...attributes].map(([key, value]) => ({ key, value })) }),
      ...(tags && { tags })
    },
    healthCheckSource: healthCheck.source
  }
}

function explainTargetGroup(
  task: GatewayTask,
  id: string,
  route: AnyRoute,
  { properties }: TargetBackend,
  { spec, healthCheckSource }: { spec: TargetGroupSpec; healthCheckSource: ValueSource }
): void {
  if (!task.explanations) {
    return
  }
  const resource = `TargetGroup ${id}`
  const ofRoute = fromField(route, 'kind')
  const layers = properties ?? { properties: {}, layers: [] }
  const flag = fromFlag('--default-target-type')
  if (layers.properties.targetGroupName !== undefined) {
    explain(task, resource, 'name', spec.name, sourceOfProperty(layers, 'targetGroupName'))
  }
  explain(task, resource, 'targetType', spec.targetType, sourceOfProperty(layers, 'targetType', flag))
  explain(task, resource, 'protocol', spec.protocol, sourceOfProperty(layers, 'protocol', ofRoute))
  if (spec.protocolVersion) {
    explain(
      task,
      resource,
      'protocolVersion',
      spec.protocolVersion,
      sourceOfProperty(layers, 'protocolVersion', byDefault)
    )
  }
  for (const [field, value] of Object.entries(spec.healthCheckConfig) as [keyof HealthCheckConfig, unknown][]) {
    const given = layers.properties.healthCheckConfig ?? {}
    const key = healthCheckFields[field]
    const isGiven = key in given
    explain(task, resource, `healthCheckConfig.${field}`, value, isGiven ? healthCheckSource : byDefault)
  }
  if (spec.targetGroupAttributes) {
    const source = sourceOfProperty(layers, 'targetGroupAttributes')
    explain(task, resource, 'targetGroupAttributes', spec.targetGroupAttributes, source)
  }
}

/** What the configuration calls the parts of a health check. */
const healthCheckFields: Record<keyof HealthCheckConfig, string> = {
  port: 'healthCheckPort',
  protocol: 'healthCheckProtocol',
  path: 'healthCheckPath',
  matcher: 'matcher',
  intervalSeconds: 'healthCheckInterval',
  timeoutSeconds: 'healthCheckTimeout',
  healthyThresholdCount: 'healthyThresholdCount',
  unhealthyThresholdCount: 'unhealthyThresholdCount'
}

/** One for each route, Service and target port, whatever listeners and rules use it (LBC: buildTargetGroupResourceID). */
function resourceID(task: GatewayTask, route: AnyRoute, backend: TargetBackend): string {
  const object = objectOf(backend)
  const ofRoute = `${namespaceOf(route)}-${route.metadata.name}:${route.kind}`
  const ofBackend = `${namespaceOf(object)}-${object.metadata.name}`
  return `${gatewayKey(task)}:${ofRoute}-${ofBackend}:${identifierPort(backend)}`
}

/** Where a target group is used. */
export interface TargetGroupUse {
  route: AnyRoute
  listenerPort: number
  listenerProtocol: ListenerSpec['protocol']
}

/**
 * Builds the target group of a backend with its binding, where another rule has not done so (LBC: buildTargetGroup). A Service's
 * is worked out again each time, and errors of another listener's protocol show; a Gateway's is not.
 *
 * @throws ModelError
 */
export function buildTargetGroup(task: GatewayTask, use: TargetGroupUse, backend: Backend): Token {
  if (backend.type === 'TargetGroupName') {
    const arn = arnOfName(task, 'targetGroups', backend.name)
    if (arn === undefined) {
      throw new ModelError(`couldn't find target group with name: ${backend.name}`)
    }
    return arn
  }
  const { route, listenerPort, listenerProtocol } = use
  const id = resourceID(task, route, backend)
  const isBuilt = task.stack['AWS::ElasticLoadBalancingV2::TargetGroup']?.[id] !== undefined
  if (isBuilt && backend.type === 'Gateway') {
    return targetGroupARN(id)
  }
  const built = buildSpec(task, route, backend, listenerProtocol)
  if (isBuilt) {
    return targetGroupARN(id)
  }
  addResource(task, 'AWS::ElasticLoadBalancingV2::TargetGroup', id, { spec: built.spec })
  if (backend.type === 'Service') {
    buildBinding(task, id, built.spec, backend)
  } else {
    task.frontend[built.spec.name] = {
      Name: built.spec.name,
      ARN: targetGroupARN(id),
      Port: listenerPort,
      TargetARN: backend.loadBalancerARN,
      TargetPort: built.spec.port
    }
  }
  explainTargetGroup(task, id, route, backend, built)
  return targetGroupARN(id)
}
