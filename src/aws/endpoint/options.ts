import type { Clock, ExchangeEntry, HealthCheckEntry } from '../../elbv2/index.ts'
import type { Environment } from '../../model/index.ts'
import type { DataPlaneEvent } from '../data-plane/data-plane.ts'

/** A call that was answered. */
export interface CallEvent {
  type: 'call'
  service: string
  action: string
  region: string
  accountID: string
  /** HTTP status. */
  status: number
  /** Code of what was refused. */
  error?: string
  message?: string
  milliseconds: number
}

export type AWSEvent = DataPlaneEvent | CallEvent

export interface AWSOptions {
  /** Account, region and what the account has; default `defaultEnvironment`. */
  environment?: Environment
  /** Default 0: the system chooses. */
  port?: number
  /** Default 127.0.0.1. */
  host?: string
  /** Address that load balancers listen on; default the endpoint's own. */
  listenerHost?: string
  /** Seconds for which a new load balancer is `provisioning`; default 0. */
  provisioning?: number
  /** Added to every listener's port; without it, 8000 is added to those below 1024 that may not be bound. */
  portOffset?: number
  /** Let the system choose every listener's port: endpoints beside each other do not meet. */
  anyPort?: boolean
  /** Health checks run this many times faster; default 1. */
  timeScale?: number
  /** ip targets can be reached from here, wherever they are; default: those on loopback. */
  podsReachable?: boolean
  /** File that keeps the accounts' states. */
  stateFile?: string
  clock?: Clock
  onEvent?(event: AWSEvent): void
  /** Each request that is over. */
  onExchange?(exchange: ExchangeEntry): void
  /** Each health check. */
  onHealthCheck?(check: HealthCheckEntry): void
}
