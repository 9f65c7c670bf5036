import { hasLoadBalancer } from '../model/index.ts'
import type { Service } from '../resources/index.ts'
import { done } from './events.ts'
import type { Reconciliation } from './reconciliation.ts'
import type { ServiceWorkPlan } from './stack-work.ts'

const failed = 'SyncLoadBalancerFailed'

/**
 * The steps for a Service whose load balancer is the cloud provider's, in the order of Kubernetes' service controller
 * (cloud-provider: controllers/service, syncLoadBalancerIfNeeded).
 */
export async function reconcileCloudProvider(run: Reconciliation<ServiceWorkPlan, Service>): Promise<void> {
  const { plan, owners, writes } = run
  const { stack, finalizer } = plan
  if (stack && !hasLoadBalancer({ stack })) {
    return cleanUp(run)
  }
  // Nothing is told of a look that finds everything as it is.
  const { news } = run
  if (stack && news === 'plan') {
    run.tell(done('EnsuringLoadBalancer'))
  }
  await run.each(
    owners,
    failed,
    service => writes.addFinalizer(service, finalizer),
    'failed to add load balancer cleanup finalizer: '
  )
  if (!stack) {
    return run.note(failed, `failed to ensure load balancer: ${plan.error}`)
  }
  await run.deploy(stack, failed, 'failed to ensure load balancer: ')
  if (news !== 'nothing') {
    run.tell(done(news === 'plan' ? 'EnsuredLoadBalancer' : 'UpdatedLoadBalancer'))
  }
  // The host name alone (cloud-provider-aws: toStatus).
  const hostname = run.loadBalancer!.dnsName.toLowerCase()
  await run.each(owners, failed, service => writes.showLoadBalancer(service, [{ hostname }]))
  run.forgive()
}

async function cleanUp(run: Reconciliation<ServiceWorkPlan, Service>): Promise<void> {
  const { plan, owners, writes } = run
  if (run.loadBalancer) {
    run.tell(done('DeletingLoadBalancer'))
  }
  await run.deploy(plan.stack!, failed, 'failed to delete load balancer: ')
  await run.each(owners, failed, service => writes.clearStatus(service))
  await run.each(
    owners,
    failed,
    service => writes.removeFinalizer(service, plan.finalizer),
    'failed to remove load balancer cleanup finalizer: '
  )
  run.tell(done('DeletedLoadBalancer'))
  run.forgive()
}
