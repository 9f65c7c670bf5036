import type { Environment } from '../../model/index.ts'
import { digitsOf } from './identifier.ts'
import type { Instance, SecurityGroup, Subnet } from './state.ts'

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
