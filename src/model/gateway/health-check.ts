import type { TargetGroupProperties } from '../../resources/index.ts'
import { trafficPort } from '../build/health-check-port.ts'
import { lookUpPort, targetPortOf } from '../build/service-port.ts'
import type { Setting } from '../build/setting.ts'
import { byDefault } from '../build/task.ts'
import { parseIntOrString } from '../go/strconv.ts'
import { ModelError } from '../model-error.ts'
import type { HealthCheckConfig, LoadBalancerSpec, TargetGroupSpec } from '../stack/stack.ts'
import { sourceOfProperty } from './configuration/target-group-properties.ts'
import type { Backend } from './route/backend.ts'

type HealthCheckProperties = NonNullable<TargetGroupProperties['healthCheckConfig']>

/** A backend with a target group of its own. */
export type TargetBackend = Exclude<Backend, { type: 'TargetGroupName' }>

/** What health checks depend on. */
export interface CheckedGroup {
  loadBalancerType: LoadBalancerSpec['type']
  targetType: TargetGroupSpec['targetType']
  protocol: TargetGroupSpec['protocol']
  protocolVersion: TargetGroupSpec['protocolVersion']
}

/** Health checks of kube-proxy's own port, where only nodes with an endpoint take connections. */
const localDefaults = { protocol: 'HTTP', path: '/healthz', interval: 10, timeout: 6, threshold: 2 } as const
const usualDefaults = { path: '/', interval: 15, timeout: 5, threshold: 3 } as const
const gRPCDefaults = { path: '/AWS.ALB/healthcheck', code: '12' }
const httpCodes = '200-399'

/** The port that checks ask: a number as it is, a name looked up among the Service's ports (LBC: GetHealthCheckPort). */
function choosePort(
  backend: TargetBackend,
  { targetType }: CheckedGroup,
  given: string | undefined,
  isLocal: boolean
): HealthCheckConfig['port'] {
  if (backend.type === 'Gateway') {
    return given === undefined || given === trafficPort ? trafficPort : backend.port
  }
  const { service } = backend
  if (given === undefined && isLocal) {
    return service.spec?.healthCheckNodePort ?? 0
  }
  if (given === undefined || given === trafficPort) {
    return trafficPort
  }
  const port = parseIntOrString(given)
  if (typeof port === 'number') {
    return port
  }
  const servicePort = lookUpPort(service, port)
  if (targetType === 'instance') {
    return servicePort.nodePort ?? 0
  }
  const targetPort = targetPortOf(servicePort)
  if (typeof targetPort === 'string') {
    throw new ModelError("cannot use named healthCheckPort for IP TargetType when service's targetPort is a named port")
  }
  return targetPort
}

/** LBC: buildTargetGroupHealthCheckProtocol. What is none of the three counts as HTTP. */
function chooseProtocol(
  { loadBalancerType, targetType, protocol }: CheckedGroup,
  given: string | undefined,
  isLocal: boolean
): HealthCheckConfig['protocol'] {
  if (given !== undefined) {
    return given === 'TCP' || given === 'HTTPS' ? given : 'HTTP'
  }
  if (loadBalancerType === 'application') {
    return protocol as HealthCheckConfig['protocol']
  }
  return isLocal || targetType === 'alb' ? 'HTTP' : 'TCP'
}

/** Only the controller's own health checks of gRPC ask a path of gRPC's. */
function choosePathAndMatcher(
  protocol: HealthCheckConfig['protocol'],
  { protocolVersion }: CheckedGroup,
  { healthCheckPath, matcher = {} }: HealthCheckProperties,
  isLocal: boolean
): Pick<HealthCheckConfig, 'path' | 'matcher'> {
  if (protocol === 'TCP') {
    return {}
  }
  const isGRPC = protocolVersion === 'GRPC'
  const path = isGRPC ? gRPCDefaults.path : isLocal ? localDefaults.path : usualDefaults.path
  return {
    path: healthCheckPath ?? path,
    matcher: isGRPC ? { grpcCode: matcher.grpcCode ?? gRPCDefaults.code } : { httpCode: matcher.httpCode ?? httpCodes }
  }
}

/** LBC: buildTargetGroupHealthCheckConfig. @throws ModelError */
export function buildHealthCheck(backend: TargetBackend, group: CheckedGroup): Setting<HealthCheckConfig> {
  const { properties } = backend
  const given = properties?.properties.healthCheckConfig ?? {}
  const isLocal =
    backend.type === 'Service' &&
    group.targetType === 'instance' &&
    group.loadBalancerType === 'network' &&
    backend.service.spec?.externalTrafficPolicy === 'Local'
  const defaults = isLocal ? localDefaults : usualDefaults
  const port = choosePort(backend, group, given.healthCheckPort, isLocal)
  const protocol = chooseProtocol(group, given.healthCheckProtocol, isLocal)
  return {
    value: {
      port,
      protocol,
      ...choosePathAndMatcher(protocol, group, given, isLocal),
      intervalSeconds: given.healthCheckInterval ?? defaults.interval,
      timeoutSeconds: given.healthCheckTimeout ?? defaults.timeout,
      healthyThresholdCount: given.healthyThresholdCount ?? defaults.threshold,
      unhealthyThresholdCount: given.unhealthyThresholdCount ?? defaults.threshold
    },
    source: properties ? sourceOfProperty(properties, 'healthCheckConfig') : byDefault
  }
}
