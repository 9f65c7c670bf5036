import { isNumbered, nearestName } from '../nearest-name.ts'
import { type Gateway, isGateway, isOfIstio } from './gateway-api.ts'
import { isRefusedForParameters, madeName } from './gateway-parameters.ts'
import type { Service } from './kubernetes.ts'
import type { Resources } from './resources.ts'

/** What is known of a Service that something sends to and that is not in its namespace. */
export interface MissingService {
  /** The Service of that name in another namespace. */
  elsewhere?: Service
  /** A name in the namespace that is nearly the one wanted. */
  similar?: string
  /** Istio would make it of a Gateway, whose parameters it refuses. */
  isRefused?: true
  /** The Services of the namespace. */
  here: readonly Service[]
}

/** Whether it would be the Service of a Gateway of Istio's, of which istiod makes none for its parameters. */
function isNotMadeByIstio(resources: Resources, namespace: string, name: string): boolean {
  return (resources.list('Gateway') as Gateway[]).some(
    gateway =>
      isGateway(gateway) &&
      isOfIstio(gateway, resources) &&
      (gateway.metadata.namespace ?? 'default') === namespace &&
      madeName(gateway) === name &&
      isRefusedForParameters(gateway, resources)
  )
}

/**
 * Why a Service that is not among the objects is missed. Manifests seldom hold every Service, so only where one of that name is
 * elsewhere, one of nearly that name is here, a gateway is here under another name, or Istio does not make it; undefined where it may
 * stand in another file.
 */
export function missingServiceOf(resources: Resources, namespace: string, name: string): MissingService | undefined {
  const services = resources.list('Service')
  const here = services.filter(({ metadata }) => (metadata.namespace ?? 'default') === namespace)
  const names = here.map(({ metadata }) => metadata.name)
  const elsewhere = services.find(({ metadata }) => metadata.name === name)
  const similar = nearestName(
    name,
    names.filter(candidate => !isNumbered(candidate, name))
  )
  const isNamedGateway = /gateway|ingress/i.test(name) && !names.some(candidate => isNumbered(candidate, name))
  if (isNotMadeByIstio(resources, namespace, name)) {
    return { here, isRefused: true }
  }
  return elsewhere || similar !== undefined || (isNamedGateway && here.length > 0)
    ? { here, ...(elsewhere && { elsewhere }), ...(similar !== undefined && { similar }) }
    : undefined
}
