import type { LoadBalancerDescription } from '../elbv2/index.ts'
import type { LoadBalancerStatusEntry, Service } from '../resources/index.ts'

/** What a status shows of a load balancer. */
export type ShownEntry = Required<Pick<LoadBalancerStatusEntry, 'hostname' | 'ports'>>

/** The one entry that every active member's status gets (LBC: updateIngressGroupStatus). */
export function statusOfMember({
  dnsName,
  listeners
}: Pick<LoadBalancerDescription, 'dnsName' | 'listeners'>): ShownEntry {
  return {
    hostname: dnsName.toLowerCase(),
    ports: listeners.map(({ port }) => ({ port })).toSorted((one, other) => one.port - other.port)
  }
}

/** The one entry of a Service's status; its ports are the Service's own (LBC: updateServiceStatus, buildPortsForStatus). */
export function statusOfService({ dnsName }: Pick<LoadBalancerDescription, 'dnsName'>, { spec }: Service): ShownEntry {
  return {
    hostname: dnsName.toLowerCase(),
    ports: (spec?.ports ?? []).map(({ port, protocol = 'TCP' }) => ({ port, protocol }))
  }
}

/**
 * Whether an object shows the entry already; the order and the protocols of its ports do not matter (LBC:
 * isIngressStatusEqual, shouldUpdatePorts).
 */
export function showsStatus(
  { status }: { status?: { loadBalancer?: { ingress?: LoadBalancerStatusEntry[] } } },
  wanted: ShownEntry
): boolean {
  const [entry, ...more] = status?.loadBalancer?.ingress ?? []
  if (!entry || more.length > 0 || entry.ip || entry.hostname !== wanted.hostname) {
    return false
  }
  return sortedPorts(entry.ports) === sortedPorts(wanted.ports)
}

function sortedPorts(ports: LoadBalancerStatusEntry['ports'] = []): string {
  return ports
    .map(({ port }) => port)
    .toSorted((one, other) => one - other)
    .join()
}
