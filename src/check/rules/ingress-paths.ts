import { objectName } from '../../resources/index.ts'
import type { Rule } from '../rule.ts'

/**
 * An Ingress of a load balancer of its own that has no path and no default backend. In a named group it may be there for what
 * it says of listeners, and the others are not all known.
 */
export const ingressPaths: Rule = {
  code: 'INGRESS_WITHOUT_PATHS',
  severity: 'warning',
  *find({ ingresses, groupOf }) {
    for (const ingress of ingresses) {
      const { rules = [], defaultBackend } = ingress.spec ?? {}
      const group = groupOf(ingress)
      const isAlone = group?.id.includes('/')
      if (
        !isAlone ||
        !group?.stack ||
        rules.length === 0 ||
        defaultBackend ||
        rules.some(({ http }) => http?.paths?.length)
      ) {
        continue
      }
      yield {
        object: ingress,
        path: ['spec', 'rules'],
        message: `${objectName(ingress)} has no path and no default backend: its load balancer answers every request with 404`,
        expected: 'http.paths, or spec.defaultBackend',
        actual: `${rules.length} ${rules.length === 1 ? 'rule' : 'rules'} without a path`,
        hint: 'give its rules http.paths with a backend, or set spec.defaultBackend'
      }
    }
  }
}
