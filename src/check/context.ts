import { type Environment, type GroupPlan, keyOf, type Plan } from '../model/index.ts'
import {
  type FoundOperator,
  type Ingress,
  istioOperators,
  type KubernetesObject,
  type Origin,
  type Resources
} from '../resources/index.ts'
import type { Tracer } from '../trace/index.ts'
import { type Backend, findBackends } from './facts/backend.ts'
import { isOfAnotherController } from './facts/unknown-class.ts'

/** What rules look at; computed once for a set of objects. */
export interface Context {
  readonly resources: Resources
  /** The objects are one of several ways to define them, of which a user applies one. */
  readonly isAlternative: boolean
  readonly environment: Environment
  readonly plan: Plan
  /** Follows requests through the plan. */
  readonly tracer: Tracer
  /** Ingresses that the controller owns and does not find deleted. */
  readonly ingresses: Ingress[]
  /** Those, and the controller's that it cannot place: what is written on them is judged all the same. */
  readonly written: Ingress[]
  /** Every Service port that those Ingresses send to. */
  readonly backends: Backend[]
  /** IstioOperators, those inside ConfigMaps too. */
  readonly operators: readonly FoundOperator[]
  /** The group that an Ingress is a member of. */
  groupOf(ingress: Ingress): GroupPlan | undefined
  /** The members of a group, in group order. */
  membersOf(group: GroupPlan | undefined): readonly Ingress[]
  /** The member of some group that a plan calls `namespace/name`. */
  memberNamed(key: string): Ingress | undefined
  originOf(object: KubernetesObject): Origin | undefined
}

/** @param tracer of the objects, with their plan. */
export function createContext(
  resources: Resources,
  environment: Environment,
  tracer: Tracer,
  isAlternative = false
): Context {
  const { plan } = tracer
  const groups = new Map(plan.groups.flatMap(group => group.members.map(key => [key, group] as const)))
  const all = resources.list('Ingress')
  const ingresses = all.filter(ingress => groups.has(keyOf(ingress)))
  const errors = new Map(plan.unloadable.map(({ ingress, error }) => [ingress, error]))
  const unplaced = all.filter(ingress => {
    const error = errors.get(keyOf(ingress))
    return error !== undefined && !isOfAnotherController(ingress, error)
  })
  const byKey = new Map(ingresses.map(ingress => [keyOf(ingress), ingress]))
  const members = new Map(plan.groups.map(group => [group, group.members.flatMap(key => byKey.get(key) ?? [])]))
  const operators = istioOperators(resources)
  const operatorOrigins = new Map(operators.map(({ operator, origin }) => [operator as KubernetesObject, origin]))
  return {
    resources,
    isAlternative,
    environment,
    plan,
    tracer,
    ingresses,
    written: [...ingresses, ...unplaced],
    backends: findBackends(ingresses, resources, environment),
    operators,
    groupOf: ingress => groups.get(keyOf(ingress)),
    membersOf: group => (group && members.get(group)) ?? [],
    memberNamed: key => byKey.get(key),
    originOf: object => operatorOrigins.get(object) ?? resources.originOf(object)
  }
}
