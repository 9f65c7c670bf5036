import type { Clock } from '../elbv2/index.ts'
import {
  collectionPath,
  type DefinedKind,
  definedKinds,
  definitionName,
  type KubernetesObject,
  Resources
} from '../resources/index.ts'
import type { Api, ApiError, ListWatchOptions, RunningWatch } from './api.ts'
import { type MalformedObject, ShapedObjects } from './shaped-objects.ts'

/** What the watches tell the log, one line each. */
export type WatchEvent =
  | { type: 'api-lost'; server: string; message: string }
  | { type: 'api-restored'; server: string }
  | { type: 'watch-failed'; kind: string; message: string }
  | { type: 'watch-restored'; kind: string }
  /** A watch was too old to go on (410), and its kind was listed anew. */
  | { type: 'watch-expired'; kind: string }
  | MalformedObject

export interface WatchesOptions {
  api: Pick<Api, 'server' | 'watch'>
  clock: Clock
  /** 0 ≤ n < 1, so that several controllers do not all come back at once. */
  random?(): number
  /** Something in the snapshot may have changed. */
  onChange(): void
  onEvent(event: WatchEvent): void
}

function everyOf(apiVersion: string, kind: string): ListWatchOptions {
  return { apiVersion, kind, path: collectionPath(apiVersion, kind) }
}

const kinds: ListWatchOptions[] = [
  everyOf('networking.k8s.io/v1', 'Ingress'),
  everyOf('networking.k8s.io/v1', 'IngressClass'),
  everyOf('v1', 'Service'),
  everyOf('v1', 'Node'),
  everyOf('v1', 'Namespace'),
  everyOf('discovery.k8s.io/v1', 'EndpointSlice')
]

const definitionKind = 'CustomResourceDefinition'

/** The definition of a kind: it alone is watched, to learn when the kind comes and goes. */
function definitionOf(kind: DefinedKind): ListWatchOptions {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: definitionKind,
    path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    fieldSelector: `metadata.name=${definitionName(kind)}`
  }
}

/** Watched only while target groups with pods as targets need them: most clusters have many. */
const pods = everyOf('v1', 'Pod')

function secretNamed(key: string): ListWatchOptions {
  const [namespace, name] = key.split('/')
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    path: collectionPath('v1', 'Secret', namespace),
    fieldSelector: `metadata.name=${name}`
  }
}

function isEstablished({ status }: KubernetesObject): boolean {
  return ((status as { conditions?: { type: string; status: string }[] } | undefined)?.conditions ?? []).some(
    condition => condition.type === 'Established' && condition.status === 'True'
  )
}

/** The best version of a kind that a cluster serves; undefined while it has none that can be read. */
function servedVersion({ versions }: DefinedKind, definitions: readonly KubernetesObject[]): string | undefined {
  const definition = definitions.find(isEstablished)
  const { versions: served } = (definition?.spec ?? {}) as { versions?: { name: string; served: boolean }[] }
  return definition && versions.find(version => served?.some(one => one.name === version && one.served) ?? true)
}

/** Milliseconds: the first wait after a failure, and the longest. */
const shortestWait = 250
const longestWait = 10_000

interface Watched {
  options: ListWatchOptions
  /** The newest watch that has listed; it keeps its last objects while the next one is still starting. */
  listed: RunningWatch | undefined
  starting: RunningWatch | undefined
  failure: ApiError | undefined
}

const customKinds = new Set(definedKinds.map(({ kind }) => kind))
const dispensable = new Set(['Secret', 'Pod', definitionKind, ...customKinds])

/** What can be done without and may not be read counts as absent; nothing else waits for it. */
function isRefused({ options, failure }: Watched): boolean {
  return dispensable.has(options.kind) && failure !== undefined && failure.status !== 0
}

/** All the objects that a plan is made of, kept by watches; lost watches are started anew. */
export class Watches {
  readonly #options: WatchesOptions
  readonly #shapedObjects: ShapedObjects
  readonly #watched = new Map<string, Watched>()
  /** The newest snapshot, until something changes. */
  #snapshot: Resources | undefined
  #failures = 0
  #retry: unknown
  #apiLost = false
  #closed = false

  constructor(options: WatchesOptions) {
    this.#options = options
    this.#shapedObjects = new ShapedObjects(malformed => options.onEvent(malformed))
  }

  start(): void {
    for (const options of kinds) {
      this.#add(options)
    }
    for (const kind of definedKinds) {
      this.#add(definitionOf(kind), `${definitionKind} ${kind.kind}`)
    }
  }

  /** The objects as they are; undefined until every kind has been listed once. */
  snapshot(): Resources | undefined {
    if (this.#snapshot) {
      return this.#snapshot
    }
    if (this.#watched.size === 0) {
      return undefined
    }
    if ([...this.#watched.values()].some(watched => !watched.listed && !isRefused(watched))) {
      return undefined
    }
    const objects = [...this.#watched.values()]
      .filter(({ options }) => options.kind !== definitionKind)
      .flatMap(({ options, listed }) => this.#shaped(options.kind, listed?.objects() ?? []))
    this.#snapshot = new Resources(objects)
    return this.#snapshot
  }

  #shaped(kind: string, objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
    return customKinds.has(kind) ? this.#shapedObjects.of(kind, objects) : objects
  }

  /** Watches these Secrets, as `namespace/name`, and no others. */
  setSecrets(keys: ReadonlySet<string>): void {
    for (const [id, { options }] of this.#watched) {
      if (options.kind === 'Secret' && !keys.has(id.slice('Secret '.length))) {
        this.#remove(id)
      }
    }
    for (const key of keys) {
      this.#add(secretNamed(key), `Secret ${key}`)
    }
  }

  /** Watches pods, or no longer. */
  setPods(needed: boolean): void {
    if (needed) {
      this.#add(pods)
    } else {
      this.#remove(pods.kind)
    }
  }

  /** Whether objects of a kind can be there: whether its definition is. */
  has(kind: string): boolean {
    return this.#watched.get(kind)?.listed !== undefined
  }

  close(): void {
    this.#closed = true
    this.#options.clock.clearTimeout(this.#retry)
    for (const id of [...this.#watched.keys()]) {
      this.#remove(id)
    }
  }

  #add(options: ListWatchOptions, id: string = options.kind): void {
    if (this.#watched.has(id)) {
      return
    }
    const watched: Watched = { options, listed: undefined, starting: undefined, failure: undefined }
    this.#watched.set(id, watched)
    this.#snapshot = undefined
    this.#start(watched)
  }

  #remove(id: string): void {
    const watched = this.#watched.get(id)
    this.#watched.delete(id)
    this.#snapshot = undefined
    watched?.starting?.stop()
    watched?.listed?.stop()
  }

  #start(watched: Watched): void {
    const running = this.#options.api.watch(watched.options, {
      changed: () => this.#changed(watched, running),
      expired: () => this.#options.onEvent({ type: 'watch-expired', kind: watched.options.kind }),
      failed: error => this.#failed(watched, error)
    })
    watched.starting = running
  }

  #changed(watched: Watched, running: RunningWatch): void {
    if (this.#closed) {
      return
    }
    this.#snapshot = undefined
    if (watched.starting === running) {
      watched.listed = running
      watched.starting = undefined
      this.#restored(watched)
    }
    for (const kind of definedKinds) {
      if (watched === this.#watched.get(`${definitionKind} ${kind.kind}`)) {
        this.#follow(kind, running.objects())
      }
    }
    this.#options.onChange()
  }

  /** Watches a kind in the version that is served, for as long as it is defined. */
  #follow(kind: DefinedKind, definitions: readonly KubernetesObject[]): void {
    const version = servedVersion(kind, definitions)
    const options = version === undefined ? undefined : everyOf(`${kind.group}/${version}`, kind.kind)
    if (this.#watched.get(kind.kind)?.options.apiVersion !== options?.apiVersion) {
      this.#remove(kind.kind)
    }
    if (options) {
      this.#add(options)
    }
  }

  #failed(watched: Watched, error: ApiError): void {
    if (this.#closed) {
      return
    }
    const { onEvent, api, clock, random = Math.random } = this.#options
    const known = watched.failure
    this.#snapshot = undefined
    watched.failure = error
    watched.starting = undefined
    const { kind } = watched.options
    if (error.status === 0) {
      // All watches are lost together: that is one message.
      if (!this.#apiLost) {
        onEvent({ type: 'api-lost', server: api.server, message: error.message })
      }
      this.#apiLost = true
    } else if (known?.message !== error.message) {
      onEvent({ type: 'watch-failed', kind, message: error.message })
    }
    if (isRefused(watched)) {
      this.#options.onChange()
    }
    if (this.#retry !== undefined) {
      return
    }
    const wait = Math.min(longestWait, shortestWait * 2 ** this.#failures++)
    this.#retry = clock.setTimeout(
      () => {
        this.#retry = undefined
        for (const each of this.#watched.values()) {
          if (each.failure && !each.starting) {
            this.#start(each)
          }
        }
      },
      wait * (0.5 + random() / 2)
    )
  }

  #restored(watched: Watched): void {
    const { onEvent, api } = this.#options
    const { failure } = watched
    watched.failure = undefined
    if (failure && failure.status !== 0) {
      onEvent({ type: 'watch-restored', kind: watched.options.kind })
    }
    const failures = [...this.#watched.values()].flatMap(each => each.failure ?? [])
    if (this.#apiLost && !failures.some(({ status }) => status === 0)) {
      this.#apiLost = false
      onEvent({ type: 'api-restored', server: api.server })
    }
    if (failures.length === 0) {
      this.#failures = 0
    }
  }
}
