import type { Resources } from '../../resources/index.ts'
import { keyOf, nameOf } from '../build/cluster-objects.ts'
import { assumedRegion } from '../build/region.ts'
import type { Environment } from '../environment/environment.ts'
import { parseBool } from '../go/strconv.ts'
import { ControllerPanic, ModelError } from '../model-error.ts'
import type { Explanation, GatewayPlan } from '../stack/plan.ts'
import { buildAddOns, enabledAddOns, hasActiveAddOns } from './add-ons.ts'
import { type OwnGateway, ownGateways } from './configuration/gateway-class.ts'
import { type GatewayConfiguration, resolveConfiguration } from './configuration/gateway-configuration.ts'
import { buildListeners } from './listeners.ts'
import { buildLoadBalancer } from './load-balancer.ts'
import { GatewayObjects } from './objects.ts'
import { type LoadedRoutes, loadRoutes, type RouteReports } from './route/load-routes.ts'
import { RouteError } from './route/route-status.ts'
import { createTask, type GatewayTask } from './task.ts'

/** LBC: isDeleteProtected; what is no boolean protects nothing. */
function isProtected({ spec }: GatewayConfiguration): boolean {
  const attribute = spec.loadBalancerAttributes?.find(({ key }) => key === 'deletion_protection.enabled')
  try {
    return attribute !== undefined && parseBool(attribute.value)
  } catch (error) {
    if (error instanceof ModelError) {
      return false
    }
    throw error
  }
}

/**
 * Builds the resources of a Gateway (LBC: baseModelBuilder.Build). One that goes has none, unless an add-on has to be taken away
 * first.
 *
 * @throws ModelError
 */
function buildResources(task: GatewayTask): void {
  const { own, configuration } = task
  const isGoing = own.gateway.metadata.deletionTimestamp !== undefined
  if (isGoing && isProtected(configuration)) {
    throw new ModelError(`Unable to delete gateway ${keyOf(own.gateway)} because deletion protection is enabled.`)
  }
  if (isGoing && !hasActiveAddOns(task)) {
    return
  }
  buildLoadBalancer(task, isGoing)
  buildListeners(task)
  buildAddOns(task, isGoing)
  task.stack.FrontendNLBTargetGroup = { FrontendNLBTargetGroup: { TargetGroups: task.frontend } }
}

interface Loaded {
  configuration: GatewayConfiguration
  routes: LoadedRoutes
}

/** Where the values of a stack come from: it is built once more, taking notes. */
function explainGateway(
  resources: Resources,
  environment: Environment,
  own: OwnGateway,
  loaded: Loaded
): Explanation[] {
  const explanations: Explanation[] = []
  buildResources({ ...createTask(resources, environment, own, loaded.configuration, loaded.routes), explanations })
  return explanations
}

/** What every plan of a Gateway tells, with a stack or without. */
function describe(own: OwnGateway, reports: RouteReports, configuration?: GatewayConfiguration) {
  const { gateway, gatewayClass, controller } = own
  const { layers = [], targetGroupLayers = [] } = configuration ?? {}
  return {
    kind: 'Gateway' as const,
    id: keyOf(gateway),
    controller,
    className: gatewayClass.metadata.name,
    configurations: [...layers, ...targetGroupLayers].map(nameOf),
    routes: reports.routes,
    ...(reports.listeners && { listeners: reports.listeners }),
    rejectedListenerSets: reports.rejectedSets.map(keyOf)
  }
}

/** Builds one Gateway's stack, all of it or nothing (LBC: gatewayReconciler.reconcileHelper). */
function planGateway(
  resources: Resources,
  environment: Environment,
  objects: GatewayObjects,
  own: OwnGateway
): GatewayPlan {
  const reports: RouteReports = { routes: [], rejectedSets: [], attachedSets: [] }
  const nothing = { explanations: [], ruleSources: new Map(), warnings: [], assumptions: [], addOns: [] }
  let loaded: Loaded
  try {
    const configuration = resolveConfiguration(objects, own)
    loaded = { configuration, routes: { listeners: [], routesByPort: new Map(), hostnamesOf: () => [] } }
  } catch (error) {
    return { ...describe(own, reports), ...nothing, ...failureOf(error, 'Invalid') }
  }
  try {
    loaded.routes = loadRoutes({ resources, objects }, own, loaded.configuration, reports)
  } catch (error) {
    // What is no error of a route's is only logged.
    const reason = error instanceof RouteError ? 'ListenersNotValid' : undefined
    return { ...describe(own, reports, loaded.configuration), ...nothing, ...failureOf(error, reason) }
  }
  const task = createTask(resources, environment, own, loaded.configuration, loaded.routes)
  try {
    buildResources(task)
  } catch (error) {
    const failure = failureOf(error, 'Invalid', 'Check Gateway Events for more information.')
    return {
      ...describe(own, reports, loaded.configuration),
      ...nothing,
      warnings: task.warnings,
      ...failure,
      errorHasEvent: !(error instanceof ControllerPanic)
    }
  }
  let explanations: Explanation[] | undefined
  const stack = { id: keyOf(own.gateway), resources: task.stack }
  return {
    ...describe(own, reports, loaded.configuration),
    stack,
    ruleSources: task.ruleSources,
    warnings: task.warnings,
    assumptions: [...task.assumptions, ...assumedRegion(stack, environment)],
    addOns: enabledAddOns(task),
    get explanations() {
      explanations ??= explainGateway(resources, environment, own, loaded)
      return explanations
    }
  }
}

/** An error with the condition Accepted that tells it: none without a reason, or where the build broke off. @throws what is a mistake of this program. */
function failureOf(
  error: unknown,
  reason: string | undefined,
  message?: string
): Pick<GatewayPlan, 'error' | 'errorHasEvent' | 'errorSource' | 'refusal'> {
  if (!(error instanceof ModelError)) {
    throw error
  }
  const told = message ?? (error instanceof RouteError ? error.gatewayMessage : error.message)
  return {
    error: error.message,
    errorHasEvent: false,
    ...(error.source && { errorSource: error.source }),
    ...(reason !== undefined && !(error instanceof ControllerPanic) && { refusal: { reason, message: told } })
  }
}

/**
 * What the AWS Load Balancer Controller would make of the Gateways of its classes: for each the stack that it would deploy or
 * the error that keeps it from it, in its own words, and what it would say of their routes.
 */
export function planGateways(resources: Resources, environment: Environment): GatewayPlan[] {
  const objects = new GatewayObjects(resources)
  return ownGateways(objects).map(own => planGateway(resources, environment, objects, own))
}
