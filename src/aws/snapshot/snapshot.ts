/**
 * An account as `aws.yaml` has it, by calls that only read.
 *
 * @module
 */

import { stringify } from 'yaml'
import { Failure, usageFailure } from '../../failure.ts'
import { type Caller, callAll } from '../client/client.ts'
import { backendGroupTag, clusterTag } from '../live/tracking.ts'
import type * as ec2 from '../protocol/shapes/ec2.ts'

export interface SnapshotOptions {
  region: string
  clusterName: string
  /** Default: the only VPC, or the only one with subnets of the cluster. */
  vpcID?: string
}

/** A list that could not be read, and is therefore not in the file. */
export interface Unread {
  list: string
  reason: string
}

export interface Snapshot {
  /** What the file holds. */
  text: string
  unread: Unread[]
}

type Tags = Record<string, string>

function tagsOf(tags: readonly { Key?: string; Value?: string }[] = []): Tags {
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]))
}

function unlessEmpty<Value extends object>(name: string, value: Value): Record<string, Value> {
  return Object.keys(value).length > 0 ? { [name]: value } : {}
}

function clusterTagOf(clusterName: string): string {
  return `kubernetes.io/cluster/${clusterName}`
}

/** @throws Failure exit 2 `VPC_UNCLEAR`. */
function chooseVPC(vpcs: readonly ec2.Vpc[], subnets: readonly ec2.Subnet[], options: SnapshotOptions): ec2.Vpc {
  const { vpcID, clusterName } = options
  const ofCluster = new Set(
    subnets.filter(({ Tags }) => clusterTagOf(clusterName) in tagsOf(Tags)).map(({ VpcId }) => VpcId)
  )
  const candidates = vpcs.filter(({ VpcId }) => vpcID === undefined || VpcId === vpcID)
  const [only, ...others] = candidates.length > 1 ? candidates.filter(({ VpcId }) => ofCluster.has(VpcId)) : candidates
  if (!only || others.length > 0) {
    const ids = vpcs.flatMap(({ VpcId }) => VpcId ?? [])
    throw usageFailure({
      code: 'VPC_UNCLEAR',
      message: `which of ${ids.length} VPCs the cluster ${clusterName} is in cannot be told`,
      path: '--vpc-id',
      expected: ids.join(', '),
      hint: 'name it with --vpc-id, or the cluster that its subnets are tagged for with --cluster-name'
    })
  }
  return only
}

function leadsToInternet({ Routes = [] }: ec2.RouteTable): boolean {
  return Routes.some(
    ({ GatewayId, DestinationCidrBlock, DestinationIpv6CidrBlock }) =>
      GatewayId?.startsWith('igw-') && (DestinationCidrBlock === '0.0.0.0/0' || DestinationIpv6CidrBlock === '::/0')
  )
}

/** The route table of a subnet: its own, or the VPC's main one. */
function routeTableOf(subnetID: string, tables: readonly ec2.RouteTable[]): ec2.RouteTable | undefined {
  function hasAssociation(test: (association: ec2.RouteTableAssociation) => boolean | undefined) {
    return tables.find(({ Associations = [] }) => Associations.some(one => test(one)))
  }
  return hasAssociation(({ SubnetId }) => SubnetId === subnetID) ?? hasAssociation(({ Main }) => Main)
}

async function readSubnets(caller: Caller, subnets: readonly ec2.Subnet[], vpcID: string): Promise<object[]> {
  const Filters = [{ Name: 'vpc-id', Values: [vpcID] }]
  const [{ AvailabilityZones = [] }, pages] = await Promise.all([
    caller.call('ec2', 'DescribeAvailabilityZones', {}),
    callAll(caller, 'ec2', 'DescribeRouteTables', { Filters })
  ])
  const zoneTypes = new Map(AvailabilityZones.map(({ ZoneName, ZoneType }) => [ZoneName, ZoneType]))
  const tables = pages.flatMap(({ RouteTables = [] }) => RouteTables)
  return subnets.map(subnet => {
    const { SubnetId: id = '', AvailabilityZone: zone, OutpostArn, Tags, CidrBlock, AvailableIpAddressCount } = subnet
    const table = routeTableOf(id, tables)
    const type = OutpostArn === undefined ? zoneTypes.get(zone) : 'outpost'
    const ipv6CIDRs = (subnet.Ipv6CidrBlockAssociationSet ?? []).flatMap(({ Ipv6CidrBlock }) => Ipv6CidrBlock ?? [])
    return {
      ...{ id, zone },
      ...(type !== undefined && type !== 'availability-zone' && { zoneType: type }),
      ...unlessEmpty('tags', tagsOf(Tags)),
      public: table !== undefined && leadsToInternet(table),
      availableIPs: AvailableIpAddressCount ?? 0,
      ...(CidrBlock !== undefined && { cidr: CidrBlock }),
      ipv6CIDRs
    }
  })
}

async function readSecurityGroups(caller: Caller, vpcID: string, clusterName: string) {
  const pages = await callAll(caller, 'ec2', 'DescribeSecurityGroups', {
    Filters: [{ Name: 'vpc-id', Values: [vpcID] }]
  })
  const groups = pages
    .flatMap(({ SecurityGroups = [] }) => SecurityGroups)
    .map(({ GroupId: id = '', Tags }) => ({ id, tags: tagsOf(Tags) }))
  const backend = groups.find(
    ({ tags }) => tags[clusterTag] === clusterName && tags[backendGroupTag.key] === backendGroupTag.value
  )
  return {
    ...(backend && { backendSecurityGroupID: backend.id }),
    securityGroups: groups.map(({ id, tags: { Name: name, ...tags } }) => ({
      id,
      ...(name !== undefined && name !== '' && { name }),
      ...unlessEmpty('tags', tags)
    }))
  }
}

/** Machines of the cluster; where none has its tag, all that run in the VPC. */
async function readInstances(caller: Caller, vpcID: string, clusterName: string): Promise<object[]> {
  const pages = await callAll(caller, 'ec2', 'DescribeInstances', {
    Filters: [
      { Name: 'vpc-id', Values: [vpcID] },
      { Name: 'instance-state-name', Values: ['running'] }
    ]
  })
  const all = pages.flatMap(({ Reservations = [] }) => Reservations).flatMap(({ Instances = [] }) => Instances)
  const tagged = all.filter(({ Tags }) => clusterTagOf(clusterName) in tagsOf(Tags))
  return (tagged.length > 0 ? tagged : all).map(instance => {
    const { InstanceId: id, PrivateIpAddress: address, Placement, NetworkInterfaces = [], Tags } = instance
    const prefix = NetworkInterfaces.flatMap(({ Ipv4Prefixes = [] }) => Ipv4Prefixes)[0]?.Ipv4Prefix
    return {
      ...{ id, address },
      ...(Placement?.AvailabilityZone !== undefined && { zone: Placement.AvailabilityZone }),
      ...(prefix !== undefined && { podCIDR: prefix }),
      ...unlessEmpty('tags', tagsOf(Tags))
    }
  })
}

/** Every kind of key: without the word ACM lists those of RSA with 2048 bits alone. (API: ListCertificates, Includes.) */
const keyTypes = [
  'RSA_1024',
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'EC_prime256v1',
  'EC_secp384r1',
  'EC_secp521r1'
] as const

async function readCertificates(caller: Caller): Promise<object[]> {
  const pages = await callAll(caller, 'acm', 'ListCertificates', { Includes: { keyTypes: [...keyTypes] } })
  const arns = pages
    .flatMap(({ CertificateSummaryList = [] }) => CertificateSummaryList)
    .flatMap(({ CertificateArn }) => CertificateArn ?? [])
  const certificates: object[] = []
  // One after the other: ACM takes few calls a second.
  for (const CertificateArn of arns) {
    const { Certificate = {} } = await caller.call('acm', 'DescribeCertificate', { CertificateArn })
    const { DomainName = '', SubjectAlternativeNames = [], Status, CertificateAuthorityArn } = Certificate
    certificates.push({
      arn: CertificateArn,
      domains: [...new Set([DomainName, ...SubjectAlternativeNames])].filter(domain => domain !== ''),
      ...(Status !== undefined && Status !== 'ISSUED' && { status: Status }),
      ...(CertificateAuthorityArn !== undefined && { certificateAuthorityARN: CertificateAuthorityArn })
    })
  }
  return certificates
}

async function readWebACLs(caller: Caller): Promise<object[]> {
  const pages = await callAll(caller, 'wafv2', 'ListWebACLs', { Scope: 'REGIONAL' })
  return pages.flatMap(({ WebACLs = [] }) => WebACLs).map(({ Name: name, ARN: arn }) => ({ name, arn }))
}

async function readTrustStores(caller: Caller): Promise<object[]> {
  const pages = await callAll(caller, 'elbv2', 'DescribeTrustStores', {})
  return pages
    .flatMap(({ TrustStores = [] }) => TrustStores)
    .map(({ Name: name, TrustStoreArn: arn }) => ({ name, arn }))
}

/** A list, or why it cannot be read. */
async function attempt(
  list: string,
  read: () => Promise<object[]>,
  unread: Unread[]
): Promise<Record<string, object[]>> {
  try {
    return { [list]: await read() }
  } catch (error) {
    if (error instanceof Failure && error.code === 'CALL_REFUSED') {
      unread.push({ list, reason: error.message })
      return {}
    }
    throw error
  }
}

const header = `# What istio-alb aws snapshot read of the account. docs/aws.md says what each key means.
`

/**
 * Reads the account.
 *
 * @throws Failure exit 2 `VPC_UNCLEAR`; exit 1 `CALL_REFUSED` where the VPC, its subnets or security groups may not be read; exit 3
 * `ENDPOINT_SILENT`. Lists beside them that may not be read are told in the result.
 */
export async function takeSnapshot(caller: Caller, options: SnapshotOptions): Promise<Snapshot> {
  const { region, clusterName } = options
  const [{ Account: accountID }, vpcPages, subnetPages] = await Promise.all([
    caller.call('sts', 'GetCallerIdentity', {}),
    callAll(caller, 'ec2', 'DescribeVpcs', {}),
    callAll(caller, 'ec2', 'DescribeSubnets', {})
  ])
  const subnets = subnetPages.flatMap(({ Subnets = [] }) => Subnets)
  const vpc = chooseVPC(
    vpcPages.flatMap(({ Vpcs = [] }) => Vpcs),
    subnets,
    options
  )
  const { VpcId: vpcID = '', CidrBlockAssociationSet = [], Ipv6CidrBlockAssociationSet = [] } = vpc
  const unread: Unread[] = []
  const ofVPC = subnets.filter(({ VpcId }) => VpcId === vpcID)
  const content = {
    ...{ clusterName, region, accountID, vpcID },
    vpcCIDRs: CidrBlockAssociationSet.flatMap(({ CidrBlock }) => CidrBlock ?? []),
    vpcIPv6CIDRs: Ipv6CidrBlockAssociationSet.flatMap(({ Ipv6CidrBlock }) => Ipv6CidrBlock ?? []),
    subnets: await readSubnets(caller, ofVPC, vpcID),
    ...(await readSecurityGroups(caller, vpcID, clusterName)),
    ...(await attempt('certificates', () => readCertificates(caller), unread)),
    ...(await attempt('webACLs', () => readWebACLs(caller), unread)),
    ...(await attempt('trustStores', () => readTrustStores(caller), unread)),
    ...(await attempt('instances', () => readInstances(caller, vpcID, clusterName), unread))
  }
  return { text: header + stringify(content, { lineWidth: 0 }), unread }
}
