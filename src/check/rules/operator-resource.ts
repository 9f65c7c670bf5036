import { objectName, operatorKey, unnamedOperator } from '../../resources/index.ts'
import type { Rule } from '../rule.ts'

/**
 * An IstioOperator is a file for istioctl: the operator in the cluster, and the kind with it, ended with Istio 1.24. This
 * project's chart renders one only where the cluster has the kind or its values ask for it, so there it is no mistake.
 */
export const operatorResource: Rule = {
  code: 'ISTIO_OPERATOR_IS_A_FILE',
  severity: 'warning',
  *find({ operators, resources }) {
    const kindIsThere = resources
      .list('CustomResourceDefinition')
      .some(({ metadata }) => metadata.name === 'istiooperators.install.istio.io')
    if (kindIsThere) {
      return
    }
    for (const { operator } of operators) {
      const inConfigMap = !resources.all().includes(operator)
      const asked = /^istio-alb-ingress-/.test(operator.metadata.labels?.['helm.sh/chart'] ?? '')
      // Without a name of its own nothing could be applied: it is read by istioctl alone.
      const unnamed = operator.metadata.name === unnamedOperator
      if (inConfigMap || asked || unnamed) {
        continue
      }
      yield {
        object: operator,
        path: ['kind'],
        message: `${objectName(operator)} is read by no controller and refused by the API server: since Istio 1.24 an IstioOperator is a file for istioctl`,
        expected: 'a file for istioctl, not an object in a cluster',
        actual: `kind: IstioOperator`,
        hint: `keep it out of what is applied and run istioctl install -f with it, or put it into a ConfigMap under ${operatorKey}`
      }
    }
  }
}
