import type { SubnetConfiguration } from '../../resources/index.ts'
import type { Setting } from '../build/setting.ts'
import { addressIn, checkAddresses, checkSourcePrefix } from '../build/subnet-addresses.ts'
import { discoverSubnets, resolveListed, resolveSelected, roleTags, type SubnetUse } from '../build/subnets.ts'
import type { Subnet } from '../environment/environment.ts'
import { ModelError } from '../model-error.ts'
import type { SubnetMapping } from '../stack/stack.ts'
import { sourceOf } from './configuration/gateway-configuration.ts'
import type { GatewayTask } from './task.ts'

type Field = keyof SubnetConfiguration

/** What entries may give, with the error where one does and another does not, in the order in which it is looked for. */
const allOrNone: [Field, string][] = [
  ['identifier', 'Either specify all subnet identifiers or none.'],
  ['eipAllocation', 'Either specify all eip allocations or none.'],
  ['ipv6Allocation', 'Either specify all ipv6 allocations or none.'],
  ['privateIPv4Allocation', 'Either specify all private ipv4 allocations or none.'],
  ['sourceNatIPv6Prefix', 'Either specify all source nat prefixes or none.']
]

/** An identifier is a text, which is given unless it is empty; all others are pointers. */
function gives(entry: SubnetConfiguration, field: Field): boolean {
  return field === 'identifier' ? (entry.identifier ?? '') !== '' : entry[field] !== undefined
}

/** What only some load balancers may have, by the first entry. */
function checkFirst(first: SubnetConfiguration, { type, scheme, ipAddressType }: SubnetUse): void {
  const isNetwork = type === 'network'
  if (gives(first, 'eipAllocation')) {
    if (!isNetwork) {
      throw new ModelError('EIP Allocation is only allowed for Network LoadBalancers')
    }
    if (scheme !== 'internet-facing') {
      throw new ModelError('EIPAllocation can only be set for internet facing load balancers')
    }
  }
  if (gives(first, 'ipv6Allocation')) {
    if (!isNetwork) {
      throw new ModelError('IPv6Allocation is only supported for Network LoadBalancers')
    }
    if (ipAddressType !== 'dualstack') {
      throw new ModelError('IPv6Allocation can only be set for dualstack load balancers')
    }
  }
  if (gives(first, 'privateIPv4Allocation')) {
    if (!isNetwork) {
      throw new ModelError('PrivateIPv4Allocation is only supported for Network LoadBalancers')
    }
    if (scheme !== 'internal') {
      throw new ModelError('PrivateIPv4Allocation can only be set for internal load balancers')
    }
  }
  if (gives(first, 'sourceNatIPv6Prefix') && !isNetwork) {
    throw new ModelError('SourceNatIPv6Prefix is only supported for Network LoadBalancers')
  }
}

/** LBC: validateSubnetsInput. @throws ModelError */
function checkEntries(entries: SubnetConfiguration[], use: SubnetUse): void {
  const [first] = entries
  if (!first) {
    return
  }
  checkFirst(first, use)
  for (const entry of entries) {
    for (const [field, message] of allOrNone) {
      if (gives(entry, field) !== gives(first, field)) {
        throw new ModelError(message)
      }
    }
  }
}

/** LBC: resolveEC2Subnets. No load balancer exists beforehand. @throws ModelError */
function chooseSubnets(task: GatewayTask, use: SubnetUse): Setting<Subnet[]> {
  const { configuration } = task
  const { loadBalancerSubnets: entries = [], loadBalancerSubnetsSelector: tags = {} } = configuration.spec
  if (entries[0] && gives(entries[0], 'identifier')) {
    const identifiers = entries.map(({ identifier }) => identifier!)
    return { value: resolveListed(task, identifiers, use), source: sourceOf(configuration, 'loadBalancerSubnets') }
  }
  if (Object.keys(tags).length > 0) {
    return {
      value: resolveSelected(task, { tags }, use),
      source: sourceOf(configuration, 'loadBalancerSubnetsSelector')
    }
  }
  const value = discoverSubnets(task, { ...use, addresses: entries.length })
  return { value, source: { key: `discovered by the tag ${roleTags[use.scheme]!}` } }
}

/** The values of a field, one for each subnet; undefined where entries give none. @throws ModelError */
function valuesFor(
  entries: SubnetConfiguration[],
  field: Exclude<Field, 'identifier'>,
  subnets: Subnet[],
  mismatch: (counts: { subnets: number; values: number }) => string
): string[] | undefined {
  if (!entries[0] || !gives(entries[0], field)) {
    return undefined
  }
  if (entries.length !== subnets.length) {
    throw new ModelError(mismatch({ subnets: subnets.length, values: entries.length }))
  }
  return entries.map(entry => entry[field]!)
}

/** Addresses by the entries' places, or by the subnet that holds them (LBC: pkg/gateway/model/subnet). @throws ModelError */
function buildMappings(task: GatewayTask, entries: SubnetConfiguration[], subnets: Subnet[]): SubnetMapping[] {
  const allocations = valuesFor(
    entries,
    'eipAllocation',
    subnets,
    counts => `Unable to assign EIP allocations we have ${counts.subnets} subnets and ${counts.values} EIP allocations`
  )
  const ipv4 = valuesFor(
    entries,
    'privateIPv4Allocation',
    subnets,
    counts => `Unable to assign private IPv4 addresses we have ${counts.subnets} subnets and ${counts.values} addresses`
  )
  checkAddresses('private IPv4 addresses', 'ipv4', ipv4 ?? [])
  const private4 = subnets.map(
    (subnet, index) =>
      ipv4 &&
      addressIn(
        task,
        subnet,
        subnet.cidr === undefined ? undefined : [subnet.cidr],
        ipv4,
        index,
        'private IPv4 address'
      )
  )
  const ipv6 = valuesFor(
    entries,
    'ipv6Allocation',
    subnets,
    counts => `Unable to assign IPv6 addresses we have ${counts.subnets} subnets and ${counts.values} addresses`
  )
  checkAddresses('IPv6 addresses', 'ipv6', ipv6 ?? [])
  const addresses6 = subnets.map(
    (subnet, index) => ipv6 && addressIn(task, subnet, subnet.ipv6CIDRs, ipv6, index, 'IPv6 address')
  )
  const prefixes = valuesFor(
    entries,
    'sourceNatIPv6Prefix',
    subnets,
    counts =>
      `Unable to assign Source NAT prefix because we have ${counts.subnets} subnets and ${counts.values} prefixes`
  )
  prefixes?.forEach((prefix, index) => {
    checkSourcePrefix(prefix, subnets[index]!)
  })
  return subnets.map(({ id }, index) => ({
    subnetID: id,
    ...(allocations && { allocationID: allocations[index]! }),
    ...(private4[index] !== undefined && { privateIPv4Address: private4[index] }),
    ...(addresses6[index] !== undefined && { ipv6Address: addresses6[index] }),
    ...(prefixes && { sourceNatIpv6Prefix: prefixes[index]! })
  }))
}

/** The subnets of the load balancer with its addresses there (LBC: buildLoadBalancerSubnets). @throws ModelError */
export function buildSubnets(
  task: GatewayTask,
  use: SubnetUse
): { mappings: Setting<SubnetMapping[]>; hasSourcePrefixes: boolean } {
  const entries = task.configuration.spec.loadBalancerSubnets ?? []
  checkEntries(entries, use)
  const chosen = chooseSubnets(task, use)
  task.subnets = chosen.value
  const value =
    task.type === 'network'
      ? buildMappings(task, entries, chosen.value)
      : chosen.value.map(({ id }) => ({ subnetID: id }))
  return {
    mappings: { value, source: chosen.source },
    hasSourcePrefixes: entries[0]?.sourceNatIPv6Prefix !== undefined
  }
}
