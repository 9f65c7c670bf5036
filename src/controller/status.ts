import type { LoadBalancerDescription } from '../elbv2/index.ts'
import type { Ingress } from '../resources/index.ts'

export interface IngressStatusEntry {
  hostname: string
  ports: { port: number }[]
}

/** The one entry that every active member's status gets (LBC: updateIngressGroupStatus). */
export function statusOf({ dnsName, listeners }: Pick<LoadBalancerDescription, 'dnsName' | 'listeners'>) {
  return {
    hostname: dnsName.toLowerCase(),
    ports: listeners.map(({ port }) => ({ port })).toSorted((one, other) => one.port - other.port)
  } satisfies IngressStatusEntry
}

/** Whether an Ingress shows the entry already; the order of its ports does not matter (LBC: isIngressStatusEqual). */
export function showsStatus(ingress: Ingress, wanted: IngressStatusEntry): boolean {
  const [entry, ...more] = ingress.status?.loadBalancer?.ingress ?? []
  if (!entry || more.length > 0 || entry.ip || entry.hostname !== wanted.hostname) {
    return false
  }
  const shown = (entry.ports ?? []).map(({ port }) => port).toSorted((one, other) => one - other)
  return shown.join() === wanted.ports.map(({ port }) => port).join()
}
