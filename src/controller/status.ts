import type { LoadBalancerDescription } from '../elbv2/index.ts'
import type { LoadBalancerStatusEntry, Service } from '../resources/index.ts'

/** What a status shows of a load balancer. */
export type ShownEntry = Required<Pick<LoadBalancerStatusEntry, 'hostname'>> & Pick<LoadBalancerStatusEntry, 'ports'>

/**
 * What every active member's status gets (LBC: updateIngressStatus): the load balancer, and by its name alone the Network Load
 * Balancer in front of it.
 */
export function statusOfMember(
  { dnsName, listeners }: Pick<LoadBalancerDescription, 'dnsName' | 'listeners'>,
  dnsNameInFront?: string
): ShownEntry[] {
  const ports = listeners.map(({ port }) => ({ port })).toSorted((one, other) => one.port - other.port)
  const inFront = dnsNameInFront === undefined ? [] : [{ hostname: dnsNameInFront.toLowerCase() }]
  return [{ hostname: dnsName.toLowerCase(), ports }, ...inFront]
}

/** The one entry of a Service's status; its ports are the Service's own (LBC: updateServiceStatus, buildPortsForStatus). */
export function statusOfService({ dnsName }: Pick<LoadBalancerDescription, 'dnsName'>, { spec }: Service): ShownEntry {
  return {
    hostname: dnsName.toLowerCase(),
    ports: (spec?.ports ?? []).map(({ port, protocol = 'TCP' }) => ({ port, protocol }))
  }
}

/**
 * Whether an object shows the entries already; the order and the protocols of their ports do not matter (LBC:
 * isIngressStatusEqual, shouldUpdatePorts).
 */
export function showsStatus(
  { status }: { status?: { loadBalancer?: { ingress?: LoadBalancerStatusEntry[] } } },
  wanted: readonly ShownEntry[]
): boolean {
  const shown = status?.loadBalancer?.ingress ?? []
  return (
    shown.length === wanted.length &&
    shown.every(
      ({ ip, hostname, ports }, index) =>
        !ip && hostname === wanted[index]!.hostname && sortedPorts(ports) === sortedPorts(wanted[index]!.ports)
    )
  )
}

function sortedPorts(ports: LoadBalancerStatusEntry['ports'] = []): string {
  return ports
    .map(({ port }) => port)
    .toSorted((one, other) => one - other)
    .join()
}
