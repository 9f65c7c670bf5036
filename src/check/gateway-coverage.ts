/**
 * Why Gateways of the Gateway API, and what belongs to them, are not looked at.
 *
 * @module
 */

import { keyOf, namespaceOf, type Plan } from '../model/index.ts'
import { nearestName } from '../nearest-name.ts'
import {
  classOfGateway,
  type Gateway,
  gatewayAPIGroup,
  isOfIstio,
  type KubernetesObject,
  objectName,
  type ParentReference,
  type Resources
} from '../resources/index.ts'

export function groupOf({ apiVersion }: KubernetesObject): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
}

export function because(reason: string | undefined): { reason: string } | undefined {
  return reason === undefined ? undefined : { reason }
}

/** Classes of Istio's own for what is inside of the mesh, and the controllers that its GatewayClasses name (Istio: builtinClasses). */
const insideOfTheMesh: ReadonlyMap<string, string> = new Map([
  ['istio-waypoint', 'istio.io/mesh-controller'],
  ['istio-east-west', 'istio.io/eastwest-controller'],
  ['istio-remote', 'istio.io/unmanaged-gateway']
])

/** Whether a Gateway is one of the mesh's inside, to which no load balancer of the edge leads. */
export function isInside(gateway: Gateway, resources: Resources): boolean {
  const found = classOfGateway(gateway, resources)
  const name = gateway.spec?.gatewayClassName ?? ''
  return found ? [...insideOfTheMesh.values()].includes(found.spec?.controllerName ?? '') : insideOfTheMesh.has(name)
}

/** Why a Gateway is neither Istio's nor planned; undefined for one that is. */
export function reasonOfGateway(gateway: Gateway, resources: Resources, { gateways }: Plan): string | undefined {
  if (isOfIstio(gateway, resources) || gateways.some(({ id }) => id === keyOf(gateway))) {
    return undefined
  }
  const name = gateway.spec?.gatewayClassName ?? ''
  if (isInside(gateway, resources)) {
    return `its class ${name} is for what is inside of the mesh, which has no part in the edge`
  }
  const found = classOfGateway(gateway, resources)
  const classes = resources.list('GatewayClass').map(({ metadata }) => metadata.name)
  const meant = nearestName(name, classes)
  return found
    ? `its class ${name} is of the controller ${found.spec?.controllerName ?? 'that it does not name'}`
    : `its class ${name} is not among the objects${meant === undefined ? ': name the GatewayClass too' : `, ${meant} is`}`
}

/**
 * Why a route, or a ListenerSet, was not looked at: all the Gateways that it names are passed over, or not among the objects. What
 * names no Gateway (GAMMA) is looked at by the rules for it.
 */
export function reasonOfAttached(
  object: KubernetesObject,
  resources: Resources,
  plan: Plan
): { reason: string; ofKind?: true } | undefined {
  const parents = parentsOf(object, resources)
  if (parents.length > 0 && parents.every(one => typeof one === 'object' && isInside(one, resources))) {
    return { reason: 'its Gateways are inside of the mesh, which has no part in the edge', ofKind: true }
  }
  const reasons = parents.map(parent => {
    if (typeof parent !== 'object') {
      return parent
    }
    const reason = reasonOfGateway(parent, resources, plan)
    return reason === undefined ? undefined : `${objectName(parent)} is not looked at: ${reason}`
  })
  return reasons.every(reason => reason !== undefined) ? because(reasons[0]) : undefined
}

/** That what an object wants to belong to is not among the objects, and which of its name is, in another namespace. */
function reasonOfMissing(kind: string, key: string, name: string, resources: Resources): string {
  const other = resources.list(kind).find(one => groupOf(one) === gatewayAPIGroup && one.metadata.name === name)
  const elsewhere = other
    ? `; ${objectName(other)} is, which its reference would name with namespace: ${namespaceOf(other)}`
    : ''
  return `${kind} ${key} is not among the objects${elsewhere}`
}

/**
 * The Gateways to which an object wants to belong, of a route also through its ListenerSets; a text for what is not there, undefined
 * for what is none.
 */
function parentsOf(object: KubernetesObject, resources: Resources): (Gateway | string | undefined)[] {
  const { parentRefs, parentRef } = (object.spec ?? {}) as {
    parentRefs?: ParentReference[]
    parentRef?: ParentReference
  }
  const isSet = object.kind === 'ListenerSet'
  const references = isSet ? [parentRef ?? { name: '' }] : (parentRefs ?? [])
  return references.flatMap(({ group = gatewayAPIGroup, kind = 'Gateway', namespace, name }) => {
    if (group !== gatewayAPIGroup || !(kind === 'Gateway' || (kind === 'ListenerSet' && !isSet)) || name === '') {
      return [undefined]
    }
    const key = `${namespace ?? namespaceOf(object)}/${name}`
    const found = resources.list(kind).find(one => groupOf(one) === gatewayAPIGroup && keyOf(one) === key)
    if (!found) {
      return [reasonOfMissing(kind, key, name, resources)]
    }
    return found.kind === 'ListenerSet' ? parentsOf(found, resources) : [found as Gateway]
  })
}
