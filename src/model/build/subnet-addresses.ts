/**
 * Addresses that a Network Load Balancer has of its own in its subnets.
 *
 * @module
 */
import type { Subnet } from '../environment/environment.ts'
import { formatSlice } from '../go/format.ts'
import { addressFamily, formatAddress, isWithin } from '../go/net.ts'
import { ModelError } from '../model-error.ts'
import type { StackTask } from './task.ts'

const sourcePrefixLength = '80'
const assignedByAWS = 'auto_assigned'

/** @throws ModelError for what is no address of the family. */
export function checkAddresses(what: string, family: 'ipv4' | 'ipv6', addresses: string[]): void {
  const version = family === 'ipv4' ? 'IPv4' : 'IPv6'
  for (const address of addresses) {
    if (addressFamily(address) === undefined) {
      throw new ModelError(`${what} must be valid IP address: ${address}`)
    }
    if (addressFamily(address) !== family) {
      throw new ModelError(`${what} must be valid ${version} address: ${address}`)
    }
  }
}

/** LBC: ValidateSourceNatPrefixForSubnetPair. @throws ModelError */
export function checkSourcePrefix(prefix: string, { ipv6CIDRs }: Subnet): void {
  if (prefix === assignedByAWS) {
    return
  }
  const wrong = `Invalid value in source-nat-ipv6-prefixes: ${prefix}.`
  const [address, length] = prefix.split('/') as [string, string | undefined]
  if (length === undefined) {
    throw new ModelError(wrong)
  }
  if (length !== sourcePrefixLength) {
    throw new ModelError(`${wrong} Prefix length must be ${sourcePrefixLength}, but ${length} is specified.`)
  }
  if (addressFamily(address) !== 'ipv6') {
    throw new ModelError(`${wrong} Value must be a valid IPv6 CIDR.`)
  }
  if (ipv6CIDRs && !ipv6CIDRs.some(cidr => isWithin(cidr, address))) {
    throw new ModelError(`${wrong} Value must be within subnet CIDR range: ${formatSlice(ipv6CIDRs)}.`)
  }
}

/**
 * The one of some addresses that lies in a subnet's blocks; of a subnet whose blocks nobody gave, the one at its place in the
 * list.
 *
 * @throws ModelError for none, or several.
 */
export function addressIn(
  task: StackTask,
  { id }: Subnet,
  cidrs: string[] | undefined,
  addresses: string[],
  index: number,
  what: string
): string {
  if (!cidrs) {
    const address = addresses[index]!
    task.assumptions.add(`${address} lies in the subnet ${id}, whose addresses aws.yaml does not give`)
    return formatAddress(address)
  }
  const within = addresses.filter(address => cidrs.some(cidr => isWithin(cidr, address)))
  if (within.length !== 1) {
    throw new ModelError(`expect one ${what} configured for subnet: ${id}`)
  }
  return formatAddress(within[0]!)
}
