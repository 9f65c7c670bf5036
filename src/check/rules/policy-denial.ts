import { refusingPolicies } from '../../istio/index.ts'
import { objectName } from '../../resources/index.ts'
import { podPort } from '../../targets/index.ts'
import { podsOf, reachedGateways } from '../facts/gateway-pods.ts'
import type { Rule } from '../rule.ts'

/**
 * AuthorizationPolicies by which the gateway answers 403 to whatever comes through the load balancer. A policy that allows may stand
 * in another file; one that denies is the last word (istio.io: AuthorizationPolicy).
 */
export const policyDenial: Rule = {
  code: 'POLICY_DENIES_EVERYTHING',
  severity: 'error',
  *find(context) {
    const seen = new Set<unknown>()
    for (const { service, from } of reachedGateways(context)) {
      const asked = context.backends.filter(backend => backend.service === service).map(({ port }) => port)
      const ports = (asked.length > 0 ? asked : (service.spec?.ports ?? [])).flatMap(
        port => podPort(service, port, context.resources) ?? []
      )
      const refusing = refusingPolicies(podsOf(context, service), ports, context.resources)
      const [policy] = refusing?.policies ?? []
      if (!refusing || !policy || seen.has(policy)) {
        continue
      }
      seen.add(policy)
      const names = refusing.policies.map(objectName).join(', ')
      const denies = refusing.action === 'DENY'
      const { rules } = (policy.spec ?? {}) as { rules?: unknown }
      yield {
        object: policy,
        path: ['spec', ...(rules === undefined ? [] : ['rules'])],
        message: denies
          ? `${names} denies whatever comes without an identity of the mesh, and is for the pods of ${objectName(service)} too: every request through ${objectName(from)} gets 403`
          : `no rule of ${names}, for the pods of ${objectName(service)} too, allows what comes without an identity of the mesh: every request through ${objectName(from)} gets 403, unless another policy allows it`,
        expected: denies ? "a selector that leaves the gateway's pods out" : "an ALLOW rule for the gateway's clients",
        actual: denies ? 'everybody is denied' : 'nobody is allowed',
        hint: denies
          ? "give the policy a selector that leaves the gateway's pods out, or narrow its rules"
          : "add an AuthorizationPolicy with action ALLOW whose selector chooses the gateway's pods and whose rules name the hosts that clients may ask for",
        ...(!denies && { severity: 'warning' as const })
      }
    }
  }
}
