/**
 * Rules of security groups: one for each peer, told together where protocol and ports are the same.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import ipaddr from 'ipaddr.js'
import { ServiceError } from '../../protocol/service-error.ts'
import type { IpPermission, SecurityGroupRule } from '../../protocol/shapes/ec2.ts'
import type { SecurityGroup } from '../../state/state.ts'

/** Rules that a security group may have each way. (VPC user guide: "Quotas".) */
const mostRules = 60

/** Members of a permission that hold peers, with the one that names each. */
const peerLists = {
  IpRanges: 'CidrIp',
  Ipv6Ranges: 'CidrIpv6',
  PrefixListIds: 'PrefixListId',
  UserIdGroupPairs: 'GroupId'
} as const

type PeerList = keyof typeof peerLists

/** One rule. */
export interface Rule {
  protocol: string
  from: number | undefined
  to: number | undefined
  list: PeerList
  /** The peer's entry as it is told. */
  peer: Record<string, string | undefined>
}

/** The protocol as it is told: numbers of the common ones become names. */
function protocolOf(given = '-1'): string {
  const names: Record<string, string> = { '6': 'tcp', '17': 'udp', '1': 'icmp', '58': 'icmpv6', all: '-1' }
  const text = given.toLowerCase()
  return names[text] ?? text
}

/** @throws {ServiceError} for a protocol, ports or a block that are none. */
export function checkPermissions(permissions: readonly IpPermission[]): void {
  for (const { IpProtocol, FromPort, ToPort, IpRanges = [], Ipv6Ranges = [] } of permissions) {
    const protocol = protocolOf(IpProtocol)
    if (!/^(-1|tcp|udp|icmp|icmpv6|[1-9]?\d|1\d\d|2[0-4]\d|25[0-5])$/.test(protocol)) {
      throw invalidValue(`Invalid value '${IpProtocol}' for IP protocol. Unknown protocol.`)
    }
    if ((protocol === 'tcp' || protocol === 'udp') && (FromPort === undefined || ToPort === undefined)) {
      throw invalidValue("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
    }
    const malformed =
      IpRanges.find(({ CidrIp = '' }) => !ipaddr.IPv4.isValidCIDR(CidrIp))?.CidrIp ??
      Ipv6Ranges.find(({ CidrIpv6 = '' }) => !ipaddr.IPv6.isValidCIDR(CidrIpv6))?.CidrIpv6
    if (malformed !== undefined) {
      throw invalidValue(`CIDR block ${malformed} is malformed`)
    }
  }
}

function invalidValue(message: string): ServiceError {
  return new ServiceError('InvalidParameterValue', message)
}

/** The rules of permissions, each with one peer. */
export function rulesOf(permissions: readonly IpPermission[], accountID: string): Rule[] {
  return permissions.flatMap(permission => {
    const protocol = protocolOf(permission.IpProtocol)
    const hasPorts = protocol !== '-1'
    const { FromPort, ToPort } = permission
    return (Object.keys(peerLists) as PeerList[]).flatMap(list =>
      (permission[list] ?? []).map(
        (peer): Rule => ({
          protocol,
          from: hasPorts ? FromPort : undefined,
          to: hasPorts ? ToPort : undefined,
          list,
          peer: { ...peer, ...(list === 'UserIdGroupPairs' && { UserId: accountID }) } as Rule['peer']
        })
      )
    )
  })
}

function peerOf({ list, peer }: Rule): string {
  return peer[peerLists[list]] ?? ''
}

function isSame(one: Rule, other: Rule): boolean {
  return (
    one.protocol === other.protocol &&
    one.from === other.from &&
    one.to === other.to &&
    one.list === other.list &&
    peerOf(one) === peerOf(other)
  )
}

function describe(rule: Rule): string {
  const ports =
    rule.protocol === '-1' ? 'ALL' : `${rule.protocol.toUpperCase()}, from port: ${rule.from}, to port: ${rule.to}`
  return `peer: ${peerOf(rule)}, ${ports}, ALLOW`
}

/** Permissions as they are told: rules of the same protocol and ports together. */
export function permissionsOf(rules: readonly Rule[]): IpPermission[] {
  const groups = new Map<string, Rule[]>()
  for (const rule of rules) {
    const key = `${rule.protocol} ${rule.from} ${rule.to}`
    groups.set(key, [...(groups.get(key) ?? []), rule])
  }
  return [...groups.values()].map(group => {
    const { protocol, from, to } = group[0]!
    const lists = Object.groupBy(group, ({ list }) => list)
    return {
      IpProtocol: protocol,
      ...(from !== undefined && { FromPort: from }),
      ...(to !== undefined && { ToPort: to }),
      // Also those that hold nothing are told.
      ...Object.fromEntries(
        (Object.keys(peerLists) as PeerList[]).map(list => [list, (lists[list] ?? []).map(({ peer }) => peer)])
      )
    }
  })
}

/** @throws {ServiceError} for a rule that is there, and for too many. */
export function withRules(had: readonly Rule[], added: readonly Rule[]): Rule[] {
  for (const [index, rule] of added.entries()) {
    if ([...had, ...added.slice(0, index)].some(other => isSame(other, rule))) {
      throw new ServiceError('InvalidPermission.Duplicate', `the specified rule "${describe(rule)}" already exists`)
    }
  }
  if (had.length + added.length > mostRules) {
    throw new ServiceError(
      'RulesPerSecurityGroupLimitExceeded',
      'The maximum number of rules per security group has been reached.'
    )
  }
  return [...had, ...added]
}

/** @throws {ServiceError} for a rule that is not there. */
export function withoutRules(had: readonly Rule[], removed: readonly Rule[]): Rule[] {
  if (removed.some(rule => !had.some(other => isSame(other, rule)))) {
    throw new ServiceError('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.')
  }
  return had.filter(rule => !removed.some(other => isSame(other, rule)))
}

/** A rule with an ID, which follows from what it is; its tags are not part of it. */
export function describeRule(rule: Rule, group: SecurityGroup, isEgress: boolean): SecurityGroupRule {
  const text = `${group.GroupId} ${isEgress} ${describe(rule)}`
  const { Description } = rule.peer
  const names = { IpRanges: 'CidrIpv4', Ipv6Ranges: 'CidrIpv6', PrefixListIds: 'PrefixListId' } as const
  return {
    SecurityGroupRuleId: `sgr-${createHash('sha256').update(text).digest('hex').slice(0, 17)}`,
    GroupId: group.GroupId,
    ...(group.OwnerId !== undefined && { GroupOwnerId: group.OwnerId }),
    IsEgress: isEgress,
    IpProtocol: rule.protocol,
    FromPort: rule.from ?? -1,
    ToPort: rule.to ?? -1,
    ...(rule.list === 'UserIdGroupPairs'
      ? {
          ReferencedGroupInfo: {
            GroupId: peerOf(rule),
            ...(rule.peer.UserId !== undefined && { UserId: rule.peer.UserId })
          }
        }
      : { [names[rule.list]]: peerOf(rule) }),
    ...(Description !== undefined && { Description })
  }
}
