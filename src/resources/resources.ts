import { isDeepStrictEqual } from 'node:util'
import { kindOf } from './kind.ts'
import type { Kinds, KubernetesObject } from './kubernetes.ts'
import type { SkippedFile } from './no-manifest.ts'
import type { Origin } from './origin.ts'

/** `namespace/name`, or the name alone for an object without a namespace: how the controller names objects. */
export function objectKey({ metadata }: KubernetesObject): string {
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name
}

/** `Kind namespace/name`: how findings and messages name objects. */
export function objectName(object: KubernetesObject): string {
  return `${object.kind} ${objectKey(object)}`
}

/** What no two objects of a set have in common. */
function identityOf(object: KubernetesObject): string {
  // Istio's Gateway and the Gateway API's are both just called that, and often have one name.
  const group = object.kind === 'Gateway' ? `.${object.apiVersion.split('/')[0]}` : ''
  return `${kindOf(object)}${group} ${objectKey(object)}`
}

/** Rounds of definitions that {@link Resources.alternatives} goes back: a thousand objects of one name are no alternatives. */
const mostRounds = 8

/**
 * A set of Kubernetes objects, whatever they came from: files, a render, a watch.
 * One object for each kind, namespace and name; a later one replaces an earlier one, as an apply would.
 * Immutable: the controller makes a new set from each snapshot of its watches.
 */
export class Resources {
  readonly #objects = new Map<string, KubernetesObject>()
  /** Definitions that a later one replaced, oldest first. */
  readonly #replaced: KubernetesObject[] = []
  readonly #origins: ReadonlyMap<KubernetesObject, Origin>
  /** Files that were named and hold no objects, each with the way out. */
  readonly skipped: readonly SkippedFile[]
  #byKind: Map<string, KubernetesObject[]> | undefined

  constructor(
    objects: Iterable<KubernetesObject> = [],
    origins: ReadonlyMap<KubernetesObject, Origin> = new Map(),
    skipped: readonly SkippedFile[] = []
  ) {
    this.skipped = skipped
    for (const object of objects) {
      const name = identityOf(object)
      const earlier = this.#objects.get(name)
      if (earlier && earlier !== object) {
        this.#replaced.push(earlier)
      }
      this.#objects.set(name, object)
    }
    this.#origins = origins
  }

  /** All objects in the order they were given. */
  all(): KubernetesObject[] {
    return [...this.#objects.values()]
  }

  /** The objects of one kind in the order they were given. */
  list<Kind extends keyof Kinds>(kind: Kind): Kinds[Kind][]
  list(kind: string): KubernetesObject[]
  list(kind: string): KubernetesObject[] {
    this.#byKind ??= Map.groupBy(this.#objects.values(), kindOf)
    return [...(this.#byKind.get(kind) ?? [])]
  }

  /** One object; `namespace` is left out for kinds that have none. */
  find<Kind extends keyof Kinds>(kind: Kind, name: string, namespace?: string): Kinds[Kind] | undefined
  find(kind: string, name: string, namespace?: string): KubernetesObject | undefined
  find(kind: string, name: string, namespace?: string): KubernetesObject | undefined {
    return this.#objects.get(`${kind} ${namespace ? `${namespace}/` : ''}${name}`)
  }

  /** This set and more objects; of two with the same name the new one stays. */
  with(objects: Iterable<KubernetesObject>, origins: ReadonlyMap<KubernetesObject, Origin> = new Map()): Resources {
    return new Resources(
      [...this.#replaced, ...this.all(), ...objects],
      new Map([...this.#origins, ...origins]),
      this.skipped
    )
  }

  /** This set with what `change` makes of each object, which keeps its origin. */
  map(change: (object: KubernetesObject) => KubernetesObject): Resources {
    const origins = new Map(this.#origins)
    const objects = [...this.#replaced, ...this.all()].map(object => {
      const changed = change(object)
      const origin = this.#origins.get(object)
      if (origin) {
        origins.set(changed, origin)
      }
      return changed
    })
    return new Resources(objects, origins, this.skipped)
  }

  /** This set with other origins for the objects that have one. */
  relocate(change: (object: KubernetesObject, origin: Origin) => Origin): Resources {
    const origins = [...this.#origins].map(([object, origin]) => [object, change(object, origin)] as const)
    return new Resources([...this.#replaced, ...this.#objects.values()], new Map(origins), this.skipped)
  }

  /**
   * This set and, where objects were defined more than once, one set for each earlier round of definitions: files that are
   * alternatives to each other, such as two ways to install one gateway, each get their turn. Definitions that say the same
   * count once.
   */
  alternatives(): Resources[] {
    const rounds: Map<string, KubernetesObject>[] = []
    for (const object of this.#replaced.toReversed()) {
      const name = identityOf(object)
      const later = [this.#objects, ...rounds].flatMap(round => round.get(name) ?? [])
      if (later.some(definition => isDeepStrictEqual(definition, object))) {
        continue
      }
      const round = rounds.find(candidate => !candidate.has(name))
      if (round) {
        round.set(name, object)
      } else if (rounds.length < mostRounds) {
        rounds.push(new Map([[name, object]]))
      }
    }
    return [
      this,
      ...rounds.map(
        round =>
          new Resources(
            [...this.#objects].map(([name, object]) => round.get(name) ?? object),
            this.#origins,
            this.skipped
          )
      )
    ]
  }

  /** Definitions that a later one of the same file replaced, oldest first; one that says the same is none. */
  replacedInFile(): { earlier: KubernetesObject; object: KubernetesObject }[] {
    return this.#replaced.flatMap(earlier => {
      const object = this.#objects.get(identityOf(earlier))!
      const file = this.originOf(earlier)?.file
      const isOther = file !== undefined && this.originOf(object)?.file === file && !isDeepStrictEqual(earlier, object)
      return isOther ? [{ earlier, object }] : []
    })
  }

  /** Where an object was read, if it came from a file or a render. */
  originOf(object: KubernetesObject): Origin | undefined {
    return this.#origins.get(object)
  }
}
