import { isDeepStrictEqual } from 'node:util'
import { buildPlan, type Environment, type Plan } from '../model/index.ts'
import { type Ingress, type KubernetesObject, objectKey, objectName, type Resources } from '../resources/index.ts'
import { planAnnotation } from './group.ts'

/** Kinds that decide on targets, but have no part in a plan. */
const apart = new Set(['EndpointSlice', 'Node', 'Pod', 'TargetGroupBinding'])

/**
 * The plan of each snapshot, built anew only where something that it is made of has changed: most changes of a large cluster are
 * what the controller itself writes (status, finalizers, the plan's annotation), or targets.
 */
export class Planner {
  readonly #environment: Environment
  #inputs: ReadonlyMap<string, unknown> = new Map()
  #plan: Plan | undefined
  /** By active member the finalizer of its group, which says nothing new about it. */
  #finalizers = new Map<string, string>()
  /** An object is replaced when it changes, so what counts of it is taken once. */
  readonly #essences = new WeakMap<Ingress, object>()

  constructor(environment: Environment) {
    this.#environment = environment
  }

  planOf(resources: Resources): Plan {
    const inputs = this.#inputsOf(resources)
    if (this.#plan && isSame(inputs, this.#inputs)) {
      // The newest of equals, so that the next look finds the same objects.
      this.#inputs = inputs
      return this.#plan
    }
    this.#plan = buildPlan(resources, this.#environment)
    this.#finalizers = new Map(
      this.#plan.groups.flatMap(({ members, finalizer }) => members.map((key): [string, string] => [key, finalizer]))
    )
    this.#inputs = this.#inputsOf(resources)
    return this.#plan
  }

  #inputsOf(resources: Resources): Map<string, unknown> {
    const objects = resources.all().filter(({ kind }) => !apart.has(kind))
    return new Map(objects.map(object => [objectName(object), isIngress(object) ? this.#essenceOf(object) : object]))
  }

  #essenceOf(ingress: Ingress): object {
    const { annotations, finalizers = [], deletionTimestamp, uid } = ingress.metadata
    const own = this.#finalizers.get(objectKey(ingress))
    const foreign = finalizers.filter(finalizer => finalizer !== own)
    const known = this.#essences.get(ingress)
    if (known && isDeepStrictEqual((known as { foreign: string[] }).foreign, foreign)) return known
    const { [planAnnotation]: _, ...rest } = annotations ?? {}
    const essence = { uid, deletionTimestamp, foreign, annotations: rest, spec: ingress.spec }
    this.#essences.set(ingress, essence)
    return essence
  }
}

const isIngress = (object: KubernetesObject): object is Ingress => object.kind === 'Ingress'

const isSame = (one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): boolean =>
  one.size === other.size &&
  [...one].every(([name, input]) => {
    const before = other.get(name)
    return before === input || (before !== undefined && name.startsWith('Ingress ') && isDeepStrictEqual(before, input))
  })
