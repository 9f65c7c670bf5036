import { isDeepStrictEqual } from 'node:util'
import { buildPlan, type Environment, type Plan } from '../model/index.ts'
import { type Ingress, type KubernetesObject, objectKey, type Resources } from '../resources/index.ts'
import { planAnnotation } from './group.ts'

/** Kinds that decide on targets, but have no part in a plan. */
const apart = new Set(['EndpointSlice', 'Node', 'Pod', 'TargetGroupBinding'])

/**
 * The plan of each snapshot, built anew only where something that it is made of has changed: most changes of a large cluster are
 * what the controller itself writes (status, finalizers, the plan's annotation), or targets.
 */
export class Planner {
  readonly #environment: Environment
  /** What the plan is made of, in the snapshot's order. An object is replaced when it changes. */
  #objects: readonly KubernetesObject[] = []
  #plan: Plan | undefined
  /** By active member the finalizer of its group, which says nothing new about it. */
  #finalizers = new Map<string, string>()

  constructor(environment: Environment) {
    this.#environment = environment
  }

  planOf(resources: Resources): Plan {
    const objects = resources.all().filter(({ kind }) => !apart.has(kind))
    const before = this.#objects
    const isKnown =
      objects.length === before.length && objects.every((object, index) => this.#isSame(object, before[index]!))
    if (!this.#plan || !isKnown) {
      this.#plan = this.#build(resources)
    }
    // The newest of equals, so that the next look finds the same objects.
    this.#objects = objects
    return this.#plan
  }

  #build(resources: Resources): Plan {
    const plan = buildPlan(resources, this.#environment)
    this.#finalizers = new Map(
      plan.groups.flatMap(({ members, finalizer }) => members.map((key): [string, string] => [key, finalizer]))
    )
    return plan
  }

  #isSame(one: KubernetesObject, other: KubernetesObject): boolean {
    if (one === other) {
      return true
    }
    return isIngress(one) && isIngress(other) && isDeepStrictEqual(this.#essenceOf(one), this.#essenceOf(other))
  }

  /** What counts of an Ingress. */
  #essenceOf(ingress: Ingress): object {
    const { name, namespace, annotations, finalizers = [], deletionTimestamp, uid } = ingress.metadata
    const own = this.#finalizers.get(objectKey(ingress))
    const foreign = finalizers.filter(finalizer => finalizer !== own)
    const { [planAnnotation]: _, ...rest } = annotations ?? {}
    return { name, namespace, uid, deletionTimestamp, foreign, annotations: rest, spec: ingress.spec }
  }
}

function isIngress(object: KubernetesObject): object is Ingress {
  return object.kind === 'Ingress'
}
