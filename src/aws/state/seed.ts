/**
 * The account as it is before the first call: what `aws.yaml` lists.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import ipaddr from 'ipaddr.js'
import type { Environment } from '../../model/index.ts'
import {
  type Certificate,
  emptyState,
  type Instance,
  type SecurityGroup,
  type State,
  type Subnet,
  type Table,
  type TrustStore,
  type Vpc,
  type WebACL
} from './state.ts'

/** Hexadecimal digits that follow from a text, for IDs that nobody gave. */
export function digitsOf(text: string, length = 17): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length)
}

const defaultVPCBlock = '10.0.0.0/16'
/** Prefix length of a subnet whose block nobody gave. */
const subnetPrefix = 20

const shortDirections: Record<string, string> = { southeast: 'se', northeast: 'ne', southwest: 'sw', northwest: 'nw' }

/** The ID of a zone: `usw2-az1` for `us-west-2a`. AWS deals them out anew for each account. */
export function zoneID(zone: string): string {
  const [, region = '', letter = 'a'] = /^(.*-\d+)([a-z])$/.exec(zone) ?? [undefined, zone]
  const [continent = '', ...rest] = region.split('-')
  const number = rest.at(-1) ?? ''
  const middle = rest.slice(0, -1).map(word => shortDirections[word] ?? word[0])
  return `${continent}${middle.join('')}${number}-az${letter.charCodeAt(0) - 0x60}`
}

/** The block at a place of the VPC's. */
function blockAt(vpcBlock: string, index: number): string {
  const [network] = ipaddr.parseCIDR(vpcBlock)
  const first = network.toByteArray().reduce((sum, byte) => sum * 256 + byte, 0) + index * 2 ** (32 - subnetPrefix)
  const bytes = [24, 16, 8, 0].map(shift => Math.floor(first / 2 ** shift) % 256)
  return `${bytes.join('.')}/${subnetPrefix}`
}

/** IDs of the controller's own defaults are no IDs of AWS's. */
function vpcIDOf({ vpcID, accountID, region }: Environment): string {
  return /^vpc-[0-9a-f]{8,}$/.test(vpcID) ? vpcID : `vpc-${digitsOf(`vpc ${accountID} ${region}`)}`
}

function vpcOf(environment: Environment): Vpc {
  const { accountID, vpcCIDR = defaultVPCBlock } = environment
  const id = vpcIDOf(environment)
  return {
    VpcId: id,
    CidrBlock: vpcCIDR,
    State: 'available',
    OwnerId: accountID,
    IsDefault: false,
    InstanceTenancy: 'default',
    DhcpOptionsId: `dopt-${digitsOf(`dopt ${id}`)}`,
    CidrBlockAssociationSet: [
      {
        AssociationId: `vpc-cidr-assoc-${digitsOf(`cidr ${id}`)}`,
        CidrBlock: vpcCIDR,
        CidrBlockState: { State: 'associated' }
      }
    ],
    ...(environment.subnets.some(({ ipv6 }) => ipv6) && {
      Ipv6CidrBlockAssociationSet: [
        {
          AssociationId: `vpc-cidr-assoc-${digitsOf(`ipv6 ${id}`)}`,
          Ipv6CidrBlock: '2600:1f13:1::/56',
          Ipv6CidrBlockState: { State: 'associated' },
          NetworkBorderGroup: environment.region,
          Ipv6Pool: 'Amazon'
        }
      ]
    })
  }
}

/** A subnet as EC2 describes it. */
export function subnetOf(
  given: { id: string; zone: string; cidr: string; availableIPs: number; ipv6Block?: string },
  vpc: Vpc,
  { accountID, region }: Pick<Environment, 'accountID' | 'region'>
): Subnet {
  const { id, zone, cidr, availableIPs, ipv6Block } = given
  return {
    SubnetId: id,
    VpcId: vpc.VpcId,
    AvailabilityZone: zone,
    AvailabilityZoneId: zoneID(zone),
    CidrBlock: cidr,
    AvailableIpAddressCount: availableIPs,
    State: 'available',
    OwnerId: accountID,
    MapPublicIpOnLaunch: false,
    AssignIpv6AddressOnCreation: false,
    DefaultForAz: false,
    EnableDns64: false,
    Ipv6Native: false,
    Ipv6CidrBlockAssociationSet:
      ipv6Block === undefined
        ? []
        : [
            {
              AssociationId: `subnet-cidr-assoc-${digitsOf(`ipv6 ${id}`)}`,
              Ipv6CidrBlock: ipv6Block,
              Ipv6CidrBlockState: { State: 'associated' }
            }
          ],
    SubnetArn: `arn:aws:ec2:${region}:${accountID}:subnet/${id}`
  }
}

/** What may leave a security group that nobody changed: everything. */
const everyEgress = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }]

/** A security group as EC2 describes it. */
export function securityGroupOf(
  { id, name, description, vpcID }: { id: string; name: string; description: string; vpcID: string },
  { accountID, region }: Pick<Environment, 'accountID' | 'region'>
): SecurityGroup {
  return {
    GroupId: id,
    GroupName: name,
    Description: description,
    VpcId: vpcID,
    OwnerId: accountID,
    SecurityGroupArn: `arn:aws:ec2:${region}:${accountID}:security-group/${id}`,
    IpPermissions: [],
    IpPermissionsEgress: everyEgress
  }
}

/** The ID of the group that every VPC has. */
export function defaultGroupID(vpcID: string): string {
  return `sg-${digitsOf(`default ${vpcID}`)}`
}

/** An instance as EC2 describes it, with the one network interface that the controller looks for. */
export function instanceOf(
  given: { id: string; address: string; type: string; image?: string; podCIDR?: string },
  subnet: Subnet,
  groups: readonly SecurityGroup[],
  { accountID, region }: Pick<Environment, 'accountID' | 'region'>
): Instance {
  const { id, address, type, image = 'ami-00000000000000000', podCIDR } = given
  const identifiers = groups.map(({ GroupId, GroupName }) => ({ GroupId, GroupName }))
  const dnsName = `ip-${address.replaceAll(/[.:]/g, '-')}.${region}.compute.internal`
  return {
    InstanceId: id,
    ImageId: image,
    InstanceType: type as NonNullable<Instance['InstanceType']>,
    PrivateIpAddress: address,
    PrivateDnsName: dnsName,
    SubnetId: subnet.SubnetId,
    VpcId: subnet.VpcId,
    State: { Code: 16, Name: 'running' },
    Placement: { AvailabilityZone: subnet.AvailabilityZone, Tenancy: 'default' },
    NetworkInterfaces: [
      {
        NetworkInterfaceId: `eni-${digitsOf(`eni ${id}`)}`,
        VpcId: subnet.VpcId,
        SubnetId: subnet.SubnetId,
        OwnerId: accountID,
        Status: 'in-use',
        InterfaceType: 'interface',
        PrivateIpAddress: address,
        PrivateDnsName: dnsName,
        Groups: identifiers,
        Attachment: { DeviceIndex: 0, AttachmentId: `eni-attach-${digitsOf(`attach ${id}`)}`, Status: 'attached' },
        PrivateIpAddresses: [{ PrivateIpAddress: address, Primary: true }],
        ...(podCIDR !== undefined && { Ipv4Prefixes: [{ Ipv4Prefix: podCIDR }] })
      }
    ],
    SecurityGroups: identifiers
  }
}

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

/** Groups that `aws.yaml` lists, the VPC's default one, the cluster's shared one, and one for its nodes where there are any. */
function securityGroupsOf(
  environment: Environment,
  vpcID: string
): { groups: SecurityGroup[]; tags: Table<Table<string>> } {
  const { securityGroups, backendSecurityGroupID, clusterName, instances = [], unlisted = [] } = environment
  const nodes = { id: `sg-${digitsOf(`nodes ${vpcID}`)}`, name: 'nodes', description: 'Nodes of the cluster', vpcID }
  const given = securityGroups.map(({ id, name = id, tags }) => ({
    group: { id, name, description: name, vpcID },
    tags: { ...(name !== id && { Name: name }), ...tags }
  }))
  const backend = {
    group: { id: backendSecurityGroupID, name: 'backend', description: 'Shared towards the nodes', vpcID },
    tags: { 'elbv2.k8s.aws/cluster': clusterName, 'elbv2.k8s.aws/resource': 'backend-sg' }
  }
  const all = [
    {
      group: { id: defaultGroupID(vpcID), name: 'default', description: 'default VPC security group', vpcID },
      tags: {}
    },
    ...given,
    // The default environment's is a placeholder for one that the controller makes.
    ...(unlisted.includes('securityGroups') || given.some(({ group }) => group.id === backendSecurityGroupID)
      ? []
      : [backend]),
    ...(instances.length > 0 ? [{ group: nodes, tags: { [`kubernetes.io/cluster/${clusterName}`]: 'owned' } }] : [])
  ]
  return {
    groups: all.map(({ group }) => securityGroupOf(group, environment)),
    tags: Object.fromEntries(
      all.filter(({ tags }) => Object.keys(tags).length > 0).map(({ group, tags }) => [group.id, tags])
    )
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
      instances.flatMap(({ id, address, zone, podCIDR }) => {
        const subnet = subnets.find(({ AvailabilityZone }) => AvailabilityZone === zone) ?? subnets[0]
        return subnet === undefined
          ? []
          : [instanceOf({ id, address, type: 'm5.large', ...(podCIDR && { podCIDR }) }, subnet, nodeGroup, environment)]
      }),
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
