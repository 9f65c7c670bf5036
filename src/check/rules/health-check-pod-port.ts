import { objectName } from '../../resources/index.ts'
import { podListener, podPorts } from '../../targets/index.ts'
import { healthCheckPortOf, statusPortOf } from '../facts/health-check.ts'
import { askStatusPort } from '../facts/setting-change.ts'
import { annotationPath, type Rule } from '../rule.ts'

/** With ip targets the load balancer probes pods, where node ports do not exist. */
export const healthCheckPodPort: Rule = {
  code: 'HEALTH_CHECK_PORT_NOT_A_POD_PORT',
  severity: 'error',
  explains: ['HEALTH_CHECK_FAILS'],
  *find(context) {
    const { backends, resources } = context
    for (const backend of backends) {
      const { annotation, by } = healthCheckPortOf(backend)
      if (backend.targetType !== 'ip' || by !== 'number' || !annotation) {
        continue
      }
      const number = Number(annotation.value)
      // What listens there is asked of the function that `trace` asks.
      if (podListener(backend.service, number, resources)) {
        continue
      }
      const nodePort = backend.service.spec?.ports?.find(({ nodePort }) => nodePort === number)
      const meant = statusPortOf(backend) ?? backend.port
      const podPort = meant.targetPort ?? meant.port
      const asked = askStatusPort(context, backend)
      yield {
        object: annotation.object,
        path: annotationPath(annotation.name),
        message: `targets are pods (target-type ip), but the health check probes ${number}, ${
          nodePort
            ? `the node port of ${nodePort.name ?? nodePort.port} of ${objectName(backend.service)}`
            : `where nothing listens in the pods of ${objectName(backend.service)}`
        }; they listen on ${[...podPorts(backend.service, resources)].join(', ')}`,
        expected: [meant.name, podPort].filter(Boolean).join(', or '),
        actual: annotation.value,
        ...(asked ?? {
          hint: `set ${annotation.name}: ${meant.name ?? podPort}`,
          changes: [{ path: annotationPath(annotation.name), value: String(meant.name ?? podPort) }]
        })
      }
    }
  }
}
