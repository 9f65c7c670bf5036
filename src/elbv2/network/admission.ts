/**
 * Who may reach a listener: the rules of the load balancer's security groups, as far as the stack has them. What they do not let
 * in is dropped, so that a client waits until it gives up. (User guide: "Security groups for your Network Load Balancer".)
 *
 * @module
 */

import ipaddr from 'ipaddr.js'
import { type IPPermission, type LoadBalancerSpec, referencedID, type Stack } from '../../model/index.ts'
import { parseRange } from '../condition.ts'

/** One thing that may come in. */
interface Permission {
  protocol: string
  fromPort: number
  toPort: number
  ranges: ReturnType<typeof parseRange>[]
  /** Holds prefix lists, whose addresses AWS alone knows. */
  hasPrefixLists: boolean
}

/** What the load balancer's security groups let in; undefined where it has none, or none whose rules are known. */
export type Admission = readonly Permission[] | undefined

/**
 * The rules of the security groups that the stack makes. Beside them the controller's shared group stands, which lets nobody in;
 * without any of its own the user's groups do, whose rules are not here to see.
 */
export function admissionOf(
  { resources }: Stack,
  { securityGroups = [] }: Pick<LoadBalancerSpec, 'securityGroups'>
): Admission {
  const own = securityGroups.flatMap(token => {
    const id = referencedID(token)
    const group = id === undefined ? undefined : resources['AWS::EC2::SecurityGroup']?.[id]
    return group ? [group.spec] : []
  })
  return own.length === 0 ? undefined : own.flatMap(({ ingress = [] }) => ingress.map(permissionOf))
}

function permissionOf({
  ipProtocol,
  fromPort,
  toPort,
  ipRanges = [],
  ipv6Ranges = [],
  prefixLists = []
}: IPPermission): Permission {
  const texts = [...ipRanges.map(({ cidrIP }) => cidrIP), ...ipv6Ranges.map(({ cidrIPv6 }) => cidrIPv6)]
  return {
    protocol: ipProtocol,
    fromPort,
    toPort,
    ranges: texts.flatMap(text => (ipaddr.isValidCIDR(text) ? [parseRange(text)] : [])),
    hasPrefixLists: prefixLists.length > 0
  }
}

/** Whether a client's packets get to a port. A prefix list is taken to hold every client: nobody here knows better. */
export function admits(
  admission: Admission,
  { protocol, port, client }: { protocol: 'tcp' | 'udp'; port: number; client: string }
): boolean {
  if (admission === undefined) {
    return true
  }
  const address = ipaddr.isValid(client) ? ipaddr.process(client) : undefined
  return admission.some(
    permission =>
      [protocol, '-1'].includes(permission.protocol) &&
      permission.fromPort <= port &&
      port <= permission.toPort &&
      (permission.hasPrefixLists ||
        permission.ranges.some(range => address?.kind() === range[0].kind() && address.match(range)))
  )
}
