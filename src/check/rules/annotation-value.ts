import { annotationLevel, annotationPrefix, type KubernetesObject, objectName } from '../../resources/index.ts'
import { refusalsOf } from '../facts/annotation-values.ts'
import { annotationPath, type Rule } from '../rule.ts'

/** Whether the controller reads the annotation on an object of this kind. */
function isRead({ kind }: KubernetesObject, name: string): boolean {
  return kind === 'Ingress' ? annotationLevel(name) !== undefined : annotationLevel(name) === 'service-or-ingress'
}

/** A value that the controller passes on and AWS refuses: a FailedDeployModel event, minutes later. */
export const annotationValue: Rule = {
  code: 'ANNOTATION_VALUE_REFUSED',
  severity: 'error',
  *find({ ingresses, backends }) {
    const objects = new Set<KubernetesObject>([...ingresses, ...backends.map(({ service }) => service)])
    for (const object of objects) {
      for (const [name, value] of Object.entries(object.metadata.annotations ?? {})) {
        if (!name.startsWith(annotationPrefix) || !isRead(object, name)) {
          continue
        }
        for (const { expected, actual = value } of refusalsOf(name, value)) {
          yield {
            object,
            path: annotationPath(name),
            message: `the controller takes ${JSON.stringify(actual)} in ${name} of ${objectName(object)}, and AWS refuses it`,
            expected,
            actual,
            hint: `set ${expected}`
          }
        }
      }
    }
  }
}
