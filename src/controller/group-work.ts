import { isDeepStrictEqual } from 'node:util'
import type { Targets } from '../elbv2/index.ts'
import type { GroupPlan } from '../model/index.ts'
import type { Ingress, Resources, TargetGroupBinding } from '../resources/index.ts'
import { planAnnotation } from './members.ts'
import type { Planner } from './planner.ts'

/** What a group is to become, taken from one snapshot. */
export interface GroupWork {
  /** Without a plan nothing names the group any more. */
  plan: Pick<GroupPlan, 'members' | 'finalizer' | 'stack' | 'error' | 'errorHasEvent'> | undefined
  members: Ingress[]
  inactiveMembers: Ingress[]
  targets: Targets
  /** Host names for certificates. */
  domains: string[]
  /** The TargetGroupBindings that the cluster has of this group; undefined where it has no such kind. */
  bindings: TargetGroupBinding[] | undefined
}

const noTargets: Targets = new Map()

/** Of a group that nothing names any more. */
export const nothing: Omit<GroupWork, 'bindings'> = {
  plan: undefined,
  members: [],
  inactiveMembers: [],
  targets: noTargets,
  domains: []
}

export function ingressOf(resources: Resources, key: string): Ingress | undefined {
  const [namespace, name] = key.split('/')
  return resources.find('Ingress', name!, namespace)
}

/** The work on a group of the planner's newest plan, and of the snapshot that it was made of. */
export function workOf(
  group: GroupPlan,
  planner: Planner,
  bindings: ReadonlyMap<string, TargetGroupBinding[]> | undefined
): GroupWork {
  const { resources } = planner
  function membersOf(keys: string[]) {
    return keys.flatMap(key => ingressOf(resources, key) ?? [])
  }
  return {
    plan: group,
    members: membersOf(group.members),
    inactiveMembers: membersOf(group.inactiveMembers),
    targets: group.stack ? planner.targetsOf(group.stack) : noTargets,
    domains: planner.domainsOf(group),
    bindings: bindings && (bindings.get(group.id) ?? [])
  }
}

/** How much of a group's work is news, the most of what applies. */
export type News =
  | 'nothing'
  /** Its members or bindings, which it writes to. */
  | 'objects'
  /** What its load balancer is to be. */
  | 'configuration'
  /** Its plan, and its load balancer with it. */
  | 'plan'

/**
 * What a group is to become, compared with what it was to become before. A snapshot has the same objects for as long as nothing
 * about them changes, so that most is told by looking at which they are.
 */
export function newsOf(before: GroupWork | undefined, now: GroupWork): News {
  if (!before || !isSame(before.plan, now.plan, essenceOfPlan)) {
    return 'plan'
  }
  if (!areSameTargets(before.targets, now.targets) || !isSame(before.domains, now.domains, domains => domains)) {
    return 'configuration'
  }
  const isKnown =
    areSame(before.members, now.members, essenceOfMember) &&
    areSame(before.inactiveMembers, now.inactiveMembers, essenceOfMember) &&
    areSame(before.bindings, now.bindings, essenceOfBinding)
  return isKnown ? 'nothing' : 'objects'
}

function essenceOfPlan(plan: GroupWork['plan']): unknown[] {
  return plan ? [plan.members, plan.finalizer, plan.stack, plan.error, plan.errorHasEvent] : []
}

/** What counts of a member is what the group writes. */
function essenceOfMember({ metadata, status }: Ingress): unknown[] {
  return [metadata.uid, metadata.finalizers, metadata.annotations?.[planAnnotation], status]
}

function essenceOfBinding({ metadata, spec }: TargetGroupBinding): unknown[] {
  return [metadata.name, metadata.deletionTimestamp, spec]
}

function areSameTargets(some: Targets, others: Targets): boolean {
  if (some === others) {
    return true
  }
  return (
    some.size === others.size &&
    [...some].every(([id, targets]) => {
      const other = others.get(id)
      return other?.length === targets.length && isDeepStrictEqual(targets, other)
    })
  )
}

function isSame<Kind>(one: Kind, other: Kind, essenceOf: (each: Kind) => readonly unknown[]): boolean {
  return one === other || isDeepStrictEqual(essenceOf(one), essenceOf(other))
}

function areSame<Kind>(
  some: readonly Kind[] | undefined,
  others: readonly Kind[] | undefined,
  essenceOf: (each: Kind) => unknown[]
): boolean {
  if (!some || !others) {
    return some === others
  }
  return some.length === others.length && some.every((one, index) => isSame(one, others[index]!, essenceOf))
}
