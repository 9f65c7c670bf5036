import { attachedRoutes, virtualServices } from '../../istio/index.ts'
import { isNumbered, isSlipOf, nearestName } from '../../nearest-name.ts'
import { type KubernetesObject, objectName, type Path, type Resources } from '../../resources/index.ts'
import type { Rule } from '../rule.ts'
import { unusableDelegates } from './route-delegate.ts'

interface Route {
  match?: { gateways?: unknown }[]
  route?: { destination?: { host?: unknown } }[]
}

/** Service and namespace that a destination's host means; undefined for a host outside the cluster. */
function serviceOf(host: string, own: string): { name: string; namespace: string } | undefined {
  if (!host.includes('.')) {
    return { name: host, namespace: own }
  }
  const [, name, namespace] = /^([^.*]+)\.([^.]+)\.svc\.cluster\.local$/.exec(host) ?? []
  return name && namespace ? { name, namespace } : undefined
}

/** A destination of a route. */
interface Destination {
  /** As it is written. */
  host: string
  /** The Service that it means. */
  wanted: { name: string; namespace: string }
  path: Path
}

/** Whether some gateways that a VirtualService, or a match of it, names are gateways and not the sidecars, which are `mesh`. */
function namesGateway(gateways: unknown): boolean {
  return Array.isArray(gateways) && gateways.some(gateway => gateway !== 'mesh')
}

/** Whether a gateway gets a route: what a match names counts instead of what its VirtualService names (istio.io: HTTPMatchRequest, gateways). */
function isOfGateway({ match }: Route, gateways: unknown): boolean {
  const matches = Array.isArray(match) && match.length > 0 ? match : [{}]
  return matches.some(one => namesGateway(one?.gateways ?? gateways))
}

/** The destinations of a VirtualService that are Services, of the routes that gateways get. */
function* destinationsOf(virtualService: KubernetesObject): Generator<Destination> {
  const own = virtualService.metadata.namespace ?? 'default'
  const spec = virtualService.spec as Record<string, unknown>
  for (const kind of ['http', 'tls', 'tcp']) {
    const routes = Array.isArray(spec[kind]) ? (spec[kind] as Route[]) : []
    for (const [routeIndex, { route, match }] of routes.entries()) {
      const ofGateway = isOfGateway({ match }, spec.gateways) && Array.isArray(route) ? route : []
      for (const [index, { destination }] of ofGateway.entries()) {
        const { host } = destination ?? {}
        const wanted = typeof host === 'string' ? serviceOf(host, own) : undefined
        if (typeof host === 'string' && wanted) {
          yield { host, wanted, path: ['spec', kind, routeIndex, 'route', index, 'destination', 'host'] }
        }
      }
    }
  }
}

interface BackendRef {
  group?: string
  kind?: string
  name?: unknown
  namespace?: string
}

/** The Services that a route of the Gateway API sends to. */
function* backendsOf(route: KubernetesObject): Generator<Destination> {
  const { rules } = (route.spec ?? {}) as { rules?: { backendRefs?: BackendRef[] }[] }
  for (const [ruleIndex, rule] of (Array.isArray(rules) ? rules : []).entries()) {
    for (const [index, backend] of (Array.isArray(rule?.backendRefs) ? rule.backendRefs : []).entries()) {
      const { group = '', kind = 'Service', name, namespace = route.metadata.namespace ?? 'default' } = backend
      if (group === '' && kind === 'Service' && typeof name === 'string') {
        yield {
          host: name,
          wanted: { name, namespace },
          path: ['spec', 'rules', ruleIndex, 'backendRefs', index, 'name']
        }
      }
    }
  }
}

/** The routes of gateways, with how a missing Service is told: those of VirtualServices, and of the Gateway API's routes. */
function* routedDestinations(
  resources: Resources
): Generator<Destination & { object: KubernetesObject; status: number }> {
  for (const object of virtualServices(resources)) {
    if (namesGateway(object.spec?.gateways)) {
      for (const destination of destinationsOf(object)) {
        yield { ...destination, object, status: 503 }
      }
    }
  }
  for (const object of attachedRoutes(resources)) {
    for (const destination of backendsOf(object)) {
      yield { ...destination, object, status: 500 }
    }
  }
}

function namesOf(resources: Resources): Map<string, Set<string>> {
  const byNamespace = new Map<string, Set<string>>()
  for (const { metadata } of resources.list('Service')) {
    const namespace = metadata.namespace ?? 'default'
    byNamespace.set(namespace, (byNamespace.get(namespace) ?? new Set()).add(metadata.name))
  }
  return byNamespace
}

/** Hosts that ServiceEntries bring into the mesh. */
function entriesOf(resources: Resources): Set<string> {
  return new Set(
    resources.list('ServiceEntry').flatMap(({ spec }) => {
      const { hosts } = (spec ?? {}) as { hosts?: unknown }
      return Array.isArray(hosts) ? hosts.map(String) : []
    })
  )
}

/**
 * A route of the gateway to a Service that is not there: 503. A host without a dot is of the VirtualService's own namespace.
 * Files seldom hold every Service, so it is told only where one of that name is elsewhere, or one of nearly that name there.
 * A delegate is told by the same measure, and one that is there and takes nothing always.
 */
export const routeDestination: Rule = {
  code: 'ROUTE_DESTINATION_NOT_THERE',
  severity: 'warning',
  explains: ['GATEWAY_REACHES_NOTHING', 'GATEWAY_HAS_NO_HOST'],
  *find({ resources }) {
    yield* unusableDelegates(resources)
    const services = namesOf(resources)
    const entries = entriesOf(resources)
    for (const { object, host, wanted, path, status } of routedDestinations(resources)) {
      const there = services.get(wanted.namespace)
      if (there?.has(wanted.name) || entries.has(host)) {
        continue
      }
      const elsewhere = [...services].find(([, names]) => names.has(wanted.name))?.[0]
      const others = [...(there ?? [])].filter(name => !isNumbered(name, wanted.name))
      const similar = elsewhere === undefined ? nearestName(wanted.name, others) : wanted.name
      if (similar === undefined) {
        continue
      }
      const isVirtualService = object.kind === 'VirtualService'
      const meant = isVirtualService
        ? `${similar}.${elsewhere ?? wanted.namespace}.svc.cluster.local`
        : `${elsewhere ?? wanted.namespace}/${similar}`
      yield {
        object,
        path,
        message: `${objectName(object)} sends to ${host}, which is Service ${wanted.namespace}/${wanted.name}, and that is not among the objects: ${status} from the gateway`,
        expected: meant,
        actual: isVirtualService ? host : `${wanted.namespace}/${wanted.name}`,
        hint:
          isVirtualService || elsewhere === undefined
            ? `did you mean ${isVirtualService ? meant : similar}?`
            : `set namespace: ${elsewhere} beside the name, and let a ReferenceGrant of ${elsewhere} allow it`,
        // The Service may be in another file: a route is led elsewhere only for what can be nothing but a slip.
        ...(elsewhere === undefined &&
          isSlipOf(wanted.name, similar) && {
            changes: [{ path, value: isVirtualService ? meant : similar }]
          })
      }
    }
  }
}
