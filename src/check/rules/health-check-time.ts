import { annotationName, objectName } from '../../resources/index.ts'
import { refusalsOf } from '../facts/refusals.ts'
import { annotationPath, type Rule } from '../rule.ts'

/** AWS refuses a health check that may still wait when the next one starts (API: CreateTargetGroup). */
export const healthCheckTime: Rule = {
  code: 'HEALTH_CHECK_TIMEOUT_NOT_BELOW_INTERVAL',
  severity: 'error',
  *find(context) {
    const timeout = annotationName('healthcheck-timeout-seconds')
    for (const group of context.plan.groups) {
      for (const { object, path, violation } of refusalsOf(context, group)) {
        const { limit, message, expected, actual, meant } = violation
        if (limit !== 'health-check-timeout') {
          continue
        }
        yield {
          object,
          path,
          message: `AWS refuses the health check that ${objectName(object)} sets: ${message}`,
          expected,
          actual,
          hint: `set ${timeout}: ${meant}, or raise ${annotationName('healthcheck-interval-seconds')}`,
          changes: [{ path: annotationPath(timeout), value: meant }]
        }
      }
    }
  }
}
