import { objectName } from '../resources/index.ts'
import type { Rule } from './rule.ts'

/** Registries that receive nothing of Istio from 1.31 on (Istio 1.31 upgrade notes). */
const abandoned = ['gcr.io/istio-release', 'registry.istio.io/release']
const isAbandoned = (hub: unknown): hub is string =>
  typeof hub === 'string' && abandoned.some(registry => hub === registry || hub.startsWith(`${registry}/`))

const current = 'docker.io/istio'

/** Images from a registry that Istio no longer publishes to. */
export const hub: Rule = {
  code: 'HUB_ABANDONED',
  severity: 'warning',
  *find({ operators }) {
    for (const { operator } of operators) {
      const { spec } = operator
      const places = [
        { value: spec?.hub, path: ['spec', 'hub'] },
        { value: spec?.values?.global?.hub, path: ['spec', 'values', 'global', 'hub'] }
      ]
      for (const { value, path } of places)
        if (isAbandoned(value))
          yield {
            object: operator,
            path,
            message: `${path.join('.')} of ${objectName(operator)} is ${value}, which receives no Istio from 1.31 on`,
            expected: current,
            actual: value,
            hint: `set it to ${current}`
          }
    }
  }
}
