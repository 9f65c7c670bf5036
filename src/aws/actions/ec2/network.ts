/**
 * VPCs and subnets.
 *
 * @module
 */

import ipaddr from 'ipaddr.js'
import { ServiceError } from '../../protocol/service-error.ts'
import type * as ec2 from '../../protocol/shapes/ec2.ts'
import { defaultGroupID, digitsOf, zoneID } from '../../state/identifier.ts'
import { subnetOf } from '../../state/network.ts'
import { securityGroupOf } from '../../state/security-group.ts'
import type { Subnet, Vpc } from '../../state/state.ts'
import type { Actions, Call } from '../call.ts'
import { byID, filtered, paged } from './filter.ts'
import { putTags, taggedResult } from './tags.ts'

function requireVpc(call: Call, id: string): Vpc {
  const vpc = call.find('vpcs', id)
  if (!vpc) {
    throw new ServiceError('InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`)
  }
  return vpc
}

/** Zones that a region has here: those of the subnets, and the first three. */
function zonesOf(call: Call): string[] {
  const first = ['a', 'b', 'c'].map(letter => `${call.region}${letter}`)
  const ofSubnets = call.all('subnets').map(({ AvailabilityZone }) => AvailabilityZone)
  return [...new Set([...first, ...ofSubnets])].toSorted()
}

function zoneTypeOf(call: Call, zone: string): string {
  const type = call.environment.subnets.find(subnet => subnet.zone === zone)?.zoneType
  return type === undefined || type === 'outpost' ? 'availability-zone' : type
}

function describeZone(call: Call, zone: string): ec2.AvailabilityZone {
  return {
    ZoneName: zone,
    ZoneId: zoneID(zone),
    ZoneType: zoneTypeOf(call, zone),
    State: 'available',
    RegionName: call.region,
    OptInStatus: 'opt-in-not-required',
    GroupName: call.region,
    NetworkBorderGroup: call.region
  }
}

function subnetID({ SubnetId }: Subnet): string {
  return SubnetId
}

function vpcID({ VpcId }: Vpc): string {
  return VpcId
}

/** Blocks of VPCs and subnets are of /16 to /28. (VPC user guide: "VPC CIDR blocks".) */
function hasBlockSize(block: string): boolean {
  const [, prefix] = ipaddr.parseCIDR(block)
  return prefix >= 16 && prefix <= 28
}

/** @throws {ServiceError} for a block that is none, lies outside of the VPC's or over another subnet's. */
function checkBlock(call: Call, { VpcId, CidrBlock }: Vpc, block: string): void {
  if (!ipaddr.IPv4.isValidCIDR(block)) {
    throw new ServiceError(
      'InvalidParameterValue',
      `Value (${block}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`
    )
  }
  const [network, prefix] = ipaddr.parseCIDR(block)
  const [outer, outerPrefix] = ipaddr.parseCIDR(CidrBlock)
  if (prefix < outerPrefix || !network.match(outer, outerPrefix) || !hasBlockSize(block)) {
    throw new ServiceError('InvalidSubnet.Range', `The CIDR '${block}' is invalid.`)
  }
  const overlaps = call.all('subnets').some(other => {
    const [base, length] = ipaddr.parseCIDR(other.CidrBlock)
    return other.VpcId === VpcId && (network.match(base, length) || base.match(network, prefix))
  })
  if (overlaps) {
    throw new ServiceError('InvalidSubnet.Conflict', `The CIDR '${block}' conflicts with another subnet`)
  }
}

type NetworkOperations = Pick<
  ec2.Ec2Operations,
  | 'DescribeSubnets'
  | 'DescribeAvailabilityZones'
  | 'DescribeRegions'
  | 'DescribeVpcs'
  | 'DescribeVpcAttribute'
  | 'DescribeAddresses'
  | 'DescribeAccountAttributes'
  | 'CreateVpc'
  | 'DeleteVpc'
  | 'CreateSubnet'
  | 'DeleteSubnet'
>

export const networkActions: Actions<NetworkOperations> = {
  DescribeSubnets(input, call) {
    const named = byID(call.all('subnets'), input.SubnetIds, subnetID, {
      code: 'InvalidSubnetID.NotFound',
      words: 'subnet ID'
    })
    const found = filtered(call, named, input.Filters, {
      idOf: subnetID,
      values: {
        'vpc-id': ({ VpcId }) => [VpcId],
        'subnet-id': ({ SubnetId }) => [SubnetId],
        'availability-zone': ({ AvailabilityZone }) => [AvailabilityZone],
        availabilityZone: ({ AvailabilityZone }) => [AvailabilityZone],
        'availability-zone-id': ({ AvailabilityZoneId }) => [AvailabilityZoneId],
        'cidr-block': ({ CidrBlock }) => [CidrBlock],
        cidr: ({ CidrBlock }) => [CidrBlock],
        cidrBlock: ({ CidrBlock }) => [CidrBlock],
        state: ({ State }) => [State],
        'owner-id': ({ OwnerId }) => [OwnerId],
        'default-for-az': ({ DefaultForAz }) => [String(DefaultForAz)],
        defaultForAz: ({ DefaultForAz }) => [String(DefaultForAz)]
      }
    })
    const { items, token } = paged(call, found, subnetID, input)
    return { Subnets: items.map(one => taggedResult(call, one, one.SubnetId)), ...token }
  },

  DescribeAvailabilityZones({ ZoneNames = [], ZoneIds = [], Filters }, call) {
    const zones = zonesOf(call).map(zone => describeZone(call, zone))
    const missing = [
      ...ZoneNames.filter(name => !zones.some(({ ZoneName }) => ZoneName === name)),
      ...ZoneIds.filter(id => !zones.some(({ ZoneId }) => ZoneId === id))
    ]
    if (missing.length > 0) {
      throw new ServiceError('InvalidParameterValue', `Invalid availability zone: [${missing.join(', ')}]`)
    }
    const asked = zones.filter(
      ({ ZoneName = '', ZoneId = '' }) =>
        (ZoneNames.length === 0 || ZoneNames.includes(ZoneName)) && (ZoneIds.length === 0 || ZoneIds.includes(ZoneId))
    )
    return {
      AvailabilityZones: filtered(call, asked, Filters, {
        idOf: ({ ZoneId = '' }) => ZoneId,
        values: {
          'zone-name': ({ ZoneName }) => [ZoneName],
          'zone-id': ({ ZoneId }) => [ZoneId],
          'zone-type': ({ ZoneType }) => [ZoneType],
          'region-name': ({ RegionName }) => [RegionName],
          state: ({ State }) => [State],
          'opt-in-status': ({ OptInStatus }) => [OptInStatus],
          'group-name': ({ GroupName }) => [GroupName]
        }
      })
    }
  },

  DescribeRegions({ RegionNames = [] }, call) {
    const names = RegionNames.length > 0 ? RegionNames : [call.region]
    return {
      Regions: names.map(RegionName => ({
        RegionName,
        Endpoint: `ec2.${RegionName}.amazonaws.com`,
        OptInStatus: 'opt-in-not-required'
      }))
    }
  },

  DescribeVpcs(input, call) {
    const named = byID(call.all('vpcs'), input.VpcIds, vpcID, { code: 'InvalidVpcID.NotFound', words: 'vpc ID' })
    const found = filtered(call, named, input.Filters, {
      idOf: vpcID,
      values: {
        'vpc-id': ({ VpcId }) => [VpcId],
        cidr: ({ CidrBlock }) => [CidrBlock],
        state: ({ State }) => [State],
        'owner-id': ({ OwnerId }) => [OwnerId],
        isDefault: ({ IsDefault }) => [String(IsDefault)],
        'is-default': ({ IsDefault }) => [String(IsDefault)]
      }
    })
    const { items, token } = paged(call, found, vpcID, input)
    return { Vpcs: items.map(one => taggedResult(call, one, one.VpcId)), ...token }
  },

  DescribeVpcAttribute({ VpcId, Attribute }, call) {
    requireVpc(call, VpcId)
    const member = `${Attribute[0]!.toUpperCase()}${Attribute.slice(1)}`
    return { VpcId, [member]: { Value: Attribute !== 'enableNetworkAddressUsageMetrics' } }
  },

  DescribeAddresses: () => ({ Addresses: [] }),

  DescribeAccountAttributes({ AttributeNames = [] }) {
    const values: Record<string, string> = { 'supported-platforms': 'VPC', 'default-vpc': 'none' }
    return {
      AccountAttributes: Object.entries(values)
        .filter(([name]) => AttributeNames.length === 0 || (AttributeNames as string[]).includes(name))
        .map(([AttributeName, AttributeValue]) => ({ AttributeName, AttributeValues: [{ AttributeValue }] }))
    }
  },

  CreateVpc({ CidrBlock = '', InstanceTenancy = 'default', TagSpecifications }, call) {
    if (!ipaddr.IPv4.isValidCIDR(CidrBlock) || !hasBlockSize(CidrBlock)) {
      throw new ServiceError('InvalidVpc.Range', `The CIDR '${CidrBlock}' is invalid.`)
    }
    const id = `vpc-${call.digits(17)}`
    const vpc: Vpc = {
      VpcId: id,
      CidrBlock,
      State: 'available',
      OwnerId: call.accountID,
      IsDefault: false,
      InstanceTenancy,
      DhcpOptionsId: `dopt-${digitsOf(`dopt ${id}`)}`,
      CidrBlockAssociationSet: [
        {
          AssociationId: `vpc-cidr-assoc-${digitsOf(`cidr ${id}`)}`,
          CidrBlock,
          CidrBlockState: { State: 'associated' }
        }
      ]
    }
    call.put('vpcs', id, vpc)
    putTags(call, id, 'vpc', TagSpecifications)
    const group = { id: defaultGroupID(id), name: 'default', description: 'default VPC security group', vpcID: id }
    call.put('securityGroups', group.id, securityGroupOf(group, call.environment))
    return { Vpc: taggedResult(call, vpc, id) }
  },

  DeleteVpc({ VpcId }, call) {
    requireVpc(call, VpcId)
    const groups = call.all('securityGroups').filter(group => group.VpcId === VpcId)
    const isUsed =
      call.all('subnets').some(subnet => subnet.VpcId === VpcId) ||
      groups.some(({ GroupName }) => GroupName !== 'default')
    if (isUsed) {
      throw new ServiceError('DependencyViolation', `The vpc '${VpcId}' has dependencies and cannot be deleted.`)
    }
    for (const { GroupId } of groups) {
      call.remove('securityGroups', GroupId)
    }
    call.remove('vpcs', VpcId)
    call.remove('tags', VpcId)
    return {}
  },

  CreateSubnet({ VpcId, CidrBlock = '', AvailabilityZone, Ipv6CidrBlock, TagSpecifications }, call) {
    const vpc = requireVpc(call, VpcId)
    checkBlock(call, vpc, CidrBlock)
    const zones = zonesOf(call)
    if (AvailabilityZone !== undefined && !zones.includes(AvailabilityZone)) {
      throw new ServiceError(
        'InvalidParameterValue',
        `Value (${AvailabilityZone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ${zones.join(', ')}.`
      )
    }
    const [, prefix] = ipaddr.parseCIDR(CidrBlock)
    const subnet = subnetOf(
      {
        id: `subnet-${call.digits(17)}`,
        zone: AvailabilityZone ?? zones[0]!,
        cidr: CidrBlock,
        // Five addresses of each subnet are AWS's own.
        availableIPs: 2 ** (32 - prefix) - 5,
        ...(Ipv6CidrBlock !== undefined && { ipv6Block: Ipv6CidrBlock })
      },
      vpc,
      call.environment
    )
    call.put('subnets', subnet.SubnetId, subnet)
    putTags(call, subnet.SubnetId, 'subnet', TagSpecifications)
    return { Subnet: taggedResult(call, subnet, subnet.SubnetId) }
  },

  DeleteSubnet({ SubnetId }, call) {
    if (!call.find('subnets', SubnetId)) {
      throw new ServiceError('InvalidSubnetID.NotFound', `The subnet ID '${SubnetId}' does not exist`)
    }
    const isUsed =
      call.all('instances').some(instance => instance.SubnetId === SubnetId) ||
      call
        .all('loadBalancers')
        .some(({ AvailabilityZones }) => AvailabilityZones.some(zone => zone.SubnetId === SubnetId))
    if (isUsed) {
      throw new ServiceError('DependencyViolation', `The subnet '${SubnetId}' has dependencies and cannot be deleted.`)
    }
    call.remove('subnets', SubnetId)
    call.remove('tags', SubnetId)
    return {}
  }
}
