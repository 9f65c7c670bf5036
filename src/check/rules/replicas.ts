import { keyOf } from '../../model/index.ts'
import { objectName } from '../../resources/index.ts'
import { emptyWorkloadOf } from '../../targets/index.ts'
import type { Context } from '../context.ts'
import type { Backend } from '../facts/backend.ts'
import { loadBalancerOf } from '../facts/load-balancer.ts'
import type { Rule } from '../rule.ts'

/** Whether a rule of the load balancer sends requests to a backend; one of a blue-green pair may have the weight 0. */
function getsRequests(context: Context, { ingress, service }: Backend): boolean {
  const loadBalancer = loadBalancerOf(context.tracer, context.groupOf(ingress))
  return (loadBalancer?.configuration.listeners ?? []).some(({ rules }) =>
    rules.some(
      ({ action: { routing } }) =>
        routing.kind === 'forward' &&
        routing.targetGroups.some(
          ({ id, weight }) => weight > 0 && id.startsWith(`${keyOf(ingress)}-${service.metadata.name}:`)
        )
    )
  )
}

/** A Service whose Deployment asks for no pods. What scales it is taken to know better. */
export const replicas: Rule = {
  code: 'SERVICE_WITHOUT_PODS',
  severity: 'warning',
  explains: ['HEALTH_CHECK_FAILS', 'TARGET_GIVES_NO_ANSWER', 'TARGET_GROUP_EMPTY'],
  *find(context) {
    const seen = new Set<unknown>()
    for (const backend of context.backends) {
      const { service, ingress } = backend
      const workload = seen.has(service) ? undefined : emptyWorkloadOf(service, context.resources)
      seen.add(service)
      if (!workload || !getsRequests(context, backend)) {
        continue
      }
      yield {
        object: workload,
        path: ['spec', 'replicas'],
        message: `${objectName(workload)} asks for no pods (replicas: 0), and ${objectName(ingress)} sends requests to ${objectName(service)}, whose pods they are: nobody answers`,
        expected: '1 or more',
        actual: '0',
        hint: 'set spec.replicas: 2 or more, or send no requests there',
        changes: [{ path: ['spec', 'replicas'], value: 2 }]
      }
    }
  }
}
