import type { LoadBalancerDescription } from '../../elbv2/index.ts'
import { Failure } from '../../failure.ts'
import { describeLoadBalancers } from '../../report/index.ts'

/** How long targets may take until they are healthy, in milliseconds. */
export const healthDeadline = 120_000

/** Whether there are load balancers, and each of their target groups has a healthy target. */
export function areHealthy(loadBalancers: LoadBalancerDescription[]): boolean {
  return (
    loadBalancers.length > 0 &&
    loadBalancers
      .flatMap(({ targetGroups }) => targetGroups)
      .every(({ targets }) => targets.some(({ state }) => state === 'healthy'))
  )
}

/**
 * How many targets are healthy, in words.
 *
 * @throws Failure exit 1 `TARGETS_UNHEALTHY` where {@link areHealthy} does not hold, after {@link healthDeadline}.
 */
export function requireHealth(loadBalancers: LoadBalancerDescription[]): string {
  if (!areHealthy(loadBalancers)) {
    throw new Failure(1, {
      code: 'TARGETS_UNHEALTHY',
      severity: 'error',
      message: `after ${healthDeadline / 1000} s not every target group has a healthy target\n${describeLoadBalancers(loadBalancers)}`,
      hint: 'run again with --retain, then look with `istio-alb status` and `istio-alb check`'
    })
  }
  const targets = loadBalancers.flatMap(({ targetGroups }) => targetGroups.flatMap(group => group.targets))
  return `${targets.filter(({ state }) => state === 'healthy').length} of ${targets.length}`
}

/** Waits until every target group has a healthy target; `changes` has an event `change` for each that may make it so. */
export async function waitForHealth(
  describe: () => LoadBalancerDescription[],
  changes: EventTarget,
  signal: AbortSignal
): Promise<string> {
  const timeout = AbortSignal.timeout(healthDeadline)
  const either = AbortSignal.any([signal, timeout])
  while (!areHealthy(describe()) && !either.aborted) {
    await new Promise<void>(resolve => {
      changes.addEventListener('change', () => resolve(), { once: true, signal: either })
      either.addEventListener('abort', () => resolve(), { once: true })
    })
  }
  signal.throwIfAborted()
  return requireHealth(describe())
}
