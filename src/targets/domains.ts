import type { StackPlan } from '../model/index.ts'
import type { Resources } from '../resources/index.ts'

/** The hosts of a server in an Istio Gateway may carry a namespace: `istio-system/*.example.com`. */
function withoutNamespace(host: string): string {
  return host.split('/').at(-1)!
}

/**
 * The host names that a development certificate is made for: those of a group's Ingresses, and of the Istio Gateways and
 * VirtualServices beside them, which is where the names are when one Ingress takes everything.
 */
export function domainsOf(planned: StackPlan, resources: Resources): string[] {
  const keys = planned.kind === 'Ingress' ? planned.members : []
  const members = keys.flatMap(key => {
    const [namespace, name] = key.split('/') as [string, string]
    // A manifest without a namespace lands in `default`.
    const unplaced = namespace === 'default' ? resources.find('Ingress', name) : undefined
    return resources.find('Ingress', name, namespace) ?? unplaced ?? []
  })
  const ofIngresses = members.flatMap(({ spec }) => [
    ...(spec?.rules ?? []).flatMap(({ host }) => host ?? []),
    ...(spec?.tls ?? []).flatMap(({ hosts }) => hosts ?? [])
  ])
  const ofGateways = resources
    .list('Gateway')
    .flatMap(({ spec }) => (spec as { servers?: { hosts?: string[] }[] } | undefined)?.servers ?? [])
    .flatMap(({ hosts }) => hosts ?? [])
  const ofServices = resources
    .list('VirtualService')
    .flatMap(({ spec }) => (spec as { hosts?: string[] } | undefined)?.hosts ?? [])
  const hosts = [...ofIngresses, ...[...ofGateways, ...ofServices].map(withoutNamespace)]
  return [...new Set(hosts)].filter(host => host !== '*' && !host.includes(':'))
}
