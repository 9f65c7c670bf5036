import { settingsOfClass } from '../../model/index.ts'
import { annotationPrefix, type IngressClassParams, objectName } from '../../resources/index.ts'
import { annotationPath, type Rule } from '../rule.ts'

type Spec = NonNullable<IngressClassParams['spec']>

/** Annotations, by suffix, in whose place a field of IngressClassParams stands (LBC: docs/guide/ingress/ingress_class). */
const fields: Record<string, (spec: Spec) => unknown> = {
  'group.name': spec => spec.group?.name,
  scheme: spec => spec.scheme,
  'inbound-cidrs': spec => spec.inboundCIDRs,
  'certificate-arn': spec => spec.certificateArn,
  'ssl-policy': spec => spec.sslPolicy,
  'ssl-redirect': spec => spec.sslRedirectPort,
  'ip-address-type': spec => spec.ipAddressType,
  'load-balancer-name': spec => spec.loadBalancerName,
  'target-type': spec => spec.targetType,
  'wafv2-acl-arn': spec => spec.wafv2AclArn,
  'wafv2-acl-name': spec => spec.wafv2AclName
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value)
}

/** An annotation that the parameters of the class override with another value, without a word. */
export const classParameters: Rule = {
  code: 'CLASS_PARAMETERS_OVERRIDE',
  severity: 'warning',
  *find({ ingresses, resources, environment }) {
    for (const ingress of ingresses) {
      const { params } = settingsOfClass(ingress, resources, environment)
      for (const [suffix, read] of Object.entries(fields)) {
        const name = annotationPrefix + suffix
        const given = ingress.metadata.annotations?.[name]
        const value = params?.spec && read(params.spec)
        // An empty list leaves the annotation its say.
        if (given === undefined || value === undefined || textOf(value) === '') {
          continue
        }
        const wins = textOf(value)
        if (given.replaceAll(' ', '') === wins) {
          continue
        }
        yield {
          object: ingress,
          path: annotationPath(name),
          message: `${name} is ${JSON.stringify(given)} on ${objectName(ingress)}, but IngressClassParams ${params!.metadata.name} of its class says ${JSON.stringify(wins)}, which wins`,
          expected: wins,
          actual: given,
          hint: 'remove the annotation, or use a class whose parameters leave it open',
          changes: [{ path: annotationPath(name), remove: true }]
        }
      }
    }
  }
}
