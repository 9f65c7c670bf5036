import type { LoadBalancerDescription, LoadBalancerEvent } from '../elbv2/index.ts'
import type { WatchEvent } from './watches.ts'

/** What happens in the controller, for the log: one JSON line an event. */
export type ControllerEvent =
  | LoadBalancerEvent
  | WatchEvent
  /** Of several controllers this one works. */
  | { type: 'elected'; identity: string }
  | { type: 'webhooks'; service: string; address: string }
  /** Every kind has been listed; what follows is what the cluster says. */
  | { type: 'synced'; server: string; ingresses: number }
  /** An Event object was written. */
  | { type: 'event'; object: string; reason: string; message: string }
  /** What only the log tells: errors while a group is loaded, and of the controller itself. */
  | { type: 'error'; group?: string; message: string }
  /** A load balancer is as described from now on, and so is the network one in front of it, if there is any. */
  | { type: 'load-balancer'; loadBalancer: LoadBalancerDescription; inFront?: LoadBalancerDescription }
  | { type: 'load-balancer-deleted'; id: string }
  /** Pods that cannot be told to be reachable from here get no health check and no request. */
  | { type: 'pods-refused'; code: 'POD_UNREACHABLE'; addresses: string[]; message: string; hint: string }
