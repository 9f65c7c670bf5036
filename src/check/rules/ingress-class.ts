import { objectName } from '../../resources/index.ts'
import { annotationPath, type Rule } from '../rule.ts'

const annotation = 'kubernetes.io/ingress.class'

/**
 * The class by annotation, deprecated since Kubernetes 1.18; it also takes the Ingress away from IngressClassParams. The
 * controller goes on reading it, so it is worth knowing and no more.
 */
export const ingressClass: Rule = {
  code: 'INGRESS_CLASS_ANNOTATION',
  severity: 'info',
  *find({ ingresses }) {
    for (const ingress of ingresses) {
      const value = ingress.metadata.annotations?.[annotation]
      if (value === undefined) {
        continue
      }
      const name = ingress.spec?.ingressClassName
      yield {
        object: ingress,
        path: annotationPath(annotation),
        message: `${annotation} is deprecated${name === undefined ? '' : `, and beats spec.ingressClassName ${name}`}: parameters of the IngressClass do not reach ${objectName(ingress)}`,
        expected: `spec.ingressClassName: ${name ?? value}`,
        actual: `${annotation}: ${value}`,
        hint: `remove the annotation and set spec.ingressClassName: ${name ?? value}`,
        changes: [
          { path: ['spec', 'ingressClassName'], value: name ?? value },
          { path: annotationPath(annotation), remove: true }
        ]
      }
    }
  }
}
