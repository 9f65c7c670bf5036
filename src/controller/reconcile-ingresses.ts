import type { Ingress } from '../resources/index.ts'
import type { Reconciliation } from './reconciliation.ts'
import type { GroupWorkPlan } from './stack-work.ts'
import { statusOfMember } from './status.ts'

/** The steps for an IngressGroup, in the controller's order (LBC: groupReconciler.reconcile). */
export async function reconcileIngresses(run: Reconciliation<GroupWorkPlan, Ingress>): Promise<void> {
  const { plan, owners, inactiveOwners, writes } = run
  // While the group is loaded, errors reach the log only, and come before any finalizer.
  if (plan.error !== undefined && plan.errorHasEvent === false) {
    return run.log(plan.error)
  }
  await run.each(owners, 'FailedAddFinalizer', member => writes.addFinalizer(member, plan.finalizer))
  if (!plan.stack) {
    run.note('FailedBuildModel', plan.error!)
    // Of a group without active members nobody would hear otherwise.
    if (owners.length === 0) {
      run.log(plan.error!)
    }
    return
  }
  await run.deploy(plan.stack)
  const { loadBalancer, dnsNameInFront } = run
  if (loadBalancer) {
    const entries = statusOfMember(loadBalancer, dnsNameInFront)
    await run.each(owners, 'FailedUpdateStatus', member => writes.showLoadBalancer(member, entries))
    await writes.annotatePlan(owners, run.liveStack)
  }
  await run.each(inactiveOwners, 'FailedRemoveFinalizer', member => writes.removeFinalizer(member, plan.finalizer))
  run.succeed()
}
