import type { Finding } from '../../failure.ts'
import type { Action, RuleCondition, Stack } from './stack.ts'

/** Where a value of the stack came from. */
export interface ValueSource {
  /** `Kind namespace/name`; absent for the controller's own defaults and flags. */
  object?: string
  /** The annotation or the field of that object, or in words what else the value comes from. */
  key: string
}

/** One value of the stack with its origin. */
export interface Explanation extends ValueSource {
  /** Which resource: `LoadBalancer`, `Listener 443`, `ListenerRule 443:1`, `TargetGroup ns/ingress-service:port`. */
  resource: string
  field: string
  value: string
}

/** A rule that the controller's optimizer leaves out. */
export interface DroppedRule {
  /** Port of the listener that it would have been a rule of. */
  listener: number
  /** Ingress that it comes from, as `namespace/name`. */
  ingress: string
  /** Where the Ingress says so: `spec.rules.0.http.paths.1`. */
  path: string
  conditions: RuleCondition[]
  actions: Action[]
  reason: 'redirects to itself' | 'an earlier redirect takes all its requests'
  /** Priority of that earlier redirect. */
  shadowedBy?: number
}

/** The path of an Ingress that a rule comes from. */
export interface RuleSource {
  /** `namespace/name` */
  ingress: string
  /** `spec.rules.0.http.paths.1` */
  path: string
}

/** What asks for a load balancer: a group of Ingresses, a Service of type LoadBalancer, or a Gateway of an AWS class. */
export type StackKind = 'Ingress' | 'Service' | 'Gateway'

/** What the controller would do for one load balancer: a stack, or the error that leaves it without one. */
interface PlannedStack {
  kind: StackKind
  /** The stack's ID: group name, or `namespace/name`. */
  id: string
  stack?: Stack
  /** The text behind `Failed build model due to `, or what the controller logs when the objects cannot be loaded. */
  error?: string
  /** False where the error came while loading: the controller logs it and writes no event. */
  errorHasEvent?: boolean
  /** Where the values of the stack came from; worked out when first asked for. */
  readonly explanations: Explanation[]
  /** What the controller accepts and AWS, or the user, probably will not. */
  warnings: Finding[]
  /** What AWS was taken to have, a sentence each. */
  assumptions: string[]
}

/** The plan of one IngressGroup: the `id` is the group's name, or `namespace/name` of the one Ingress of an implicit group. */
export interface GroupPlan extends PlannedStack {
  kind: 'Ingress'
  /** Active members in group order, as `namespace/name`. */
  members: string[]
  /** Members that are being deleted or have left, but still carry the group's finalizer. */
  inactiveMembers: string[]
  /** The finalizer that the controller puts on members. */
  finalizer: string
  /** EKS Auto Mode builds it, as far as AWS documents how. */
  autoMode?: true
  droppedRules: DroppedRule[]
  /** Where the rules of the stack come from, by their resource IDs: `443:1`. */
  ruleSources: ReadonlyMap<string, RuleSource>
}

/** The plan of one Service of type LoadBalancer. */
export interface ServicePlan extends PlannedStack {
  kind: 'Service'
}

/** The plan of one Gateway of an AWS class. */
export interface GatewayPlan extends PlannedStack {
  kind: 'Gateway'
}

/** What would be done for a set of objects. */
export interface Plan {
  /** Every group with at least one member (active or not), ordered by ID. */
  groups: GroupPlan[]
  /** Ingresses whose class or group name cannot be loaded: the text behind `failed load groupID due to `. */
  unloadable: { ingress: string; error: string }[]
  /** Services of type LoadBalancer, ordered by ID. */
  services: ServicePlan[]
  /** Gateways of an AWS class, ordered by ID. */
  gateways: GatewayPlan[]
}

/** The plan of one load balancer, whatever asks for it. */
export type StackPlan = GroupPlan | ServicePlan | GatewayPlan

/** The plans of all load balancers, whatever asks for them. */
export function stackPlansOf({ groups, services, gateways }: Plan): StackPlan[] {
  return [...groups, ...services, ...gateways]
}

/** The name of each stack among all of a plan: its ID, and the kind before it where two kinds share an ID. */
export function stackNamesOf(plan: Plan): ReadonlyMap<StackPlan, string> {
  const plans = stackPlansOf(plan)
  const counts = new Map<string, number>()
  for (const { id } of plans) {
    counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  return new Map(plans.map(one => [one, counts.get(one.id) === 1 ? one.id : `${one.kind} ${one.id}`]))
}
