/**
 * The account as it is before the first call: what `aws.yaml` lists.
 *
 * @module
 */

import type { Environment } from '../../model/index.ts'
import { instanceOf } from './instance.ts'
import { blockAt, subnetOf, vpcOf } from './network.ts'
import { nodeGroupName, securityGroupsOf } from './security-group.ts'
import {
  type Certificate,
  emptyState,
  type Instance,
  type SecurityGroup,
  type State,
  type Subnet,
  type Table,
  type TrustStore,
  type WebACL
} from './state.ts'

function tableOf<Entry>(entries: readonly Entry[], keyOf: (entry: Entry) => string): Table<Entry> {
  return Object.fromEntries(entries.map(entry => [keyOf(entry), entry]))
}

/** Whose key only people know: `*` stands for every name, and an account that is asked has none that is called so. */
function isNamed({ name }: { name: string }): boolean {
  return name !== '*'
}

function certificatesOf({ certificates = [] }: Environment, now: Date): Certificate[] {
  return certificates.map(({ arn, domains, status, certificateAuthorityARN }) => ({
    arn,
    domains,
    status,
    type: 'AMAZON_ISSUED',
    createdAt: now,
    ...(certificateAuthorityARN !== undefined && { authorityARN: certificateAuthorityARN })
  }))
}

function webACLsOf({ webACLs = [] }: Environment): WebACL[] {
  return webACLs.filter(isNamed).map(({ name, arn }) => ({ name, arn, id: arn.split('/').at(-1) ?? name }))
}

function trustStoresOf({ trustStores = [] }: Environment): TrustStore[] {
  return trustStores.filter(isNamed).map(({ name, arn }) => ({ name, arn, revocations: [] }))
}

/** A machine as `aws.yaml` lists it. */
export type NodeInstance = NonNullable<Environment['instances']>[number]

/** An instance in the subnet of its zone; undefined in an account without subnets. */
function nodeInstance(
  { id, address, zone, podCIDR }: NodeInstance,
  { subnets, groups }: { subnets: readonly Subnet[]; groups: readonly SecurityGroup[] },
  environment: Environment
): Instance | undefined {
  const subnet = subnets.find(({ AvailabilityZone }) => AvailabilityZone === zone) ?? subnets[0]
  const given = { id, address, type: 'm5.large', ...(podCIDR !== undefined && { podCIDR }) }
  return subnet && instanceOf(given, subnet, groups, environment)
}

/** The state with these nodes in the place of those of which there were any. */
export function withNodes(
  state: State,
  nodes: readonly NodeInstance[],
  before: readonly string[],
  environment: Environment
): State {
  const subnets = Object.values(state.subnets)
  const groups = Object.values(state.securityGroups).filter(({ GroupName }) => GroupName === nodeGroupName)
  const kept = Object.entries(state.instances).filter(([id]) => !before.includes(id))
  const instances = nodes.flatMap(node => nodeInstance(node, { subnets, groups }, environment) ?? [])
  return {
    ...state,
    instances: { ...Object.fromEntries(kept), ...tableOf(instances, ({ InstanceId }) => InstanceId) }
  }
}

/** The state of an account that nobody has called yet. */
export function seedState(environment: Environment, now: Date): State {
  const vpc = vpcOf(environment)
  const subnets = environment.subnets.map(({ id, zone, cidr, availableIPs, ipv6 }, index) =>
    subnetOf(
      {
        id,
        zone,
        cidr: cidr ?? blockAt(vpc.CidrBlock, index),
        availableIPs,
        ...(ipv6 && { ipv6Block: `2600:1f13:1:${(index + 1).toString(16)}::/64` })
      },
      vpc,
      environment
    )
  )
  const { groups, tags } = securityGroupsOf(environment, vpc.VpcId)
  const instances = environment.instances ?? []
  const nodeGroup = groups.slice(-1)
  return {
    ...emptyState,
    vpcs: { [vpc.VpcId]: vpc },
    subnets: tableOf(subnets, ({ SubnetId }) => SubnetId),
    publicSubnets: environment.subnets.filter(one => one.public).map(({ id }) => id),
    securityGroups: tableOf(groups, ({ GroupId }) => GroupId),
    instances: tableOf(
      instances.flatMap(instance => nodeInstance(instance, { subnets, groups: nodeGroup }, environment) ?? []),
      ({ InstanceId }) => InstanceId
    ),
    certificates: tableOf(certificatesOf(environment, now), ({ arn }) => arn),
    webACLs: tableOf(webACLsOf(environment), ({ arn }) => arn),
    trustStores: tableOf(trustStoresOf(environment), ({ arn }) => arn),
    tags: {
      ...tags,
      ...Object.fromEntries(
        [...environment.subnets, ...instances].flatMap(({ id, tags: own }) => (own ? [[id, own]] : []))
      )
    }
  }
}
