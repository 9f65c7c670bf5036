import { createHash } from 'node:crypto'
import type { LoadBalancerType } from '../elbv2/index.ts'

interface NamedLoadBalancer {
  name: string
  scheme: 'internal' | 'internet-facing'
  type?: LoadBalancerType
}

function digitsOf(name: string, region: string): string {
  return createHash('sha256').update(`${region}/${name}`).digest('hex')
}

/**
 * The DNS name of a load balancer in AWS's form under `.localhost`, which resolves to loopback everywhere (RFC 6761):
 * `[internal-]name-digits.region.elb`, and of a Network Load Balancer `name-digits.elb.region`. AWS draws the digits at random; here
 * they follow from the name, so that a run repeats.
 */
export function dnsNameOf({ name, scheme, type }: NamedLoadBalancer, region: string): string {
  const hash = digitsOf(name, region)
  if (type === 'network') {
    return `${name}-${hash.slice(0, 16)}.elb.${region}.localhost`.toLowerCase()
  }
  const digits = BigInt(`0x${hash.slice(0, 8)}`) % 9_000_000_000n
  const prefix = scheme === 'internal' ? 'internal-' : ''
  return `${prefix}${name}-${1_000_000_000n + digits}.${region}.elb.localhost`.toLowerCase()
}
