/**
 * What AWS refuses of a Classic Load Balancer. (API of 2012-06-01: HealthCheck, ConnectionSettings, ConnectionDraining, Listener.)
 *
 * @module
 */

import { applicationLoadBalancerID, classicLoadBalancer, type Stack } from '../../model/index.ts'
import { isWithin, refuse, type StackViolation, type Violation } from '../limits/violation.ts'
import { isSSLPolicy } from '../ssl-policy.ts'
import { classicHealthCheck } from './health-check.ts'

type Range = [low: number, high: number]

const healthCheckRanges: Record<'interval' | 'timeout' | 'healthyThreshold' | 'unhealthyThreshold', Range> = {
  interval: [5, 300],
  timeout: [2, 60],
  healthyThreshold: [2, 10],
  unhealthyThreshold: [2, 10]
}
const idleTimeoutRange: Range = [1, 4000]
const drainingRange: Range = [1, 3600]

/** Predefined policies of Classic Load Balancers alone; the others have the same names everywhere. */
const olderPolicy = /^ELBSecurityPolicy-20(11-08|14-01|14-10|15-02|15-03|15-05)$|^ELBSample-/

function outside(limit: Violation['limit'], path: Violation['path'], value: number, [low, high]: Range): Violation[] {
  const name = String(path.at(-1))
  return refuse(!isWithin(value, low, high), {
    limit,
    path,
    message: `ValidationError: ${name} must be from ${low} to ${high}`,
    expected: `${low} to ${high}`,
    actual: String(value)
  })
}

/** Everything that AWS refuses in the Classic Load Balancer of a stack. */
export function classicViolations(stack: Stack): StackViolation[] {
  const spec = classicLoadBalancer(stack)
  if (!spec) {
    return []
  }
  const { healthCheck, attributes, listeners } = spec
  const ranges = Object.entries(healthCheckRanges) as [keyof typeof healthCheckRanges, Range][]
  const { connectionDraining, connectionSettings } = attributes
  const violations: Violation[] = [
    ...ranges.flatMap(([name, range]) => outside('health-check', ['healthCheck', name], healthCheck[name], range)),
    ...refuse(healthCheck.timeout >= healthCheck.interval, {
      limit: 'health-check',
      path: ['healthCheck', 'timeout'],
      message: 'ValidationError: HealthCheck timeout must be less than interval',
      expected: `less than ${healthCheck.interval}`,
      actual: String(healthCheck.timeout)
    }),
    ...refuse(classicHealthCheck(spec) === undefined, {
      limit: 'health-check',
      path: ['healthCheck', 'target'],
      message:
        'ValidationError: HealthCheck Target must specify a port and a valid protocol (HTTP, HTTPS, TCP, or SSL), and a path for HTTP and HTTPS alone',
      expected: 'TCP:PORT, SSL:PORT, HTTP:PORT/PATH or HTTPS:PORT/PATH',
      actual: healthCheck.target
    }),
    ...outside('attribute', ['attributes', 'idleTimeout'], connectionSettings.idleTimeout, idleTimeoutRange),
    ...(connectionDraining.enabled && connectionDraining.timeout !== undefined
      ? outside('attribute', ['attributes', 'connectionDraining', 'timeout'], connectionDraining.timeout, drainingRange)
      : []),
    ...listeners.flatMap(({ sslNegotiationPolicy: policy, loadBalancerPort }) =>
      refuse(policy !== undefined && !olderPolicy.test(policy) && (!isSSLPolicy(policy) || policy.includes('TLS13')), {
        limit: 'ssl-policy',
        path: ['listeners', loadBalancerPort, 'sslNegotiationPolicy'],
        message: `PolicyNotFound: There is no policy with name ${policy} for load balancer ${spec.name}`,
        expected: 'a predefined policy of Classic Load Balancers, such as ELBSecurityPolicy-TLS-1-2-2017-01',
        actual: policy ?? ''
      })
    )
  ]
  return violations.map(violation => ({ ...violation, type: 'LoadBalancer', id: applicationLoadBalancerID }))
}
