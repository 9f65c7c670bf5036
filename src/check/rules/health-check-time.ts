import { annotationPrefix, objectName } from '../../resources/index.ts'
import { type Backend, placeOf } from '../facts/backend.ts'
import type { Rule } from '../rule.ts'

function seconds({ setting }: Backend, suffix: string, fallback: number): number {
  const value = setting(suffix)?.value
  return value === undefined ? fallback : /^\d+$/.test(value) ? Number(value) : Number.NaN
}

/** How long a load balancer takes to notice a target that is gone, by the controller's defaults where nothing is set. */
export function healthCheckTimes(backend: Backend) {
  return {
    interval: seconds(backend, 'healthcheck-interval-seconds', 15),
    timeout: seconds(backend, 'healthcheck-timeout-seconds', 5),
    unhealthyThreshold: seconds(backend, 'unhealthy-threshold-count', 2)
  }
}

/** AWS refuses a health check that may still wait when the next one starts (API: CreateTargetGroup). */
export const healthCheckTime: Rule = {
  code: 'HEALTH_CHECK_TIMEOUT_NOT_BELOW_INTERVAL',
  severity: 'error',
  *find({ backends }) {
    for (const backend of backends) {
      const { interval, timeout } = healthCheckTimes(backend)
      if (!(timeout >= interval)) {
        continue
      }
      yield {
        ...placeOf(
          backend,
          backend.setting('healthcheck-timeout-seconds')
            ? 'healthcheck-timeout-seconds'
            : 'healthcheck-interval-seconds'
        ),
        message: `the health check of ${objectName(backend.service)} times out after ${timeout} s and starts every ${interval} s; AWS refuses a time-out that is not below the interval`,
        expected: `a time-out below ${interval}`,
        actual: String(timeout),
        hint: `lower ${annotationPrefix}healthcheck-timeout-seconds or raise ${annotationPrefix}healthcheck-interval-seconds`
      }
    }
  }
}
