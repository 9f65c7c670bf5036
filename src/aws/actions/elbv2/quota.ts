/**
 * Quotas of an account. (User guides: "Quotas"; API: DescribeAccountLimits.) `aws.yaml` may set others.
 *
 * @module
 */

import { ServiceError } from '../../protocol/service-error.ts'
import type { Call } from '../call.ts'

/** AWS's own, by the names that DescribeAccountLimits has. */
const defaultQuotas: Readonly<Record<string, number>> = {
  'application-load-balancers': 50,
  'network-load-balancers': 50,
  'gateway-load-balancers': 100,
  'target-groups': 3000,
  'targets-per-application-load-balancer': 1000,
  'targets-per-network-load-balancer': 3000,
  'targets-per-target-group': 1000,
  'listeners-per-application-load-balancer': 50,
  'listeners-per-network-load-balancer': 50,
  'rules-per-application-load-balancer': 100,
  'target-id-registrations-per-application-load-balancer': 1000,
  'certificates-per-application-load-balancer': 25,
  'certificates-per-network-load-balancer': 25,
  'target-groups-per-action-on-application-load-balancer': 5,
  'target-groups-per-action-on-network-load-balancer': 1,
  'target-groups-per-application-load-balancer': 100,
  'condition-values-per-alb-rule': 5,
  'condition-wildcards-per-alb-rule': 6,
  'trust-stores': 20
}

/** The account's quotas. */
export function quotasOf({ environment }: Call): Record<string, number> {
  return { ...defaultQuotas, ...environment.quotas }
}

/**
 * Holds a number against a quota.
 *
 * @param what in AWS's sentence: `listeners on load balancer 'arn'`.
 * @throws {ServiceError} with the code where there would be too many.
 */
export function requireRoom(
  call: Call,
  quota: string,
  count: number,
  { code, what }: { code: string; what: string }
): void {
  const most = quotasOf(call)[quota]
  if (most !== undefined && count > most) {
    throw new ServiceError(code, `The maximum number of ${what} has been reached`)
  }
}
