/**
 * The parts of a file that are parsed by themselves: the documents of YAML, the items of a List in JSON.
 *
 * @module
 */

import { Composer, Parser } from 'yaml'
import { itemRanges } from './json-text.ts'
import type { Path } from './origin.ts'
import { optionsFor } from './yaml-options.ts'

/** A text in parts; joined they are the text. */
export interface TextParts {
  texts: readonly string[]
  /** The part that a place in a document is of, and the place in that part. */
  find(document: number, path: Path): { index: number; path: Path }
}

function documentsOf(text: string): string[] {
  const documents = [...new Composer(optionsFor(text) as never).compose(new Parser().parse(text))]
  // What stands behind the last document is of it.
  const ends = [...documents.slice(0, -1).map(({ range }) => range[2]), text.length]
  return ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end))
}

/** A List's items stand at the odd places, what is between them at the others. */
function itemsOf(text: string): string[] {
  const ends = itemRanges(text).flat()
  return [...ends, undefined].map((end, index) => text.slice(ends[index - 1] ?? 0, end))
}

/** Whether a text is a List in JSON, as kubectl writes a whole cluster. */
function isList(text: string): boolean {
  if (!/^\s*\{/.test(text)) {
    return false
  }
  try {
    const { kind, items } = JSON.parse(text) as { kind?: unknown; items?: unknown }
    return String(kind).endsWith('List') && Array.isArray(items)
  } catch {
    return false
  }
}

/** The parts of a YAML or JSON text. */
export function partsOf(text: string): TextParts {
  return isList(text)
    ? { texts: itemsOf(text), find: (_, [, index, ...path]) => ({ index: 2 * Number(index) + 1, path }) }
    : { texts: documentsOf(text), find: (index, path) => ({ index, path }) }
}
