import {
  type GatewayListener,
  type KubernetesObject,
  type LabelSelector,
  type ListenerSet,
  meetsSelector,
  type ParentReference,
  selectorError
} from '../../../resources/index.ts'
import { keyOf, namespaceOf } from '../../build/cluster-objects.ts'
import { formatSlice, sortedStrings } from '../../go/format.ts'
import type { RouteStatus, ValidatedListeners } from '../../stack/plan.ts'
import type { OwnGateway } from '../configuration/gateway-class.ts'
import { type AnyRoute, type GatewayObjects, type NamedParent, parentKey } from '../objects.ts'
import { commonHostnames, isHostname } from './hostnames.ts'
import { allowedKinds, routeKinds } from './listener-validation.ts'
import { RouteError, reportOf, routeName } from './route-status.ts'

const refused = 'Listener does not allow route attachment, '

/** `%s` of a selector, as its generated String method writes it. */
function formatSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = sortedStrings(Object.keys(matchLabels)).map(key => `${key}: ${matchLabels[key]},`)
  const requirements = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:${formatSlice(values)},},`
  )
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${requirements.join('')}},}`
}

/**
 * Whether objects of a namespace may attach to what is in another (LBC: doesResourceAllowNamespace).
 *
 * @throws RouteError for a selector that is none.
 */
function allowsNamespace(
  objects: GatewayObjects,
  { from, selector }: { from?: string; selector?: LabelSelector },
  parent: string,
  namespace: string
): boolean {
  if (from === 'Same') {
    return parent === namespace
  }
  if (from !== 'Selector' || !selector) {
    return from === 'All'
  }
  const problem = selectorError(selector)
  if (problem !== undefined) {
    throw new RouteError(`Unable to parse selector ${formatSelector(selector)}: ${problem}`, 'UnsupportedValue')
  }
  return objects
    .namespaces()
    .some(({ metadata }) => metadata.name === namespace && meetsSelector(metadata.labels ?? {}, selector))
}

/** The ListenerSets that want to belong to a Gateway. */
export interface ListenerSets {
  accepted: ListenerSet[]
  /** Those whose namespace the Gateway does not take. */
  rejected: ListenerSet[]
}

/** LBC: retrieveListenersFromListenerSets. @throws RouteError */
export function listenerSetsOf(objects: GatewayObjects, { gateway }: OwnGateway): ListenerSets {
  const key = `Gateway ${keyOf(gateway)}`
  const { from = 'None', selector } = gateway.spec?.allowedListeners?.namespaces ?? {}
  const wanting = objects
    .list('ListenerSet')
    .filter(set => set.spec?.parentRef && parentKey(set, set.spec.parentRef) === key)
  const sets: ListenerSets = { accepted: [], rejected: [] }
  for (const set of wanting) {
    const allows = { from, ...(selector && { selector }) }
    const isAllowed = allowsNamespace(objects, allows, namespaceOf(gateway), namespaceOf(set))
    sets[isAllowed ? 'accepted' : 'rejected'].push(set)
  }
  return sets
}

/** What came of the routes that want to attach to the listeners of a Gateway. */
export interface Attachments {
  /** Routes by port, of valid listeners. */
  routesByPort: Map<number, Set<AnyRoute>>
  /** The valid listeners: doubles of a name, as an API server would not take them, count once. */
  listeners: GatewayListener[]
  failures: RouteStatus[]
  /** The parents of each route that attached, by route. */
  parents: Map<string, ParentReference[]>
  /** Hostnames that a route and the listeners of a port have in common, by port and route. */
  hostnames: Map<number, Map<string, Set<string>>>
}

/** A Gateway or ListenerSet with its listeners. */
interface Parent {
  object: KubernetesObject
  listeners: GatewayListener[]
  byName: ReadonlyMap<string, GatewayListener>
  /** Routes that attached, by the name of the listener. */
  attached: Map<string, AnyRoute[]>
}

function parentOf(object: KubernetesObject, listeners: GatewayListener[] = []): Parent {
  return {
    object,
    listeners,
    byName: new Map(listeners.map(listener => [listener.name, listener])),
    attached: new Map(listeners.map(({ name }) => [name, []]))
  }
}

/** What keeps a route from a listener (LBC: listenerAllowsAttachment). @throws RouteError */
function attach(
  objects: GatewayObjects,
  parent: KubernetesObject,
  listener: GatewayListener,
  route: AnyRoute
): { hostnames: string[] } | { reason: string; message: string } {
  const allows = { from: 'Same', ...listener.allowedRoutes?.namespaces }
  if (!allowsNamespace(objects, allows, namespaceOf(parent), namespaceOf(route))) {
    const message = `${refused}namespace does not match between listener and route`
    return { reason: 'NotAllowedByListeners', message }
  }
  if (!allowedKinds(listener).includes(route.kind)) {
    return { reason: 'NotAllowedByListeners', message: `${refused}kind does not match between listener and route` }
  }
  if (route.kind === 'TCPRoute' || route.kind === 'UDPRoute') {
    return { hostnames: [] }
  }
  const ofRoute = route.spec?.hostnames ?? []
  const { hostname } = listener
  if (ofRoute.length > 0 && hostname !== undefined && !isHostname(hostname)) {
    // The controller has the two the wrong way round.
    const message = `listener hostname ${listener.name} is not valid (listener name ${hostname})`
    throw new RouteError(message, 'UnsupportedValue')
  }
  const hostnames = commonHostnames(hostname, ofRoute)
  return hostnames ? { hostnames } : { reason: 'NoMatchingListenerHostname', message: `${refused}no matching hostname` }
}

/** The listeners that a route's parent means (LBC: attemptListenerRouteAttachment). */
function listenersOf({ listeners, byName }: Parent, { sectionName, port }: ParentReference): GatewayListener[] {
  const named = sectionName === undefined ? listeners : [byName.get(sectionName)].filter(one => one !== undefined)
  return named.filter(listener => port === undefined || port === listener.port)
}

function noteHostnames({ hostnames }: Attachments, port: number, route: AnyRoute, common: string[]): void {
  const ofPort = hostnames.get(port) ?? new Map<string, Set<string>>()
  const ofRoute = ofPort.get(routeName(route)) ?? new Set<string>()
  for (const hostname of common) {
    ofRoute.add(hostname)
  }
  hostnames.set(port, ofPort.set(routeName(route), ofRoute))
}

function attachToParent(
  objects: GatewayObjects,
  parent: Parent,
  { route, parentRef }: NamedParent,
  attachments: Attachments
): void {
  const failures: RouteStatus[] = []
  let isAttached = false
  for (const listener of listenersOf(parent, parentRef)) {
    const result = attach(objects, parent.object, listener, route)
    if ('reason' in result) {
      failures.push(reportOf(route, parentRef, { accepted: false, resolvedRefs: true, ...result }))
      continue
    }
    isAttached = true
    parent.attached.get(listener.name)!.push(route)
    noteHostnames(attachments, listener.port, route, result.hostnames)
  }
  if (isAttached) {
    const name = routeName(route)
    attachments.parents.set(name, [...(attachments.parents.get(name) ?? []), parentRef])
    return
  }
  if (failures.length === 0) {
    const message = 'Route parentRef does not match listener'
    failures.push(
      reportOf(route, parentRef, { accepted: false, resolvedRefs: true, reason: 'NoMatchingParent', message })
    )
  }
  attachments.failures.push(...failures)
}

/** LBC: generateRoutePerPortSet. */
function collectRoutes(
  { attached, byName }: Parent,
  validations: ValidatedListeners['gateway'],
  { routesByPort, listeners }: Attachments
): void {
  for (const [name, routes] of attached) {
    const listener = byName.get(name)!
    const validation = validations.get(name)!
    validation.attachedRoutes = routes.length
    if (!validation.isValid) {
      continue
    }
    listeners.push(listener)
    const ofPort = routesByPort.get(listener.port) ?? new Set()
    for (const route of routes) {
      routesByPort.set(listener.port, ofPort.add(route))
    }
  }
}

/**
 * Attaches routes to the listeners of a Gateway and of its ListenerSets (LBC: mapListenersAndRoutes). Counts the attached routes
 * in the listeners' validations.
 *
 * @throws RouteError
 */
export function attachRoutes(
  objects: GatewayObjects,
  { gateway, controller }: OwnGateway,
  sets: ListenerSet[],
  validated: ValidatedListeners
): Attachments {
  const attachments: Attachments = {
    routesByPort: new Map(),
    listeners: [],
    failures: [],
    parents: new Map(),
    hostnames: new Map()
  }
  const parents = new Map([
    [`Gateway ${keyOf(gateway)}`, parentOf(gateway, gateway.spec?.listeners)],
    ...sets.map(set => [`ListenerSet ${keyOf(set)}`, parentOf(set, set.spec?.listeners)] as const)
  ])
  const named = [...parents.keys()]
    .flatMap(key =>
      objects.childrenOf(key, routeKinds[controller]).map(child => ({ ...child, parent: parents.get(key)! }))
    )
    .sort((left, right) => left.place - right.place)
  for (const { parent, ...child } of named) {
    attachToParent(objects, parent, child, attachments)
  }
  for (const { object, ...parent } of parents.values()) {
    const validations = object === gateway ? validated.gateway : validated.sets.get(keyOf(object))!
    collectRoutes({ object, ...parent }, validations, attachments)
  }
  return attachments
}
