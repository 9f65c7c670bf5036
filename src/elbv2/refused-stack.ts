/**
 * A stack that AWS would refuse, as people are told of it.
 *
 * @module
 */

import { type ExitCode, Failure, type Finding } from '../failure.ts'
import { type Account, referencedID, type Stack } from '../model/index.ts'
import type { Limit, StackViolation } from './limits/violation.ts'

const notSupported: ExitCode = 1

/** The finding's code for each limit. */
const codes: Record<Limit, string> = {
  name: 'LOAD_BALANCER_INVALID',
  tag: 'TAG_INVALID',
  protocol: 'PROTOCOL_UNSUPPORTED',
  certificate: 'CERTIFICATE_MISSING',
  alpn: 'ALPN_POLICY_UNKNOWN',
  'web-acl': 'WEB_ACL_INVALID',
  'ssl-policy': 'SSL_POLICY_UNKNOWN',
  attribute: 'ATTRIBUTE_INVALID',
  priority: 'RULE_INVALID',
  'priority-in-use': 'PRIORITY_IN_USE',
  condition: 'RULE_INVALID',
  'condition-values': 'RULE_INVALID',
  wildcards: 'RULE_INVALID',
  transform: 'RULE_INVALID',
  action: 'RULE_INVALID',
  'target-groups': 'RULE_INVALID',
  'health-check': 'HEALTH_CHECK_INVALID',
  'health-check-timeout': 'HEALTH_CHECK_INVALID'
}

/** Where ARNs are of that nobody gave a place. */
export const unknownAccount: Account = { region: 'local', accountID: '000000000000' }

/** Why a stack cannot be a load balancer's configuration: it has none of that kind, or AWS refuses what it has. */
export function refusedStack(
  stack: Stack,
  kind: 'Application' | 'Network' | 'Classic',
  violations: readonly StackViolation[]
): Failure {
  if (violations.length === 0) {
    const message = `${stack.id}: the stack holds no ${kind} Load Balancer`
    return new Failure(notSupported, { code: 'LOAD_BALANCER_MISSING', severity: 'error', path: stack.id, message })
  }
  return new Failure(
    notSupported,
    violations.map(violation => toFinding(stack, violation))
  )
}

/** What is refused as people find it: `listener 443 rule 1`, `target group NAME stickiness.enabled`. */
function placeOf({ resources }: Stack, { type, id, path, limit }: StackViolation): string {
  const key = limit === 'attribute' ? ` ${path.at(-1)}` : ''
  switch (type) {
    case 'LoadBalancer':
      return `load balancer${key}`
    case 'Listener':
      return `listener ${id}${path[0] === 'defaultActions' ? ' default action' : key}`
    case 'ListenerRule': {
      const spec = resources['AWS::ElasticLoadBalancingV2::ListenerRule']?.[id]?.spec
      return `listener ${spec && referencedID(spec.listenerARN)} rule ${spec?.priority}`
    }
    case 'TargetGroup':
      return `target group ${resources['AWS::ElasticLoadBalancingV2::TargetGroup']?.[id]?.spec.name}${key}`
  }
}

function toFinding(stack: Stack, violation: StackViolation): Finding {
  const { limit, message, expected, actual } = violation
  const path = placeOf(stack, violation)
  return {
    code: codes[limit],
    severity: 'error',
    path,
    message: `${path}: ${message}`,
    expected,
    actual,
    hint:
      limit === 'certificate'
        ? 'name a certificate ARN for the listener'
        : 'istio-alb check says where it stands in the manifests'
  }
}
