/**
 * Subnets, security groups and addresses of load balancers: what AWS makes of those that are named, and what it refuses.
 * (API: CreateLoadBalancer, SetSubnets, SetSecurityGroups, SetIpAddressType.)
 *
 * @module
 */

import { ServiceError } from '../../protocol/service-error.ts'
import type { AvailabilityZone, SubnetMapping } from '../../protocol/shapes/elbv2.ts'
import { defaultGroupID } from '../../state/identifier.ts'
import type { LoadBalancer, Subnet } from '../../state/state.ts'
import type { Call } from '../call.ts'
import { invalid } from './lookup.ts'

/** Addresses that a subnet must have left. */
const fewestAddresses = 8

type LoadBalancerType = LoadBalancer['Type']

interface GivenSubnets {
  Subnets?: string[]
  SubnetMappings?: SubnetMapping[]
}

/** The subnets that are named, by either of the two members. */
export function readMappings({ Subnets = [], SubnetMappings = [] }: GivenSubnets): SubnetMapping[] {
  if (Subnets.length > 0 && SubnetMappings.length > 0) {
    throw invalid('You can specify either subnets or subnet mappings, not both')
  }
  return Subnets.length > 0 ? Subnets.map(SubnetId => ({ SubnetId })) : SubnetMappings
}

function subnetOf(call: Call, id: string | undefined): Subnet {
  const subnet = call.find('subnets', id)
  if (!subnet) {
    throw new ServiceError('SubnetNotFound', `The subnet ID '${id}' does not exist`)
  }
  return subnet
}

/** Subnets of a kind that lets a load balancer do with one. */
function isEdge(call: Call, { SubnetId }: Subnet): boolean {
  const zoneType = call.environment.subnets.find(({ id }) => id === SubnetId)?.zoneType
  return zoneType !== undefined && zoneType !== 'availability-zone'
}

/**
 * The zones of a load balancer.
 *
 * @throws {ServiceError} for subnets that are unknown, of one zone, of several VPCs, full, or too few.
 */
export function zonesOf(
  call: Call,
  mappings: readonly SubnetMapping[],
  { type, ipAddressType }: { type: LoadBalancerType; ipAddressType: LoadBalancer['IpAddressType'] }
): { zones: AvailabilityZone[]; vpcID: string } {
  const subnets = mappings.map(({ SubnetId }) => subnetOf(call, SubnetId))
  const [first] = subnets
  const isSingle = subnets.length === 1 && first !== undefined && isEdge(call, first)
  if (!first || (type === 'application' && subnets.length < 2 && !isSingle)) {
    throw invalid(
      type === 'application'
        ? 'At least two subnets in two different Availability Zones must be specified'
        : 'At least one subnet must be specified'
    )
  }
  const zones = subnets.map(({ AvailabilityZone: zone }) => zone)
  if (new Set(zones).size < zones.length) {
    throw new ServiceError(
      'InvalidConfigurationRequest',
      'A load balancer cannot be attached to multiple subnets in the same Availability Zone'
    )
  }
  if (subnets.some(({ VpcId }) => VpcId !== first.VpcId)) {
    throw new ServiceError('InvalidConfigurationRequest', 'All subnets must belong to the same VPC')
  }
  const full = subnets.find(
    ({ AvailableIpAddressCount = fewestAddresses }) => AvailableIpAddressCount < fewestAddresses
  )
  if (full) {
    throw new ServiceError(
      'InvalidSubnet',
      `Not enough IP space available in ${full.SubnetId}. ELB requires at least ${fewestAddresses} free IP addresses in each subnet.`
    )
  }
  requireIPv6(subnets, ipAddressType)
  return {
    vpcID: first.VpcId,
    zones: subnets.map(({ SubnetId, AvailabilityZone }, index) => ({
      ZoneName: AvailabilityZone,
      SubnetId,
      LoadBalancerAddresses: addressesOf(mappings[index]!)
    }))
  }
}

function addressesOf({ AllocationId, PrivateIPv4Address, IPv6Address }: SubnetMapping) {
  return AllocationId === undefined && PrivateIPv4Address === undefined && IPv6Address === undefined
    ? []
    : [
        {
          ...(AllocationId !== undefined && { AllocationId }),
          ...(PrivateIPv4Address !== undefined && { PrivateIPv4Address }),
          ...(IPv6Address !== undefined && { IPv6Address })
        }
      ]
}

function requireIPv6(subnets: readonly Subnet[], ipAddressType: LoadBalancer['IpAddressType']): void {
  const without = subnets.some(({ Ipv6CidrBlockAssociationSet = [] }) => Ipv6CidrBlockAssociationSet.length === 0)
  if (ipAddressType !== 'ipv4' && without) {
    throw invalid('You must specify subnets with an associated IPv6 CIDR block.')
  }
}

/** @throws {ServiceError} where the subnets that it stands in do not allow it. */
export function checkAddressType(
  call: Call,
  { AvailabilityZones }: LoadBalancer,
  wanted: LoadBalancer['IpAddressType']
): void {
  requireIPv6(
    AvailabilityZones.map(({ SubnetId }) => subnetOf(call, SubnetId)),
    wanted
  )
}

/**
 * The security groups of a load balancer; of an application load balancer that names none the VPC's default one.
 *
 * @throws {ServiceError} for a group that the VPC does not have.
 */
export function securityGroupsOf(
  call: Call,
  given: readonly string[] | undefined,
  { type, vpcID }: { type: LoadBalancerType; vpcID: string }
): string[] | undefined {
  if (given === undefined || given.length === 0) {
    return type === 'application' ? [defaultGroupID(vpcID)] : undefined
  }
  const isWrong = given.some(id => call.find('securityGroups', id)?.VpcId !== vpcID)
  if (isWrong) {
    throw new ServiceError('InvalidConfigurationRequest', 'One or more security groups are invalid')
  }
  return [...new Set(given)]
}
