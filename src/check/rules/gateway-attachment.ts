/**
 * Listeners and routes that a Gateway of the AWS Load Balancer Controller turns away: it says so in their statuses and goes on.
 *
 * @module
 */
import type { RouteStatus } from '../../model/index.ts'
import type { BackendReference, HTTPRoute, KubernetesObject, Path, Resources } from '../../resources/index.ts'
import { missingServiceOf, objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { findByName } from '../facts/named-object.ts'
import { listenerOwners, type OwnGateway, ownGateways, parentOf, parentPath } from '../facts/own-gateways.ts'
import type { Rule } from '../rule.ts'
import { listenersOutsideOfGateways } from './listener-sets.ts'

function hintFor({ reason, message }: RouteStatus, listeners: string): string {
  if (reason === 'NoMatchingListenerHostname') {
    return "give the route a hostname that a listener's hostname covers, or the listener one that covers the route's"
  }
  if (reason === 'NoMatchingParent') {
    return `name a listener of it: ${listeners}`
  }
  if (message.includes('kind does not match')) {
    return 'list the kind in allowedRoutes.kinds of the listener, or attach the route to a listener whose protocol takes it'
  }
  return reason === 'NotAllowedByListeners'
    ? "allow the route's namespace in allowedRoutes.namespaces of the listener, or move the route"
    : 'mend what the message names: the rules that it is about answer 500'
}

/** Whose listeners they are; a ListenerSet, which may stand anywhere, with its place and its Gateway. */
function nameWithPlace(parent: KubernetesObject, { gateway }: OwnGateway, { originOf }: Context): string {
  if (parent === gateway) {
    return objectName(gateway)
  }
  const { file, line } = originOf(parent)?.positionOf(['spec', 'listeners']) ?? {}
  const place = file === undefined ? '' : `${file}:${line}, `
  return `${objectName(parent)} (${place}of ${objectName(gateway)})`
}

/** A route that no listener of the Gateway or ListenerSet which it names takes: it gets no requests there. */
export const routeNotAccepted: Rule = {
  code: 'ROUTE_NOT_ACCEPTED',
  severity: 'error',
  *find(context) {
    for (const own of ownGateways(context)) {
      for (const status of own.plan.routes.filter(({ accepted }) => !accepted)) {
        const route = findByName(context.resources, status.route)
        if (route) {
          const parent = parentOf(own, route, status.parentRef, context.resources)
          const listeners = (parent.spec?.listeners ?? []).map(({ name, port }) => `${name} (port ${port})`).join(', ')
          yield {
            object: route,
            path: parentPath(route, status.parentRef),
            message: `${status.route} is not accepted by ${nameWithPlace(parent, own, context)}: ${status.reason}: ${status.message}`,
            expected: `a listener that takes it: ${listeners}`,
            actual: status.reason,
            hint: hintFor(status, listeners)
          }
        }
      }
    }
  }
}

/** The reference that a status is about: by the name or the port in its message, else the first to another namespace. */
function referencePath(route: KubernetesObject, { message, reason }: RouteStatus): Path {
  const { rules = [] } = (route as HTTPRoute).spec ?? {}
  const name = /\([^:()]+:([^()]+)\)/.exec(message)?.[1]
  const port = /for port (\d+)$/.exec(message)?.[1]
  function isMeant(reference: BackendReference): boolean {
    if (name !== undefined || port !== undefined) {
      return reference.name === name || String(reference.port) === port
    }
    return reason === 'InvalidKind'
      ? !['Service', 'Gateway', 'TargetGroupName'].includes(reference.kind ?? 'Service')
      : (reference.namespace ?? route.metadata.namespace) !== route.metadata.namespace
  }
  for (const [index, { backendRefs = [] }] of rules.entries()) {
    const place = backendRefs.findIndex(isMeant)
    if (place >= 0) {
      return ['spec', 'rules', index, 'backendRefs', place]
    }
  }
  return ['spec', 'rules']
}

function hintForReference({ reason, message }: RouteStatus): string {
  if (reason === 'RefNotPermitted') {
    return "add a ReferenceGrant to the backend's namespace: from this kind of route and its namespace, to Service"
  }
  return message.startsWith('Unable to find service port')
    ? 'name a port of the Service by its number'
    : 'name a Service that is there, or add it'
}

/** Whether the reference is to a Service that may be in another file: manifests seldom hold every one. */
function mayStandElsewhere({ reason, message = '' }: RouteStatus, resources: Resources): boolean {
  const [, namespace, name] =
    /^Service \(([^:]+):([^)]+)\) not found/.exec(reason === 'BackendNotFound' ? message : '') ?? []
  return namespace !== undefined && missingServiceOf(resources, namespace, name!) === undefined
}

/** A backend of a route that is left out: its share of the requests goes to the others, and without any they get 500. */
export const routeReference: Rule = {
  code: 'ROUTE_REFERENCE_NOT_RESOLVED',
  severity: 'error',
  *find(context) {
    for (const { plan } of ownGateways(context)) {
      const seen = new Set<string>()
      for (const status of plan.routes.filter(({ accepted, resolvedRefs }) => accepted && !resolvedRefs)) {
        const route = findByName(context.resources, status.route)
        if (!route || seen.has(status.route) || mayStandElsewhere(status, context.resources)) {
          continue
        }
        seen.add(status.route)
        yield {
          object: route,
          path: referencePath(route, status),
          message: `a backend of ${status.route} is left out of Gateway ${plan.id}: ${status.reason}: ${status.message}`,
          hint: hintForReference(status)
        }
      }
    }
  }
}

/** A listener that the controller does not make, and whose routes go with it. */
export const listenerRefused: Rule = {
  code: 'GATEWAY_LISTENER_REFUSED',
  severity: 'error',
  explains: ['GATEWAY_HAS_NO_HOST', 'HEALTH_CHECK_FAILS', 'TARGET_GIVES_NO_ANSWER'],
  *find(context) {
    for (const own of ownGateways(context)) {
      for (const { object, validations } of listenerOwners(own, context.resources)) {
        for (const [index, { name }] of (object.spec?.listeners ?? []).entries()) {
          const validation = validations.get(name)
          if (validation && !validation.isValid) {
            yield {
              object,
              path: ['spec', 'listeners', index],
              message: `listener ${name} of ${objectName(object)} is left out, and its routes with it, though their status says Accepted: ${validation.reason}: ${validation.message}`,
              actual: validation.reason,
              hint:
                validation.reason === 'UnsupportedProtocol' || validation.reason === 'InvalidRouteKinds'
                  ? `${own.plan.controller} serves ${own.plan.controller.endsWith('alb') ? 'HTTP and HTTPS with HTTPRoutes and GRPCRoutes' : 'TCP, UDP and TLS with TCPRoutes, UDPRoutes and TLSRoutes'}`
                  : 'give the listener a port, a protocol and a hostname that no listener before it has'
            }
          }
        }
      }
    }
    yield* listenersOutsideOfGateways(context)
  }
}

/** A listener without a route: status calls it programmed, and the load balancer has none. */
export const listenerWithoutRoutes: Rule = {
  code: 'GATEWAY_LISTENER_WITHOUT_ROUTES',
  severity: 'warning',
  *find(context) {
    for (const own of ownGateways(context)) {
      const owners = listenerOwners(own, context.resources)
      const served = new Set(
        owners.flatMap(({ object, validations }) =>
          (object.spec?.listeners ?? []).flatMap(({ name, port }) =>
            validations.get(name)?.isValid && validations.get(name)!.attachedRoutes > 0 ? [port] : []
          )
        )
      )
      for (const { object, validations } of owners) {
        for (const [index, { name, port }] of (object.spec?.listeners ?? []).entries()) {
          if (validations.get(name)?.isValid && !served.has(port)) {
            yield {
              object,
              path: ['spec', 'listeners', index],
              message: `no route attaches to listener ${name} of ${objectName(object)}: the load balancer gets no listener on port ${port}, though its security group is opened for it and the status says Programmed`,
              hint: 'attach a route to it, or remove the listener'
            }
          }
        }
      }
    }
  }
}
