/**
 * What stands in an account as stacks of the plan's shape, told apart by the tags that the controller puts on all it makes.
 *
 * @module
 */

import {
  listenerARN,
  loadBalancerARN,
  type Reference,
  type ResourceType,
  type SecurityGroupSpec,
  type Stack,
  type StackResources,
  securityGroupID,
  type Token,
  targetGroupReference
} from '../../model/index.ts'
import type * as ec2 from '../protocol/shapes/ec2.ts'
import { listenerOfRule } from '../state/relations.ts'
import { ingressOf, listenerSpec, loadBalancerSpec, ruleSpec, targetGroupSpec } from '../state/stack.ts'
import type { State } from '../state/state.ts'
import { type Owner, type Tracked, trackedBy, withoutTracking } from './tracking.ts'

/** A stack that stands in an account. */
export interface LiveStack {
  owner: Owner
  id: string
  stack: Stack
  /** ARNs, and IDs of security groups, by type and resource ID. */
  arns: ReadonlyMap<string, string>
}

/** The key of a resource among those of its stack. */
export function keyOf(type: ResourceType, id: string): string {
  return `${type} ${id}`
}

/** A value with references in the place of ARNs and IDs of the same stack, or other ones in that of their texts. */
export function withReferences(value: unknown, references: ReadonlyMap<string, Token>): unknown {
  if (typeof value === 'string') {
    return references.get(value) ?? value
  }
  if (Array.isArray(value)) {
    return value.map(one => withReferences(one, references))
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withReferences(one, references)]))
    : value
}

/** A permission of a plan as EC2 has it. */
export function permissionOf(
  permission: NonNullable<SecurityGroupSpec['ingress']>[number] & { groups?: { groupID: string }[] }
): ec2.IpPermission {
  const { ipProtocol, fromPort, toPort, ipRanges, ipv6Ranges, prefixLists, groups } = permission
  return {
    ...{ IpProtocol: ipProtocol, FromPort: fromPort, ToPort: toPort },
    ...(ipRanges && { IpRanges: ipRanges.map(({ cidrIP }) => ({ CidrIp: cidrIP })) }),
    ...(ipv6Ranges && { Ipv6Ranges: ipv6Ranges.map(({ cidrIPv6 }) => ({ CidrIpv6: cidrIPv6 })) }),
    ...(prefixLists && { PrefixListIds: prefixLists.map(({ listID }) => ({ PrefixListId: listID })) }),
    ...(groups && { UserIdGroupPairs: groups.map(({ groupID }) => ({ GroupId: groupID })) })
  }
}

type Entries = readonly (readonly [arn: string, tracked: Tracked])[]

interface Found {
  state: State
  clusterName: string
  /** Whose stack it is. */
  owner: Owner
  stackID: string
}

/** The resources of a stack in a table of the account. */
function entriesOf(table: object, { state, clusterName, owner, stackID }: Found): Entries {
  return Object.keys(table).flatMap(arn => {
    const tracked = trackedBy(state.tags[arn], clusterName)
    return tracked?.owner === owner && tracked.stackID === stackID ? [[arn, tracked] as const] : []
  })
}

function tagsOf({ state }: Found, arn: string): { tags?: Record<string, string> } {
  const tags = withoutTracking(state.tags[arn])
  return Object.keys(tags).length > 0 ? { tags } : {}
}

class Builder {
  readonly #found: Found
  readonly resources: Record<string, Record<string, { spec: unknown }>> = {}
  readonly arns = new Map<string, string>()
  readonly references = new Map<string, Reference>()

  constructor(found: Found) {
    this.#found = found
  }

  put(type: ResourceType, id: string, arn: string | undefined, spec: object): void {
    this.resources[type] ??= {}
    this.resources[type][id] = { spec: arn === undefined ? spec : { ...spec, ...tagsOf(this.#found, arn) } }
    if (arn !== undefined) {
      this.arns.set(keyOf(type, id), arn)
    }
  }

  refer(arn: string, reference: Reference): void {
    this.references.set(arn, reference)
  }
}

function addAssociations(builder: Builder, { state }: Found, arn: string, id: string): void {
  const webACL = state.webACLOf[arn]
  if (webACL !== undefined) {
    builder.put('AWS::WAFv2::WebACLAssociation', id, undefined, { resourceARN: arn, webACLARN: webACL })
  }
  const classic = state.classicWebACLOf[arn]
  if (classic !== undefined) {
    builder.put('AWS::WAFRegional::WebACLAssociation', id, undefined, { resourceARN: arn, webACLID: classic })
  }
  if (state.protections[arn]) {
    builder.put('AWS::Shield::Protection', id, undefined, { resourceARN: arn, enabled: true })
  }
}

function addLoadBalancers(builder: Builder, found: Found): void {
  const { state } = found
  for (const [arn, { resourceID }] of entriesOf(state.loadBalancers, found)) {
    const loadBalancer = state.loadBalancers[arn]!
    const units = state.capacityReservations[arn]?.units
    const { CustomerOwnedIpv4Pool, EnablePrefixForIpv6SourceNat, IpamPools } = loadBalancer
    const privateLink = loadBalancer.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic
    builder.refer(arn, loadBalancerARN(resourceID))
    builder.put('AWS::ElasticLoadBalancingV2::LoadBalancer', resourceID, arn, {
      ...loadBalancerSpec(state, loadBalancer),
      ...(units !== undefined && { minimumLoadBalancerCapacity: { capacityUnits: units } }),
      ...(CustomerOwnedIpv4Pool !== undefined && { customerOwnedIPv4Pool: CustomerOwnedIpv4Pool }),
      ...(IpamPools?.Ipv4IpamPoolId !== undefined && { ipv4IPAMPool: IpamPools.Ipv4IpamPoolId }),
      ...(EnablePrefixForIpv6SourceNat !== undefined && { enablePrefixForIpv6SourceNat: EnablePrefixForIpv6SourceNat }),
      ...(privateLink !== undefined && { securityGroupsInboundRulesOnPrivateLink: privateLink })
    })
    addAssociations(builder, found, arn, resourceID)
  }
}

function addListeners(builder: Builder, found: Found): void {
  const { state } = found
  for (const [arn, { resourceID }] of entriesOf(state.listeners, found)) {
    const listener = state.listeners[arn]!
    builder.refer(arn, listenerARN(resourceID))
    builder.put('AWS::ElasticLoadBalancingV2::Listener', resourceID, arn, listenerSpec(state, listener))
    const rules = Object.values(state.rules).filter(rule => !rule.IsDefault && listenerOfRule(rule.RuleArn) === arn)
    for (const rule of rules) {
      const spec = { ...ruleSpec(rule, listener.Port), listenerARN: listenerARN(resourceID) }
      builder.put('AWS::ElasticLoadBalancingV2::ListenerRule', `${resourceID}:${rule.Priority}`, rule.RuleArn, spec)
    }
  }
}

/** Where each target group of a frontend NLB leads, which is its one target. */
function addTargetGroups(builder: Builder, found: Found): void {
  const { state } = found
  const frontend: Record<string, object> = {}
  for (const [arn, { resourceID }] of entriesOf(state.targetGroups, found)) {
    const targetGroup = state.targetGroups[arn]!
    const { IpAddressType, TargetControlPort, TargetGroupName, Port, TargetType } = targetGroup
    builder.refer(arn, targetGroupReference(resourceID))
    builder.put('AWS::ElasticLoadBalancingV2::TargetGroup', resourceID, arn, {
      ...targetGroupSpec(state, targetGroup),
      ...(IpAddressType !== undefined && { ipAddressType: IpAddressType }),
      ...(TargetControlPort !== undefined && { targetControlPort: TargetControlPort })
    })
    const [target] = TargetType === 'alb' ? (state.targets[arn] ?? []) : []
    if (target) {
      const { Id, Port: TargetPort } = target
      frontend[TargetGroupName] = { Name: TargetGroupName, ARN: arn, Port, TargetARN: Id, TargetPort }
    }
  }
  if (Object.keys(frontend).length > 0) {
    builder.resources.FrontendNLBTargetGroup = { FrontendNLBTargetGroup: { TargetGroups: frontend } as never }
  }
}

function addSecurityGroups(builder: Builder, found: Found): void {
  for (const [id, { resourceID }] of entriesOf(found.state.securityGroups, found)) {
    const group = found.state.securityGroups[id]!
    builder.refer(id, securityGroupID(resourceID))
    builder.put('AWS::EC2::SecurityGroup', resourceID, id, {
      groupName: group.GroupName,
      description: group.Description,
      ingress: ingressOf(group)
    })
  }
}

function buildLiveStack(found: Found): LiveStack {
  const builder = new Builder(found)
  addSecurityGroups(builder, found)
  addTargetGroups(builder, found)
  addLoadBalancers(builder, found)
  addListeners(builder, found)
  const resources = withReferences(builder.resources, builder.references) as StackResources
  return { owner: found.owner, id: found.stackID, stack: { id: found.stackID, resources }, arns: builder.arns }
}

/** The stacks of a cluster that stand in an account, as far as anything is left of each. */
export function liveStacksOf(state: State, clusterName: string): LiveStack[] {
  const known = new Map<string, Found>()
  for (const table of [state.securityGroups, state.targetGroups, state.loadBalancers]) {
    for (const arn of Object.keys(table)) {
      const tracked = trackedBy(state.tags[arn], clusterName)
      if (tracked) {
        const { owner, stackID } = tracked
        known.set(`${owner} ${stackID}`, { state, clusterName, owner, stackID })
      }
    }
  }
  return [...known.values()].map(buildLiveStack)
}
