import type { KubernetesObject, ParentReference } from '../../../resources/index.ts'
import { keyOf, namespaceOf } from '../../build/cluster-objects.ts'
import { ModelError } from '../../model-error.ts'
import type { RouteStatus } from '../../stack/plan.ts'

type Finding = Pick<RouteStatus, 'accepted' | 'resolvedRefs' | 'reason' | 'message'>

export function routeName(route: KubernetesObject): string {
  return `${route.kind} ${keyOf(route)}`
}

export function reportOf(route: KubernetesObject, parentRef: ParentReference, finding: Finding): RouteStatus {
  return { route: routeName(route), parentRef, ...finding }
}

export const acceptedFinding: Finding = {
  accepted: true,
  resolvedRefs: true,
  reason: 'Accepted',
  message: 'Route is accepted by Gateway'
}

/** Reasons that say that a route is accepted, and what it refers to is not there (LBC: loadChildResources). */
const unresolved = ['RefNotPermitted', 'InvalidKind', 'BackendNotFound', 'UnsupportedProtocol']

/** What is wrong with a part of a route: the route's status says it, and where it is fatal the Gateway's (LBC: LoaderError). */
export class RouteError extends ModelError {
  override readonly name = 'RouteError'
  readonly reason: string
  /** What the Gateway's condition says. */
  readonly gatewayMessage: string

  constructor(message: string, reason: string, gatewayMessage = message) {
    super(message)
    this.reason = reason
    this.gatewayMessage = gatewayMessage
  }

  /** What the route's conditions say. */
  finding(): Finding {
    const isUnresolved = unresolved.includes(this.reason)
    return { accepted: isUnresolved, resolvedRefs: !isUnresolved, reason: this.reason, message: this.message }
  }
}

/** An error that tells where it was found (LBC: generateInvalidMessageWithRouteDetails). */
export function routeError(route: KubernetesObject, message: string, reason: string): RouteError {
  const place = `(${route.kind}, ${namespaceOf(route)}:${route.metadata.name})`
  return new RouteError(message, reason, `${message}. Invalid data can be found in route ${place}`)
}

/**
 * The first report for each parent that each route names: failures come before successes, so that a route does not flip
 * between the two (LBC: LoadRoutesForGateway).
 */
export function firstReports(reports: RouteStatus[]): RouteStatus[] {
  const seen = new Set<string>()
  return reports.filter(({ route, parentRef }) => {
    const { kind = 'Gateway', name, namespace = '', port = '', sectionName = '' } = parentRef
    const key = [kind, route, name, namespace, port, sectionName].join('|')
    const isNew = !seen.has(key)
    seen.add(key)
    return isNew
  })
}
