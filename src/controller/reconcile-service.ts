import { hasLoadBalancer, type Stack } from '../model/index.ts'
import type { Service } from '../resources/index.ts'
import type { Reconciliation } from './reconciliation.ts'
import type { ServiceWorkPlan } from './stack-work.ts'
import { statusOfService } from './status.ts'

/** The steps for a Service, in the controller's order (LBC: serviceReconciler.reconcile). */
export async function reconcileService(run: Reconciliation<ServiceWorkPlan, Service>): Promise<void> {
  const { plan, owners, writes } = run
  const { stack, finalizer } = plan
  if (plan.error !== undefined && plan.errorHasEvent === false) {
    return run.log(plan.error)
  }
  if (!stack) {
    return run.note('FailedBuildModel', plan.error!)
  }
  if (!hasLoadBalancer({ stack })) {
    return cleanUp(run, stack)
  }
  await run.each(owners, 'FailedAddFinalizer', service => writes.addFinalizer(service, finalizer))
  await run.deploy(stack)
  const { loadBalancer } = run
  if (loadBalancer) {
    await run.each(owners, 'FailedUpdateStatus', service =>
      writes.showLoadBalancer(service, [statusOfService(loadBalancer, service)])
    )
  }
  run.succeed()
}

/** LBC: cleanupLoadBalancerResources. Nothing is told of what went well. */
async function cleanUp(run: Reconciliation<ServiceWorkPlan, Service>, stack: Stack): Promise<void> {
  const { plan, owners, writes } = run
  await run.deploy(stack)
  await run.each(owners, 'FailedCleanupStatus', service => writes.clearStatus(service))
  await run.each(owners, 'FailedRemoveFinalizer', service => writes.removeFinalizer(service, plan.finalizer))
}
