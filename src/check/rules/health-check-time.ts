import { annotationPrefix, objectName } from '../../resources/index.ts'
import { refusalsOf } from '../facts/refusals.ts'
import type { Rule } from '../rule.ts'

/** AWS refuses a health check that may still wait when the next one starts (API: CreateTargetGroup). */
export const healthCheckTime: Rule = {
  code: 'HEALTH_CHECK_TIMEOUT_NOT_BELOW_INTERVAL',
  severity: 'error',
  *find(context) {
    for (const group of context.plan.groups) {
      for (const { object, path, violation } of refusalsOf(context, group)) {
        const { limit, message, expected, actual } = violation
        if (limit !== 'health-check-timeout') {
          continue
        }
        yield {
          object,
          path,
          message: `AWS refuses the health check that ${objectName(object)} sets: ${message}`,
          expected,
          actual,
          hint: `lower ${annotationPrefix}healthcheck-timeout-seconds or raise ${annotationPrefix}healthcheck-interval-seconds`
        }
      }
    }
  }
}
