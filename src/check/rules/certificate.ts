import { settingsOfClass, specsOf } from '../../model/index.ts'
import { nearestName } from '../../nearest-name.ts'
import { annotationPrefix, type Ingress, objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { annotationPath, type Rule } from '../rule.ts'

/** Whether the parameters of the class name one under another key, which the API server refuses. */
function isMisspelt({ resources, environment }: Context, ingress: Ingress): boolean {
  const { params } = settingsOfClass(ingress, resources, environment)
  const keys = Object.keys(params?.spec ?? {}).filter(key => key !== 'certificateArn')
  return keys.some(key => nearestName(key, ['certificateArn']) !== undefined)
}

/** An HTTPS listener for which neither an ARN nor a host to discover one by is given: AWS refuses it. */
export const certificate: Rule = {
  code: 'LISTENER_WITHOUT_CERTIFICATE',
  severity: 'error',
  *find(context) {
    for (const group of context.plan.groups) {
      const [ingress] = context.membersOf(group)
      for (const spec of specsOf(group.stack, 'listener')) {
        if (spec.protocol !== 'HTTPS' || spec.certificates?.length || !ingress || isMisspelt(context, ingress)) {
          continue
        }
        yield {
          object: ingress,
          path: annotationPath(`${annotationPrefix}certificate-arn`),
          message: `listener HTTPS:${spec.port} of group ${group.id} has no certificate: ${objectName(ingress)} names none, and no host to find one by`,
          expected: 'a certificate',
          actual: 'none',
          hint: `set ${annotationPrefix}certificate-arn, or give the rules hosts that a certificate of the account covers`
        }
      }
    }
  }
}
