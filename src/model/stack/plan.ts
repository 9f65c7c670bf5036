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

/** What the controller would do for one IngressGroup: a stack, or the error that leaves the whole group without one. */
export interface GroupPlan {
  /** Group name, or `namespace/name` of the one Ingress of an implicit group. */
  id: string
  /** Active members in group order, as `namespace/name`. */
  members: string[]
  /** Members that are being deleted or have left, but still carry the group's finalizer. */
  inactiveMembers: string[]
  /** The finalizer that the controller puts on members. */
  finalizer: string
  /** EKS Auto Mode builds it, as far as AWS documents how. */
  autoMode?: true
  stack?: Stack
  /** The text behind `Failed build model due to `, or what the controller logs when the group cannot be loaded. */
  error?: string
  /** False where the error came while loading the group: the controller logs it and writes no event. */
  errorHasEvent?: boolean
  /** Where the values of the stack came from; worked out when first asked for. */
  readonly explanations: Explanation[]
  droppedRules: DroppedRule[]
  /** Where the rules of the stack come from, by their resource IDs: `443:1`. */
  ruleSources: ReadonlyMap<string, RuleSource>
  /** What the controller accepts and AWS, or the user, probably will not. */
  warnings: Finding[]
  /** What AWS was taken to have, a sentence each. */
  assumptions: string[]
}

/** What the controller would do for a set of objects. */
export interface Plan {
  /** Every group with at least one member (active or not), ordered by ID. */
  groups: GroupPlan[]
  /** Ingresses whose class or group name cannot be loaded: the text behind `failed load groupID due to `. */
  unloadable: { ingress: string; error: string }[]
}
