/**
 * The load balancer's contract: what it is given and what it tells. It knows nothing of Kubernetes.
 *
 * @module
 */

import type { Account, NetworkProtocol, Stack } from '../model/index.ts'
import type { HeaderList } from './header-list.ts'
import type { HttpVersion } from './request.ts'
import type { WebACL } from './web-acl.ts'

/** A place that a target group sends requests to. */
export interface Target {
  /** Instance ID, or IP address for ip targets; unique in its target group together with the port. */
  id: string
  /** Address that is connected to. */
  address: string
  port: number
  zone?: string
  /** Why AWS would neither check nor use it, as far as it depends on things outside the load balancer. */
  unusable?: 'Target.InvalidState' | 'Target.IpUnusable' | 'Target.NotInUse'
}

/** States of DescribeTargetHealth; `unhealthy.draining` is of Network Load Balancers alone. */
export type TargetState =
  | 'initial'
  | 'healthy'
  | 'unhealthy'
  | 'unhealthy.draining'
  | 'unused'
  | 'draining'
  | 'unavailable'

export type TargetHealthReason =
  | 'Elb.RegistrationInProgress'
  | 'Elb.InitialHealthChecking'
  | 'Elb.InternalError'
  | 'Target.ResponseCodeMismatch'
  | 'Target.Timeout'
  | 'Target.FailedHealthChecks'
  | 'Target.NotRegistered'
  | 'Target.NotInUse'
  | 'Target.DeregistrationInProgress'
  | 'Target.InvalidState'
  | 'Target.IpUnusable'
  | 'Target.HealthCheckDisabled'

/** One entry of DescribeTargetHealth. */
export interface TargetHealthDescription {
  target: Target
  /** The port that is probed; a string, as AWS prints it. */
  healthCheckPort: string
  state: TargetState
  /** Absent for a healthy target. */
  reason?: TargetHealthReason
  /** AWS's sentence for the reason. */
  description?: string
}

export interface TargetGroupDescription {
  /** Resource ID in the stack, or the literal ARN of a target group outside it. */
  id: string
  name: string
  targets: TargetHealthDescription[]
  /** True while requests go to registered targets although none is healthy; first checks that are still out do not count. */
  failOpen: boolean
}

export type LoadBalancerType = 'application' | 'network' | 'classic'

export type ListenerProtocol = 'HTTP' | 'HTTPS' | 'SSL' | NetworkProtocol

export interface ListenerDescription {
  port: number
  protocol: ListenerProtocol
  /** Where it really listens: `127.0.0.1:8443`. */
  address: string
}

/** What `istio-alb status` and `simulate -o json` show of a load balancer. */
export interface LoadBalancerDescription {
  /** The stack's ID. */
  id: string
  type: LoadBalancerType
  name: string
  dnsName: string
  scheme: 'internal' | 'internet-facing'
  listeners: ListenerDescription[]
  targetGroups: TargetGroupDescription[]
  /** Checks the signature of `x-amzn-oidc-data`, which AWS serves at `https://public-keys.auth.elb.<region>.amazonaws.com/<kid>`; PEM. */
  identityKey?: { kid: string; publicKey: string }
}

/** A certificate with its private key, PEM; the chain follows the leaf. */
export interface Certificate {
  arn: string
  certificate: string
  key: string
}

/** What happened, for the log: one JSON line an event. */
export type LoadBalancerEvent =
  | {
      type: 'listener-opened' | 'listener-closed'
      loadBalancer: string
      port: number
      protocol: string
      address: string
    }
  | {
      type: 'target-health'
      loadBalancer: string
      targetGroup: string
      target: string
      port: number
      state: TargetState
      reason?: TargetHealthReason
      description?: string
    }
  | { type: 'fail-open'; loadBalancer: string; targetGroup: string; active: boolean }
  | {
      type: 'request'
      loadBalancer: string
      listener: number
      client: string
      method: string
      url: string
      status: number
      /** Status of the target's answer; absent where the load balancer answered by itself. */
      targetStatus?: number
      target?: string
      /** `default`, or the rule's priority. */
      rule: number | 'default'
      /** Why the load balancer answered by itself with an error: one phrase. */
      cause?: string
      milliseconds: number
    }
  | {
      type: 'flow'
      loadBalancer: string
      /** `TCP:443` */
      listener: string
      /** Address and port. */
      client: string
      /** `id:port`; absent where no target was chosen. */
      target?: string
      /** From the client, without the PROXY protocol's header; after decryption. */
      bytesIn: number
      /** To the client. */
      bytesOut: number
      milliseconds: number
      closedBy: FlowEnd
    }
  | { type: 'certificate-made'; loadBalancer: string; arn: string; domains: string[] }

/** Who ended a flow first: the client, the target, or what of the load balancer's. */
export type FlowEnd =
  | 'client'
  | 'target'
  /** No security group of the load balancer lets the client in: it is not answered. */
  | 'security-group'
  /** The target is the client's own host: it is not answered. */
  | 'hairpin'
  /** No target is registered that could be chosen. */
  | 'no-target'
  /** The target did not accept the connection in time. */
  | 'connect-timeout'
  | 'tls-handshake'
  /** Neither side sent anything for so long; whoever sends next is told by a reset. */
  | 'idle-timeout'
  | 'unhealthy-target'
  | 'deregistration'
  /** The load balancer has no room for another flow. */
  | 'rejected'
  /** The listener or the load balancer is gone. */
  | 'load-balancer'

/** One health check. */
export interface HealthCheckEntry {
  /** ISO 8601. */
  time: string
  loadBalancer: string
  targetGroup: string
  target: string
  port: number
  passed: boolean
  reason?: TargetHealthReason
  /** The status code that did not match, where that is the reason. */
  code?: number
  /** What the target is after the check. */
  state: TargetState
}

/** A request that is over, with what its event leaves out: for those who look at single requests. */
export interface ExchangeEntry {
  event: Extract<LoadBalancerEvent, { type: 'request' }>
  /** When it was received, in milliseconds since the epoch. */
  date: number
  scheme: 'http' | 'https'
  version: HttpVersion
  /** As the client sent them. */
  headers: HeaderList
  /** Name of the target group; absent where none was chosen. */
  targetGroup?: string
  /** As the target got it. */
  toTarget?: { method: string; path: string; headers: HeaderList }
  /** As the target answered. */
  fromTarget?: { status: number; headers: HeaderList }
  /** The request went to a target although not enough of them are healthy. */
  unhealthyRouting?: boolean
  /** Milliseconds since it was received: the head went to the target, its answer began, the last byte went to the client. */
  timings: { sent?: number; answered?: number; ended: number }
}

/** Time, so that tests own it. Milliseconds throughout. */
export interface Clock {
  /** Since the epoch, for dates that others read. Whoever sets the machine's clock makes it step. */
  now(): number
  /** Since any moment, for how long something takes: it never steps. */
  elapsed(): number
  setTimeout(callback: () => void, milliseconds: number): unknown
  clearTimeout(timer: unknown): void
}

export interface LoadBalancerOptions {
  dnsName: string
  /** Region and account that the ARNs of its target groups name; default none that exist. */
  account?: Account
  /** Certificate and key for an ARN of a listener; asked once for each ARN and configuration. */
  certificateFor(arn: string): Promise<Certificate>
  /**
   * PEM of the authorities in a trust store, and of its revocation lists, for listeners that verify their clients;
   * undefined for an unknown ARN.
   */
  trustStoreFor?(arn: string): Promise<string | undefined>
  /** The web ACL of an ARN; undefined for one that is not known, which lets everything pass. Default: none is known. */
  webACLFor?(arn: string): WebACL | undefined
  /** How identity providers and key sets are reached; default the global `fetch`. */
  fetch?: typeof fetch
  /** Where a listener's socket binds: default `127.0.0.1` and the listener's own port. Port 0 lets the system choose. */
  bind?(listener: { port: number; protocol: ListenerProtocol }): { host: string; port: number }
  /**
   * Availability Zone that the load balancer stands in: target groups with cross-zone off send requests to its targets
   * alone. Default: every zone.
   */
  zone?: string
  /**
   * Availability Zones that a Network Load Balancer has a node in. One that stands in no zone by itself gives each flow to one
   * of those whose addresses DNS would give. Default: those of its targets.
   */
  zones?: readonly string[]
  /** Health checks run this many times faster than configured; default 1. */
  timeScale?: number
  clock?: Clock
  /** 0 ≤ n < 1; default Math.random. Weighted target groups use it. */
  random?(): number
  onEvent?(event: LoadBalancerEvent): void
  /** Each health check, as in AWS's health check logs. */
  onHealthCheck?(check: HealthCheckEntry): void
  /** Each request that is over. */
  onExchange?(exchange: ExchangeEntry): void
  /** Each line of the access log, in AWS's format, without its end. */
  accessLog?(line: string): void
}

/** The targets of each target group: by resource ID in the stack, or by ARN for groups outside the stack. */
export type Targets = ReadonlyMap<string, readonly Target[]>

/** A running load balancer. */
export interface LoadBalancer {
  /**
   * Makes the stack and targets the configuration. Atomic: a listener that cannot be opened leaves the old configuration
   * serving and rejects with a `Failure` (`PORT_BUSY` names the port, the listener and what to do). Requests in flight
   * finish on the old configuration. Targets no longer named are deregistered, and drain.
   */
  apply(stack: Stack, targets: Targets): Promise<void>
  describe(): LoadBalancerDescription
  /** Counters in Prometheus's text format, named after CloudWatch's. */
  metrics(): string
  /** Stops listening, lets requests in flight finish for at most `graceMilliseconds` (default 0), frees every socket. */
  close(graceMilliseconds?: number): Promise<void>
}
