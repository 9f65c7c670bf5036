import { objectName } from '../../resources/index.ts'
import { gatewayBackends, podsOf } from '../facts/gateway-pods.ts'
import type { Rule } from '../rule.ts'

/** The label by which the controller's webhook adds readiness gates to the pods of a namespace. */
const label = 'elbv2.k8s.aws/pod-readiness-gate-inject'

/**
 * Without a readiness gate, a rollout of the gateway takes old pods away before the load balancer finds the new ones healthy
 * (aws-load-balancer-controller: docs/deploy/pod_readiness_gate.md).
 */
export const readinessGate: Rule = {
  code: 'READINESS_GATE_MISSING',
  severity: 'info',
  *find(context) {
    const seen = new Set<unknown>()
    for (const { service, ingress, targetType } of gatewayBackends(context)) {
      const { namespace: own } = podsOf(context, service)
      const namespace = context.resources.list('Namespace').find(({ metadata }) => metadata.name === own)
      if (targetType !== 'ip' || !namespace || seen.has(namespace) || context.groupOf(ingress)?.autoMode) {
        continue
      }
      seen.add(namespace)
      const labels = namespace.metadata.labels ?? {}
      // Any value but `enabled` is somebody's decision.
      if (labels[label] !== undefined) {
        continue
      }
      yield {
        object: namespace,
        path: ['metadata', ...(namespace.metadata.labels ? ['labels'] : [])],
        message: `pods of ${objectName(service)} are targets of ${objectName(ingress)}, and Namespace ${own} asks for no readiness gates: a rollout ends old pods before the load balancer finds the new ones healthy`,
        expected: `${label}: enabled`,
        actual: 'no such label',
        hint: `label the Namespace ${label}: enabled`,
        changes: [{ path: ['metadata', 'labels', label], value: 'enabled' }]
      }
    }
  }
}
