import { describeShape, type KubernetesObject, objectName } from '../resources/index.ts'

/** An object that is not what its kind promises, and the field that is wrong. */
export interface MalformedObject {
  type: 'object-malformed'
  object: string
  path: string
  message: string
}

/**
 * Objects of custom kinds as their shapes have them. The API server decodes built-in kinds by their types; a custom object may
 * have been stored before its definition was as strict as today's, or by one that asks for nothing. Such an object counts as it was
 * when it last had its shape, else not at all: what it asks for must not be taken away for it, nor the work on others end.
 */
export class ShapedObjects {
  readonly #onMalformed: (malformed: MalformedObject) => void
  /** By name: what was last looked at, and what counts of it. */
  readonly #known = new Map<string, { given: KubernetesObject; counts: KubernetesObject | undefined }>()

  /** @param onMalformed told once of each version of an object. */
  constructor(onMalformed: (malformed: MalformedObject) => void) {
    this.#onMalformed = onMalformed
  }

  /** All objects of a kind, as they count. */
  of(kind: string, objects: readonly KubernetesObject[]): KubernetesObject[] {
    const names = new Set(objects.map(objectName))
    for (const name of this.#known.keys()) {
      if (name.startsWith(`${kind} `) && !names.has(name)) {
        this.#known.delete(name)
      }
    }
    return objects.flatMap(object => this.#judge(object) ?? [])
  }

  #judge(given: KubernetesObject): KubernetesObject | undefined {
    const name = objectName(given)
    const known = this.#known.get(name)
    if (known?.given === given) {
      return known.counts
    }
    const [problem] = describeShape(given)
    const counts = problem ? known?.counts : given
    this.#known.set(name, { given, counts })
    if (problem) {
      const { path, message } = problem
      this.#onMalformed({
        type: 'object-malformed',
        object: name,
        path: path.join('.'),
        message: `${message}; ${counts ? 'what it was before counts' : 'it is left out'}`
      })
    }
    return counts
  }
}
