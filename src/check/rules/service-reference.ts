import { findService, namespaceOf } from '../../model/index.ts'
import { nearestName } from '../../nearest-name.ts'
import { objectKey, objectName } from '../../resources/index.ts'
import { serviceReferences } from '../facts/backend.ts'
import type { Rule } from '../rule.ts'

/** Names that differ in their numbers alone are several Services, not a misspelling. */
function isNumbered(one: string, other: string): boolean {
  return one.replace(/\d+/g, '') === other.replace(/\d+/g, '')
}

/**
 * A backend Service that is not in the Ingress's namespace: a 503 with `Backend service does not exist`. Manifests seldom
 * hold every Service, so it is told only where a Service of that name is elsewhere, or one of nearly that name is here.
 */
export const serviceReference: Rule = {
  code: 'BACKEND_SERVICE_NOT_THERE',
  severity: 'error',
  explains: ['TARGET_GROUP_EMPTY'],
  *find({ ingresses, resources }) {
    const services = resources.list('Service')
    const byName = new Map(services.map(service => [service.metadata.name, service]))
    const byNamespace = Map.groupBy(services, namespaceOf)
    for (const ingress of ingresses) {
      const namespace = namespaceOf(ingress)
      for (const { name, path } of serviceReferences(ingress)) {
        if (findService(resources, namespace, name)) {
          continue
        }
        const here = byNamespace.get(namespace) ?? []
        const elsewhere = byName.get(name)
        const similar = nearestName(
          name,
          here.map(({ metadata }) => metadata.name).filter(candidate => !isNumbered(candidate, name))
        )
        // A gateway by another name than the one that is here; anything else may stand in another file.
        const isGateway = /gateway|ingress/i.test(name) && !here.some(({ metadata }) => isNumbered(metadata.name, name))
        if (!elsewhere && !similar && !(isGateway && here.length > 0)) {
          continue
        }
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
