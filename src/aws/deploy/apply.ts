/**
 * A plan made through AWS's APIs, in the order in which the AWS Load Balancer Controller makes it. What stands already is
 * changed where it differs, so that a second run writes nothing. (LBC: pkg/deploy/stack_deployer.go.)
 *
 * @module
 */

import { Failure, type Finding } from '../../failure.ts'
import {
  type Environment,
  hasLoadBalancer,
  noLoadBalancer,
  type Plan,
  planFailures,
  type Stack,
  type StackPlan,
  specEntries,
  specsOf,
  stackPlansOf
} from '../../model/index.ts'
import type { Node, Resources } from '../../resources/index.ts'
import { targetsOf } from '../../targets/index.ts'
import { type Caller, callAll } from '../client/client.ts'
import { Recorder, type RecorderOptions } from '../client/recorder.ts'
import { type LiveStack, liveStacksOf, withReferences } from '../live/live-stack.ts'
import { askedBy, readState } from '../live/read-state.ts'
import { type Owner, ownerOf } from '../live/tracking.ts'
import type { State } from '../state/state.ts'
import { createBackendGroup, findBackendGroup } from './backend-group.ts'
import { Deployment } from './deployment.ts'
import { deployListeners, deployRules } from './listeners.ts'
import { deployAssociations, deployLoadBalancers } from './load-balancers.ts'
import { deploySecurityGroups, removeSecurityGroups } from './security-groups.ts'
import { deployTargetGroups, removeTargetGroups } from './target-groups.ts'
import { deployTargets } from './targets.ts'

export interface ApplyOptions extends RecorderOptions {
  environment: Environment
  plan: Plan
  /** The objects of the plan, with nodes and EndpointSlices where they are known. */
  resources: Resources
  /** Take away what the cluster's tags are on and nothing in the plan asks for. */
  prune?: boolean
}

/** A load balancer that stands afterwards. */
export interface AppliedLoadBalancer {
  group: string
  name: string
  dnsName: string
}

export interface Applied {
  loadBalancers: AppliedLoadBalancer[]
  /** Stacks of the cluster that nothing in the plan asks for, and that were left. */
  leftOver: string[]
  /** What was not done, with the reason. */
  findings: Finding[]
}

interface Context {
  caller: Caller
  environment: Environment
  state: State
  resources: Resources
  /** ID of the security group that all load balancers share, once one needed it. */
  backendGroup?: string
}

/** The VPC of a load balancer's subnets, with its blocks. */
async function vpcOf(caller: Caller, stack: Stack): Promise<{ id: string; blocks: string[] }> {
  const SubnetIds = specsOf(stack, 'loadBalancer').flatMap(({ subnetMapping }) =>
    subnetMapping.map(({ subnetID }) => subnetID)
  )
  if (SubnetIds.length === 0) {
    return { id: '', blocks: [] }
  }
  const { Subnets = [] } = await caller.call('ec2', 'DescribeSubnets', { SubnetIds: [...new Set(SubnetIds)] })
  const id = Subnets[0]?.VpcId ?? ''
  const { Vpcs = [] } = await caller.call('ec2', 'DescribeVpcs', { VpcIds: [id] })
  const blocks = Vpcs.flatMap(({ CidrBlockAssociationSet = [], Ipv6CidrBlockAssociationSet = [] }) => [
    ...CidrBlockAssociationSet.flatMap(({ CidrBlock }) => CidrBlock ?? []),
    ...Ipv6CidrBlockAssociationSet.flatMap(({ Ipv6CidrBlock }) => Ipv6CidrBlock ?? [])
  ])
  return { id, blocks }
}

/** The running instances of a VPC as nodes: what the account knows of a cluster's. */
async function nodesIn(caller: Caller, vpcID: string): Promise<Node[]> {
  const pages = await callAll(caller, 'ec2', 'DescribeInstances', {
    Filters: [
      { Name: 'vpc-id', Values: [vpcID] },
      { Name: 'instance-state-name', Values: ['running'] }
    ]
  })
  const instances = pages.flatMap(({ Reservations = [] }) => Reservations).flatMap(({ Instances = [] }) => Instances)
  return instances.map(({ InstanceId = '', PrivateIpAddress = '', Placement }) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: InstanceId,
      labels: { 'topology.kubernetes.io/zone': Placement?.AvailabilityZone ?? '' }
    },
    spec: { providerID: `aws:///${Placement?.AvailabilityZone ?? ''}/${InstanceId}` },
    status: {
      addresses: [{ type: 'InternalIP', address: PrivateIpAddress }],
      conditions: [{ type: 'Ready', status: 'True' }]
    }
  }))
}

/** The stack with the cluster's shared security group by the ID that it has in this account. */
async function withBackendGroup(stack: Stack, context: Context, vpcID: string): Promise<Stack> {
  const { caller, environment, state } = context
  const { backendSecurityGroupID, clusterName } = environment
  const isUsed = specsOf(stack, 'loadBalancer').some(({ securityGroups = [] }) =>
    securityGroups.includes(backendSecurityGroupID)
  )
  if (!isUsed) {
    return stack
  }
  context.backendGroup ??= findBackendGroup(state) ?? (await createBackendGroup(caller, clusterName, vpcID))
  return withReferences(stack, new Map([[backendSecurityGroupID, context.backendGroup]])) as Stack
}

interface Wanted {
  owner: Owner
  planned: Stack
  live: LiveStack | undefined
}

/** Target groups that nothing is registered in, as nobody knows of nodes or pods. */
function withoutTargets(stack: Stack, targets: ReadonlyMap<string, readonly unknown[]>): Finding[] {
  const empty = specEntries(stack, 'targetGroupBinding').filter(([id]) => !targets.get(id)?.length)
  return empty.map(([id, { template }]) => ({
    code: 'TARGETS_UNKNOWN',
    severity: 'warning',
    message: `nothing is registered in target group ${id}: the account has no running instances for it, or the objects no EndpointSlices`,
    hint:
      template.spec.targetType === 'ip'
        ? 'add the EndpointSlices to the manifests, or read them with --context'
        : 'list instances in the aws.yaml that istio-alb aws is started with, or start it with --kubeconfig'
  }))
}

async function deployStack({ owner, planned, live }: Wanted, context: Context): Promise<Finding[]> {
  const { caller, environment, state } = context
  const vpc = await vpcOf(caller, planned)
  const stack = await withBackendGroup(planned, context, vpc.id)
  const { clusterName } = environment
  const deployment = new Deployment({ caller, clusterName, owner, vpcID: vpc.id, planned: stack, live, state })
  await deploySecurityGroups(deployment)
  await deployTargetGroups(deployment)
  await deployLoadBalancers(deployment)
  await deployListeners(deployment)
  await deployRules(deployment)
  const hasBindings = specsOf(stack, 'targetGroupBinding').length > 0
  const given = context.resources.list('Node').length > 0 || !hasBindings
  const resources = given ? context.resources : context.resources.with(await nodesIn(caller, vpc.id))
  const targets = targetsOf(stack, resources)
  await deployTargets(deployment, targets, vpc.blocks)
  await deployAssociations(deployment)
  await removeTargetGroups(deployment)
  await removeSecurityGroups(deployment)
  return [...withoutTargets(stack, targets), ...unprotected(stack, state)]
}

function notApplied({ kind, id }: StackPlan): Finding {
  return {
    code: 'STACK_NOT_APPLIED',
    severity: 'warning',
    message: `the load balancer of ${kind} ${id} is the cloud provider's, and is not applied`,
    object: `${kind} ${id}`,
    hint: "name the controller's class in the Service: loadBalancerClass: service.k8s.aws/nlb"
  }
}

/** What a stack asks for that the account has no part in. */
function unprotected(stack: Stack, { shieldSubscription }: State): Finding[] {
  return specsOf(stack, 'protection').some(({ enabled }) => enabled) && !shieldSubscription
    ? [
        {
          code: 'SHIELD_INACTIVE',
          severity: 'warning',
          message: `${stack.id} asks for a protection of Shield Advanced, and the account has no subscription: none is made`,
          object: stack.id,
          hint: 'aws shield create-subscription'
        }
      ]
    : []
}

function liveOf(live: readonly LiveStack[], owner: Owner, id: string): LiveStack | undefined {
  return live.find(one => one.owner === owner && one.id === id)
}

/** What stands of load balancers that are wanted. */
async function describe(caller: Caller, wanted: readonly Wanted[]): Promise<AppliedLoadBalancer[]> {
  const names = new Map(
    wanted.flatMap(({ planned }) => specsOf(planned, 'loadBalancer').map(({ name }) => [name, planned.id] as const))
  )
  const pages = await callAll(caller, 'elbv2', 'DescribeLoadBalancers', {})
  return pages.flatMap(({ LoadBalancers = [] }) =>
    LoadBalancers.flatMap(({ LoadBalancerName: name = '', DNSName: dnsName = '' }) => {
      const group = names.get(name)
      return group === undefined ? [] : [{ group, name, dnsName }]
    })
  )
}

/**
 * Makes what a plan asks for.
 *
 * @param caller whom it is made through.
 * @throws Failure exit 1 with all that the account refused (`CALL_REFUSED`) and all that cannot be planned (`PLAN_FAILED`); what
 * could be made was made. Exit 3 `ENDPOINT_SILENT`.
 */
export async function applyPlan(
  caller: Caller,
  { environment, plan, resources, prune = false, ...recording }: ApplyOptions
): Promise<Applied> {
  const recorder = new Recorder(caller, recording)
  const plans = stackPlansOf(plan)
  const own = plans.filter(({ stack }) => stack && stack.by === undefined)
  const state = await readState(recorder, environment.clusterName, askedBy(own.flatMap(({ stack }) => stack ?? [])))
  const live = liveStacksOf(state, environment.clusterName)
  const wanted = own.map(({ kind, stack }): Wanted => {
    const owner = ownerOf(kind, stack!)
    return { owner, planned: stack!, live: liveOf(live, owner, stack!.id) }
  })
  const planned = new Set(wanted.map(one => one.live))
  // What cannot be planned keeps what it has.
  const failed = new Set(plans.filter(({ stack }) => !stack).map(({ id }) => id))
  const others = live.filter(one => !planned.has(one) && !failed.has(one.id))
  const gone = prune ? others.map(one => ({ owner: one.owner, planned: { id: one.id, resources: {} }, live: one })) : []
  const context: Context = { caller: recorder, environment, state, resources }
  // Whoever takes everything away needs no load balancer for it.
  const failures = planFailures(plan).filter(failure => !(prune && failure === noLoadBalancer))
  const findings = plans.filter(one => one.stack?.by !== undefined && hasLoadBalancer(one)).map(notApplied)
  for (const one of [...wanted, ...gone]) {
    try {
      findings.push(...(await deployStack(one, context)))
    } catch (error) {
      if (!(error instanceof Failure) || error.exitCode !== 1) {
        throw error
      }
      failures.push(...error.findings.map(finding => ({ ...finding, object: one.planned.id })))
    }
  }
  const backendGroup = findBackendGroup(state)
  if (prune && wanted.length === 0 && failures.length === 0 && backendGroup !== undefined) {
    await recorder.call('ec2', 'DeleteSecurityGroup', { GroupId: backendGroup })
  }
  if (failures.length > 0) {
    throw new Failure(1, failures)
  }
  return {
    loadBalancers: recording.dryRun ? [] : await describe(recorder, wanted),
    leftOver: prune ? [] : others.map(({ id }) => id),
    findings
  }
}
