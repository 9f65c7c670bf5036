import { type FoundOperator, objectName, operatorKey, unnamedOperator } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import type { Problem, Rule } from '../rule.ts'

/** What is applied with an operator: nothing, what stands in other files, or what stands in the same one. */
function companyOf({ operator, origin }: FoundOperator, { resources }: Context): 'none' | 'elsewhere' | 'same file' {
  const origins = resources
    .all()
    .filter(object => object !== operator && object.kind !== 'IstioOperator')
    .flatMap(object => resources.originOf(object) ?? [])
  // What a chart renders is applied as a whole.
  if (origin && !origin.place) {
    return origins.length > 0 ? 'same file' : 'none'
  }
  // What was made of the operator stands in no document: nobody applies it.
  const written = origins.filter(({ place }) => place !== undefined)
  if (written.length === 0) {
    return 'none'
  }
  return written.some(({ file }) => file === origin?.file) ? 'same file' : 'elsewhere'
}

/** A reason why this one is no mistake. */
function isMeant({ operator }: FoundOperator, { resources }: Context): boolean {
  const inConfigMap = !resources.all().includes(operator)
  const asked = /^istio-alb-ingress-/.test(operator.metadata.labels?.['helm.sh/chart'] ?? '')
  // Without a name of its own nothing could be applied: it is read by istioctl alone.
  return inConfigMap || asked || operator.metadata.name === unnamedOperator
}

/**
 * An IstioOperator is a file for istioctl: the operator in the cluster, and the kind with it, ended with Istio 1.24. This
 * project's chart renders one only where the cluster has the kind or its values ask for it, so there it is no mistake. A
 * file of its own is as it should be; beside other files it may be applied with them, which nobody but the owner knows.
 */
export const operatorResource: Rule = {
  code: 'ISTIO_OPERATOR_IS_A_FILE',
  severity: 'warning',
  *find(context): Generator<Problem> {
    const kindIsThere = context.resources
      .list('CustomResourceDefinition')
      .some(({ metadata }) => metadata.name === 'istiooperators.install.istio.io')
    if (kindIsThere) {
      return
    }
    for (const found of context.operators) {
      const { operator } = found
      const company = companyOf(found, context)
      if (company === 'none' || isMeant(found, context)) {
        continue
      }
      yield {
        object: operator,
        path: ['kind'],
        ...(company === 'elsewhere' && { severity: 'info' as const }),
        message: `${objectName(operator)} is read by no controller and refused by the API server: since Istio 1.24 an IstioOperator is a file for istioctl`,
        expected: 'a file for istioctl, not an object in a cluster',
        actual: `kind: IstioOperator`,
        hint: `keep it out of what is applied and run istioctl install -f with it, or put it into a ConfigMap under ${operatorKey}`
      }
    }
  }
}
