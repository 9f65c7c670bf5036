/**
 * What a cluster's controller has made in an account, by Describe calls alone.
 *
 * @module
 */

import { type SpecType, type Stack, specsOf } from '../../model/index.ts'
import { type Caller, callAll } from '../client/client.ts'
import type * as elbv2 from '../protocol/shapes/elbv2.ts'
import {
  emptyState,
  type Listener,
  type LoadBalancer,
  type Rule,
  type SecurityGroup,
  type State,
  type Table,
  type TargetGroup
} from '../state/state.ts'
import { clusterTag } from './tracking.ts'

/** ARNs of one DescribeTags. (API: DescribeTags.) */
const mostResources = 20

/** What is read beside what every stack has: the controller asks for it where a plan says something of it. */
export interface Asked {
  webACLs: boolean
  classicWebACLs: boolean
  protections: boolean
  capacities: boolean
}

/** What stacks say something of. */
export function askedBy(stacks: readonly Stack[]): Asked {
  function says(type: SpecType): boolean {
    return stacks.some(stack => specsOf(stack, type).length > 0)
  }
  return {
    webACLs: says('webACL'),
    classicWebACLs: says('classicWebACL'),
    protections: says('protection'),
    capacities: stacks.some(stack =>
      specsOf(stack, 'loadBalancer').some(({ minimumLoadBalancerCapacity }) => minimumLoadBalancerCapacity)
    )
  }
}

function tableOf<Entry>(entries: readonly (readonly [key: string, entry: Entry])[]): Table<Entry> {
  return Object.fromEntries(entries)
}

function tagsOf(tags: readonly { Key?: string; Value?: string }[] = []): Table<string> {
  return tableOf(tags.map(({ Key = '', Value = '' }) => [Key, Value] as const))
}

async function readTags(caller: Caller, arns: readonly string[]): Promise<Table<Table<string>>> {
  const parts = Array.from({ length: Math.ceil(arns.length / mostResources) }, (_, part) =>
    arns.slice(part * mostResources, (part + 1) * mostResources)
  )
  const answers = await Promise.all(parts.map(ResourceArns => caller.call('elbv2', 'DescribeTags', { ResourceArns })))
  return tableOf(
    answers.flatMap(({ TagDescriptions = [] }) =>
      TagDescriptions.map(({ ResourceArn = '', Tags }) => [ResourceArn, tagsOf(Tags)] as const)
    )
  )
}

function attributesOf({ Attributes = [] }: { Attributes?: { Key?: string; Value?: string }[] }): Table<string> {
  return tagsOf(Attributes)
}

/** The parts of a state that belong to one load balancer. */
type Part = Partial<
  Pick<State, 'listeners' | 'rules' | 'attributes' | 'webACLOf' | 'classicWebACLOf' | 'capacityReservations'>
>

async function readListener(caller: Caller, listener: elbv2.Listener): Promise<Part> {
  const { ListenerArn = '', DefaultActions: _told, ...rest } = listener
  const isSecure = listener.Protocol === 'HTTPS' || listener.Protocol === 'TLS'
  const [attributes, certificates, rules] = await Promise.all([
    caller.call('elbv2', 'DescribeListenerAttributes', { ListenerArn }),
    isSecure ? callAll(caller, 'elbv2', 'DescribeListenerCertificates', { ListenerArn }) : [],
    callAll(caller, 'elbv2', 'DescribeRules', { ListenerArn })
  ])
  const all = rules.flatMap(({ Rules = [] }) => Rules) as Rule[]
  const extra = certificates
    .flatMap(({ Certificates = [] }) => Certificates)
    .flatMap(({ CertificateArn, IsDefault }) => (IsDefault || CertificateArn === undefined ? [] : CertificateArn))
  const read = {
    ...rest,
    ListenerArn,
    defaultRule: all.find(({ IsDefault }) => IsDefault)?.RuleArn ?? '',
    extraCertificates: extra
  } as Listener
  return {
    listeners: { [ListenerArn]: read },
    rules: tableOf(all.map(rule => [rule.RuleArn, { ...rule, Transforms: rule.Transforms ?? [] }] as const)),
    attributes: { [ListenerArn]: attributesOf(attributes) }
  }
}

async function readLoadBalancer(caller: Caller, arn: string, asked: Asked, isNetwork: boolean): Promise<Part[]> {
  const [attributes, listeners, webACL, classic, capacity] = await Promise.all([
    caller.call('elbv2', 'DescribeLoadBalancerAttributes', { LoadBalancerArn: arn }),
    callAll(caller, 'elbv2', 'DescribeListeners', { LoadBalancerArn: arn }),
    asked.webACLs && !isNetwork ? caller.call('wafv2', 'GetWebACLForResource', { ResourceArn: arn }) : undefined,
    asked.classicWebACLs && !isNetwork
      ? caller.call('waf-regional', 'GetWebACLForResource', { ResourceArn: arn })
      : undefined,
    asked.capacities ? caller.call('elbv2', 'DescribeCapacityReservation', { LoadBalancerArn: arn }) : undefined
  ])
  const read = await Promise.all(
    listeners.flatMap(({ Listeners = [] }) => Listeners).map(listener => readListener(caller, listener))
  )
  const webACLOf = webACL?.WebACL?.ARN
  const classicWebACLOf = classic?.WebACLSummary?.WebACLId
  const units = capacity?.MinimumLoadBalancerCapacity?.CapacityUnits
  return [
    {
      attributes: { [arn]: attributesOf(attributes) },
      ...(webACLOf !== undefined && { webACLOf: { [arn]: webACLOf } }),
      ...(classicWebACLOf !== undefined && { classicWebACLOf: { [arn]: classicWebACLOf } }),
      ...(units !== undefined && {
        capacityReservations: {
          [arn]: { units, lastModified: capacity!.LastModifiedTime ?? new Date(0), decreasesLeft: 0 }
        }
      })
    },
    ...read
  ]
}

/** Targets that are registered: one that drains is none any more. */
async function readTargets(caller: Caller, TargetGroupArn: string): Promise<elbv2.TargetDescription[]> {
  const { TargetHealthDescriptions = [] } = await caller.call('elbv2', 'DescribeTargetHealth', { TargetGroupArn })
  return TargetHealthDescriptions.flatMap(({ Target, TargetHealth }) =>
    Target && TargetHealth?.State !== 'draining' ? [Target] : []
  )
}

async function readTargetGroup(caller: Caller, arn: string): Promise<Pick<State, 'attributes' | 'targets'>> {
  const [attributes, targets] = await Promise.all([
    caller.call('elbv2', 'DescribeTargetGroupAttributes', { TargetGroupArn: arn }),
    readTargets(caller, arn)
  ])
  return { attributes: { [arn]: attributesOf(attributes) }, targets: { [arn]: targets } }
}

async function readSecurityGroups(caller: Caller, clusterName: string): Promise<SecurityGroup[]> {
  const pages = await callAll(caller, 'ec2', 'DescribeSecurityGroups', {
    Filters: [{ Name: `tag:${clusterTag}`, Values: [clusterName] }]
  })
  return pages.flatMap(({ SecurityGroups = [] }) => SecurityGroups) as SecurityGroup[]
}

/** Merges tables by their names. */
function merged(parts: readonly Partial<State>[]): State {
  const state: Record<string, object> = {}
  for (const part of parts) {
    for (const [name, table] of Object.entries(part)) {
      state[name] = { ...state[name], ...(table as object) }
    }
  }
  return { ...emptyState, ...state }
}

/**
 * Reads what has the tags of a cluster: load balancers with all that hangs on them, target groups with their targets, security
 * groups.
 *
 * @throws {ServiceError} for what the account does not let one read.
 */
export async function readState(caller: Caller, clusterName: string, asked: Asked): Promise<State> {
  const [loadBalancerPages, targetGroupPages, securityGroups] = await Promise.all([
    callAll(caller, 'elbv2', 'DescribeLoadBalancers', {}),
    callAll(caller, 'elbv2', 'DescribeTargetGroups', {}),
    readSecurityGroups(caller, clusterName)
  ])
  const loadBalancers = loadBalancerPages.flatMap(({ LoadBalancers = [] }) => LoadBalancers) as LoadBalancer[]
  const targetGroups = targetGroupPages.flatMap(({ TargetGroups = [] }) => TargetGroups) as TargetGroup[]
  const tags = await readTags(caller, [
    ...loadBalancers.map(({ LoadBalancerArn }) => LoadBalancerArn),
    ...targetGroups.map(({ TargetGroupArn }) => TargetGroupArn)
  ])
  function isOwn(arn: string): boolean {
    return tags[arn]?.[clusterTag] === clusterName
  }
  const ownLoadBalancers = loadBalancers.filter(({ LoadBalancerArn }) => isOwn(LoadBalancerArn))
  const ownTargetGroups = targetGroups.filter(({ TargetGroupArn }) => isOwn(TargetGroupArn))
  const parts = await Promise.all([
    ...ownLoadBalancers.map(({ LoadBalancerArn, Type }) =>
      readLoadBalancer(caller, LoadBalancerArn, asked, Type === 'network')
    ),
    ...ownTargetGroups.map(async ({ TargetGroupArn }) => [await readTargetGroup(caller, TargetGroupArn)])
  ])
  const below = merged(parts.flat())
  const belowTags = await readTags(caller, [...Object.keys(below.listeners), ...Object.keys(below.rules)])
  const shield = asked.protections ? await readProtections(caller) : {}
  const { protections = {}, shieldSubscription = false } = shield
  const state = merged([
    below,
    {
      loadBalancers: tableOf(ownLoadBalancers.map(one => [one.LoadBalancerArn, one] as const)),
      targetGroups: tableOf(ownTargetGroups.map(one => [one.TargetGroupArn, one] as const)),
      securityGroups: tableOf(securityGroups.map(one => [one.GroupId, one] as const)),
      tags: {
        ...tags,
        ...belowTags,
        ...tableOf(securityGroups.map(({ GroupId, Tags }) => [GroupId, tagsOf(Tags)] as const))
      },
      protections
    }
  ])
  return { ...state, shieldSubscription }
}

/** Protections by the resource that they protect; none where the account has no subscription. */
async function readProtections(caller: Caller): Promise<Partial<Pick<State, 'protections' | 'shieldSubscription'>>> {
  const { SubscriptionState } = await caller.call('shield', 'GetSubscriptionState', {})
  if (SubscriptionState !== 'ACTIVE') {
    return {}
  }
  const pages = await callAll(caller, 'shield', 'ListProtections', {})
  const all = pages.flatMap(({ Protections = [] }) => Protections)
  return { shieldSubscription: true, protections: tableOf(all.map(one => [one.ResourceArn ?? '', one] as const)) }
}
