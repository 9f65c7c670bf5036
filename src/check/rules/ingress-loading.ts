import { keyOf } from '../../model/index.ts'
import { nearestName } from '../../nearest-name.ts'
import { annotationPrefix, objectName } from '../../resources/index.ts'
import { isClassMissing, isOfAnotherController } from '../facts/unknown-class.ts'
import type { Rule } from '../rule.ts'

/**
 * An Ingress that the controller cannot place: its class or its group's name is broken. That an IngressClass is not among
 * the objects says something only where others are, and of an Ingress that is meant for the controller.
 */
export const ingressLoading: Rule = {
  code: 'INGRESS_NOT_LOADED',
  severity: 'error',
  *find({ plan, resources }) {
    if (plan.unloadable.length === 0) {
      return
    }
    const ingresses = new Map(resources.list('Ingress').map(ingress => [keyOf(ingress), ingress]))
    const classes = resources.list('IngressClass').map(({ metadata }) => metadata.name)
    for (const { ingress: key, error } of plan.unloadable) {
      const ingress = ingresses.get(key)
      if (!ingress) {
        continue
      }
      if (isOfAnotherController(ingress, error)) {
        continue
      }
      const classMissing = isClassMissing(error)
      const ofGroup = error.startsWith('invalid ingress group')
      const meant = classMissing ? nearestName(ingress.spec?.ingressClassName ?? '', classes) : undefined
      yield {
        object: ingress,
        path: ofGroup ? ['metadata', 'annotations', `${annotationPrefix}group.name`] : ['spec', 'ingressClassName'],
        message: `the AWS Load Balancer Controller leaves ${objectName(ingress)} out: ${error}`,
        ...(classMissing && {
          expected: classes.join(' or ') || 'an IngressClass',
          actual: ingress.spec?.ingressClassName ?? ''
        }),
        hint: ofGroup
          ? 'mend the name of the group; the event on the Ingress would be FailedLoadGroupID'
          : meant
            ? `did you mean ${meant}?`
            : 'mend spec.ingressClassName, or the IngressClass and its IngressClassParams',
        ...(meant && { changes: [{ path: ['spec', 'ingressClassName'], value: meant }] })
      }
    }
  }
}
