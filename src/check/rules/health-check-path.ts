import { annotationPrefix, objectName } from '../../resources/index.ts'
import { placeOf } from '../facts/backend.ts'
import { healthCheckPortOf, isStatusPort, readyPath, statusPortOf } from '../facts/health-check.ts'
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
  explains: ['HEALTH_CHECK_FAILS'],
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
        yield {
          ...placeOf(backend, 'healthcheck-port'),
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
