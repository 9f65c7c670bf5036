import { objectName } from '../../resources/index.ts'
import type { Rule } from '../rule.ts'

/** The controller's finalizers, of an Ingress alone and of a member of a group (pkg/ingress/finalizer.go). */
function isFinalizer(name: string): boolean {
  return name === 'ingress.k8s.aws/resources' || name.startsWith('group.ingress.k8s.aws/')
}

/** An Ingress of a cluster that no controller has touched: its first act would have been a finalizer. */
export const ingressTaken: Rule = {
  code: 'INGRESS_NOT_TAKEN',
  severity: 'warning',
  *find({ ingresses }) {
    for (const ingress of ingresses) {
      const { metadata, status } = ingress
      // Files have no uid: nobody can have taken what is not in a cluster.
      if (
        metadata.uid === undefined ||
        metadata.finalizers?.some(isFinalizer) ||
        status?.loadBalancer?.ingress?.length
      ) {
        continue
      }
      yield {
        object: ingress,
        path: ['metadata'],
        message: `no controller has taken ${objectName(ingress)}: it has neither the controller's finalizer nor a host name in its status`,
        expected: 'the finalizer ingress.k8s.aws/resources',
        hint: `look whether the AWS Load Balancer Controller runs, and what it says of ${objectName(ingress)}`
      }
    }
  }
}
