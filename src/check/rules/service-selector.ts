import { objectName } from '../../resources/index.ts'
import { missedWorkloadOf } from '../../targets/index.ts'
import { frontDoors } from '../facts/front-door.ts'
import type { Rule } from '../rule.ts'

/** A Service whose selector is not what the pods beside it are labelled with: it has no endpoints. */
export const serviceSelector: Rule = {
  code: 'SERVICE_SELECTS_NO_POD',
  severity: 'warning',
  *find(context) {
    const services = [...context.backends, ...frontDoors(context)].map(({ service }) => service)
    for (const service of new Set(services)) {
      const missed = missedWorkloadOf(service, context.resources)
      if (!missed) {
        continue
      }
      const { maker, labels } = missed
      const wrong = Object.entries(service.spec?.selector ?? {}).filter(([key, value]) => labels[key] !== value)
      const wanted = wrong.map(([key]) => `${key}: ${labels[key] ?? 'not a label of the pods'}`).join(', ')
      const keys = wrong.map(([key, value]) => `${key}: ${value}`).join(', ')
      const label = wrong.every(([key]) => typeof labels[key] === 'string')
      yield {
        object: service,
        path: ['spec', 'selector', wrong[0]![0]],
        message: `${objectName(service)} selects pods with ${keys}, and those of ${objectName(maker)} beside it have ${wanted}: it has no endpoints, and nobody answers`,
        expected: wanted,
        actual: keys,
        ...(label && { changes: wrong.map(([key]) => ({ path: ['spec', 'selector', key], value: labels[key] })) }),
        hint: label
          ? `set spec.selector.${wrong[0]![0]}: ${labels[wrong[0]![0]]}`
          : `label the pods of ${objectName(maker)} with ${keys}`
      }
    }
  }
}
