/**
 * A Network Load Balancer in front of the ALB, with one listener and one target group of type `alb` for each of its ports
 * (LBC: buildFrontendNlbModel).
 *
 * @module
 */

import type { Ingress } from '../../resources/index.ts'
import { type Annotation, readBool, readStringList, readStringMap } from '../annotation/parser.ts'
import { attributeList } from '../build/attributes.ts'
import { routingPolicies, routingPolicyKey } from '../build/routing-policy.ts'
import { resolveSecurityGroups } from '../build/security-groups.ts'
import { objectOf } from '../build/tags.ts'
import { addResource, explain } from '../build/task.ts'
import { formatMap, formatSlice } from '../go/format.ts'
import { ModelError } from '../model-error.ts'
import type { FrontendTargetGroup, LoadBalancerSpec, Tags } from '../stack/stack.ts'
import { buildFrontendListeners, frontendID } from './frontend-nlb-listeners.ts'
import { collectSettings } from './group/setting.ts'
import type { ListenPorts } from './listen-ports.ts'
import { chooseScheme } from './load-balancer.ts'
import { listedSecurityGroups } from './security-groups.ts'
import { chooseSubnets } from './subnets.ts'
import { groupTags } from './tags.ts'
import type { BuildTask } from './task.ts'

const longestNameStart = 28

/** LBC: buildEnableFrontendNlbViaAnnotation. @throws ModelError */
function isEnabled({ group }: BuildTask): boolean {
  const values = new Set(group.members.flatMap(({ ingress }) => readBool('enable-frontend-nlb', ingress)?.value ?? []))
  if (values.size > 1) {
    throw new ModelError('conflicting enable frontend NLB values')
  }
  return values.has(true)
}

/** A setting that all members that have it must give alike. */
function requireSame<Value>(
  { group }: BuildTask,
  read: (ingress: Ingress) => Annotation<Value> | undefined,
  what: string,
  format: (value: Value) => string
): Value | undefined {
  const [chosen, ...others] = group.members.flatMap(({ ingress }) => read(ingress) ?? [])
  const different = others.find(({ value }) => format(value) !== format(chosen!.value))
  if (different) {
    throw new ModelError(`conflicting ${what}: ${format(chosen!.value)} | ${format(different.value)}`)
  }
  return chosen?.value
}

function buildSubnets(task: BuildTask, scheme: string): LoadBalancerSpec['subnetMapping'] {
  const { ipAddressType } = task.loadBalancer!
  const { value: subnets } = chooseSubnets(task, 'frontend-nlb-subnets', { type: 'network', scheme, ipAddressType })
  const allocations = requireSame(
    task,
    ingress => readStringList('frontend-nlb-eip-allocations', ingress),
    'EIP allocations',
    formatSlice
  )
  if (!allocations) {
    return subnets.map(subnetID => ({ subnetID }))
  }
  if (scheme !== 'internet-facing') {
    throw new ModelError('EIP allocations can only be set for internet facing load balancers')
  }
  if (allocations.length !== subnets.length) {
    throw new ModelError(`count of EIP allocations (${allocations.length}) and subnets (${subnets.length}) must match`)
  }
  return subnets.map((subnetID, index) => ({ subnetID, allocationID: allocations[index]! }))
}

function buildAttributes(task: BuildTask): LoadBalancerSpec['loadBalancerAttributes'] {
  const attributes = requireSame(
    task,
    ingress => readStringMap('frontend-nlb-attributes', ingress),
    'frontend NLB attributes',
    formatMap
  )
  const policy = attributes?.get(routingPolicyKey)
  if (policy !== undefined && !routingPolicies.includes(policy)) {
    throw new ModelError(
      `invalid ${routingPolicyKey} set in annotation frontend-nlb-attributes: got '${policy}' expected one of ['${routingPolicies.join("', '")}']`
    )
  }
  return attributes && attributeList(attributes)
}

function buildLoadBalancer(task: BuildTask, tags: Tags | undefined): void {
  const alb = task.loadBalancer!
  const scheme = chooseScheme(task, collectSettings(task.group.members, 'frontend-nlb-scheme'))
  const listed = listedSecurityGroups(task, 'frontend-nlb-security-groups')
  const securityGroups = listed ? resolveSecurityGroups(task, listed.value) : alb.securityGroups
  const subnetMapping = buildSubnets(task, scheme.value)
  const attributes = buildAttributes(task)
  addResource(task, 'AWS::ElasticLoadBalancingV2::LoadBalancer', frontendID, {
    spec: {
      name: `${alb.name.slice(0, longestNameStart)}-nlb`,
      type: 'network',
      scheme: scheme.value,
      ipAddressType: alb.ipAddressType,
      subnetMapping,
      ...(securityGroups && { securityGroups }),
      ...(attributes && { loadBalancerAttributes: attributes }),
      ...(tags && { tags })
    }
  })
  explain(task, frontendID, 'scheme', scheme.value, scheme.source)
}

/** Its own tags, which then are all it has, else those of the ALB (LBC: buildFrontendNlbTags). */
function chooseTags(task: BuildTask): Tags | undefined {
  const own = requireSame(task, ingress => readStringMap('frontend-nlb-tags', ingress), 'frontend NLB tags', formatMap)
  return own && own.size > 0 ? objectOf(own) : groupTags(task, task.group.members)
}

/** Builds the frontend NLB where members ask for one. @returns its target groups, by name. @throws ModelError */
export function buildFrontendNLB(
  task: BuildTask,
  portsByMember: ListenPorts['byMember']
): Record<string, FrontendTargetGroup> {
  if (!isEnabled(task)) {
    return {}
  }
  const tags = chooseTags(task)
  buildLoadBalancer(task, tags)
  const targetGroups = buildFrontendListeners(task, portsByMember, tags)
  return Object.fromEntries(targetGroups.map(targetGroup => [targetGroup.Name, targetGroup]))
}
