/** Targets of a stack's target groups. (LBC: pkg/targetgroupbinding/resource_manager.go.) */

import ipaddr from 'ipaddr.js'
import { referencedID, type Stack, specEntries, type Token } from '../../model/index.ts'
import type { TargetDescription } from '../protocol/shapes/elbv2.ts'
import type { Deployment } from './deployment.ts'

/** A target as who registers it knows it. */
export interface PlannedTarget {
  /** `i-…`, or an address. */
  id: string
  port: number
}

function isWithin(address: string, blocks: readonly string[]): boolean {
  const parsed = ipaddr.parse(address)
  return blocks.some(block => {
    const range = ipaddr.parseCIDR(block)
    return range[0].kind() === parsed.kind() && parsed.match(range)
  })
}

/** Addresses outside of the VPC are of no zone of it. (LBC: registerPodEndpoints.) */
function descriptionOf({ id, port }: PlannedTarget, blocks: readonly string[]): TargetDescription {
  const isOutside = ipaddr.isValid(id) && !isWithin(id, blocks)
  return { Id: id, Port: port, ...(isOutside && { AvailabilityZone: 'all' }) }
}

function keyOf({ Id, Port }: TargetDescription): string {
  return `${Id} ${Port}`
}

function missingIn(there: readonly TargetDescription[], wanted: readonly TargetDescription[]): TargetDescription[] {
  const known = new Set(there.map(keyOf))
  return wanted.filter(target => !known.has(keyOf(target)))
}

async function setTargets(
  { caller }: Deployment,
  TargetGroupArn: string,
  there: readonly TargetDescription[],
  wanted: readonly TargetDescription[]
): Promise<void> {
  const [extra, missing] = [missingIn(wanted, there), missingIn(there, wanted)]
  if (extra.length > 0) {
    await caller.call('elbv2', 'DeregisterTargets', { TargetGroupArn, Targets: extra })
  }
  if (missing.length > 0) {
    await caller.call('elbv2', 'RegisterTargets', { TargetGroupArn, Targets: missing })
  }
}

/** The listeners of application load balancers that a frontend NLB's target groups lead to. */
function frontendTargetsOf({ resources }: Stack): { id: string; target: Token; port: number }[] {
  return Object.values(resources.FrontendNLBTargetGroup ?? {}).flatMap(({ TargetGroups }) =>
    Object.values(TargetGroups).flatMap(({ ARN, TargetARN, TargetPort }) => {
      const id = referencedID(ARN)
      return id === undefined ? [] : [{ id, target: TargetARN, port: TargetPort }]
    })
  )
}

/** Targets that are registered in a target group that somebody else made. */
async function registeredIn({ caller }: Deployment, TargetGroupArn: string): Promise<TargetDescription[]> {
  const { TargetHealthDescriptions = [] } = await caller.call('elbv2', 'DescribeTargetHealth', { TargetGroupArn })
  return TargetHealthDescriptions.flatMap(({ Target, TargetHealth }) =>
    Target && TargetHealth?.State !== 'draining' ? [Target] : []
  )
}

/**
 * Registers what is missing in target groups, after what is no longer a target was deregistered.
 *
 * @param targets by target group resource ID, or by ARN where it is somebody else's.
 * @param blocks of the VPC.
 */
export async function deployTargets(
  deployment: Deployment,
  targets: ReadonlyMap<string, readonly PlannedTarget[]>,
  blocks: readonly string[]
): Promise<void> {
  const { planned, state } = deployment
  for (const { id, target, port } of frontendTargetsOf(planned)) {
    const arn = deployment.arnOf('AWS::ElasticLoadBalancingV2::TargetGroup', id)
    const Id = deployment.resolve('AWS::ElasticLoadBalancingV2::LoadBalancer', target)
    await setTargets(deployment, arn, state.targets[arn] ?? [], [{ Id, Port: port }])
  }
  const own = new Set(specEntries(planned, 'targetGroup').map(([id]) => id))
  for (const [id, given] of targets) {
    const wanted = given.map(target => descriptionOf(target, blocks))
    const isOwn = own.has(id)
    const arn = isOwn ? deployment.arnOf('AWS::ElasticLoadBalancingV2::TargetGroup', id) : id
    await setTargets(deployment, arn, isOwn ? (state.targets[arn] ?? []) : await registeredIn(deployment, arn), wanted)
  }
}
