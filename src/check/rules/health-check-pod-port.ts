import { objectName } from '../../resources/index.ts'
import { healthCheckPortOf, statusPortOf } from '../facts/health-check.ts'
import { annotationPath, type Rule } from '../rule.ts'

/** With ip targets the load balancer probes pods, where node ports do not exist. */
export const healthCheckPodPort: Rule = {
  code: 'HEALTH_CHECK_PORT_NOT_A_POD_PORT',
  severity: 'error',
  *find({ backends }) {
    for (const backend of backends) {
      const { annotation, by } = healthCheckPortOf(backend)
      if (backend.targetType !== 'ip' || by !== 'number' || !annotation) {
        continue
      }
      const number = Number(annotation.value)
      const ports = backend.service.spec?.ports ?? []
      if (ports.some(({ port, targetPort }) => (targetPort ?? port) === number)) {
        continue
      }
      const nodePort = ports.find(({ nodePort }) => nodePort === number)
      // Pods may listen on ports that no Service names; in the range of node ports that is beyond belief.
      if (!nodePort && (number < 30000 || number > 32767)) {
        continue
      }
      const meant = statusPortOf(backend) ?? backend.port
      const podPort = meant.targetPort ?? meant.port
      yield {
        object: annotation.object,
        path: annotationPath(annotation.name),
        message: `targets are pods (target-type ip), but the health check probes ${number}, ${
          nodePort ? `the node port of ${nodePort.name ?? nodePort.port}` : 'in the range of node ports'
        } of ${objectName(backend.service)}; pods listen on ${podPort}`,
        expected: [meant.name, podPort].filter(Boolean).join(', or '),
        actual: annotation.value,
        hint: `set ${annotation.name}: ${meant.name ?? podPort}`
      }
    }
  }
}
