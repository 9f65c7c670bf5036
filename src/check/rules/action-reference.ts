import { nearestName } from '../../nearest-name.ts'
import { annotationPrefix, type Ingress, objectName } from '../../resources/index.ts'
import { ingressBackends, parseAction, useAnnotation } from '../facts/backend.ts'
import { annotationPath, type Rule } from '../rule.ts'

/** What the backends of an Ingress refer to: actions by `port.name: use-annotation`, the rest by the Service's name. */
function references(ingress: Ingress): { actions: Set<string>; services: Set<string> } {
  const services = [...ingressBackends(ingress)].flatMap(({ backend }) => backend.service ?? [])
  return {
    actions: new Set(services.filter(({ port }) => port?.name === useAnnotation).map(({ name }) => name)),
    services: new Set(services.map(({ name }) => name))
  }
}

/** Annotations `actions.NAME`, `conditions.NAME` and `transforms.NAME` whose NAME no backend has do nothing. */
export const actionUnused: Rule = {
  code: 'ACTION_UNUSED',
  severity: 'warning',
  *find({ ingresses }) {
    // Older versions name their backends in other fields (API_REMOVED).
    for (const ingress of ingresses.filter(({ apiVersion }) => apiVersion === 'networking.k8s.io/v1')) {
      const { actions, services } = references(ingress)
      for (const [name, value] of Object.entries(ingress.metadata.annotations ?? {})) {
        if (!name.startsWith(annotationPrefix)) {
          continue
        }
        const [, family, own] =
          /^(actions|conditions|transforms)\.(.+)$/s.exec(name.slice(annotationPrefix.length)) ?? []
        if (family === undefined || own === undefined) {
          continue
        }
        if ((family === 'actions' ? actions : services).has(own)) {
          continue
        }
        // A bare port under this name is a mistake of its own.
        if (family === 'actions' && own === 'ssl-redirect' && !parseAction(value)) {
          continue
        }
        const isService = family === 'actions' && services.has(own)
        const meant = nearestName(
          own,
          [...(family === 'actions' ? actions : services)].filter(
            one => ingress.metadata.annotations?.[`${annotationPrefix}${family}.${one}`] === undefined
          )
        )
        yield {
          object: ingress,
          path: annotationPath(name),
          message: `no backend of ${objectName(ingress)} refers to ${name}${isService ? `: backends named ${own} send to the Service's port` : ''}`,
          expected:
            family === 'actions'
              ? `a backend with service.name ${own} and port.name ${useAnnotation}`
              : `a backend with service.name ${own}`,
          ...(meant
            ? {
                hint: `did you mean ${annotationPrefix}${family}.${meant}?`,
                changes: [{ path: annotationPath(name), rename: `${annotationPrefix}${family}.${meant}` }]
              }
            : { hint: 'refer to it from a path, or remove it' })
        }
      }
    }
  }
}

/** A backend that asks for an action which is not there: a 503 with `Backend action does not exist`. */
export const actionMissing: Rule = {
  code: 'ACTION_MISSING',
  severity: 'error',
  explains: ['TARGET_GROUP_EMPTY'],
  *find({ ingresses }) {
    for (const ingress of ingresses) {
      for (const { backend, path } of ingressBackends(ingress)) {
        const { name, port } = backend.service ?? {}
        const annotation = `${annotationPrefix}actions.${name}`
        if (port?.name !== useAnnotation || ingress.metadata.annotations?.[annotation] !== undefined) {
          continue
        }
        yield {
          object: ingress,
          path: [...path, 'service', 'name'],
          message: `a backend of ${objectName(ingress)} refers to ${annotation}, which is not there; the load balancer answers 503 "Backend action does not exist"`,
          expected: annotation,
          actual: 'no such annotation',
          hint: `add ${annotation}, or set service.port to a port of the Service ${name}`
        }
      }
    }
  }
}
