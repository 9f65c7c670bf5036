import type { Stack } from './stack.ts'

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
  stack?: Stack
  /** The text behind `Failed build model due to `, or what the controller logs when the group cannot be loaded. */
  error?: string
  /** False where the error came while loading the group: the controller logs it and writes no event. */
  errorHasEvent?: boolean
}

/** What the controller would do for a set of objects. */
export interface Plan {
  /** Every group with at least one member (active or not), ordered by ID. */
  groups: GroupPlan[]
  /** Ingresses whose class or group name cannot be loaded: the text behind `failed load groupID due to `. */
  unloadable: { ingress: string; error: string }[]
}
