import { annotationPrefix, objectName } from '../../resources/index.ts'
import { backendProtocol, placeOf } from '../facts/backend.ts'
import { healthCheckPortOf, isStatusPort } from '../facts/health-check.ts'
import { changeSettings } from '../facts/setting-change.ts'
import { needsTLS } from '../facts/tls-port.ts'
import type { Rule } from '../rule.ts'

/**
 * The health check's protocol follows backend-protocol (LBC: buildTargetGroupHealthCheckProtocol), and Istio's status port
 * speaks plain HTTP alone. Told already where the backend needs TLS and does not get it yet: mending that breaks the check.
 */
export const healthCheckProtocol: Rule = {
  code: 'HEALTH_CHECK_TLS_TO_STATUS_PORT',
  severity: 'error',
  explains: ['HEALTH_CHECK_FAILS'],
  *find(context) {
    for (const backend of context.backends) {
      const explicit = backend.setting('healthcheck-protocol')
      const { port } = healthCheckPortOf(backend)
      if (!port || !isStatusPort(port)) {
        continue
      }
      if (explicit ? explicit.value !== 'HTTPS' : !needsTLS(context, backend)) {
        continue
      }
      const already = explicit !== undefined || backendProtocol(backend) === 'HTTPS'
      const cause = explicit
        ? ''
        : ` because ${annotationPrefix}healthcheck-protocol is not set and follows backend-protocol`
      yield {
        ...placeOf(backend, explicit || !already ? 'healthcheck-protocol' : 'backend-protocol'),
        severity: already ? 'error' : 'warning',
        message: already
          ? `the health check speaks TLS to ${port.name ?? port.port} of ${objectName(backend.service)}, which speaks plain HTTP,${cause || ' as it is told to'}`
          : `with backend-protocol HTTPS, which this backend needs, the health check speaks TLS too, and ${port.name ?? port.port} of ${objectName(backend.service)} speaks plain HTTP`,
        expected: 'HTTP',
        actual: already ? 'HTTPS' : 'not set',
        ...changeSettings(backend, { 'healthcheck-protocol': 'HTTP' }, context)
      }
    }
  }
}
