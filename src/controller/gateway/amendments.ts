/**
 * What the controller writes on what Gateways are made of: classes, configurations, routes, ListenerSets. Pure.
 *
 * @module
 */

import { type AnyRoute, GatewayObjects, type GatewayPlan } from '../../model/index.ts'
import { type Gateway, isGateway, objectKey, objectName, type Resources } from '../../resources/index.ts'
import type { Amendment } from './amendment.ts'
import { classAmendment, isOwnClass } from './class-amendment.ts'
import { listenerRuleAmendment, loadBalancerAmendment, targetGroupAmendment } from './configuration-amendments.ts'
import { listenerSetAmendment } from './listener-set-amendment.ts'
import { routeAmendment } from './route-amendment.ts'

/** What the amendments of a snapshot are made of. */
export interface Reviewed {
  resources: Resources
  /** The plans of the Gateways that are served. */
  plans: readonly GatewayPlan[]
  /** Now, RFC 3339. */
  time: string
}

/** What the objects of a snapshot lack, of each at most the next step. */
export function amendmentsOf(reviewed: Reviewed): Amendment[] {
  const { resources, plans, time } = reviewed
  const objects = new GatewayObjects(resources)
  const found = [
    ...objects
      .list('GatewayClass')
      .filter(isOwnClass)
      .map(one => classAmendment(one, objects, time)),
    ...objects.list('LoadBalancerConfiguration').map(one => loadBalancerAmendment(one, objects)),
    ...objects.list('TargetGroupConfiguration').map(one => targetGroupAmendment(one, objects, plans)),
    ...objects.list('ListenerRuleConfiguration').map(one => listenerRuleAmendment(one, objects, resources)),
    ...routeAmendments(objects, reviewed),
    ...listenerSetAmendments(objects, reviewed)
  ]
  return found.filter(amendment => amendment !== undefined)
}

const routeKinds = ['HTTPRoute', 'GRPCRoute', 'TCPRoute', 'UDPRoute', 'TLSRoute'] as const

function routeAmendments(objects: GatewayObjects, { plans, time }: Reviewed): (Amendment | undefined)[] {
  const reports = Map.groupBy(
    plans.flatMap(({ controller, routes }) => routes.map(report => ({ controller, report }))),
    ({ report }) => report.route
  )
  return routeKinds
    .flatMap((kind): AnyRoute[] => objects.list(kind))
    .map(route => {
      const told = reports.get(objectName(route))
      // A kind of routes is served by one controller alone.
      return (
        told &&
        routeAmendment(
          route,
          told.map(({ report }) => report),
          told[0]!.controller,
          time
        )
      )
    })
}

function isProgrammed({ status }: Gateway): boolean {
  return status?.conditions?.some(({ type, status: state }) => type === 'Programmed' && state === 'True') ?? false
}

/** They are told once the Gateway could be planned (LBC: updateGatewayStatusSuccess). */
function listenerSetAmendments(
  objects: GatewayObjects,
  { resources, plans, time }: Reviewed
): (Amendment | undefined)[] {
  const gateways = resources.list('Gateway').filter(isGateway) as Gateway[]
  const programmed = new Set(gateways.filter(isProgrammed).map(objectKey))
  const sets = new Map(objects.list('ListenerSet').map(set => [objectKey(set), set]))
  return plans
    .filter(({ stack }) => stack)
    .flatMap(({ id, listeners, rejectedListenerSets }) => {
      const accepted = [...(listeners?.sets ?? [])].map(([key, validations]) => {
        const set = sets.get(key)
        return set && listenerSetAmendment(set, [...validations.values()], programmed.has(id), time)
      })
      const rejected = rejectedListenerSets.map(key => {
        const set = sets.get(key)
        return set && listenerSetAmendment(set, undefined, programmed.has(id), time)
      })
      return [...accepted, ...rejected]
    })
}
