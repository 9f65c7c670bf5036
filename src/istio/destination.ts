import { objectName, type Resources, type Service, type ServicePort } from '../resources/index.ts'
import { endpointsOf } from './endpoint.ts'
import { isSubset, qualified } from './host.ts'
import { mutualTLSOf, proxyOf } from './injection.ts'
import {
  type DestinationRule,
  type DestinationSpec,
  destinationRules,
  type RouteDestination,
  type TrafficPolicy
} from './istio.ts'
import { roleOf } from './port.ts'
import { whyRefused } from './refusal.ts'
import { inCluster, portsOf, type Registered, registered, whyUnknown } from './registry.ts'
import { meshConfigOf } from './topology.ts'
import { visibleTo } from './virtual-service.ts'

/** A Service that a route sends to. */
export interface Destination {
  /** In full: `web.shop.svc.cluster.local`. */
  host: string
  port: number
  subset?: string
  /** Its place in the route's list. */
  place: number
  /** Share of the route's requests, in percent. */
  share: number
  /** Why requests get the gateway's own answer. */
  problem?: DestinationProblem
  /** The Service is not among the objects, and taken to be there all the same. */
  assumed?: true
  /** What is not among the objects and was taken to be there. */
  assumptions: string[]
  /** What may decide on the answer and was not looked at. */
  notEvaluated: string[]
}

/** A destination that cannot be reached. */
export interface DestinationProblem {
  reason: string
  /** As Envoy words it; nothing where it knows no such cluster. */
  body: string
  /** Istio has no cluster for it. */
  unknown?: true
  /** What mends it, where that is known. */
  hint?: string
}

export interface DestinationContext {
  resources: Resources
  /** Namespace of the gateway's pods, which has to see what it sends to. */
  namespace: string
  /** Port of the server, which a destination without one falls back on. */
  port: number
  /** Whether the objects are all that there is: what is not among them does not exist. */
  complete: boolean
  /** Whether connections are passed on unread, so that they speak what the client speaks; default false. */
  passed?: boolean
}

/** What Envoy says where a connection or a handshake fails. */
const failedConnection =
  'upstream connect error or disconnect/reset before headers. retried and the latest reset reason: '

/** The destinations of a route that get requests: those of weight 0 beside others get none. */
export function destinationsOf(route: readonly RouteDestination[] = [], context: DestinationContext): Destination[] {
  const all = route.map((entry, place) => ({ ...entry, place }))
  const used = all.length === 1 ? all : all.filter(({ weight = 0 }) => weight > 0)
  const total = used.reduce((sum, { weight = 0 }) => sum + weight, 0)
  return used.map(({ destination, weight = 0, place }) => ({
    ...resolveDestination(destination, context),
    place,
    share: used.length === 1 ? 100 : (weight / total) * 100
  }))
}

/** What is behind an alias, as far as it is registered. */
function concreteOf(found: Registered, context: DestinationContext): Registered {
  const behind = found.service?.spec?.type === 'ExternalName' ? registered(found.host, context) : found
  return (behind.service ?? behind.entry) ? behind : found
}

function resolveDestination(
  { host: wanted, subset, port: asked }: DestinationSpec,
  context: DestinationContext
): Omit<Destination, 'place' | 'share'> {
  const found = registered(wanted, context)
  const { service, entry } = found
  const ports = portsOf(found)
  const port = asked?.number ?? (ports?.length === 1 ? ports[0]! : context.port)
  const destination = { host: found.host, port, ...(subset && { subset }) }
  const none = { assumptions: [], notEvaluated: [] }
  const problem = whyUnknown(wanted, found, port, context)
  if (problem) {
    return { ...destination, ...none, problem: { ...problem, body: '', unknown: true } }
  }
  const rules = rulesFor(found.host, context)
  const undefinedSubset =
    subset !== undefined &&
    !rules.some(({ spec }) => spec?.subsets?.some(({ name }) => name === subset)) &&
    (rules.length > 0 || context.complete || service !== undefined)
  if (undefinedSubset) {
    const reason = `no DestinationRule of ${found.host} that the gateway sees has a subset ${subset}`
    const hint = `give a DestinationRule of ${found.host} that the gateway sees a subset ${subset}, or send to no subset`
    return { ...destination, ...none, problem: { reason, hint, body: '', unknown: true } }
  }
  const reached = reach(concreteOf(found, context), { ...destination, port }, rules, context)
  return {
    ...destination,
    ...reached,
    ...(!service && !entry && { assumed: true as const })
  }
}

/** A DestinationRule that counts, with its host in full. */
interface HostRule {
  rule: DestinationRule
  /** Its namespace. */
  own: string
  host: string
}

const knownRules = new WeakMap<Resources, Map<string, HostRule[]>>()

function rulesByNamespace(resources: Resources): Map<string, HostRule[]> {
  const counting = destinationRules(resources)
    .filter(rule => whyRefused(rule).length === 0 && !rule.spec?.workloadSelector)
    .map(rule => ({ rule, own: rule.metadata.namespace ?? 'default' }))
    .map(({ rule, own }) => ({ rule, own, host: qualified(rule.spec!.host!, own) }))
  return Map.groupBy(counting, ({ own }) => own)
}

/** The DestinationRules that count, by namespace; sorted out once, as every request asks. */
function knownRulesOf(resources: Resources): Map<string, HostRule[]> {
  const known = knownRules.get(resources) ?? rulesByNamespace(resources)
  knownRules.set(resources, known)
  return known
}

/** The DestinationRules that count for a host: of the gateway's namespace, else of the Service's, else of the root's. */
function rulesFor(host: string, { resources, namespace }: DestinationContext): DestinationRule[] {
  const root = meshConfigOf(resources).rootNamespace ?? 'istio-system'
  const owner = inCluster.exec(host)?.[2]
  const all = knownRulesOf(resources)
  for (const place of [namespace, owner, root]) {
    const here = (all.get(place ?? '') ?? []).filter(
      ({ rule, own, host: ruled }) =>
        isSubset(host, ruled) && visibleTo(rule.spec?.exportTo, own).some(to => to === '*' || to === namespace)
    )
    // The most specific host, and all rules of it: their subsets are put together.
    const longest = here.toSorted((a, b) => b.host.length - a.host.length)[0]?.host
    if (longest !== undefined) {
      return here.filter(one => one.host === longest).map(({ rule }) => rule)
    }
  }
  return []
}

function modeFor(port: number, policies: readonly (TrafficPolicy | undefined)[]): string | undefined {
  for (const policy of policies) {
    const mode = policy?.portLevelSettings?.find(one => one.port?.number === port)?.tls?.mode ?? policy?.tls?.mode
    if (mode) {
      return mode
    }
  }
  return undefined
}

/** What stands behind the cluster: whether pods are there, and whether gateway and pods speak the same. */
function reach(
  { service, host }: Registered,
  { port, subset }: { port: number; subset?: string },
  rules: readonly DestinationRule[],
  { resources, complete, passed = false }: DestinationContext
): Pick<Destination, 'problem' | 'assumptions' | 'notEvaluated'> {
  const assumptions: string[] = []
  const notEvaluated: string[] = []
  const found = { assumptions, notEvaluated }
  if (!service || service.spec?.type === 'ExternalName') {
    return service ? found : { ...found, assumptions: [`${host} is there`] }
  }
  const chosen = rules.flatMap(({ spec }) => spec?.subsets ?? []).find(({ name }) => name === subset)
  const endpoints = endpointsOf(service, chosen?.labels, resources, complete)
  if (endpoints.kind === 'none') {
    return { ...found, problem: { reason: endpoints.reason, body: 'no healthy upstream' } }
  }
  if (endpoints.kind === 'assumed') {
    assumptions.push(endpoints.assumption)
  }
  const mode = modeFor(port, [chosen?.trafficPolicy, ...rules.map(({ spec }) => spec?.trafficPolicy)])
  const servicePort = service.spec?.ports?.find(one => one.port === port)
  const clash = servicePort && clashOf(service, servicePort, { mode, passed }, resources)
  if (clash && 'problem' in clash) {
    return { ...found, problem: { reason: clash.problem, body: `${failedConnection}${clash.latest}` } }
  }
  notEvaluated.push(...(clash ? [clash.unsure] : []))
  return found
}

type Clash = { problem: string; latest: string } | { unsure: string }

/** Whether gateway and pods speak the same on a port: plain, TLS of the application, or TLS of sidecars. */
function clashOf(
  service: Service,
  port: ServicePort,
  { mode, passed }: { mode: string | undefined; passed: boolean },
  resources: Resources
): Clash | undefined {
  const name = objectName(service)
  const proxy = proxyOf(service, resources)
  const latest = 'remote connection failure, transport failure reason: TLS_error'
  if (mode === 'ISTIO_MUTUAL' && (proxy === 'no' || proxy === 'unknown')) {
    const why = `a DestinationRule gives ${name} TLS of mode ISTIO_MUTUAL, which only pods with a sidecar understand`
    return proxy === 'no'
      ? { problem: `${why}; these have none`, latest }
      : { unsure: `${why}; whether they have one no object says: without it the gateway answers 503` }
  }
  if ((mode === 'SIMPLE' || mode === 'MUTUAL') && isPlain(port)) {
    return {
      problem: `a DestinationRule gives ${name} TLS of mode ${mode}, and its port ${port.name} speaks plain HTTP`,
      latest
    }
  }
  const { mode: demanded, policy } = mutualTLSOf(service, Number(port.targetPort ?? port.port), resources)
  if (mode === 'DISABLE' && demanded === 'STRICT' && proxy !== 'no') {
    const problem = `a DestinationRule sends to ${name} without TLS, and ${objectName(policy!)} demands it (STRICT)`
    return { problem, latest: 'connection termination' }
  }
  if (
    !passed &&
    (mode === undefined || mode === 'DISABLE') &&
    proxy !== 'sidecar' &&
    proxy !== 'ambient' &&
    roleOf(port) === 'tls'
  ) {
    return {
      unsure: `port ${port.name ?? port.port} of ${name} speaks TLS by its name, and the gateway sends it plain HTTP`
    }
  }
  return undefined
}

/** Whether a port says of itself that it speaks plain HTTP (Istio: protocol selection). */
function isPlain({ name = '', appProtocol }: ServicePort): boolean {
  return /^(http2?|grpc|grpc-web)$/.test(appProtocol ?? /^[a-z0-9]+/.exec(name)?.[0] ?? '')
}
