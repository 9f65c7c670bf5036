import type { Backend } from './backend.ts'

function seconds({ setting }: Backend, suffix: string, fallback: number): number {
  const value = setting(suffix)?.value
  return value === undefined ? fallback : /^\d+$/.test(value) ? Number(value) : Number.NaN
}

/** How long a load balancer takes to notice a target that is gone, by the controller's defaults where nothing is set. */
export function healthCheckTimes(backend: Backend) {
  return {
    interval: seconds(backend, 'healthcheck-interval-seconds', 15),
    unhealthyThreshold: seconds(backend, 'unhealthy-threshold-count', 2)
  }
}
