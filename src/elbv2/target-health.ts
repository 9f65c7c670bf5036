/**
 * The health of a target: AWS's states, and what each outcome of a health check makes of them. Pure.
 * (User guide: "Health checks for your target groups", target health status and reason codes.)
 *
 * @module
 */

import type { Target, TargetHealthReason, TargetState } from './contract.ts'

/** Failures in a row that turn a target unhealthy that was never healthy: the threshold, as for a healthy one. */
const initialNeedsUnhealthyThreshold = true

export interface TargetHealth {
  state: TargetState
  reason?: TargetHealthReason
  description?: string
  /** Successes in a row since the last failure. */
  successes: number
  /** Failures in a row since the last success. */
  failures: number
}

export interface Thresholds {
  healthyThresholdCount: number
  unhealthyThresholdCount: number
}

export type CheckFailure =
  | { reason: 'Target.ResponseCodeMismatch'; code: number }
  | { reason: 'Target.Timeout' }
  | { reason: 'Target.FailedHealthChecks' }

/** What came of one health check. */
export type CheckOutcome = { passed: true } | ({ passed: false } & CheckFailure)

/** AWS's sentences. The reason for a code that does not match has the code in it. */
const descriptions: Record<Exclude<TargetHealthReason, 'Target.ResponseCodeMismatch'>, string> = {
  'Elb.RegistrationInProgress': 'Target registration is in progress',
  'Elb.InitialHealthChecking': 'Initial health checks in progress',
  'Target.Timeout': 'Request timed out',
  'Target.FailedHealthChecks': 'Health checks failed',
  'Target.NotRegistered': 'Target is not registered to the target group',
  'Target.NotInUse': 'Target group is not configured to receive traffic from the load balancer',
  'Target.DeregistrationInProgress': 'Target deregistration is in progress',
  'Target.InvalidState': 'Target is in the stopped state',
  'Target.IpUnusable': 'The IP address cannot be used as a target, as it is in use by a load balancer',
  // Functions alone have health checks that can be disabled; an internal error is AWS's own.
  'Target.HealthCheckDisabled': 'Health checks are disabled',
  'Elb.InternalError': 'Health checks failed due to an internal error'
}

/** AWS's other sentence for `Target.NotInUse`. */
const zoneNotEnabled = 'Target is in an Availability Zone that is not enabled for the load balancer'

function fresh(state: TargetState, reason: keyof typeof descriptions): TargetHealth {
  return {
    state,
    reason,
    description: descriptions[reason],
    successes: 0,
    failures: 0
  }
}

/** Registered in a target group that gets traffic; not yet checked. */
export function registering(): TargetHealth {
  return fresh('initial', 'Elb.RegistrationInProgress')
}

/** The first check is under way. */
export function initialChecking(): TargetHealth {
  return fresh('initial', 'Elb.InitialHealthChecking')
}

/** In a target group to which no rule forwards: it is not checked at all. */
export function notInUse(): TargetHealth {
  return fresh('unused', 'Target.NotInUse')
}

/** A target that AWS would not use, whatever it answers. */
export function unusableFor(reason: NonNullable<Target['unusable']>): TargetHealth {
  return {
    ...fresh('unused', reason),
    ...(reason === 'Target.NotInUse' ? { description: zoneNotEnabled } : {})
  }
}

export function draining(): TargetHealth {
  return fresh('draining', 'Target.DeregistrationInProgress')
}

export function notRegistered(): TargetHealth {
  return fresh('unused', 'Target.NotRegistered')
}

/** The health after a check. A first success makes a target healthy at once; any other change takes the threshold. */
export function observe(health: TargetHealth, outcome: CheckOutcome, thresholds: Thresholds): TargetHealth {
  const successes = outcome.passed ? health.successes + 1 : 0
  const failures = outcome.passed ? 0 : health.failures + 1
  const counted = { ...health, successes, failures }
  if (outcome.passed) {
    const needed = health.state === 'initial' ? 1 : thresholds.healthyThresholdCount
    return health.state !== 'healthy' && successes >= needed ? { state: 'healthy', successes, failures } : counted
  }
  const needed = health.state === 'initial' && !initialNeedsUnhealthyThreshold ? 1 : thresholds.unhealthyThresholdCount
  // An unhealthy target tells the reason of its latest failure.
  return health.state.startsWith('unhealthy') || failures >= needed ? unhealthy(outcome, failures) : counted
}

function unhealthy(failure: CheckFailure, failures: number): TargetHealth {
  const { reason } = failure
  const description =
    reason === 'Target.ResponseCodeMismatch'
      ? `Health checks failed with these codes: [${failure.code}]`
      : descriptions[reason]
  return { state: 'unhealthy', reason, description, successes: 0, failures }
}

/** What a success is to a Network Load Balancer where a target group does not say. (API: Matcher.) */
export const networkSuccessCodes = '200-399'

/** A test for success codes: `200`, `200,202`, `200-299`, and any mix of them. */
export function successCodes(matcher: string): (code: number) => boolean {
  const ranges = matcher.split(',').map(part => {
    const [low, high] = part.trim().split('-').map(Number)
    return { low: low!, high: high ?? low! }
  })
  return code => ranges.some(({ low, high }) => code >= low && code <= high)
}
