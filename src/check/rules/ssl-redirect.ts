import { readString } from '../../model/index.ts'
import { annotationName, annotationPrefix, type Ingress, objectName } from '../../resources/index.ts'
import { ingressBackends, parseAction, useAnnotation } from '../facts/backend.ts'
import { annotationPath, type Problem, type Rule } from '../rule.ts'

const suffix = 'actions.ssl-redirect'

/** Whether backends refer to the action. */
function isAsked(ingress: Ingress): boolean {
  return [...ingressBackends(ingress)].some(
    ({ backend: { service } }) => service?.name === 'ssl-redirect' && service.port?.name === useAnnotation
  )
}

/** As an action where backends refer to it, else as the annotation that redirects. */
function mend(ingress: Ingress, port: string): Pick<Problem, 'hint' | 'changes'> {
  const path = annotationPath(annotationName(suffix))
  if (isAsked(ingress)) {
    const action = JSON.stringify({
      type: 'redirect',
      redirectConfig: { protocol: 'HTTPS', port, statusCode: 'HTTP_301' }
    })
    return { hint: `write the action that backends refer to: '${action}'`, changes: [{ path, value: action }] }
  }
  const meant = annotationName('ssl-redirect')
  const isSet = ingress.metadata.annotations?.[meant] !== undefined
  return {
    hint: isSet ? `remove it: ${meant} is set too` : `set ${meant}: '${port}' instead`,
    changes: [...(isSet ? [] : [{ path: annotationPath(meant), value: port }]), { path, remove: true }]
  }
}

/** A port under the name of an action: neither an action, which is JSON, nor the annotation that redirects. */
export const sslRedirectAction: Rule = {
  code: 'SSL_REDIRECT_IS_NO_ACTION',
  severity: 'error',
  explains: ['REDIRECT_LEADS_NOWHERE'],
  *find({ ingresses }) {
    for (const ingress of ingresses) {
      const annotation = readString(suffix, ingress)
      if (!annotation || parseAction(annotation.value)) {
        continue
      }
      const meant = `${annotationPrefix}ssl-redirect`
      const port = /^\d+$/.test(annotation.value.trim()) ? annotation.value.trim() : '443'
      // The annotation that redirects does so whatever stands beside it.
      const isSpare = ingress.metadata.annotations?.[meant] !== undefined && !isAsked(ingress)
      yield {
        object: ingress,
        path: annotationPath(annotation.name),
        ...(isSpare && { severity: 'warning' as const }),
        message: `${annotation.name} of ${objectName(ingress)} is ${JSON.stringify(annotation.value)}, which is no action (an action is JSON)${isSpare ? ', and no backend refers to it: it is not read' : ', so nothing redirects'}`,
        expected: `${meant}: '${port}'`,
        actual: `${annotation.name}: '${annotation.value}'`,
        ...mend(ingress, port)
      }
    }
  }
}
