import type { Service } from '../../resources/index.ts'
import { type Annotation, readInt32, readString } from '../annotation/parser.ts'
import { resolveHealthCheckPort, type TargetType, trafficPort } from '../build/health-check-port.ts'
import { orDefault, type Setting, settingOf } from '../build/setting.ts'
import { ModelError } from '../model-error.ts'
import type { HealthCheckConfig } from '../stack/stack.ts'
import type { Member } from './group/ingress-group.ts'

export type ProtocolVersion = 'HTTP1' | 'HTTP2' | 'GRPC'

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
    port: resolveHealthCheckPort(
      service,
      orDefault(readString('healthcheck-port', service, member.ingress), trafficPort),
      targetType
    ),
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
