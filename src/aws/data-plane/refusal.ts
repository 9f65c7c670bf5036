import { type Limit, stackViolations } from '../../elbv2/index.ts'
import type { Stack } from '../../model/index.ts'
import { ServiceError } from '../protocol/service-error.ts'

/** Codes of what has one of its own; all else is a ValidationError. */
const codes: Partial<Record<Limit, string>> = {
  action: 'InvalidLoadBalancerAction',
  'priority-in-use': 'PriorityInUse',
  'ssl-policy': 'SSLPolicyNotFound',
  'target-groups': 'TooManyTargetGroups',
  'web-acl': 'InvalidConfigurationRequest'
}

/**
 * Holds what a load balancer would become against what AWS takes.
 *
 * @throws {ServiceError} with the first thing that `elbv2` refuses.
 */
export function refuseInvalid(stack: Stack): void {
  const [violation] = stackViolations(stack)
  if (violation) {
    throw new ServiceError(codes[violation.limit] ?? 'ValidationError', violation.message)
  }
}
