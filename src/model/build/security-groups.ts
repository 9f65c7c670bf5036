import { hash } from 'node:crypto'
import { ModelError } from '../model-error.ts'
import type { StackTask } from './task.ts'

/** Resource ID of the security group that the controller makes. */
export const managedSecurityGroup = 'ManagedLBSecurityGroup'

/** What lets routers say that a packet is too large: type and code (LBC: pkg/shared_constants/icmp.go). */
export const pathMTU = {
  ipv4: { ipProtocol: 'icmp', fromPort: 3, toPort: 4 },
  ipv6: { ipProtocol: 'icmpv6', fromPort: 2, toPort: 0 }
} as const

/** Whether clients reach the load balancer over IPv6 too. */
export function hasIPv6(ipAddressType: string): boolean {
  return ipAddressType.startsWith('dualstack')
}

/** The ID of a security group that nobody listed. */
function assumedSecurityGroup(name: string): string {
  return `sg-assumed-${hash('sha256', name, 'hex').slice(0, 8)}`
}

/** IDs are taken as they are, after them the groups found by name (LBC: ResolveViaNameOrID). @throws ModelError */
export function resolveSecurityGroups({ environment, assumptions }: StackTask, namesOrIDs: string[]): string[] {
  const ids = namesOrIDs.filter(item => item.startsWith('sg-'))
  const names = [...new Set(namesOrIDs.filter(item => !item.startsWith('sg-')))]
  const named = environment.securityGroups.filter(({ name }) => name !== undefined && names.includes(name))
  const found = [...new Set(named.map(({ name }) => name!))]
  const missing = names.filter(name => !found.includes(name))
  if (environment.unlisted?.includes('securityGroups')) {
    for (const name of missing) {
      assumptions.add(`the security group ${name} is there: aws.yaml lists no security groups`)
    }
    return [...ids, ...named.map(({ id }) => id), ...missing.map(assumedSecurityGroup)]
  }
  if (missing.length > 0) {
    throw new ModelError(
      `couldn't find all security groups: requested names [${names.join(', ')}] but found [${found.join(', ')}]`
    )
  }
  return [...ids, ...named.map(({ id }) => id)]
}
