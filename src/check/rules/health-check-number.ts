import { isAssumed, isNodePortDrawn, objectName } from '../../resources/index.ts'
import { healthCheckPortOf } from '../facts/health-check.ts'
import { annotationPath, type Rule } from '../rule.ts'

/** A node port that is typed twice, on the Service and in the health check, drifts apart one day. */
export const healthCheckNumber: Rule = {
  code: 'HEALTH_CHECK_PORT_TYPED_TWICE',
  severity: 'warning',
  *find({ backends }) {
    for (const backend of backends) {
      const { annotation, by, port } = healthCheckPortOf(backend)
      if (backend.targetType !== 'instance' || by !== 'number' || !annotation || !port?.name) {
        continue
      }
      // What nobody wrote is typed once.
      if (isNodePortDrawn(port) || isAssumed(backend.service)) {
        continue
      }
      yield {
        object: annotation.object,
        path: annotationPath(annotation.name),
        message: `${annotation.value} is typed twice: as the node port of ${port.name} of ${objectName(backend.service)} and here; the health check fails as soon as one of them changes`,
        expected: port.name,
        actual: annotation.value,
        hint: `set ${annotation.name}: ${port.name}; the controller looks the node port up`,
        changes: [{ path: annotationPath(annotation.name), value: port.name }]
      }
    }
  }
}
