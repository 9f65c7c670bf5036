import { keyOf } from '../../model/index.ts'
import { nearestName } from '../../nearest-name.ts'
import { annotationName, objectName } from '../../resources/index.ts'
import { isClassMissing, isOfAnotherController } from '../facts/unknown-class.ts'
import { annotationPath, type Rule } from '../rule.ts'

const groupName = annotationName('group.name')

/** The name of a group as it was meant, with what such names may have; undefined where nothing is left, or it is too long. */
function validGroup(text: string): string | undefined {
  const name = [...text.toLowerCase()].map(letter => (/[a-z0-9.-]/.test(letter) ? letter : '-')).join('')
  return /^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/.test(name) && name.length <= 63 && name !== text ? name : undefined
}

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
      const group = ofGroup ? validGroup(ingress.metadata.annotations?.[groupName] ?? '') : undefined
      const meant = classMissing ? nearestName(ingress.spec?.ingressClassName ?? '', classes) : undefined
      yield {
        object: ingress,
        path: ofGroup ? annotationPath(groupName) : ['spec', 'ingressClassName'],
        message: `the AWS Load Balancer Controller leaves ${objectName(ingress)} out: ${error}`,
        ...(classMissing && {
          expected: classes.join(' or ') || 'an IngressClass',
          actual: ingress.spec?.ingressClassName ?? ''
        }),
        hint: ofGroup
          ? `${group === undefined ? 'mend the name of the group' : `set ${groupName}: ${group}`}; the event on the Ingress would be FailedLoadGroupID`
          : meant
            ? `did you mean ${meant}?`
            : 'mend spec.ingressClassName, or the IngressClass and its IngressClassParams',
        ...(group !== undefined && { changes: [{ path: annotationPath(groupName), value: group }] }),
        ...(meant && { changes: [{ path: ['spec', 'ingressClassName'], value: meant }] })
      }
    }
  }
}
