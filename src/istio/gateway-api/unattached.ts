import { type KubernetesObject, namesParent, type Resources } from '../../resources/index.ts'
import { isAttached, type Obstacle, obstacleOf } from './attachment.ts'
import { allowedNamespaces, boundListeners, type Listener, listenerOwnersOf } from './listener.ts'
import { namespaceOf, ofGroup } from './object.ts'
import type { GatewayRoute } from './rule.ts'

/** A route whose parent is a Gateway of Istio's class, or a ListenerSet of one, none of whose listeners takes it. */
export interface UnattachedRoute {
  route: KubernetesObject
  /** Of the parent in `spec.parentRefs`. */
  index: number
  /** The Gateway, or the ListenerSet. */
  gateway: KubernetesObject
  /** Every listener of it, with what keeps the route away. */
  listeners: { listener: Listener; index: number; obstacle: Obstacle }[]
  hostnames: string[]
}

/** Whether the objects tell which namespaces a listener takes routes of. */
function tellsNamespaces({ allowedRoutes }: Listener, route: GatewayRoute, resources: Resources): boolean {
  const isSelected = allowedRoutes?.namespaces?.from === 'Selector'
  return !isSelected || resources.find('Namespace', namespaceOf(route)) !== undefined
}

/** Routes that no listener of their parent takes, as far as the objects tell. */
export function unattachedRoutes(resources: Resources): UnattachedRoute[] {
  const kinds = ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute']
  const routes = kinds.flatMap(kind => ofGroup<GatewayRoute>(resources, kind))
  const gateways = listenerOwnersOf(resources).map(({ object }) => object)
  return routes.flatMap(route =>
    (route.spec?.parentRefs ?? []).flatMap((parent, index): UnattachedRoute[] => {
      const gateway = gateways.find(one => namesParent(route, parent, one))
      const all = gateway?.spec?.listeners ?? []
      const listeners = all.flatMap((listener, place) => {
        const namespaces = allowedNamespaces(listener, namespaceOf(gateway!), resources)
        const obstacle = obstacleOf(route, parent, { listener, namespaces })
        const isTold = obstacle !== 'namespaces' || tellsNamespaces(listener, route, resources)
        return obstacle && isTold ? [{ listener, index: place, obstacle }] : []
      })
      const isKept = gateway !== undefined && all.length > 0 && listeners.length === all.length
      return isKept ? [{ route, index, gateway, listeners, hostnames: route.spec?.hostnames ?? [] }] : []
    })
  )
}

/** Routes of HTTP and gRPC that a listener of a Gateway of Istio's class takes. */
export function attachedRoutes(resources: Resources): KubernetesObject[] {
  const bound = boundListeners(resources)
  return ['HTTPRoute', 'GRPCRoute']
    .flatMap(kind => ofGroup<GatewayRoute>(resources, kind))
    .filter(route => route.spec?.parentRefs?.some(parent => bound.some(one => isAttached(route, parent, one))))
}

/** Whether a route of the Gateway API names a Gateway of Istio's class, or a ListenerSet of one, as its parent. */
export function isRouteOfIstio(object: KubernetesObject, resources: Resources): boolean {
  const { parentRefs } = (object.spec ?? {}) as NonNullable<GatewayRoute['spec']>
  const gateways = listenerOwnersOf(resources).map(({ object }) => object)
  return parentRefs?.some(parent => gateways.some(gateway => namesParent(object, parent, gateway))) ?? false
}
