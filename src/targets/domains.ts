import { type StackPlan, specsOf } from '../model/index.ts'
import { type Gateway, isGateway, objectKey, type Resources } from '../resources/index.ts'

/** The hosts of a server in an Istio Gateway may carry a namespace: `istio-system/*.example.com`. */
function withoutNamespace(host: string): string {
  return host.split('/').at(-1)!
}

/**
 * The host names that a development certificate is made for: those of a group's Ingresses, or of a Gateway's listeners and the
 * rules that routes make, and of the Istio Gateways and VirtualServices beside them, which is where the names are when one Ingress
 * takes everything.
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
  const ofRules = specsOf(planned.stack, 'rule').flatMap(({ conditions }) =>
    planned.kind === 'Gateway' ? conditions.flatMap(({ hostHeaderConfig }) => hostHeaderConfig?.values ?? []) : []
  )
  const ofListeners = resources
    .list('Gateway')
    .filter(gateway => planned.kind === 'Gateway' && isGateway(gateway) && objectKey(gateway) === planned.id)
    .flatMap(gateway => (gateway as Gateway).spec?.listeners ?? [])
    .flatMap(({ hostname }) => hostname ?? [])
  const ofGateways = resources
    .list('Gateway')
    .flatMap(({ spec }) => (spec as { servers?: { hosts?: string[] }[] } | undefined)?.servers ?? [])
    .flatMap(({ hosts }) => hosts ?? [])
  const ofServices = resources
    .list('VirtualService')
    .flatMap(({ spec }) => (spec as { hosts?: string[] } | undefined)?.hosts ?? [])
  const hosts = [...ofIngresses, ...ofListeners, ...ofRules, ...[...ofGateways, ...ofServices].map(withoutNamespace)]
  return [...new Set(hosts)].filter(host => host !== '*' && !host.includes(':'))
}
