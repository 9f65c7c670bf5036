import type { Change, Edit } from '../failure.ts'
import type { KubernetesObject, Origin, Path, Position } from '../resources/index.ts'
import {
  type Assignments,
  isMapping,
  lastAssignment,
  mergeValues,
  type Values,
  type ValuesFiles
} from '../values/index.ts'
import { valuesChanges } from './values-change.ts'
import { annotationValuesKey, valuesKeyOf } from './values-key.ts'

/** Where the values of a render came from. */
export interface ValuesSource {
  /** The chart's own values.yaml first. */
  files: ValuesFiles
  assignments: Assignments
}

function nameOf(values: Values, key: 'gateway' | 'ingress'): unknown {
  return (values[key] as Values | undefined)?.name
}

/** The edge that an object belongs to: by the name of its gateway or Ingress, else by the end of its own name. */
function edgeOf(object: KubernetesObject, edges: [string, Values][]): [string, Values] | undefined {
  const { name } = object.metadata
  return (
    edges.find(([, values]) => name === nameOf(values, 'gateway') || name === nameOf(values, 'ingress')) ??
    edges.find(([edge]) => name.endsWith(`-${edge}`))
  )
}

/** The origin of an object that this project's chart rendered: the values file and key that a path comes from. */
export class ValuesOrigin implements Origin {
  readonly #object: KubernetesObject
  readonly #rendered: Origin
  readonly #source: ValuesSource
  readonly #values: Values
  /** Keys of an edge stand below this one, or above for all edges. */
  readonly #edge: string[]

  constructor(object: KubernetesObject, rendered: Origin, source: ValuesSource) {
    const values = source.files.merged()
    const edges = isMapping(values.edges) ? Object.entries(values.edges).filter(([, edge]) => isMapping(edge)) : []
    const edge = edgeOf(object, edges as [string, Values][])
    this.#object = object
    this.#rendered = rendered
    this.#source = source
    this.#values = edge ? mergeValues(values, edge[1]) : values
    this.#edge = edge ? ['edges', edge[0]] : []
  }

  get file(): string {
    return this.#rendered.file
  }

  keyOfAnnotation(name: string): string | undefined {
    return this.#isExtra ? undefined : annotationValuesKey(name, this.#values)?.join('.')
  }

  positionOf(path: Path): Position {
    const rendered = this.#rendered.positionOf(path)
    const key = this.#isExtra ? ['extraObjects'] : valuesKeyOf(this.#object.kind, path, this.#values)
    if (!key) {
      return rendered
    }
    const ofEdge = [...this.#edge, ...key]
    const isOfEdge = this.#edge.length > 0 && (this.#source.files.has(ofEdge) || this.#assignmentOf(ofEdge, path))
    const own = isOfEdge ? ofEdge : key
    const dotted = own.join('.')
    const assignment = this.#assignmentOf(own, path)
    if (assignment !== undefined) {
      return { file: assignment, line: 1, column: 1, key: dotted }
    }
    const position = this.#source.files.positionOf(own)
    return position ? { ...position, column: 1, key: dotted } : rendered
  }

  /** Changes of the topmost values file, or of the one that holds what is to go; none of what was given on the command line. */
  editOf(changes: readonly Change[]): Edit | undefined {
    const { files, assignments } = this.#source
    const translated = changes.map(change => valuesChanges(this.#object, change, this.#values, this.#isExtra))
    const own = translated.flatMap(some => some ?? []).map(change => this.#ofEdge(change))
    if (
      translated.includes(undefined) ||
      own.some(({ path }) => lastAssignment(assignments, path.map(String)) !== undefined)
    ) {
      return undefined
    }
    const holders = new Set(
      own.map(change => ('value' in change ? undefined : files.holderOf(change.path.map(String))))
    )
    holders.delete(undefined)
    const extras = this.#isExtra ? files.holderOf(['extraObjects']) : undefined
    const [file = extras ?? files.topmost, ...others] = holders
    const isOwn = file !== undefined && files.given.includes(file)
    return isOwn && own.length > 0 && others.length === 0 ? { file, document: 0, changes: own } : undefined
  }

  get #isExtra(): boolean {
    return this.#rendered.file.endsWith('/extra-objects.yaml')
  }

  /** A value that one edge has is set for that edge alone; what goes away does so where it stands. */
  #ofEdge(change: Change): Change {
    const path = [...this.#edge, ...change.path]
    const isOfEdge = 'value' in change || this.#source.files.has(path.map(String))
    return this.#isExtra || !isOfEdge ? change : { ...change, path }
  }

  /** Of a mapping only what the path ends at counts: its other keys are other values. */
  #assignmentOf(key: readonly string[], path: Path): string | undefined {
    const hasKeys = isMapping(valueAt(this.#values, key))
    return lastAssignment(this.#source.assignments, hasKeys && path.length > 0 ? [...key, String(path.at(-1))] : key)
  }
}

function valueAt(values: Values, key: readonly string[]): unknown {
  return key.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? (value as Values)[step] : undefined),
    values
  )
}
