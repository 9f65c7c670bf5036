/**
 * CIDR blocks by the rules and in the error text of Go's package net.
 *
 * @module
 */
import ipaddr from 'ipaddr.js'
import { ModelError } from '../model-error.ts'

/** Four decimal octets without leading zeros, as `netip.ParseAddr` takes them; other notations of IPv4 are refused. */
function isIPv4(text: string): boolean {
  const octets = text.split('.')
  return octets.length === 4 && octets.every(octet => /^(0|[1-9][0-9]{0,2})$/.test(octet) && Number(octet) <= 255)
}

/** Eight groups of hexadecimal digits, at most one `::`, the last two groups possibly written as IPv4. */
function isIPv6(text: string): boolean {
  const halves = text.split('::')
  if (halves.length > 2) {
    return false
  }
  const groups = halves.map(half => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1)!
  let count = groups.flat().length
  if (last.at(-1)?.includes('.')) {
    if (!isIPv4(last.pop()!)) {
      return false
    }
    count += 1
  }
  if (!groups.flat().every(group => /^[0-9a-fA-F]{1,4}$/.test(group))) {
    return false
  }
  // `::` stands for at least one group of zeros.
  return halves.length === 2 ? count <= 7 : count === 8
}

/** Refuses what `net.ParseCIDR` refuses; host bits after the prefix are fine. @throws ModelError in Go's words. */
export function checkCIDR(text: string): void {
  const slash = text.indexOf('/')
  const address = text.slice(0, slash)
  const mask = text.slice(slash + 1)
  const bits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1
  if (slash < 0 || !/^[0-9]+$/.test(mask) || Number(mask) > bits) {
    throw new ModelError(`invalid CIDR address: ${text}`)
  }
}

/** The family of an address as `netip.ParseAddr` takes it, where an IPv6 address may have a zone; undefined where it refuses. */
export function addressFamily(text: string): 'ipv4' | 'ipv6' | undefined {
  if (isIPv4(text)) {
    return 'ipv4'
  }
  const [address, zone] = text.split('%', 2) as [string, string | undefined]
  return zone !== '' && isIPv6(address) ? 'ipv6' : undefined
}

/** An address as `netip.Addr.String` prints it: IPv6 in its shortest form, one that maps an IPv4 address with its octets. */
export function formatAddress(text: string): string {
  if (addressFamily(text) !== 'ipv6') {
    return text
  }
  const address = ipaddr.IPv6.parse(text)
  const zone = address.zoneId === undefined ? '' : `%${address.zoneId}`
  address.zoneId = undefined
  const shortest = address.toRFC5952String()
  return `${address.isIPv4MappedAddress() ? `::ffff:${address.toIPv4Address().toString()}` : shortest}${zone}`
}

/** Whether a block holds an address of its own family: `netip.Prefix.Contains`, which no address with a zone is in. */
export function isWithin(cidr: string, address: string): boolean {
  const family = addressFamily(address)
  const [network, bits] = cidr.split('/') as [string, string]
  if (family === undefined || address.includes('%') || addressFamily(network) !== family) {
    return false
  }
  return family === 'ipv4'
    ? ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parse(network), Number(bits))
    : ipaddr.IPv6.parse(address).match(ipaddr.IPv6.parse(network), Number(bits))
}
