/**
 * Where the load balancer has nodes, and with which addresses.
 *
 * @module
 */
import { hasIPv6 } from '../build/security-groups.ts'
import type { Setting } from '../build/setting.ts'
import { addressIn, checkAddresses, checkSourcePrefix } from '../build/subnet-addresses.ts'
import { discoverSubnets, resolveListed, roleTags, type SubnetUse } from '../build/subnets.ts'
import { fromAnnotation } from '../build/task.ts'
import type { Subnet } from '../environment/environment.ts'
import { formatSlice } from '../go/format.ts'
import { ModelError } from '../model-error.ts'
import type { LoadBalancerSpec, SubnetMapping } from '../stack/stack.ts'
import { readString, readStringList } from './annotations.ts'
import type { ServiceTask } from './task.ts'

/** How many addresses annotations give; the first list counts. */
function addressesOf({ service }: ServiceTask): Pick<SubnetUse, 'addresses'> {
  const suffixes = ['eip-allocations', 'private-ipv4-addresses', 'ipv6-addresses', 'source-nat-ipv6-prefixes']
  const [first] = suffixes.flatMap(suffix => readStringList(`aws-load-balancer-${suffix}`, service) ?? [])
  return first ? { addresses: first.value.length } : {}
}

/** The listed subnets, else those that discovery finds (LBC: buildLoadBalancerSubnets). @throws ModelError */
export function chooseSubnets(task: ServiceTask, use: SubnetUse): Setting<Subnet[]> {
  const listed = readStringList('aws-load-balancer-subnets', task.service)
  return listed
    ? { value: resolveListed(task, listed.value, use), source: fromAnnotation(listed) }
    : {
        value: discoverSubnets(task, { ...use, ...addressesOf(task) }),
        source: { key: `discovered by the tag ${roleTags[use.scheme]!}` }
      }
}

/** LBC: buildLoadBalancerEnablePrefixForIpv6SourceNat, ValidateEnablePrefixForIpv6SourceNat. @throws ModelError */
export function chooseSourcePrefixes(
  { service, subnets }: ServiceTask,
  ipAddressType: string
): NonNullable<LoadBalancerSpec['enablePrefixForIpv6SourceNat']> {
  const value = readString('aws-load-balancer-enable-prefix-for-ipv6-source-nat', service)?.value ?? 'off'
  if (value !== 'on' && value !== 'off') {
    throw new ModelError(`Invalid enable-prefix-for-ipv6-source-nat value: ${value}. Valid values are ['on', 'off'].`)
  }
  if (value === 'off') {
    return value
  }
  if (!hasIPv6(ipAddressType)) {
    throw new ModelError(
      'enable-prefix-for-ipv6-source-nat annotation is only applicable to Network Load Balancers using Dualstack IP address type.'
    )
  }
  const without = subnets.filter(({ ipv6 }) => !ipv6).map(({ id }) => id)
  if (without.length > 0) {
    throw new ModelError(
      `To enable prefix for source NAT, all associated subnets must have an IPv6 CIDR. Subnets without IPv6 CIDR: ${formatSlice(without)}.`
    )
  }
  return value
}

function checkCount(what: string, values: string[], subnets: Subnet[]): void {
  if (values.length !== subnets.length) {
    throw new ModelError(`count of ${what} (${values.length}) and subnets (${subnets.length}) must match`)
  }
}

/** The addresses that annotations give, with what decides whether they may. */
function readAddresses({ service, subnets }: ServiceTask, { scheme, ipAddressType }: SubnetUse, natPrefixes: string) {
  const allocations = readStringList('aws-load-balancer-eip-allocations', service)?.value
  if (allocations) {
    if (scheme !== 'internet-facing') {
      throw new ModelError('EIP allocations can only be set for internet facing load balancers')
    }
    checkCount('EIP allocations', allocations, subnets)
  }
  const ipv4 = readStringList('aws-load-balancer-private-ipv4-addresses', service)?.value
  if (ipv4) {
    if (scheme !== 'internal') {
      throw new ModelError('private IPv4 addresses can only be set for internal load balancers')
    }
    checkCount('private IPv4 addresses', ipv4, subnets)
    checkAddresses('private IPv4 addresses', 'ipv4', ipv4)
  }
  const ipv6 = readStringList('aws-load-balancer-ipv6-addresses', service)?.value
  if (ipv6) {
    if (ipAddressType !== 'dualstack') {
      throw new ModelError('IPv6 addresses can only be set for dualstack load balancers')
    }
    checkCount('IPv6 addresses', ipv6, subnets)
    checkAddresses('IPv6 addresses', 'ipv6', ipv6)
  }
  const prefixes = readStringList('aws-load-balancer-source-nat-ipv6-prefixes', service)?.value
  if (prefixes) {
    checkSourcePrefixes(prefixes, subnets, ipAddressType, natPrefixes)
  }
  return { allocations, ipv4, ipv6, prefixes }
}

/** LBC: ValidateSourceNatPrefixes. @throws ModelError */
function checkSourcePrefixes(prefixes: string[], subnets: Subnet[], ipAddressType: string, natPrefixes: string): void {
  if (ipAddressType !== 'dualstack') {
    throw new ModelError(
      'source-nat-ipv6-prefixes annotation can only be set for Network Load Balancers using Dualstack IP address type.'
    )
  }
  if (natPrefixes !== 'on') {
    throw new ModelError(
      'source-nat-ipv6-prefixes annotation is only applicable if enable-prefix-for-ipv6-source-nat annotation is set to on.'
    )
  }
  if (prefixes.length !== subnets.length) {
    throw new ModelError(
      `Number of values in source-nat-ipv6-prefixes (${prefixes.length}) must match the number of subnets (${subnets.length}).`
    )
  }
  prefixes.forEach((prefix, index) => {
    checkSourcePrefix(prefix, subnets[index]!)
  })
}

/** The subnets with the addresses that annotations give (LBC: buildLoadBalancerSubnetMappings). @throws ModelError */
export function buildSubnetMappings(task: ServiceTask, use: SubnetUse, natPrefixes: string): SubnetMapping[] {
  const { allocations, ipv4, ipv6, prefixes } = readAddresses(task, use, natPrefixes)
  return task.subnets.map((subnet, index) => ({
    subnetID: subnet.id,
    ...(allocations && { allocationID: allocations[index]! }),
    ...(ipv4 && {
      privateIPv4Address: addressIn(
        task,
        subnet,
        subnet.cidr === undefined ? undefined : [subnet.cidr],
        ipv4,
        index,
        'private IPv4 address'
      )
    }),
    ...(prefixes && { sourceNatIpv6Prefix: prefixes[index]! }),
    ...(ipv6 && { ipv6Address: addressIn(task, subnet, subnet.ipv6CIDRs, ipv6, index, 'IPv6 address') })
  }))
}
