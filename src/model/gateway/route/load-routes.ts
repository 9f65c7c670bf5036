import type {
  GatewayListener,
  GRPCRouteRule,
  HTTPRouteRule,
  ListenerRuleConfiguration,
  ListenerSet
} from '../../../resources/index.ts'
import type { RouteStatus, ValidatedListeners } from '../../stack/plan.ts'
import type { OwnGateway } from '../configuration/gateway-class.ts'
import type { GatewayConfiguration } from '../configuration/gateway-configuration.ts'
import type { AnyRoute } from '../objects.ts'
import { type Attachments, attachRoutes, type ListenerSets, listenerSetsOf } from './attachment.ts'
import { type Backend, FatalError, loadBackend } from './backend.ts'
import { validateListeners } from './listener-validation.ts'
import type { LoadTask } from './load-task.ts'
import { acceptedFinding, firstReports, RouteError, reportOf, routeName } from './route-status.ts'
import { loadRuleConfiguration } from './rule-configuration.ts'

/** A rule of a route, with what it refers to. */
export interface LoadedRule {
  /** As it is written. Filters of a kind that has none are absent. */
  rule: HTTPRouteRule & GRPCRouteRule
  backends: Backend[]
  configuration?: ListenerRuleConfiguration
}

/** A route that is attached, with what its rules refer to. */
export interface LoadedRoute {
  route: AnyRoute
  rules: LoadedRule[]
}

/** What a Gateway's listeners and routes come to (LBC: LoaderResult). */
export interface LoadedRoutes {
  /** The valid listeners, of the Gateway and its ListenerSets. */
  listeners: GatewayListener[]
  routesByPort: ReadonlyMap<number, LoadedRoute[]>
  /** The hostnames that a route serves on a port: those that it has in common with the listeners, else its own. */
  hostnamesOf(route: AnyRoute, port: number): string[]
}

/** What there is to say of listeners and routes, whether or not they could be loaded. */
export interface RouteReports {
  routes: RouteStatus[]
  listeners?: ValidatedListeners
  rejectedSets: ListenerSet[]
  attachedSets: ListenerSet[]
}

/** The text of an error that is reported, or undefined where the error is another's. */
function caught(error: unknown): RouteError {
  if (error instanceof RouteError) {
    return error
  }
  throw error
}

/** Loads what the rules of a route refer to; what cannot be loaded is left out (LBC: accumulateRules). @throws FatalError */
function loadRules(
  task: LoadTask,
  route: AnyRoute,
  configuration: GatewayConfiguration,
  warnings: RouteError[]
): LoadedRule[] {
  return (route.spec?.rules ?? []).map((rule: HTTPRouteRule & GRPCRouteRule): LoadedRule => {
    let ruleConfiguration: ListenerRuleConfiguration | undefined
    try {
      ruleConfiguration =
        route.kind === 'HTTPRoute' || route.kind === 'GRPCRoute'
          ? loadRuleConfiguration(task, route, rule.filters)
          : undefined
    } catch (error) {
      warnings.push(caught(error))
      return { rule, backends: [] }
    }
    const backends: Backend[] = []
    for (const reference of rule.backendRefs ?? []) {
      try {
        backends.push(loadBackend(task, route, reference, configuration))
      } catch (error) {
        warnings.push(caught(error))
      }
    }
    return { rule, backends, ...(ruleConfiguration && { configuration: ruleConfiguration }) }
  })
}

/** LBC: loadChildResources. @throws the cause of what is fatal, after it has been reported. */
function loadChildren(
  task: LoadTask,
  { routesByPort, parents }: Attachments,
  configuration: GatewayConfiguration,
  reports: RouteStatus[]
): Map<number, LoadedRoute[]> {
  const loaded = new Map<AnyRoute, LoadedRoute>()
  function report(route: AnyRoute, errors: unknown[]): void {
    for (const error of errors) {
      if (error instanceof RouteError) {
        const finding = error.finding()
        reports.push(...parents.get(routeName(route))!.map(parentRef => reportOf(route, parentRef, finding)))
      }
    }
  }
  const ports = [...routesByPort.keys()].sort((left, right) => left - right)
  for (const route of new Set(ports.flatMap(port => [...routesByPort.get(port)!]))) {
    const warnings: RouteError[] = []
    try {
      const rules = loadRules(task, route, configuration, warnings)
      loaded.set(route, { route, rules })
      report(route, warnings)
    } catch (error) {
      if (!(error instanceof FatalError)) {
        throw error
      }
      report(route, [...warnings, error.cause])
      throw error.cause
    }
  }
  return new Map(ports.map(port => [port, [...routesByPort.get(port)!].map(route => loaded.get(route)!)]))
}

/**
 * Loads the routes of a Gateway with what they refer to (LBC: LoadRoutesForGateway). What is to be said of listeners and routes
 * goes into `reports`, also where loading fails.
 *
 * @throws ModelError, and {@link RouteError} where the Gateway's condition is to tell it.
 */
export function loadRoutes(
  task: LoadTask,
  own: OwnGateway,
  configuration: GatewayConfiguration,
  reports: RouteReports
): LoadedRoutes {
  const found: RouteStatus[] = []
  try {
    const sets: ListenerSets = listenerSetsOf(task.objects, own)
    reports.rejectedSets = sets.rejected
    reports.attachedSets = sets.accepted
    const validated = validateListeners(own.gateway.spec?.listeners ?? [], sets.accepted, own.controller)
    reports.listeners = validated
    const attachments = attachRoutes(task.objects, own, sets.accepted, validated)
    found.push(...attachments.failures)
    const routesByPort = loadChildren(task, attachments, configuration, found)
    for (const { route } of [...routesByPort.values()].flat()) {
      const parentRefs = attachments.parents.get(routeName(route))!
      found.push(...parentRefs.map(parentRef => reportOf(route, parentRef, acceptedFinding)))
    }
    return {
      listeners: attachments.listeners,
      routesByPort,
      hostnamesOf(route, port) {
        const common = attachments.hostnames.get(port)?.get(routeName(route))
        return common && common.size > 0 ? [...common] : (route.spec?.hostnames ?? [])
      }
    }
  } finally {
    reports.routes = firstReports(found)
  }
}
