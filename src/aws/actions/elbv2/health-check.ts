/**
 * Health checks of target groups: AWS's defaults for each protocol and type. (API: CreateTargetGroup, ModifyTargetGroup.)
 *
 * @module
 */

import { networkSuccessCodes } from '../../../elbv2/index.ts'
import type {
  CreateTargetGroupInput,
  Matcher,
  ModifyTargetGroupInput,
  TargetGroup
} from '../../protocol/shapes/elbv2.ts'
import { invalid } from './lookup.ts'

/** The members of a target group that say how its targets are checked. */
export type HealthCheck = Pick<
  TargetGroup,
  | 'HealthCheckProtocol'
  | 'HealthCheckPort'
  | 'HealthCheckEnabled'
  | 'HealthCheckIntervalSeconds'
  | 'HealthCheckTimeoutSeconds'
  | 'HealthyThresholdCount'
  | 'UnhealthyThresholdCount'
  | 'HealthCheckPath'
  | 'Matcher'
>

function isHTTP(protocol: string | undefined): boolean {
  return protocol === 'HTTP' || protocol === 'HTTPS'
}

function matcherOf({ Protocol, ProtocolVersion }: CreateTargetGroupInput): Matcher {
  if (ProtocolVersion === 'GRPC') {
    return { GrpcCode: '12' }
  }
  return { HttpCode: isHTTP(Protocol) ? '200' : networkSuccessCodes }
}

function timeoutOf({ Protocol }: CreateTargetGroupInput, checkProtocol: string): number {
  if (isHTTP(Protocol)) {
    return 5
  }
  return checkProtocol === 'HTTP' ? 6 : 10
}

/** How the targets of a new target group are checked. @throws {ServiceError} for members that its protocol does not have. */
export function healthCheckOf(input: CreateTargetGroupInput): HealthCheck {
  const { TargetType = 'instance', Protocol, ProtocolVersion } = input
  const fallback = isHTTP(Protocol) || TargetType === 'alb' || TargetType === 'lambda' ? 'HTTP' : 'TCP'
  const protocol = input.HealthCheckProtocol ?? fallback
  if (TargetType === 'lambda') {
    return {
      HealthCheckEnabled: input.HealthCheckEnabled ?? false,
      HealthCheckIntervalSeconds: input.HealthCheckIntervalSeconds ?? 35,
      HealthCheckTimeoutSeconds: input.HealthCheckTimeoutSeconds ?? 30,
      HealthyThresholdCount: input.HealthyThresholdCount ?? 5,
      UnhealthyThresholdCount: input.UnhealthyThresholdCount ?? 2,
      HealthCheckPath: input.HealthCheckPath ?? '/',
      Matcher: input.Matcher ?? { HttpCode: '200' }
    }
  }
  if (input.HealthCheckEnabled === false) {
    throw invalid(`Health check enabled must be true for target groups with target type '${TargetType}'`)
  }
  const check: HealthCheck = {
    HealthCheckProtocol: protocol,
    HealthCheckPort: input.HealthCheckPort ?? 'traffic-port',
    HealthCheckEnabled: true,
    HealthCheckIntervalSeconds: input.HealthCheckIntervalSeconds ?? 30,
    HealthCheckTimeoutSeconds: input.HealthCheckTimeoutSeconds ?? timeoutOf(input, protocol),
    HealthyThresholdCount: input.HealthyThresholdCount ?? 5,
    UnhealthyThresholdCount: input.UnhealthyThresholdCount ?? 2
  }
  if (!isHTTP(protocol)) {
    refuseForProtocol(protocol, input)
    return check
  }
  const path = ProtocolVersion === 'GRPC' ? '/AWS.ALB/healthcheck' : '/'
  return { ...check, HealthCheckPath: input.HealthCheckPath ?? path, Matcher: input.Matcher ?? matcherOf(input) }
}

function refuseForProtocol(
  protocol: string,
  { HealthCheckPath, Matcher }: Pick<HealthCheck, 'HealthCheckPath' | 'Matcher'>
): void {
  if (HealthCheckPath !== undefined) {
    throw invalid(`Health check path is not supported for health checks with protocol '${protocol}'`)
  }
  if (Matcher !== undefined) {
    throw invalid(`Health check matcher is not supported for health checks with protocol '${protocol}'`)
  }
}

/** What a change makes of a target group's health check. */
export function changedHealthCheck(known: HealthCheck, input: ModifyTargetGroupInput): HealthCheck {
  const { TargetGroupArn: _arn, ...given } = input
  const changed = { ...known, ...given }
  const protocol = changed.HealthCheckProtocol ?? ''
  if (isHTTP(protocol) || known.HealthCheckProtocol === undefined) {
    return {
      ...changed,
      HealthCheckPath: changed.HealthCheckPath ?? '/',
      Matcher: changed.Matcher ?? { HttpCode: networkSuccessCodes }
    }
  }
  refuseForProtocol(protocol, given)
  const { HealthCheckPath: _path, Matcher: _matcher, ...check } = changed
  return check
}
