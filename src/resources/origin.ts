import type { Change, Edit } from '../failure.ts'

/** A place in a file that a person can open. */
export interface Position {
  file: string
  /** From 1. */
  line: number
  /** From 1. */
  column: number
  /** The key as it is typed there, where that is another than the path in the object: `gateway.ports.status.nodePort`. */
  key?: string
}

/** A path inside a document: `['metadata', 'annotations', 'alb.ingress.kubernetes.io/scheme']`. */
export type Path = readonly (string | number)[]

/** A key that stands in one mapping more than once. */
export interface RepeatedKey {
  path: Path
  /** From 1, in the order of the file: the last one's value counts. */
  lines: number[]
}

/** What an object was made of knows how a change of the object is made there. */
export function editAt(origin: Origin | undefined, changes: readonly Change[]): Edit | undefined {
  if (!origin || changes.length === 0) {
    return undefined
  }
  if (origin.editOf || !origin.place) {
    return origin.editOf?.(changes)
  }
  const { document, root } = origin.place
  return { file: origin.file, document, changes: changes.map(one => ({ ...one, path: [...root, ...one.path] })) }
}

/** One document of a file. */
export interface DocumentText {
  text: string
  /** The line of the file at which it begins, from 1. */
  line: number
}

/** Where an object was read; it knows the position of every key inside. */
export interface Origin {
  /** The file as the user named it, `<stdin>` for standard input. */
  readonly file: string
  /** Keys of the object that are written twice. */
  readonly repeated?: readonly RepeatedKey[]
  /** The document of the file that the object stands in, from 0, and its path there; absent of what was rendered or made. */
  readonly place?: { document: number; root: Path }
  /** The document that the object stands in; absent of JSON, and of what was made. */
  document?(): DocumentText
  /** The position of the key at `path`, or of its nearest parent that exists. */
  positionOf(path: Path): Position
  /** The scalar at `path` as it is written there, without quotes: `1.10` for the number 1.1; undefined where none is written. */
  textAt?(path: Path): string | undefined
  /** Of what was rendered of values: the key of theirs that sets an annotation of the load balancer; undefined for one that none does. */
  keyOfAnnotation?(name: string): string | undefined
  /** Of what was rendered or made: changes of the object as those of what it was made of; undefined where none are the same. */
  editOf?(changes: readonly Change[]): Edit | undefined
}
