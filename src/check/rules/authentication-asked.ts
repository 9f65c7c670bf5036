import { readString } from '../../model/index.ts'
import { annotationName, objectName } from '../../resources/index.ts'
import { annotationPath, type Rule } from '../rule.ts'

const providers = ['cognito', 'oidc'] as const

/**
 * An Ingress with an identity provider that nothing asks: without `auth-type` the controller authenticates nobody (LBC:
 * buildAuthType). `none` is how people turn it off.
 */
export const authenticationAsked: Rule = {
  code: 'AUTHENTICATION_NOT_ASKED',
  severity: 'error',
  *find({ ingresses, backends, groupOf }) {
    for (const ingress of ingresses) {
      const given = providers.filter(one => readString(`auth-idp-${one}`, ingress) !== undefined)
      const [provider] = given
      const asks = [
        readString('auth-type', ingress),
        ...backends.filter(one => one.ingress === ingress).map(({ setting }) => setting('auth-type'))
      ]
      if (!provider || !groupOf(ingress)?.stack || asks.some(one => one !== undefined)) {
        continue
      }
      const path = annotationPath(annotationName('auth-type'))
      yield {
        object: ingress,
        path: annotationPath(annotationName(`auth-idp-${provider}`)),
        message: `${objectName(ingress)} has an identity provider and no ${annotationName('auth-type')}: nobody is authenticated, and every request passes`,
        expected: given.join(' or '),
        actual: 'not set',
        hint: `set ${annotationName('auth-type')}: ${given.join(' or ')}`,
        ...(given.length === 1 && { changes: [{ path, value: provider }] })
      }
    }
  }
}
