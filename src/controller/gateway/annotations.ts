import type { ObjectMeta } from '../../resources/index.ts'

/** Asks for the plan of a Gateway instead of its load balancer, where it is `true`. */
export const dryRun = 'gateway.k8s.aws/dry-run'

/** The plan that was asked for, as JSON. */
export const dryRunPlan = 'gateway.k8s.aws/dry-run-plan'

/** The configuration that a class was last accepted with: the versions of its objects, and when, in seconds since 1970. */
export const processedConfiguration = 'elbv2.k8s.aws/last-processed-config'
export const processedTime = `${processedConfiguration}-timestamp`

/** What decides on the work on a Gateway beside its plan. */
export function dryRunAnnotations({ annotations = {} }: ObjectMeta): (string | undefined)[] {
  return [annotations[dryRun], annotations[dryRunPlan]]
}
