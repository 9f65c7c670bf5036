/**
 * The links of the map that requests and flows take. All are counted as far as their target; what is behind it has to be followed,
 * which is done for some of them: they light up what they take, and cost the load balancer next to nothing.
 *
 * @module
 */

import type { Clock, ExchangeEntry, LoadBalancerDescription } from '../elbv2/index.ts'
import type { Trace } from '../trace/index.ts'
import type { EdgeMap, FlowEvent } from './contract.ts'
import { placesOfFlow } from './flow-way.ts'
import { nodeID } from './map/node.ts'
import type { View } from './view.ts'
import { hostOf, traceExchange } from './way.ts'

/** How many ways behind targets are remembered. */
const mostWays = 500

/** The part of the time that requests may be followed for, and the milliseconds that are saved up for when many are new at once. */
const budget = { share: 0.001, most: 15 }

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

function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

export class Lights {
  readonly #clock: Clock
  /** By what their way to the target hinges on, one a line. */
  readonly #counts = new Map<string, number>()
  /** Links that were lit by following. */
  #lit: Record<string, number> = {}
  /** Places behind targets, by what a request asks for. */
  readonly #behind = new Map<string, string[]>()
  /** Milliseconds for which requests may be followed yet, and when they were counted. */
  #left = budget.most
  #counted: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#counted = clock.elapsed()
  }

  /** Counts a request as far as its target. */
  count({ event: { loadBalancer, listener, rule, target }, targetGroup = '' }: ExchangeEntry): void {
    const key = `${loadBalancer}\n${listener}\n${rule}\n${targetGroup}\n${target ?? ''}`
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  /** Follows a request behind its target, where that is known or there is time. */
  follow(exchange: ExchangeEntry, view: View, running: readonly LoadBalancerDescription[]): void {
    const { event, targetGroup } = exchange
    if (targetGroup !== undefined && event.target !== undefined) {
      const behind = this.#behindOf(exchange, targetGroup, view, running)
      this.#light([nodeID.target(targetGroup, event.target), ...behind], 1)
    }
  }

  flow(flow: FlowEvent, map: EdgeMap): void {
    this.#light(placesOfFlow(flow, map), 1)
  }

  /** The links that were taken since the last time, as `from to` in two lines, with how many took each. */
  take(): Record<string, number> {
    for (const [key, count] of this.#counts) {
      const [loadBalancer = '', port, priority, targetGroup = '', target = ''] = key.split('\n')
      const listener = Number(port)
      const rule = priority === 'default' ? priority : Number(priority)
      this.#light(
        [
          nodeID.loadBalancer(loadBalancer),
          nodeID.listener(loadBalancer, listener),
          nodeID.rule(loadBalancer, listener, rule),
          ...(targetGroup ? [nodeID.targetGroup(targetGroup)] : []),
          ...(target ? [nodeID.target(targetGroup, target)] : [])
        ],
        count
      )
    }
    const lit = this.#lit
    this.#counts.clear()
    this.#lit = {}
    return lit
  }

  /** Nothing of what was known holds any more. */
  forget(): void {
    this.#behind.clear()
  }

  #light(places: readonly string[], count: number): void {
    for (const [index, place] of places.entries()) {
      const before = places[index - 1]
      if (before !== undefined) {
        const link = `${before}\n${place}`
        this.#lit[link] = (this.#lit[link] ?? 0) + count
      }
    }
  }

  #behindOf(
    exchange: ExchangeEntry,
    targetGroup: string,
    view: View,
    running: readonly LoadBalancerDescription[]
  ): string[] {
    const { event } = exchange
    const key = `${targetGroup} ${event.listener} ${event.method} ${hostOf(exchange)}${event.url.split('?', 1)[0]}`
    const known = this.#behind.get(key)
    if (known) {
      return known
    }
    const begun = this.#clock.elapsed()
    this.#left = Math.min(budget.most, this.#left + (begun - this.#counted) * budget.share)
    this.#counted = begun
    if (this.#left <= 0) {
      return []
    }
    const places = attempt(() => placesBehind(traceExchange(exchange, view, running), targetGroup)) ?? []
    this.#left -= this.#clock.elapsed() - begun
    if (this.#behind.size >= mostWays) {
      this.#behind.clear()
    }
    this.#behind.set(key, places)
    return places
  }
}
