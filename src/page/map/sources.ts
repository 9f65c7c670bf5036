import { stringify } from 'yaml'
import type { Explanation, StackPlan } from '../../model/index.ts'
import { describeValue } from '../../report/index.ts'
import { type KubernetesObject, objectName, type Path, type Resources } from '../../resources/index.ts'
import type { Place, SourcedValue } from '../contract.ts'

/** The path of a key in words, as explanations and findings write it: an annotation's name, or `spec.rules.0.host`. */
function pathOf(object: KubernetesObject, key: string): Path {
  const { annotations = {} } = object.metadata
  return Object.hasOwn(annotations, key)
    ? ['metadata', 'annotations', key]
    : key.split('.').map(part => (/^\d+$/.test(part) ? Number(part) : part))
}

/** Values of Secrets are nobody's to look at. */
function withoutSecrets(object: KubernetesObject): KubernetesObject {
  if (object.kind !== 'Secret') {
    return object
  }
  const hidden = Object.entries(object).map(([key, value]) => [
    key,
    ['data', 'stringData'].includes(key) && value !== null && typeof value === 'object'
      ? Object.fromEntries(Object.keys(value).map(name => [name, '(not shown)']))
      : value
  ])
  return Object.fromEntries(hidden)
}

/** Where objects, and the values made of them, were written. */
export class Sources {
  readonly #resources: Resources
  readonly #byName: Map<string, KubernetesObject>

  constructor(resources: Resources) {
    this.#resources = resources
    this.#byName = new Map(resources.all().map(object => [objectName(object), object]))
  }

  /** @param key an annotation, or a path with dots; without one, the object itself. */
  placeOf(name: string | undefined, key?: string): Place | undefined {
    const object = name === undefined ? undefined : this.#byName.get(name)
    const origin = object && this.#resources.originOf(object)
    if (!object || !origin) {
      return undefined
    }
    const { file, line } = origin.positionOf(key === undefined ? [] : pathOf(object, key))
    return { file, line }
  }

  /** The values of one resource of a plan, each with where it came from. */
  valuesOf({ explanations }: StackPlan, resource: string): SourcedValue[] {
    return this.#grouped(explanations).get(resource) ?? []
  }

  readonly #known = new WeakMap<readonly Explanation[], Map<string, SourcedValue[]>>()

  #grouped(explanations: readonly Explanation[]): Map<string, SourcedValue[]> {
    const known = this.#known.get(explanations) ?? new Map<string, SourcedValue[]>()
    if (!this.#known.has(explanations)) {
      this.#known.set(explanations, known)
      for (const { resource, field, value, key, object } of explanations) {
        const place = this.placeOf(object, key)
        const values = known.get(resource) ?? []
        values.push({
          field,
          value: describeValue(field, value),
          key,
          ...(object !== undefined && { object }),
          ...(place && { place })
        })
        known.set(resource, values)
      }
    }
    return known
  }

  /** The objects of these names as YAML. */
  manifestsOf(names: Iterable<string>): Record<string, string> {
    const manifests: Record<string, string> = {}
    for (const name of new Set(names)) {
      const object = this.#byName.get(name)
      if (object) {
        manifests[name] = stringify(withoutSecrets(object))
      }
    }
    return manifests
  }
}
