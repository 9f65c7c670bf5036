import type { Resources } from '../resources/index.ts'
import { qualified } from './host.ts'
import { destinationRules, type HTTPRouteSpec, serviceEntries, type VirtualService } from './istio.ts'

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
  /** Why Istio has no cluster for it: requests get 503. */
  problem?: string
  /** The Service is not among the objects, and taken to be there all the same. */
  assumed?: true
}

export interface DestinationContext {
  resources: Resources
  virtualService: VirtualService
  /** Port of the server, which a destination without one falls back on. */
  port: number
  /** Whether the objects are all that there is: what is not among them does not exist. */
  complete: boolean
}

const inCluster = /^([^.]+)\.([^.]+)\.svc\.cluster\.local$/

/** The destinations of a route that get requests: those of weight 0 beside others get none. */
export function destinationsOf({ route = [] }: HTTPRouteSpec, context: DestinationContext): Destination[] {
  const all = route.map((entry, place) => ({ ...entry, place }))
  const used = all.length === 1 ? all : all.filter(({ weight = 0 }) => weight > 0)
  const total = used.reduce((sum, { weight = 0 }) => sum + weight, 0)
  return used.map(({ destination, weight = 0, place }): Destination => {
    const { resources, virtualService, complete } = context
    const host = qualified(destination.host, virtualService.metadata.namespace ?? 'default')
    const [, name, namespace] = inCluster.exec(host) ?? []
    const service = name && namespace ? resources.find('Service', name, namespace) : undefined
    const ports =
      service?.spec?.ports ?? serviceEntries(resources).find(({ spec }) => spec?.hosts?.includes(host))?.spec?.ports
    const only = ports?.length === 1 ? (ports[0] as { port?: number; number?: number }) : undefined
    const port = destination.port?.number ?? only?.port ?? only?.number ?? context.port
    const known = ports?.map(one => (one as { port?: number }).port ?? (one as { number?: number }).number)
    const { subset } = destination
    const problem = problemOf({ host, port, known, subset, subsets: subsetsOf(host, resources), complete })
    return {
      host,
      port,
      place,
      ...(subset && { subset }),
      share: used.length === 1 ? 100 : (weight / total) * 100,
      ...(problem && { problem }),
      ...(!known && !complete && { assumed: true as const })
    }
  })
}

/** The subsets that DestinationRules define for a host. */
function subsetsOf(host: string, resources: Resources): string[] {
  return destinationRules(resources)
    .filter(({ spec, metadata }) => spec?.host && qualified(spec.host, metadata.namespace ?? 'default') === host)
    .flatMap(({ spec }) => (spec?.subsets ?? []).map(({ name }) => name))
}

/** Why Istio has no cluster for a destination. */
function problemOf({
  host,
  port,
  known,
  subset,
  subsets,
  complete
}: {
  host: string
  port: number
  /** Ports of the Service; undefined where it is not among the objects. */
  known: (number | undefined)[] | undefined
  subset: string | undefined
  subsets: string[]
  complete: boolean
}): string | undefined {
  if (!known && complete) {
    return `there is no Service ${host}`
  }
  if (known && !known.includes(port)) {
    return `Service ${host} has no port ${port}`
  }
  const defined = subset === undefined || subsets.includes(subset) || (subsets.length === 0 && !complete)
  return defined ? undefined : `no DestinationRule of ${host} has a subset ${subset}`
}

/** One of the destinations by their shares. @param random from 0 up to, but not including, 1. */
export function chooseDestination(destinations: readonly Destination[], random: number): Destination | undefined {
  let left = random * 100
  for (const destination of destinations) {
    if (left < destination.share) {
      return destination
    }
    left -= destination.share
  }
  return destinations.at(-1)
}
