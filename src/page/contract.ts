/**
 * What the page is told: the server makes it, the browser draws it. Types alone, so that both sides can read them.
 *
 * @module
 */

import type {
  ExchangeEntry,
  HealthCheckEntry,
  LoadBalancerDescription,
  LoadBalancerEvent,
  TargetState
} from '../elbv2/index.ts'
import type { Finding } from '../failure.ts'
import type { PlanDiff } from '../model/index.ts'
import type { Trace } from '../trace/index.ts'

/** The columns of the map, from the client to the Service. */
export type Column =
  | 'load-balancer'
  | 'listener'
  | 'rule'
  | 'target-group'
  | 'target'
  | 'port'
  | 'gateway'
  | 'route'
  | 'service'

/** Where something is written. */
export interface Place {
  file: string
  /** From 1. */
  line: number
}

/** A value of the plan and where it came from. */
export interface SourcedValue {
  field: string
  value: string
  /** The annotation or field of the object, or in words what else the value comes from. */
  key: string
  /** `Kind namespace/name` */
  object?: string
  place?: Place
}

/** What is wrong with a place of the map, at a glance. */
export interface Mark {
  kind: 'error' | 'warning' | 'shadowed' | 'dropped'
  text: string
  /** Code of the finding that says so. */
  code?: string
}

/** How a target group checks its targets. */
export interface HealthCheckTerms {
  /** One sentence. */
  text: string
  /** Milliseconds as they pass here, with the time scale in them. */
  interval: number
  healthyThreshold: number
  unhealthyThreshold: number
}

/** A place of the map. */
export interface MapNode {
  id: string
  column: Column
  title: string
  /** The second line. */
  text: string
  facts: [label: string, value: string][]
  values: SourcedValue[]
  /** `Kind namespace/name` of the object that it comes from. */
  object?: string
  place?: Place
  /** Indexes of the findings about it. */
  findings: number[]
  mark?: Mark
  healthCheck?: HealthCheckTerms
  /** Of a target as it is predicted: what its health checks come to. */
  health?: TargetHealth
}

/** What is known of a target's health. */
export interface TargetHealth {
  state: TargetState
  reason?: string
  description?: string
}

/** A way from one place to the next. */
export interface MapLink {
  from: string
  to: string
  /** A weight, where there are several. */
  text?: string
}

/** A load balancer to choose among. */
export interface MapLoadBalancer {
  /** Its node. */
  id: string
  name: string
  /** ID of the stack. */
  stack: string
  namespace: string
}

/** A set of objects, drawn. */
export interface EdgeMap {
  loadBalancers: MapLoadBalancer[]
  nodes: MapNode[]
  links: MapLink[]
  findings: Finding[]
  assumptions: string[]
  /** Why a load balancer has no plan, or is not run: a finding each. */
  failures: Finding[]
  /** YAML by `Kind namespace/name`. */
  manifests: Record<string, string>
}

/** A flow through a Network Load Balancer that is over. */
export type FlowEvent = Extract<LoadBalancerEvent, { type: 'flow' }>

/** A request, or a flow, that is over, as the list shows it. */
export interface RequestEntry {
  /** From 1, in the order in which they ended. */
  number: number
  /** When it began. */
  date: number
  /** Empty of a flow: nobody reads what goes over it. */
  host: string
  event: ExchangeEntry['event'] | FlowEvent
}

/** A place on the way of a flow. */
export interface WayPlace {
  column: Column
  title: string
  text: string
}

/** One request, or flow, with all that is known of it. */
export interface RequestDetail {
  entry: RequestEntry
  /** Of a request. */
  exchange?: ExchangeEntry
  /** Of a flow: the places that it took for certain; behind them it hinges on what goes over it. */
  way?: WayPlace[]
  /** Of a flow: who ended it, in words. */
  end?: string
  /** What `istio-alb trace` tells of it; of a flow, where the request was sent from the page, so that it is known. */
  trace?: Trace
  /** Where the trace tells of something else than what happened: a sentence each. */
  differences?: string[]
  /** Why there is no trace. */
  traceError?: string
}

/** One second of figures. */
export interface FigureSecond {
  /** Seconds since the epoch. */
  second: number
  /** By status class, from 1xx to 5xx. */
  classes: number[]
  /** Milliseconds; absent of a second without requests. */
  p50?: number
  p90?: number
  p99?: number
  /** Connections that clients opened, and flows that ended. */
  connections: number
}

/** What a saved file, or a change of the cluster, made of the edge. */
export interface ChangeEntry {
  date: number
  /** `values.yaml` saved */
  title: string
  appeared: Finding[]
  gone: Finding[]
  plan: PlanDiff
  /** The plan's changes in words. */
  text: string
}

/** What runs, as it is now. */
export interface Running {
  loadBalancers: LoadBalancerDescription[]
}

/** Everything, for who begins to look. */
export interface Beginning {
  /** Of what runs: `simulate`. */
  command: string
  map: EdgeMap
  running: Running
  /** The newest last. */
  requests: RequestEntry[]
  /** The newest last. */
  checks: HealthCheckEntry[]
  figures: FigureSecond[]
  changes: ChangeEntry[]
  now: number
}

/** What happened since the last message. */
export interface Batch {
  /** Everything but requests and flows, as `-o json` prints it. */
  events: Exclude<LoadBalancerEvent, { type: 'request' | 'flow' }>[]
  requests: RequestEntry[]
  /** How many requests were left out of the list: more than a person can read came at once. */
  unlisted: number
  checks: HealthCheckEntry[]
  figures: FigureSecond[]
  changes: ChangeEntry[]
  /** Links of the map that requests took, as `from to`, with how many. */
  lit: Record<string, number>
  /** Where something about them changed. */
  running?: Running
  map?: EdgeMap
  now: number
}

/** A request that somebody at the page sends. */
export interface SendingOrder {
  method: string
  url: string
  headers: [name: string, value: string][]
  /** Address; default loopback, which is where a request can really be sent from. */
  client?: string
}

/** The prediction, and beside it what came. */
export interface SendingReport {
  prediction?: Trace
  answer?: { status: number; reason: string; headers: [name: string, value: string][]; body: string }
  /** Why there is no answer. */
  error?: string
  /** Why nothing was sent. */
  notSent?: string
  /** What the prediction had told otherwise. */
  differences: string[]
}
