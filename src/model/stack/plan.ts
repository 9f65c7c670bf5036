import type { Finding } from '../../failure.ts'
import type { ParentReference } from '../../resources/index.ts'
import type { ValueSource } from '../value-source.ts'
import type { Action, RuleCondition, Stack } from './stack.ts'

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

/** The part of an Ingress or of a route that a rule comes from. */
export interface RuleSource {
  /** `Kind namespace/name` */
  object: string
  /** `spec.rules.0.http.paths.1`, of a route `spec.rules.0.matches.1` */
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
  /** False where the error came while loading, or the build broke off: the controller logs it and writes no event. */
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
  /** Who makes the load balancer. */
  by: 'controller' | 'cloud provider'
  /** The finalizer that whoever makes it puts on the Service. */
  finalizer: string
}

/** What the controller reports of a route for one of the parents that it names (LBC: RouteData). */
export interface RouteStatus {
  /** `Kind namespace/name` */
  route: string
  parentRef: ParentReference
  accepted: boolean
  resolvedRefs: boolean
  reason: string
  message: string
}

/** What the controller thinks of a listener, whatever became of its routes (LBC: ListenerValidationResult). */
export interface ListenerValidation {
  name: string
  isValid: boolean
  reason: string
  message: string
  supportedKinds: string[]
  /** Parents named by routes that attached. */
  attachedRoutes: number
}

/** The listeners of a Gateway, and those of each ListenerSet that it takes, by `namespace/name`; each by its name. */
export interface ValidatedListeners {
  gateway: Map<string, ListenerValidation>
  sets: Map<string, Map<string, ListenerValidation>>
}

/** What a Gateway's load balancer may have beside itself, as the controller names it in annotations. */
export type AddOn = 'wafv2' | 'shield' | 'provisionedcapacity'

/** The plan of one Gateway of an AWS class. */
export interface GatewayPlan extends PlannedStack {
  kind: 'Gateway'
  /** `controllerName` of its class. */
  controller: 'gateway.k8s.aws/alb' | 'gateway.k8s.aws/nlb'
  /** Its class. */
  className: string
  /** The configurations that count, as `Kind namespace/name`: of class and Gateway, and the default one of target groups. */
  configurations: string[]
  /** What is reported of routes: the first report for each parent that a route names. */
  routes: RouteStatus[]
  /** What the controller thinks of the listeners; absent where it did not come to look. */
  listeners?: ValidatedListeners
  /** ListenerSets that want to belong to the Gateway and may not, as `namespace/name`. */
  rejectedListenerSets: string[]
  /** The condition Accepted where there is no stack; absent where the error is only logged. */
  refusal?: { reason: string; message: string }
  /** The value that the error comes from, where one of an object decides it. */
  errorSource?: ValueSource
  /** The add-ons that the stack switches on. */
  addOns: AddOn[]
  /** Where the rules of the stack come from, by their resource IDs: `443:1`. */
  ruleSources: ReadonlyMap<string, RuleSource>
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
