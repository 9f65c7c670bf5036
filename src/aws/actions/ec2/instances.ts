/**
 * Instances and network interfaces.
 *
 * @module
 */

import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { ServiceError } from '../../protocol/service-error.ts'
import type * as ec2 from '../../protocol/shapes/ec2.ts'
import { defaultGroupID, digitsOf } from '../../state/identifier.ts'
import { instanceOf } from '../../state/instance.ts'
import type { Instance, LoadBalancer, SecurityGroup, Subnet } from '../../state/state.ts'
import type { Actions, Call } from '../call.ts'
import { byID, filtered, paged } from './filter.ts'
import { putTags, taggedResult } from './tags.ts'

function instanceID({ InstanceId }: Instance): string {
  return InstanceId
}

function interfaceID({ NetworkInterfaceId = '' }: ec2.NetworkInterface): string {
  return NetworkInterfaceId
}

function reservationOf(call: Call, instance: Instance): ec2.Reservation {
  return {
    ReservationId: `r-${digitsOf(`reservation ${instance.InstanceId}`)}`,
    OwnerId: call.accountID,
    Groups: [],
    Instances: [taggedResult(call, instance, instance.InstanceId)]
  }
}

function subnetFor(call: Call, id: string | undefined): Subnet {
  const subnet = id === undefined ? call.all('subnets')[0] : call.find('subnets', id)
  if (!subnet) {
    throw new ServiceError('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`)
  }
  return subnet
}

/** The first address of a subnet that nobody has; AWS keeps the first four for itself. */
function freeAddress(call: Call, { CidrBlock, SubnetId }: Subnet): string {
  const taken = new Set(call.all('instances').map(({ PrivateIpAddress }) => PrivateIpAddress))
  const [network, prefix] = ipaddr.parseCIDR(CidrBlock)
  const first = network.toByteArray().reduce((sum, byte) => sum * 256 + byte, 0)
  for (let offset = 4; offset < 2 ** (32 - prefix) - 1; offset++) {
    const address = [24, 16, 8, 0].map(shift => Math.floor((first + offset) / 2 ** shift) % 256).join('.')
    if (!taken.has(address)) {
      return address
    }
  }
  throw new ServiceError(
    'InsufficientFreeAddressesInSubnet',
    `There are not enough free addresses in subnet '${SubnetId}' to satisfy the requested number of instances.`
  )
}

/** Counts an instance among those that have the subnet's addresses, or no longer. */
function countAddress(call: Call, { SubnetId, PrivateIpAddress }: Instance, by: 1 | -1): void {
  const subnet = call.find('subnets', SubnetId)
  if (
    subnet &&
    isIP(PrivateIpAddress) === 4 &&
    ipaddr.parse(PrivateIpAddress).match(ipaddr.parseCIDR(subnet.CidrBlock))
  ) {
    const { AvailableIpAddressCount = 0 } = subnet
    call.put('subnets', subnet.SubnetId, { ...subnet, AvailableIpAddressCount: AvailableIpAddressCount - by })
  }
}

function groupsFor(call: Call, ids: readonly string[] | undefined, { VpcId }: Subnet): SecurityGroup[] {
  return (ids && ids.length > 0 ? ids : [defaultGroupID(VpcId)]).map(id => {
    const group = call.find('securityGroups', id)
    if (!group) {
      throw new ServiceError('InvalidGroup.NotFound', `The security group '${id}' does not exist`)
    }
    return group
  })
}

/** Interfaces of an instance as DescribeNetworkInterfaces has them. */
function interfacesOfInstance({ NetworkInterfaces = [], InstanceId, Placement }: Instance): ec2.NetworkInterface[] {
  return NetworkInterfaces.map(({ Attachment, Status, PrivateIpAddresses, InterfaceType, ...shared }) => ({
    ...(shared as ec2.NetworkInterface),
    Status: Status ?? 'in-use',
    InterfaceType: (InterfaceType ?? 'interface') as NonNullable<ec2.NetworkInterface['InterfaceType']>,
    ...(Placement?.AvailabilityZone !== undefined && { AvailabilityZone: Placement.AvailabilityZone }),
    ...(Attachment && { Attachment: { ...Attachment, InstanceId } as ec2.NetworkInterfaceAttachment }),
    ...(PrivateIpAddresses && { PrivateIpAddresses: PrivateIpAddresses as ec2.NetworkInterfacePrivateIpAddress[] })
  }))
}

/** Interfaces of a load balancer: one in each zone, by which others see that it is gone. */
function interfacesOfLoadBalancer(call: Call, loadBalancer: LoadBalancer): ec2.NetworkInterface[] {
  const { LoadBalancerArn, AvailabilityZones, VpcId, SecurityGroups = [], Type } = loadBalancer
  return AvailabilityZones.map(({ ZoneName, SubnetId }) => ({
    NetworkInterfaceId: `eni-${digitsOf(`${LoadBalancerArn} ${SubnetId}`)}`,
    Description: `ELB ${LoadBalancerArn.split(':loadbalancer/')[1]}`,
    ...(ZoneName !== undefined && { AvailabilityZone: ZoneName }),
    ...(SubnetId !== undefined && { SubnetId }),
    ...(VpcId !== undefined && { VpcId }),
    OwnerId: call.accountID,
    RequesterId: 'amazon-elb',
    RequesterManaged: true,
    InterfaceType: Type === 'network' ? 'network_load_balancer' : 'interface',
    Status: 'in-use',
    Groups: SecurityGroups.map(GroupId => ({
      GroupId,
      GroupName: call.find('securityGroups', GroupId)?.GroupName ?? ''
    }))
  }))
}

function changeState(call: Call, instance: Instance): ec2.InstanceStateChange {
  const { InstanceId, State } = instance
  countAddress(call, instance, -1)
  call.remove('instances', InstanceId)
  call.remove('tags', InstanceId)
  return {
    InstanceId,
    CurrentState: { Code: 48, Name: 'terminated' },
    ...(State && { PreviousState: State })
  }
}

type InstanceOperations = Pick<
  ec2.Ec2Operations,
  'DescribeInstances' | 'DescribeNetworkInterfaces' | 'RunInstances' | 'TerminateInstances'
>

export const instanceActions: Actions<InstanceOperations> = {
  DescribeInstances(input, call) {
    const malformed = input.InstanceIds?.find(id => !/^i-[0-9a-zA-Z-]+$/.test(id))
    if (malformed !== undefined) {
      throw new ServiceError('InvalidInstanceID.Malformed', `Invalid id: "${malformed}"`)
    }
    const named = byID(call.all('instances'), input.InstanceIds, instanceID, {
      code: 'InvalidInstanceID.NotFound',
      words: 'instance ID'
    })
    const found = filtered(call, named, input.Filters, {
      idOf: instanceID,
      values: {
        'instance-id': ({ InstanceId }) => [InstanceId],
        'vpc-id': ({ VpcId }) => [VpcId],
        'subnet-id': ({ SubnetId }) => [SubnetId],
        'instance-state-name': ({ State }) => [State?.Name],
        'instance-type': ({ InstanceType }) => [InstanceType],
        'private-ip-address': ({ PrivateIpAddress }) => [PrivateIpAddress],
        'private-dns-name': ({ PrivateDnsName }) => [PrivateDnsName],
        'availability-zone': ({ Placement }) => [Placement?.AvailabilityZone],
        'instance.group-id': ({ SecurityGroups = [] }) => SecurityGroups.map(({ GroupId }) => GroupId),
        'network-interface.addresses.private-ip-address': ({ PrivateIpAddress }) => [PrivateIpAddress]
      }
    })
    const { items, token } = paged(call, found, instanceID, input)
    return { Reservations: items.map(instance => reservationOf(call, instance)), ...token }
  },

  DescribeNetworkInterfaces(input, call) {
    const all = [
      ...call.all('instances').flatMap(interfacesOfInstance),
      ...call.all('loadBalancers').flatMap(one => interfacesOfLoadBalancer(call, one))
    ]
    const named = byID(all, input.NetworkInterfaceIds, interfaceID, {
      code: 'InvalidNetworkInterfaceID.NotFound',
      words: 'networkInterface ID'
    })
    const found = filtered(call, named, input.Filters, {
      idOf: interfaceID,
      values: {
        'vpc-id': ({ VpcId }) => [VpcId],
        'subnet-id': ({ SubnetId }) => [SubnetId],
        description: ({ Description }) => [Description],
        'group-id': ({ Groups = [] }) => Groups.map(({ GroupId }) => GroupId),
        'requester-id': ({ RequesterId }) => [RequesterId],
        'owner-id': ({ OwnerId }) => [OwnerId],
        status: ({ Status }) => [Status],
        'interface-type': ({ InterfaceType }) => [InterfaceType],
        'attachment.instance-id': ({ Attachment }) => [Attachment?.InstanceId],
        'attachment.instance-owner-id': ({ OwnerId, Attachment }) => [
          Attachment === undefined ? 'amazon-elb' : OwnerId
        ],
        'network-interface-id': one => [interfaceID(one)],
        'addresses.private-ip-address': ({ PrivateIpAddress }) => [PrivateIpAddress],
        'private-ip-address': ({ PrivateIpAddress }) => [PrivateIpAddress],
        'availability-zone': ({ AvailabilityZone }) => [AvailabilityZone]
      }
    })
    const { items, token } = paged(call, found, interfaceID, input)
    return { NetworkInterfaces: items.map(one => ({ ...one, TagSet: call.tagList(interfaceID(one)) })), ...token }
  },

  RunInstances(input, call) {
    const { MinCount, MaxCount, ImageId, InstanceType = 'm5.large', TagSpecifications } = input
    // What the first interface says of itself stands for the instance.
    const [first = {}] = input.NetworkInterfaces ?? []
    const { PrivateIpAddress = first.PrivateIpAddress } = input
    const podCIDR = first.Ipv4Prefixes?.[0]?.Ipv4Prefix
    if (MinCount > MaxCount || MinCount < 1) {
      throw new ServiceError('InvalidParameterValue', `Value (${MinCount}) for parameter minCount is invalid`)
    }
    if (PrivateIpAddress !== undefined && isIP(PrivateIpAddress) === 0) {
      throw new ServiceError(
        'InvalidParameterValue',
        `Value (${PrivateIpAddress}) for parameter PrivateIpAddress is invalid`
      )
    }
    const subnet = subnetFor(call, input.SubnetId ?? first.SubnetId)
    const groups = groupsFor(call, input.SecurityGroupIds ?? first.Groups, subnet)
    const instances = Array.from({ length: MaxCount }, () => {
      const id = `i-${call.digits(17)}`
      const address = PrivateIpAddress ?? freeAddress(call, subnet)
      const given = {
        ...{ id, address, type: InstanceType },
        ...(ImageId !== undefined && { image: ImageId }),
        ...(podCIDR !== undefined && { podCIDR })
      }
      const instance = instanceOf(given, subnet, groups, call.environment)
      call.put('instances', id, instance)
      countAddress(call, instance, 1)
      putTags(call, id, 'instance', TagSpecifications)
      return taggedResult(call, instance, id)
    })
    return {
      ReservationId: `r-${call.digits(17)}`,
      OwnerId: call.accountID,
      Groups: [],
      Instances: instances
    }
  },

  TerminateInstances({ InstanceIds }, call) {
    const named = byID(call.all('instances'), InstanceIds, instanceID, {
      code: 'InvalidInstanceID.NotFound',
      words: 'instance ID'
    })
    return { TerminatingInstances: named.map(instance => changeState(call, instance)) }
  }
}
