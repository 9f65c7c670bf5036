import { objectName } from '../../resources/index.ts'
import type { Backend } from '../facts/backend.ts'
import { healthCheckPortOf, readyPath, statusPortNumber, statusPortOf } from '../facts/health-check.ts'
import { predictedHealthOf } from '../facts/predicted-health.ts'
import { addStatusPort } from '../facts/setting-change.ts'
import type { Rule } from '../rule.ts'

/** Whether somebody chose another way: a path of the traffic port, or the port of pods that are targets themselves. */
function asksElsewhere(backend: Backend): boolean {
  const { by } = healthCheckPortOf(backend)
  const path = backend.setting('healthcheck-path')?.value
  return by === 'number' ? backend.targetType === 'ip' : by === 'traffic' && path !== undefined && path !== readyPath
}

/**
 * A list of ports replaces the profile's, in IstioOperator and Helm values alike: one without the status port leaves nothing
 * for a health check to ask.
 */
export const statusPort: Rule = {
  code: 'STATUS_PORT_MISSING',
  severity: 'error',
  explains: ['HEALTH_CHECK_FAILS', 'HEALTH_CHECK_ASKS_ROUTES'],
  *find(context) {
    const { backends, operators, resources, originOf } = context
    const files = new Set(operators.flatMap(({ origin }) => origin?.file ?? []))
    const seen = new Set<unknown>()
    for (const backend of backends) {
      const { service } = backend
      const selector = Object.keys(service.spec?.selector ?? {})
      // Only of a gateway is a status port expected: one of an operator, or one that Istio's labels select.
      const ofOperator =
        files.has(originOf(service)?.file ?? '') && !resources.find('Deployment', service.metadata.name)
      if (seen.has(service) || statusPortOf(backend) || !(selector.includes('istio') || ofOperator)) {
        continue
      }
      if (asksElsewhere(backend)) {
        continue
      }
      // A route of the traffic port may answer; of routes that are not among the objects nobody knows.
      const predicted = predictedHealthOf(context, backend)
      if (predicted && !predicted.fails && !predicted.asksRoutes) {
        continue
      }
      seen.add(service)
      const names = (service.spec?.ports ?? []).map(({ name, port }) => name ?? port).join(', ')
      yield {
        object: service,
        path: ['spec', 'ports'],
        ...(predicted?.asksRoutes && { severity: 'warning' }),
        message: `the ports of ${objectName(service)} are ${names || 'none'}: without status-port no health check can ask whether the gateway is ready; a list of ports replaces the profile's`,
        expected: `status-port, ${statusPortNumber}`,
        actual: names,
        ...addStatusPort(context, backend)
      }
    }
  }
}
