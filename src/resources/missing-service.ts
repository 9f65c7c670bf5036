import { isNumbered, nearestName } from '../nearest-name.ts'
import type { Service } from './kubernetes.ts'
import type { Resources } from './resources.ts'

/** What is known of a Service that something sends to and that is not in its namespace. */
export interface MissingService {
  /** The Service of that name in another namespace. */
  elsewhere?: Service
  /** A name in the namespace that is nearly the one wanted. */
  similar?: string
  /** The Services of the namespace. */
  here: readonly Service[]
}

/**
 * Why a Service that is not among the objects is missed. Manifests seldom hold every Service, so only where one of that name is
 * elsewhere, one of nearly that name is here, or a gateway is here under another name; undefined where it may stand in another file.
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
  const isGateway = /gateway|ingress/i.test(name) && !names.some(candidate => isNumbered(candidate, name))
  return elsewhere || similar !== undefined || (isGateway && here.length > 0)
    ? { here, ...(elsewhere && { elsewhere }), ...(similar !== undefined && { similar }) }
    : undefined
}
