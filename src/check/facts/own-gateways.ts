import { type GatewayPlan, keyOf, specsOf } from '../../model/index.ts'
import {
  type Gateway,
  isGateway,
  type KubernetesObject,
  type ListenerSet,
  type ParentReference,
  type Path,
  type Resources
} from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { findByName } from './named-object.ts'

/** A Gateway of the AWS Load Balancer Controller with its plan. */
export interface OwnGateway {
  plan: GatewayPlan
  gateway: Gateway
}

export function ownGateways({ plan, resources }: Context): OwnGateway[] {
  const gateways = new Map(
    resources
      .list('Gateway')
      .filter(isGateway)
      .map(gateway => [keyOf(gateway), gateway as Gateway])
  )
  return plan.gateways.flatMap(one => {
    const gateway = gateways.get(one.id)
    return gateway ? [{ plan: one, gateway }] : []
  })
}

/** The Gateway and the ListenerSets that it takes, each with what the controller thinks of its listeners. */
export function listenerOwners({ plan, gateway }: OwnGateway, resources: Resources) {
  const { listeners } = plan
  const sets = (resources.list('ListenerSet') as ListenerSet[]).flatMap(object => {
    const validations = listeners?.sets.get(keyOf(object))
    return validations ? [{ object: object as Gateway | ListenerSet, validations }] : []
  })
  return listeners ? [{ object: gateway as Gateway | ListenerSet, validations: listeners.gateway }, ...sets] : []
}

/** Whose listeners a parent of a route means: the Gateway's, or those of a ListenerSet that it takes. */
export function parentOf(
  own: OwnGateway,
  route: KubernetesObject,
  { kind, name, namespace }: ParentReference,
  resources: Resources
): Gateway | ListenerSet {
  const { metadata } = route
  const set =
    kind === 'ListenerSet'
      ? listenerOwners(own, resources).find(
          ({ object }) =>
            object.kind === kind &&
            object.metadata.name === name &&
            object.metadata.namespace === (namespace ?? metadata.namespace)
        )
      : undefined
  return set?.object ?? own.gateway
}

/** Where a route names a parent: a Gateway and a ListenerSet may have one name. */
export function parentPath(route: KubernetesObject, parent: ParentReference): Path {
  const { parentRefs = [] } = (route.spec ?? {}) as { parentRefs?: ParentReference[] }
  const index = parentRefs.findIndex(
    ({ kind, name, namespace, sectionName, port }) =>
      kind === parent.kind &&
      name === parent.name &&
      namespace === parent.namespace &&
      sectionName === parent.sectionName &&
      port === parent.port
  )
  return ['spec', 'parentRefs', ...(index < 0 ? [] : [index])]
}

/** The routes that a Gateway reports on, each once. */
export function routesOf({ plan }: OwnGateway, resources: Resources): KubernetesObject[] {
  const names = new Set(plan.routes.map(({ route }) => route))
  return [...names].flatMap(name => findByName(resources, name) ?? [])
}

/** Whether a Gateway's load balancer has a listener of a protocol. */
export function hasListener({ plan }: OwnGateway, protocol: string): boolean {
  return specsOf(plan.stack, 'listener').some(listener => listener.protocol === protocol)
}
