import { followsFrom, unknownFields } from '../../api-server/index.ts'
import { refusedObjects } from '../../istio/index.ts'
import { objectName } from '../../resources/index.ts'
import type { Rule } from '../rule.ts'

/** An object of Istio's that its webhook, the API server or Envoy refuses: what it says never comes to pass. */
export const istioObject: Rule = {
  code: 'ISTIO_OBJECT_REFUSED',
  severity: 'error',
  *find({ resources }) {
    for (const { object, refusal } of refusedObjects(resources)) {
      const { path, message, hint, expected, actual } = refusal
      if (followsFrom(unknownFields(object), path)) {
        continue
      }
      yield {
        object,
        path,
        message: `${objectName(object)} does not count: ${message}`,
        hint,
        ...(expected !== undefined && { expected }),
        ...(actual !== undefined && { actual })
      }
    }
  }
}
