import type { ControllerEvent } from '../controller/index.ts'
import { describeEvent, describeLoadBalancers } from '../report/index.ts'
import type { OutputOptions } from './options.ts'

/** One event as one line: JSON with its time, or text for people. */
export function eventLine(event: ControllerEvent, output: OutputOptions['output'], now = new Date()): string {
  return output === 'json'
    ? `${JSON.stringify({ time: now.toISOString(), ...event })}\n`
    : `${now.toTimeString().slice(0, 8)} ${describeControllerEvent(event)}`
}

function describeControllerEvent(event: ControllerEvent): string {
  switch (event.type) {
    case 'synced':
      return `watching ${event.server}: ${event.ingresses} ${event.ingresses === 1 ? 'Ingress' : 'Ingresses'}\n`
    case 'api-lost':
      return `the API server ${event.server} is away (${event.message}); load balancers go on, and it is tried again\n`
    case 'api-restored':
      return `the API server ${event.server} is back\n`
    case 'watch-failed':
      return `cannot watch ${event.kind}: ${event.message}; it is tried again\n`
    case 'watch-restored':
      return `watching ${event.kind} again\n`
    case 'object-malformed':
      return `${event.object}: ${event.message}\n`
    case 'watch-expired':
      return `the watch of ${event.kind} expired, and all of them were listed anew\n`
    case 'event':
      return `${event.object}: ${event.reason}: ${event.message}\n`
    case 'error':
      return `${event.group ? `group ${event.group}: ` : ''}${event.message}\n`
    case 'load-balancer':
      return `\n${describeLoadBalancers([event.loadBalancer, ...(event.inFront ? [event.inFront] : [])])}\n`
    case 'elected':
      return `elected as ${event.identity}\n`
    case 'webhooks':
      return `webhooks answer on ${event.address}, for the Service ${event.service}\n`
    case 'pods-refused':
      return `${event.code}: ${event.message}; ${event.hint}\n`
    case 'load-balancer-deleted':
      return `the load balancer of ${event.id} is deleted\n`
    default:
      return describeEvent(event)
  }
}
