import { type StackPlan, stackPlansOf } from '../../model/index.ts'
import { annotationName, objectName, type Path } from '../../resources/index.ts'
import { serviceAnnotation } from '../facts/front-door.ts'
import { refusalsOf } from '../facts/refusals.ts'
import { annotationPath, type Rule } from '../rule.ts'

/** A setting, and where it is written. */
interface Setting {
  name: string
  path: Path
}

/** Where the time-out and the interval of a health check are written, of which one is set at `path`. */
function settingsOf({ kind }: StackPlan, path: Path): { timeout: Setting; interval: Setting } {
  const [timeout, interval] =
    kind === 'Gateway'
      ? // Its health check is told as a whole.
        ['healthCheckTimeout', 'healthCheckInterval'].map(name => ({ name, path: [...path, name] }))
      : (kind === 'Service'
          ? [serviceAnnotation('healthcheck-timeout'), serviceAnnotation('healthcheck-interval')]
          : [annotationName('healthcheck-timeout-seconds'), annotationName('healthcheck-interval-seconds')]
        ).map(name => ({ name, path: annotationPath(name) }))
  return { timeout: timeout!, interval: interval! }
}

/** AWS refuses a health check that may still wait when the next one starts (API: CreateTargetGroup). */
export const healthCheckTime: Rule = {
  code: 'HEALTH_CHECK_TIMEOUT_NOT_BELOW_INTERVAL',
  severity: 'error',
  *find(context) {
    for (const group of stackPlansOf(context.plan)) {
      for (const { object, path, violation } of refusalsOf(context, group)) {
        const { limit, message, expected, actual, meant } = violation
        if (limit !== 'health-check-timeout') {
          continue
        }
        const { timeout, interval } = settingsOf(group, path)
        // A field of a custom resource is a number.
        const value = group.kind === 'Gateway' ? Number(meant) : meant
        yield {
          object,
          path,
          message: `AWS refuses the health check that ${objectName(object)} sets: ${message}`,
          expected,
          actual,
          hint: `set ${timeout.name}: ${meant}, or raise ${interval.name}`,
          ...(meant !== undefined && { changes: [{ path: timeout.path, value }] })
        }
      }
    }
  }
}
