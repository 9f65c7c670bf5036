/**
 * The trace of a request that came.
 *
 * @module
 */

import type { ExchangeEntry, LoadBalancerDescription } from '../elbv2/index.ts'
import { stackPlansOf } from '../model/index.ts'
import { differencesOf, followRequest, readRequest, type Trace } from '../trace/index.ts'
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

/** Where a trace of a request tells of something else than what happened: a sentence each. */
export function differencesOfExchange({ event, fromTarget }: ExchangeEntry, trace: Trace): string[] {
  const { rule, answer } = trace
  return [
    ...(rule !== undefined && rule !== event.rule ? [`rule ${event.rule} took it, told is rule ${rule}`] : []),
    ...differencesOf(trace, { status: event.status, headers: fromTarget?.headers ?? answer.headers ?? [] })
  ]
}
