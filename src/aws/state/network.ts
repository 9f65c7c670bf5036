/**
 * VPCs and subnets as EC2 describes them.
 *
 * @module
 */

import ipaddr from 'ipaddr.js'
import type { Environment } from '../../model/index.ts'
import { digitsOf, zoneID } from './identifier.ts'
import type { Subnet, Vpc } from './state.ts'

const defaultVPCBlock = '10.0.0.0/16'
/** Prefix length of a subnet whose block nobody gave. */
const subnetPrefix = 20

/** The block at a place of the VPC's. */
export function blockAt(vpcBlock: string, index: number): string {
  const [network] = ipaddr.parseCIDR(vpcBlock)
  const first = network.toByteArray().reduce((sum, byte) => sum * 256 + byte, 0) + index * 2 ** (32 - subnetPrefix)
  const bytes = [24, 16, 8, 0].map(shift => Math.floor(first / 2 ** shift) % 256)
  return `${bytes.join('.')}/${subnetPrefix}`
}

/** IDs of the controller's own defaults are no IDs of AWS's. */
function vpcIDOf({ vpcID, accountID, region }: Environment): string {
  return /^vpc-[0-9a-f]{8,}$/.test(vpcID) ? vpcID : `vpc-${digitsOf(`vpc ${accountID} ${region}`)}`
}

/** The VPC of an account in a region. */
export function vpcOf(environment: Environment): Vpc {
  const {
    accountID,
    vpcCIDRs: [vpcCIDR = defaultVPCBlock]
  } = environment
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
