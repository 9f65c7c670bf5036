import { isDeepStrictEqual } from 'node:util'
import type { Targets } from '../elbv2/index.ts'
import type { GatewayPlan, GroupPlan, ServicePlan, StackKind, StackPlan } from '../model/index.ts'
import { type Gateway, isGateway, objectKey, type Resources, type TargetGroupBinding } from '../resources/index.ts'
import { dryRunAnnotations } from './gateway/annotations.ts'
import { type Owner, planAnnotation } from './owners.ts'
import type { Planner } from './planner.ts'

type Essential = 'kind' | 'id' | 'finalizer' | 'stack' | 'error' | 'errorHasEvent'

export type GroupWorkPlan = Pick<GroupPlan, Essential>
export type ServiceWorkPlan = Pick<ServicePlan, Essential | 'by'>

export type GatewayWorkPlan = Pick<
  GatewayPlan,
  Exclude<Essential, 'finalizer'> | 'controller' | 'refusal' | 'listeners' | 'addOns'
>

/** What counts of a plan. */
export type WorkPlan = GroupWorkPlan | ServiceWorkPlan | GatewayWorkPlan

/** What a stack is to become, taken from one snapshot. */
export interface StackWork<Planned extends WorkPlan = WorkPlan> {
  /** Without a plan nothing asks for the load balancer any more. */
  plan: Planned | undefined
  /** Active members of a group, or the one object that has a load balancer of its own, also while that is being deleted. */
  owners: Owner[]
  /** Members that are being deleted or have left the group, but still carry its finalizer. */
  inactiveOwners: Owner[]
  targets: Targets
  /** Host names for certificates. */
  domains: string[]
  /** The TargetGroupBindings that the cluster has of this stack; undefined where it has no such kind. */
  bindings: TargetGroupBinding[] | undefined
}

const noTargets: Targets = new Map()

/** Of a stack that nothing asks for any more. */
export const nothing: Omit<StackWork, 'bindings'> = {
  plan: undefined,
  owners: [],
  inactiveOwners: [],
  targets: noTargets,
  domains: []
}

/** A stack among all: groups, Services and Gateways may share an ID. */
export function stackKey({ kind, id }: { kind: StackKind; id: string }): string {
  return `${kind} ${id}`
}

export function idOfKey(key: string): string {
  return key.slice(key.indexOf(' ') + 1)
}

export function ownerOf(resources: Resources, kind: Owner['kind'], key: string): Owner | undefined {
  if (kind === 'Gateway') {
    return resources.list(kind).find(gateway => isGateway(gateway) && objectKey(gateway) === key) as Gateway | undefined
  }
  const [namespace, name] = key.split('/')
  return resources.find(kind, name!, namespace)
}

/** Whether a stack is what the cloud provider makes of a Service, and not the controller. */
export function isOfCloudProvider(plan: WorkPlan): boolean {
  return plan.kind === 'Service' && plan.by === 'cloud provider'
}

/** The work on a stack of the planner's newest plan, and of the snapshot that it was made of. */
export function workOf(plan: StackPlan, planner: Planner, bindings: TargetGroupBinding[] | undefined): StackWork {
  const { resources } = planner
  function ownersOf(keys: string[]): Owner[] {
    return keys.flatMap(key => ownerOf(resources, plan.kind, key) ?? [])
  }
  return {
    plan,
    owners: ownersOf(plan.kind === 'Ingress' ? plan.members : [plan.id]),
    inactiveOwners: plan.kind === 'Ingress' ? ownersOf(plan.inactiveMembers) : [],
    targets: plan.stack ? planner.targetsOf(plan.stack) : noTargets,
    domains: planner.domainsOf(plan),
    bindings
  }
}

/** Work as it was taken on: which of all plans, and which of all configurations of the load balancer it has. */
export interface Task<Planned extends WorkPlan = WorkPlan> extends StackWork<Planned> {
  planNumber: number
  configurationNumber: number
}

/** How much of a stack's work is news, the most of what applies. */
export type News =
  | 'nothing'
  /** Its owners or bindings, which it writes to. */
  | 'objects'
  /** What its load balancer is to be. */
  | 'configuration'
  /** Its plan, and its load balancer with it. */
  | 'plan'

/**
 * What a stack is to become, compared with what it was to become before. A snapshot has the same objects for as long as nothing
 * about them changes, so that most is told by looking at which they are.
 */
export function newsOf(before: StackWork | undefined, now: StackWork): News {
  if (!before || !isSame(before.plan, now.plan, essenceOfPlan)) {
    return 'plan'
  }
  if (!areSameTargets(before.targets, now.targets) || !isSame(before.domains, now.domains, domains => domains)) {
    return 'configuration'
  }
  const isKnown =
    areSame(before.owners, now.owners, essenceOfOwner) &&
    areSame(before.inactiveOwners, now.inactiveOwners, essenceOfOwner) &&
    areSame(before.bindings, now.bindings, essenceOfBinding)
  return isKnown ? 'nothing' : 'objects'
}

function essenceOfPlan(plan: StackWork['plan']): unknown[] {
  if (!plan) {
    return []
  }
  const { kind, stack, error, errorHasEvent } = plan
  const own = kind === 'Gateway' ? [plan.controller, plan.refusal, plan.listeners, plan.addOns] : [plan.finalizer]
  return [stack, error, errorHasEvent, ...own]
}

/** What counts of an owner is what is written to it, and what a Gateway's conditions say that they are of. */
function essenceOfOwner({ kind, metadata, status }: Owner): unknown[] {
  const { uid, finalizers, annotations, generation } = metadata
  const own = kind === 'Gateway' ? [generation, ...dryRunAnnotations(metadata)] : [annotations?.[planAnnotation]]
  return [uid, finalizers, status, ...own]
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
