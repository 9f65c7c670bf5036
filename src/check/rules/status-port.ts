import { annotationName, objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import type { Backend } from '../facts/backend.ts'
import { healthCheckPortOf, readyPath, statusPortNumber, statusPortOf } from '../facts/health-check.ts'
import { statusPortSettings } from '../facts/setting-change.ts'
import { annotationPath, type Problem, type Rule } from '../rule.ts'

/** Whether somebody chose another way: a path of the traffic port, or the port of pods that are targets themselves. */
function asksElsewhere(backend: Backend): boolean {
  const { by } = healthCheckPortOf(backend)
  const path = backend.setting('healthcheck-path')?.value
  return by === 'number' ? backend.targetType === 'ip' : by === 'traffic' && path !== undefined && path !== readyPath
}

/** The port, and the settings of a health check that asks it; on the Service, where the port is. */
function addPort(context: Context, backend: Backend): Pick<Problem, 'hint' | 'changes'> {
  const { service, ingress } = backend
  const port = { name: 'status-port', port: statusPortNumber, targetPort: statusPortNumber }
  const hint = `add { name: status-port, port: ${statusPortNumber}, targetPort: ${statusPortNumber} } to the list`
  const settings = Object.entries(statusPortSettings(context, backend, port.name))
  if (settings.some(([suffix]) => ingress.metadata.annotations?.[annotationName(suffix)] !== undefined)) {
    return { hint }
  }
  const words = settings.map(([suffix, value]) => `${annotationName(suffix)}: ${value}`).join(' and ')
  return {
    hint: words === '' ? hint : `${hint}, and set ${words}`,
    changes: [
      { path: ['spec', 'ports', service.spec?.ports?.length ?? 0], value: port },
      ...settings.map(([suffix, value]) => ({ path: annotationPath(annotationName(suffix)), value }))
    ]
  }
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
      seen.add(service)
      const names = (service.spec?.ports ?? []).map(({ name, port }) => name ?? port).join(', ')
      yield {
        object: service,
        path: ['spec', 'ports'],
        message: `the ports of ${objectName(service)} are ${names || 'none'}: without status-port no health check can ask whether the gateway is ready; a list of ports replaces the profile's`,
        expected: `status-port, ${statusPortNumber}`,
        actual: names,
        ...addPort(context, backend)
      }
    }
  }
}
