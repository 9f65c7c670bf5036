import type { Service } from '../../resources/index.ts'
import { type Annotation, readInt32, readString } from '../annotation/parser.ts'
import { lookUpPort, targetPortOf } from '../build/service-port.ts'
import { orDefault, type Setting, settingOf } from '../build/setting.ts'
import { parseIntOrString } from '../go/strconv.ts'
import { ModelError, withErrorPrefix } from '../model-error.ts'
import type { HealthCheckConfig } from '../stack/stack.ts'
import type { Member } from './group/ingress-group.ts'

export type TargetType = 'instance' | 'ip'
export type ProtocolVersion = 'HTTP1' | 'HTTP2' | 'GRPC'

/** The port that a target takes requests at. */
export const trafficPort = 'traffic-port'

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

/** What decides about health checks, with the origins. */
export type HealthCheckSettings = {
  [Field in keyof Omit<HealthCheckConfig, 'matcher'>]-?: Setting<NonNullable<HealthCheckConfig[Field]>>
} & {
  successCodes: Setting<string>
}

/** LBC: buildTargetGroupHealthCheckConfig. @throws ModelError */
export function readHealthCheck(
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

/** The settings as the stack has them. */
export function healthCheckConfigOf(settings: HealthCheckSettings, version: ProtocolVersion): HealthCheckConfig {
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
