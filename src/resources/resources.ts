import type { Kinds, KubernetesObject } from './kubernetes.ts'
import type { Origin } from './origin.ts'

/** `namespace/name`, or the name alone for an object without a namespace: how the controller names objects. */
export const objectKey = ({ metadata }: KubernetesObject): string =>
  metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name

/** `Kind namespace/name`: how findings and messages name objects. */
export const objectName = (object: KubernetesObject): string => `${object.kind} ${objectKey(object)}`

/**
 * A set of Kubernetes objects, whatever they came from: files, a render, a watch.
 * One object for each kind, namespace and name; a later one replaces an earlier one, as an apply would.
 * Immutable: the controller makes a new set from each snapshot of its watches.
 */
export class Resources {
  readonly #objects = new Map<string, KubernetesObject>()
  readonly #origins: ReadonlyMap<KubernetesObject, Origin>

  constructor(objects: Iterable<KubernetesObject> = [], origins: ReadonlyMap<KubernetesObject, Origin> = new Map()) {
    for (const object of objects) this.#objects.set(objectName(object), object)
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
    return this.all().filter(object => object.kind === kind)
  }

  /** One object; `namespace` is left out for kinds that have none. */
  find<Kind extends keyof Kinds>(kind: Kind, name: string, namespace?: string): Kinds[Kind] | undefined
  find(kind: string, name: string, namespace?: string): KubernetesObject | undefined
  find(kind: string, name: string, namespace?: string): KubernetesObject | undefined {
    return this.#objects.get(`${kind} ${namespace ? `${namespace}/` : ''}${name}`)
  }

  /** This set and more objects; of two with the same name the new one stays. */
  with(objects: Iterable<KubernetesObject>, origins: ReadonlyMap<KubernetesObject, Origin> = new Map()): Resources {
    return new Resources([...this.all(), ...objects], new Map([...this.#origins, ...origins]))
  }

  /** Where an object was read, if it came from a file or a render. */
  originOf(object: KubernetesObject): Origin | undefined {
    return this.#origins.get(object)
  }
}
