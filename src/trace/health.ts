import type { TargetGroupConfiguration } from '../elbv2/index.ts'
import { type CheckOutcome, observe, registering, successCodes, type Target } from '../elbv2/index.ts'
import type { Backends, Connection } from './backend.ts'
import type { HealthState } from './load-balancer.ts'

/** The health that a target comes to, and what its health check meets. */
export interface PredictedHealth {
  healthCheckPort: string
  health: HealthState
  because: string
}

/** What answers an application's health check is its own affair: it is taken to pass. */
const passed: CheckOutcome = { passed: true }

/** Predicts the health of a target that is checked until its state settles. */
export function predictHealth(
  target: Target,
  group: TargetGroupConfiguration,
  backends: Backends,
  { peer, maxVersion }: Pick<Connection, 'peer' | 'maxVersion'>
): PredictedHealth {
  const { healthCheck, targetType, protocolVersion } = group
  const port = healthCheck.port === 'traffic-port' ? target.port : healthCheck.port
  const grpc = protocolVersion === 'GRPC'
  const { service, servicePort, podPort, answer } = backends.answer(
    {
      targetType,
      address: target.address,
      port,
      protocol: healthCheck.protocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
      peer,
      maxVersion
    },
    {
      method: grpc ? 'POST' : 'GET',
      path: healthCheck.path ?? '/',
      authority: `${target.address}:${port}`,
      headers: [
        ['Host', `${target.address}:${port}`],
        ['User-Agent', 'ELB-HealthChecker/2.0'],
        ...(grpc ? ([['content-type', 'application/grpc']] as [string, string][]) : [])
      ],
      version: protocolVersion === 'HTTP1' ? '1.1' : '2.0'
    }
  )
  const outcome = outcomeOf(answer, group)
  const { failures: _, successes: __, ...health } = settle(outcome, healthCheck)
  const asked = `${healthCheck.protocol} ${healthCheck.path ?? '/'} on port ${port}`
  const who = servicePort ? `port ${servicePort.name ?? servicePort.port} of ${service}` : (podPort ?? 'nobody')
  const code = grpc ? `gRPC status ${grpcStatusOf(answer.headers)}` : answer.status
  const said = answer.status === undefined ? answer.reason : `${code}, ${answer.reason}`
  return { healthCheckPort: String(port), health, because: `${asked} reaches ${who}: ${said}` }
}

function grpcStatusOf(headers: [string, string][] = []): string | undefined {
  return headers.find(([name]) => name === 'grpc-status')?.[1]
}

function outcomeOf(
  { from, status, headers = [] }: ReturnType<Backends['answer']>['answer'],
  { protocolVersion, healthCheck: { matcher } }: TargetGroupConfiguration
): CheckOutcome {
  if (from === 'nobody') {
    return { passed: false, reason: 'Target.FailedHealthChecks' }
  }
  const grpcStatus = grpcStatusOf(headers)
  if (protocolVersion === 'GRPC' && from === 'gateway' && grpcStatus === undefined) {
    return { passed: false, reason: 'Target.ResponseCodeMismatch', code: status ?? 0 }
  }
  const code = protocolVersion === 'GRPC' ? Number(grpcStatus) : status
  if (code === undefined || from === 'service') {
    return passed
  }
  const codes =
    (protocolVersion === 'GRPC' ? matcher?.grpcCode : matcher?.httpCode) ?? (protocolVersion === 'GRPC' ? '12' : '200')
  return successCodes(codes)(code) ? passed : { passed: false, reason: 'Target.ResponseCodeMismatch', code }
}

function settle(outcome: CheckOutcome, thresholds: { healthyThresholdCount: number; unhealthyThresholdCount: number }) {
  let health = registering()
  const checks = Math.max(thresholds.healthyThresholdCount, thresholds.unhealthyThresholdCount)
  for (let check = 0; check < checks; check++) {
    health = observe(health, outcome, thresholds)
  }
  return health
}
