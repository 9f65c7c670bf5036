import type { IpPermission } from '../../protocol/shapes/ec2.ts'
import type { SecurityGroup } from '../../state/state.ts'
import type { FilterValues } from './filter.ts'

/** What each filter reads of a permission. (API: DescribeSecurityGroups, Filter.) */
const values: Readonly<Record<string, (permission: IpPermission) => readonly (string | undefined)[]>> = {
  cidr: ({ IpRanges = [] }) => IpRanges.map(({ CidrIp }) => CidrIp),
  'ipv6-cidr': ({ Ipv6Ranges = [] }) => Ipv6Ranges.map(({ CidrIpv6 }) => CidrIpv6),
  'prefix-list-id': ({ PrefixListIds = [] }) => PrefixListIds.map(({ PrefixListId }) => PrefixListId),
  'group-id': ({ UserIdGroupPairs = [] }) => UserIdGroupPairs.map(({ GroupId }) => GroupId),
  'group-name': ({ UserIdGroupPairs = [] }) => UserIdGroupPairs.map(({ GroupName }) => GroupName),
  'user-id': ({ UserIdGroupPairs = [] }) => UserIdGroupPairs.map(({ UserId }) => UserId),
  protocol: ({ IpProtocol }) => [IpProtocol],
  'from-port': ({ FromPort }) => [FromPort?.toString()],
  'to-port': ({ ToPort }) => [ToPort?.toString()]
}

/** Filters of security groups by what their permissions hold, inbound and outbound. */
export const permissionFilters: FilterValues<SecurityGroup> = Object.fromEntries(
  Object.entries(values).flatMap(([name, read]) => [
    [`ip-permission.${name}`, ({ IpPermissions }: SecurityGroup) => IpPermissions.flatMap(read)],
    [`egress.ip-permission.${name}`, ({ IpPermissionsEgress }: SecurityGroup) => IpPermissionsEgress.flatMap(read)]
  ])
)
