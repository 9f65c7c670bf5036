import type { ClassicLoadBalancerSpec, HealthCheckConfig } from '../../model/index.ts'

/** What asks an instance how it is. */
export interface ClassicHealthCheck extends Omit<HealthCheckConfig, 'protocol' | 'port'> {
  protocol: 'TCP' | 'SSL' | 'HTTP' | 'HTTPS'
  port: number
}

/** "Any other response code is unhealthy." (Classic Load Balancers: "Configure health checks".) */
const successCode = '200'

const known = ['TCP', 'SSL', 'HTTP', 'HTTPS'] as const

/** `HTTP:32111/healthz` as a health check; undefined where AWS would refuse the text. */
export function classicHealthCheck({ healthCheck }: ClassicLoadBalancerSpec): ClassicHealthCheck | undefined {
  const [, name = '', port = '', path] = /^(\w+):([0-9]{1,5})(\/.*)?$/.exec(healthCheck.target) ?? []
  const protocol = known.find(one => one === name.toUpperCase())
  const asksPath = protocol === 'HTTP' || protocol === 'HTTPS'
  if (protocol === undefined || Number(port) < 1 || Number(port) > 65_535 || asksPath !== (path !== undefined)) {
    return undefined
  }
  return {
    protocol,
    port: Number(port),
    ...(path !== undefined && { path }),
    matcher: { httpCode: successCode },
    intervalSeconds: healthCheck.interval,
    timeoutSeconds: healthCheck.timeout,
    healthyThresholdCount: healthCheck.healthyThreshold,
    unhealthyThresholdCount: healthCheck.unhealthyThreshold
  }
}
