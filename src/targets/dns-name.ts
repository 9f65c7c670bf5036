import { createHash } from 'node:crypto'

/**
 * The DNS name of a load balancer in AWS's form, `[internal-]name-digits.region.elb`, under `.localhost`, which resolves to
 * loopback everywhere (RFC 6761). AWS draws the digits at random; here they follow from the name, so that a run repeats.
 */
export function dnsNameOf(name: string, scheme: 'internal' | 'internet-facing', region: string): string {
  const digits =
    BigInt(`0x${createHash('sha256').update(`${region}/${name}`).digest('hex').slice(0, 8)}`) % 9_000_000_000n
  const prefix = scheme === 'internal' ? 'internal-' : ''
  return `${prefix}${name}-${1_000_000_000n + digits}.${region}.elb.localhost`.toLowerCase()
}
