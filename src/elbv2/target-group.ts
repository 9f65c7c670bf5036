import type { HealthCheckConfig, TargetGroupSpec } from '../model/index.ts'
import type { TargetGroupAttributes } from './attributes.ts'
import type { TargetHealth } from './target-health.ts'

/** What a target group is, compiled. */
export interface TargetGroupConfiguration {
  /** Resource ID in the stack, or the literal ARN of a target group outside it. */
  id: string
  arn: string
  name: string
  targetType: TargetGroupSpec['targetType']
  protocol: 'HTTP' | 'HTTPS'
  protocolVersion: 'HTTP1' | 'HTTP2' | 'GRPC'
  healthCheck: HealthCheckConfig
  attributes: TargetGroupAttributes
  /** Whether a rule or default action of a listener forwards to it. */
  inUse: boolean
}

/** Whether targets in their first health checks count as unhealthy ones, so that they get requests when none is healthy. */
const failOpenIncludesInitial = true

/** Of registered targets those that may get a request: the healthy ones, or all that could while too few are healthy. */
export function candidatesOf<Member extends { health: Pick<TargetHealth, 'state' | 'reason'> }>(
  registered: readonly Member[],
  {
    minimumHealthy: { count, percentage },
    failsOpen = true
  }: Pick<TargetGroupAttributes, 'minimumHealthy' | 'failsOpen'>
): Member[] {
  const able = registered.filter(
    ({ health }) =>
      health.state === 'healthy' ||
      health.state === 'unhealthy' ||
      health.state === 'unhealthy.draining' ||
      (failOpenIncludesInitial && health.reason === 'Elb.InitialHealthChecking')
  )
  const healthy = able.filter(({ health }) => health.state === 'healthy')
  const enough =
    healthy.length >= count && (percentage === undefined || healthy.length * 100 >= percentage * able.length)
  return (healthy.length > 0 && enough) || !failsOpen ? healthy : able
}
