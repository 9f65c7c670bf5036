import { annotationPrefix, objectName } from '../../resources/index.ts'
import { placeOf } from '../facts/backend.ts'
import { healthCheckPortOf, isStatusPort, readyPath, statusPortOf } from '../facts/health-check.ts'
import { predictedHealthOf } from '../facts/predicted-health.ts'
import { askStatusPort } from '../facts/setting-change.ts'
import type { Rule } from '../rule.ts'

/** Whether success codes take in 404, what an unrouted path is answered with. */
function takesNotFound(codes: string): boolean {
  return codes.split(',').some(part => {
    const [from, to = from] = part.trim().split('-').map(Number)
    return from! <= 404 && 404 <= to!
  })
}

/** Readiness is answered on the status port alone, and the status port answers nothing else. */
export const healthCheckPath: Rule = {
  code: 'HEALTH_CHECK_PATH_NOT_SERVED',
  severity: 'error',
  explains: ['HEALTH_CHECK_FAILS', 'HEALTH_CHECK_ASKS_ROUTES'],
  *find(context) {
    for (const backend of context.backends) {
      const status = statusPortOf(backend)
      const { port } = healthCheckPortOf(backend)
      if (!status || !port || backend.setting('backend-protocol-version')?.value === 'GRPC') {
        continue
      }
      const path = backend.setting('healthcheck-path')?.value ?? '/'
      const onStatusPort = isStatusPort(port)
      if (onStatusPort === path.startsWith(readyPath)) {
        continue
      }
      if (takesNotFound(backend.setting('success-codes')?.value ?? '200')) {
        continue
      }
      const name = port.name ?? port.port
      const asked = askStatusPort(context, backend)
      if (onStatusPort) {
        yield {
          ...placeOf(backend, 'healthcheck-path'),
          message: `the health check asks ${name} of ${objectName(backend.service)} for ${path}, and that port answers ${readyPath} alone: 404`,
          expected: readyPath,
          actual: `${path}${backend.setting('healthcheck-path') ? '' : ', the default'}`,
          hint: `set ${annotationPrefix}healthcheck-path: ${readyPath}`,
          ...asked
        }
      } else if (path.startsWith(readyPath)) {
        // A route for every host may take it; of routes that are not among the objects nobody knows.
        const predicted = predictedHealthOf(context, backend)
        if (predicted && !predicted.fails && !predicted.asksRoutes) {
          continue
        }
        yield {
          ...placeOf(backend, 'healthcheck-port'),
          ...(predicted?.asksRoutes && { severity: 'warning' }),
          message: `the health check asks ${name} of ${objectName(backend.service)} for ${path}, which the gateway answers on ${status.name ?? status.port} alone: 404`,
          expected: status.name ?? String(status.port),
          actual: backend.setting('healthcheck-port')?.value ?? 'traffic-port, the default',
          hint: `set ${annotationPrefix}healthcheck-port: the name of that port`,
          ...asked
        }
      }
    }
  }
}
