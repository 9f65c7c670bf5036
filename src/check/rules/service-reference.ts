import { findService, namespaceOf } from '../../model/index.ts'
import { missingServiceOf, objectKey, objectName } from '../../resources/index.ts'
import { serviceReferences } from '../facts/backend.ts'
import type { Rule } from '../rule.ts'

/**
 * A backend Service that is not in the Ingress's namespace: a 503 with `Backend service does not exist`. Manifests seldom
 * hold every Service, so it is told only where a Service of that name is elsewhere, or one of nearly that name is here.
 */
export const serviceReference: Rule = {
  code: 'BACKEND_SERVICE_NOT_THERE',
  severity: 'error',
  explains: ['TARGET_GROUP_EMPTY'],
  *find({ ingresses, resources }) {
    for (const ingress of ingresses) {
      const namespace = namespaceOf(ingress)
      for (const { name, path } of serviceReferences(ingress)) {
        const missing = findService(resources, namespace, name)
          ? undefined
          : missingServiceOf(resources, namespace, name)
        // What istiod refuses to make is told as such (GATEWAY_PARAMETERS_REFUSED).
        if (!missing || missing.isRefused) {
          continue
        }
        const { elsewhere, similar, here } = missing
        yield {
          object: ingress,
          path: [...path, 'name'],
          severity: elsewhere ? 'error' : 'warning',
          message: elsewhere
            ? `${objectName(ingress)} sends to the Service ${name} of its own namespace, but the Service is ${objectKey(elsewhere)}; the load balancer answers 503 "Backend service does not exist"`
            : `${objectName(ingress)} sends to the Service ${name}, which is not in namespace ${namespace}; the load balancer answers 503 "Backend service does not exist"`,
          expected: elsewhere
            ? `an Ingress in namespace ${namespaceOf(elsewhere)}`
            : (similar ?? here.map(({ metadata }) => metadata.name).join(' or ')),
          actual: `${namespace}/${name}`,
          hint: elsewhere
            ? 'move the Ingress to the namespace of the Service: an Ingress cannot send to another namespace'
            : similar
              ? `did you mean ${similar}?`
              : `name a Service of the namespace, or add ${name} to what is checked`,
          ...(!elsewhere && similar && path[0] === 'spec' && { changes: [{ path: [...path, 'name'], value: similar }] })
        }
      }
    }
  }
}
