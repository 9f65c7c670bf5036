/**
 * Where keys stand in the documents of a text: found when somebody asks, by reading the one document again.
 *
 * @module
 */

import { type Document, isAlias, isMap, isPair, isScalar, isSeq, type Node, parseDocument } from 'yaml'
import type { DocumentText, Origin, Path, Position, RepeatedKey } from './origin.ts'
import { optionsFor } from './yaml-options.ts'

/** A text with the name that positions in it carry. */
export interface ManifestText {
  text: string
  /** The file as the user named it. */
  file: string
}

function lineStartsOf(text: string): number[] {
  const starts = [0]
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) {
    starts.push(end + 1)
  }
  return starts
}

/** A text whose lines are counted when a position is asked for. */
export class Source {
  readonly file: string
  readonly text: string
  /** Whether it was told to be a template of Helm. */
  isTemplate = false
  #lineStarts: number[] | undefined

  constructor({ file, text }: ManifestText) {
    this.file = file
    this.text = text
  }

  positionAt(offset: number): Position {
    this.#lineStarts ??= lineStartsOf(this.text)
    let low = 0
    let high = this.#lineStarts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (this.#lineStarts[middle]! <= offset) {
        low = middle
      } else {
        high = middle
      }
    }
    return { file: this.file, line: low + 1, column: offset - this.#lineStarts[low]! + 1 }
  }
}

export function documentText(source: Source, start: number, end: number): DocumentText {
  return {
    text: source.text.slice(start, end),
    // Asked for of what a chart rendered; of all other documents nobody counts lines.
    get line() {
      return source.positionAt(start).line
    }
  }
}

/** A part of a source that is one document; it is parsed a second time for positions, so that nobody keeps its nodes. */
export class Region {
  readonly source: Source
  readonly start: number
  /** Its place among the documents of the source, from 0. */
  readonly index: number
  readonly #end: number
  #document: Document | undefined

  constructor(source: Source, start: number, end: number, index = 0) {
    this.index = index
    this.source = source
    this.start = start
    this.#end = end
  }

  get document(): Document {
    const { text } = this.text
    this.#document ??= parseDocument(text, optionsFor(text) as never) as Document
    return this.#document
  }

  get text(): DocumentText {
    return documentText(this.source, this.start, this.#end)
  }

  positionOf(path: Path): Position {
    const { document } = this
    function offsetOf(node: unknown): number | undefined {
      return (node as Node | null)?.range?.[0]
    }
    let node: unknown = document.contents
    let offset = offsetOf(node) ?? 0
    for (const step of path) {
      node = resolveAlias(node, document)
      if (isMap(node)) {
        const pair = findPair(node, String(step), document)
        if (!pair) {
          break
        }
        offset = offsetOf(pair.key) ?? offset
        node = pair.value
      } else if (isSeq(node) && typeof step === 'number' && node.items[step]) {
        node = node.items[step]
        offset = offsetOf(node) ?? offset
      } else {
        break
      }
    }
    return this.source.positionAt(this.start + offset)
  }
}

/** The node at a path of a document, with aliases and merges followed. */
function nodeAt(document: Document, path: Path): unknown {
  let node: unknown = document.contents
  for (const step of path) {
    node = resolveAlias(node, document)
    node = isSeq(node) ? node.items[Number(step)] : findPair(node, String(step), document)?.value
  }
  return resolveAlias(node, document)
}

function resolveAlias(node: unknown, document: Document): unknown {
  return isAlias(node) ? node.resolve(document) : node
}

/** The pair of a key: the mapping's own, else that of a mapping which is merged into it. */
function findPair(map: unknown, key: string, document: Document): { key: unknown; value: unknown } | undefined {
  if (!isMap(map)) {
    return undefined
  }
  function keyOf(pair: { key: unknown }): string {
    return String(isScalar(pair.key) ? pair.key.value : pair.key)
  }
  // Of a key that is written twice the last one counts.
  const own = map.items.findLast(pair => isPair(pair) && keyOf(pair) === key)
  if (own) {
    return own
  }
  for (const { value } of map.items.filter(pair => isPair(pair) && /^(<<|Symbol\(<<\))$/.test(keyOf(pair)))) {
    const merged = resolveAlias(value, document)
    for (const source of isSeq(merged) ? merged.items : [merged]) {
      const pair = findPair(resolveAlias(source, document), key, document)
      if (pair) {
        return pair
      }
    }
  }
  return undefined
}

/** The place of an object in a document: items of a List are deeper. */
export class DocumentOrigin implements Origin {
  readonly #region: Region
  readonly #root: Path
  readonly repeated: readonly RepeatedKey[]

  constructor(region: Region, root: Path, repeated: readonly RepeatedKey[] = []) {
    this.#region = region
    this.#root = root
    this.repeated = repeated
      .filter(({ path }) => root.every((step, index) => path[index] === step))
      .map(({ path, lines }) => ({ path: path.slice(root.length), lines }))
  }

  get file(): string {
    return this.#region.source.file
  }

  get place() {
    return { document: this.#region.index, root: this.#root }
  }

  document(): DocumentText {
    return this.#region.text
  }

  positionOf(path: Path): Position {
    return this.#region.positionOf([...this.#root, ...path])
  }

  textAt(path: Path): string | undefined {
    const node = nodeAt(this.#region.document, [...this.#root, ...path])
    return isScalar(node) ? node.source : undefined
  }
}

/** An origin that is looked for when a position is asked for. */
export class LateOrigin implements Origin {
  readonly file: string
  readonly place: { document: number; root: Path }
  readonly #find: () => Origin

  constructor(file: string, root: Path, find: () => Origin) {
    this.file = file
    this.place = { document: 0, root }
    this.#find = find
  }

  positionOf(path: Path): Position {
    return this.#find().positionOf(path)
  }

  textAt(path: Path): string | undefined {
    return this.#find().textAt?.(path)
  }
}
