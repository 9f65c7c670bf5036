import { addOnAnnotation, loadBalancerARNOf, storedAddOns } from '../../model/index.ts'
import type { Gateway } from '../../resources/index.ts'
import type { Reconciliation } from '../reconciliation.ts'
import type { GatewayWorkPlan } from '../stack-work.ts'
import { dryRun, dryRunPlan } from './annotations.ts'
import { programmedStatus, refusedStatus } from './gateway-status.ts'

type GatewayRun = Reconciliation<GatewayWorkPlan, Gateway>

/** What the status says where the events say more: text that changes with each try would lead to the next. */
const reconcileFailure = { reason: 'Invalid', message: 'Check Gateway Events for more information.' }

/** The steps for a Gateway, in the controller's order (LBC: gatewayReconciler.reconcileHelper). */
export async function reconcileGateway(run: GatewayRun): Promise<void> {
  const { plan, writes } = run
  const [gateway] = run.owners
  // What is gone has nothing to be written to; its load balancer goes with its plan.
  if (!gateway) {
    return
  }
  const { stack, controller, addOns } = plan
  if (!stack) {
    return refuse(run, gateway)
  }
  const { annotations = {}, deletionTimestamp, finalizers = [] } = gateway.metadata
  const isDryRun = annotations[dryRun] === 'true' && deletionTimestamp === undefined && !finalizers.includes(controller)
  await writes.annotate(gateway, { [dryRunPlan]: isDryRun ? JSON.stringify(stack) : null })
  if (isDryRun) {
    return
  }
  const stored = storedAddOns(gateway)
  // An add-on is noted before it is made and until it is gone, so that none is forgotten.
  await writes.annotate(
    gateway,
    addOnNotes(
      addOns.filter(addOn => !stored.has(addOn)),
      true
    )
  )
  if (!stack.resources['AWS::ElasticLoadBalancingV2::LoadBalancer']) {
    await run.deploy(stack)
    return run.each([gateway], 'FailedRemoveFinalizer', one => writes.removeFinalizer(one, controller))
  }
  await run.each([gateway], 'FailedAddFinalizer', one => writes.addFinalizer(one, controller))
  await run.deploy(stack).catch(async (error: Error) => {
    await showRefusal(run, gateway, reconcileFailure)
    throw error
  })
  await showProgrammed(run, gateway)
  run.succeed()
  await writes.annotate(
    gateway,
    addOnNotes(
      [...stored].filter(addOn => !addOns.includes(addOn)),
      false
    )
  )
}

function addOnNotes(addOns: GatewayWorkPlan['addOns'], isOn: boolean): Record<string, string> {
  return Object.fromEntries(addOns.map(addOn => [addOnAnnotation(addOn), String(isOn)]))
}

/** What runs goes on; the log tells what no event does. */
async function refuse(run: GatewayRun, gateway: Gateway): Promise<void> {
  const { error = '', errorHasEvent, refusal } = run.plan
  if (errorHasEvent) {
    run.note('FailedBuildModel', error)
  } else {
    run.log(error)
  }
  if (refusal) {
    await showRefusal(run, gateway, refusal)
  }
}

async function showRefusal(
  run: GatewayRun,
  gateway: Gateway,
  refusal: { reason: string; message: string }
): Promise<void> {
  const status = refusedStatus(gateway, refusal, run.time)
  if (status) {
    await run.writes.updateStatus(gateway, status)
  }
}

async function showProgrammed(run: GatewayRun, gateway: Gateway): Promise<void> {
  const { loadBalancer, plan } = run
  if (!loadBalancer || !plan.listeners || loadBalancer.type === 'classic') {
    return
  }
  const { name, type, dnsName } = loadBalancer
  const arn = loadBalancerARNOf({ name, type }, run.account)
  const status = programmedStatus(gateway, plan.listeners, { arn, dnsName }, run.time)
  if (status) {
    await run.each([gateway], 'FailedUpdateStatus', one => run.writes.updateStatus(one, status))
  }
}
