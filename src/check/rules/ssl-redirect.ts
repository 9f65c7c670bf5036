import { readString } from '../../model/index.ts'
import { annotationPrefix, objectName } from '../../resources/index.ts'
import { parseAction } from '../facts/backend.ts'
import { annotationPath, type Rule } from '../rule.ts'

const suffix = 'actions.ssl-redirect'

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
      yield {
        object: ingress,
        path: annotationPath(annotation.name),
        message: `${annotation.name} of ${objectName(ingress)} is ${JSON.stringify(annotation.value)}, which is no action (an action is JSON), so nothing redirects`,
        expected: `${meant}: '${port}'`,
        actual: `${annotation.name}: '${annotation.value}'`,
        hint: `set ${meant}: '${port}' instead`
      }
    }
  }
}
