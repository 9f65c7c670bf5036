/**
 * Changes of keys in the text of a file: only the characters of the key move, comments and layout stay.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import {
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  parseAllDocuments,
  stringify,
  type YAMLMap
} from 'yaml'
import type { Change, Edit } from '../failure.ts'
import { yamlOptions } from './document.ts'

/** A part of a text and what stands there instead. */
interface Replacement {
  start: number
  end: number
  text: string
}

type Mapping = Record<string | number, unknown>

function documentsOf(text: string): Document[] {
  const documents = parseAllDocuments(text, { ...yamlOptions, uniqueKeys: false, prettyErrors: false } as never)
  return [...documents] as Document[]
}

/** The collection that holds the last step of a path. */
function holderOf(document: Document, path: Change['path']): unknown {
  const above = path.slice(0, -1)
  return above.length === 0 ? document.contents : document.getIn(above, true)
}

function keyText(pair: Pair): string {
  return String(isScalar(pair.key) ? pair.key.value : pair.key)
}

function startOf({ key }: Pair): number | undefined {
  return (key as { range?: [number, number, number] } | null)?.range?.[0]
}

function endOf({ key, value }: Pair): number | undefined {
  const node = (value ?? key) as { range?: [number, number, number] } | null
  return node?.range?.[1]
}

/** A value in one line: as JSON where the file is JSON, or where it is a list or a mapping, which YAML takes too. */
function inline(value: unknown, json: boolean): string {
  return json || (typeof value === 'object' && value !== null)
    ? JSON.stringify(value)
    : stringify(value, { version: '1.1', lineWidth: 0 }).trimEnd()
}

/** How a key or value is written: JSON has quotes around every key. */
interface Style {
  json: boolean
}

function replaceNode(node: unknown, value: unknown, { json }: Style): Replacement | undefined {
  const range = (node as { range?: [number, number, number] } | null | undefined)?.range
  return range && range[1] > range[0] ? { start: range[0], end: range[1], text: inline(value, json) } : undefined
}

function renameKey(pair: Pair, name: string, { json }: Style): Replacement | undefined {
  const range = (pair.key as { range?: [number, number, number] } | null)?.range
  return range && { start: range[0], end: range[1], text: inline(name, json) }
}

/** Places a new key after the first one where that takes one line, else before it. */
function addKey(text: string, map: YAMLMap, entry: string): Replacement | undefined {
  const [first] = map.items
  if (!first) {
    const range = map.range!
    return { start: range[0], end: range[1], text: `{${entry}}` }
  }
  const start = startOf(first)
  const end = endOf(first)
  if (start === undefined || end === undefined) {
    return undefined
  }
  if (map.flow) {
    return { start: end, end, text: `, ${entry}` }
  }
  const indent = ' '.repeat(start - (text.lastIndexOf('\n', start - 1) + 1))
  const lineEnd = text.indexOf('\n', end)
  const takesOneLine = isScalar(first.value) && !text.slice(start, end).includes('\n')
  if (takesOneLine && lineEnd >= 0) {
    return { start: lineEnd, end: lineEnd, text: `\n${indent}${entry}` }
  }
  return { start, end: start, text: `${entry}\n${indent}` }
}

function removeKey(text: string, map: YAMLMap, index: number): Replacement | undefined {
  const pair = map.items[index]!
  const start = startOf(pair)
  const end = endOf(pair)
  if (start === undefined || end === undefined) {
    return undefined
  }
  if (map.items.length === 1) {
    return map.flow ? { start, end, text: '' } : { start: map.range![0], end, text: '{}' }
  }
  const next = map.items[index + 1]
  if (next) {
    const until = startOf(next)
    return until === undefined ? undefined : { start, end: until, text: '' }
  }
  const before = endOf(map.items[index - 1]!)
  if (before === undefined) {
    return undefined
  }
  const lineStart = text.lastIndexOf('\n', start)
  return { start: map.flow || lineStart < before ? before : lineStart, end, text: '' }
}

/** What one change does to the text; undefined where its key is not there, or stands behind an alias. */
function replacementOf(text: string, document: Document, change: Change): Replacement | undefined {
  const style: Style = { json: /^\s*[{[]/.test(text) && isJSON(text) }
  const holder = holderOf(document, change.path)
  const key = String(change.path.at(-1))
  if (isSeq(holder)) {
    const item = holder.items[Number(key)]
    return 'value' in change ? replaceNode(item, change.value, style) : undefined
  }
  if (!isMap(holder)) {
    return undefined
  }
  const index = holder.items.findLastIndex(item => isPair(item) && keyText(item) === key)
  const pair = holder.items[index]
  if ('value' in change) {
    return pair
      ? replaceNode(pair.value, change.value, style)
      : addKey(text, holder, `${inline(key, style.json)}: ${inline(change.value, style.json)}`)
  }
  if (!pair) {
    return undefined
  }
  return 'rename' in change ? renameKey(pair, change.rename, style) : removeKey(text, holder, index)
}

function isJSON(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The same change of a value, to hold the text to. */
function changeValue(root: unknown, change: Change): void {
  const holder = change.path
    .slice(0, -1)
    .reduce<unknown>((value, step) => (value as Mapping | undefined)?.[step], root) as Mapping | undefined
  const key = change.path.at(-1)!
  if (!holder) {
    return
  }
  if ('value' in change) {
    holder[key] = change.value
  } else {
    if ('rename' in change) {
      holder[change.rename] = holder[key]
    }
    delete holder[key]
  }
}

function applyChange(text: string, index: number, change: Change): string {
  const document = documentsOf(text)[index]
  const replacement = document && document.errors.length === 0 ? replacementOf(text, document, change) : undefined
  if (!document || !replacement) {
    return text
  }
  const { start, end, text: inserted } = replacement
  const changed = text.slice(0, start) + inserted + text.slice(end)
  const expected: unknown = document.toJS()
  changeValue(expected, change)
  const after = documentsOf(changed)[index]
  // Never a text that says anything else: what stands in anchors or odd layouts stays as it is.
  return after && after.errors.length === 0 && isDeepStrictEqual(after.toJS(), expected) ? changed : text
}

/** The text of a file with edits applied, one after the other; what does not fit the text any more is left out. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  return edits.reduce(
    (edited, { document, changes }) =>
      changes.reduce((current, change) => applyChange(current, document, change), edited),
    text
  )
}
