/**
 * The way of a request over the map, and its trace.
 *
 * @module
 */

import type { ExchangeEntry, LoadBalancerDescription } from '../elbv2/index.ts'
import { stackPlansOf } from '../model/index.ts'
import { followRequest, readRequest, type Trace } from '../trace/index.ts'
import { nodeID } from './map/node.ts'
import { loadBalancerNames } from './map/stack-map.ts'
import type { View } from './view.ts'

/** The host that a request asks for, without a port. */
export function hostOf({ headers }: Pick<ExchangeEntry, 'headers'>): string {
  const host = headers.find(([name]) => name.toLowerCase() === 'host' || name === ':authority')?.[1] ?? ''
  return host.replace(/:\d+$/, '')
}

/**
 * Follows a request that really came.
 *
 * @throws Failure as the function `trace` does: of a request that no URL says.
 */
export function traceExchange(exchange: ExchangeEntry, view: View, running: readonly LoadBalancerDescription[]): Trace {
  const { event, scheme, version, headers } = exchange
  const url = `${scheme}://${hostOf(exchange)}:${event.listener}${event.url}`
  const observed = running.find(({ name }) => name === event.loadBalancer)
  const planned = stackPlansOf(view.plan).find(one => loadBalancerNames(one).includes(event.loadBalancer))
  const read = readRequest({ method: event.method, url, headers, client: event.client })
  const head = { ...read.head, version }
  return followRequest(
    view.tracer,
    url,
    { ...read, head },
    { ...(planned && { group: planned.id }), ...(observed && { observed }) }
  )
}

/** The places behind the target, as a trace tells them. */
function placesBehind({ destinations }: Trace, targetGroup: string): string[] {
  const { backend, answer } = destinations.find(({ name }) => name === targetGroup) ?? {}
  if (!backend) {
    return []
  }
  const { service, servicePort, gateway } = backend
  return [
    ...(service && servicePort ? [nodeID.port(service, servicePort.port)] : []),
    ...(gateway?.server ? [nodeID.gateway(gateway.server.gateway, gateway.server.port)] : []),
    ...(gateway?.route ? [nodeID.route(gateway.route)] : []),
    ...(answer?.service ? [nodeID.service(answer.service)] : [])
  ]
}

/** How many ways behind targets are remembered. */
const mostWays = 500

/** The ways of requests over the map. Requests that ask for the same go the same way, so that few are followed. */
export class Ways {
  readonly #behind = new Map<string, string[]>()
  /** Requests that may yet be followed before {@link refill}. */
  #left = 0

  /** Lets so many more requests be followed. */
  refill(requests: number): void {
    this.#left = requests
  }

  /** Nothing of what was known holds any more. */
  forget(): void {
    this.#behind.clear()
  }

  /** The places of a request in their order; as far as its target where it would have to be followed and may not be. */
  placesOf(exchange: ExchangeEntry, view: View, running: readonly LoadBalancerDescription[]): string[] {
    const { event, targetGroup } = exchange
    const { loadBalancer, listener, rule, target } = event
    const places = [
      nodeID.loadBalancer(loadBalancer),
      nodeID.listener(loadBalancer, listener),
      nodeID.rule(loadBalancer, listener, rule)
    ]
    if (targetGroup === undefined) {
      return places
    }
    places.push(nodeID.targetGroup(targetGroup))
    if (target === undefined) {
      return places
    }
    places.push(nodeID.target(targetGroup, target))
    return [...places, ...this.#behindOf(exchange, targetGroup, view, running)]
  }

  #behindOf(
    exchange: ExchangeEntry,
    targetGroup: string,
    view: View,
    running: readonly LoadBalancerDescription[]
  ): string[] {
    const { event } = exchange
    const key = `${targetGroup} ${event.listener} ${event.method} ${hostOf(exchange)}${event.url.split('?')[0]}`
    const known = this.#behind.get(key)
    if (known) {
      return known
    }
    if (this.#left <= 0) {
      return []
    }
    this.#left--
    const places = attempt(() => placesBehind(traceExchange(exchange, view, running), targetGroup)) ?? []
    if (this.#behind.size >= mostWays) {
      this.#behind.clear()
    }
    this.#behind.set(key, places)
    return places
  }
}

function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
