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
  type Scalar,
  stringify,
  type YAMLMap,
  type YAMLSeq
} from 'yaml'
import type { Change, Edit } from '../failure.ts'
import { partsOf, type TextParts } from './text-parts.ts'
import { yamlOptions } from './yaml-options.ts'

type Range = [number, number, number]

/** A part of a text and what stands there instead. */
interface Replacement {
  start: number
  end: number
  text: string
}

type Mapping = Record<string | number, unknown>

const yamlStyle = { version: '1.1', lineWidth: 0 } as const

function documentsOf(text: string): Document[] {
  const documents = parseAllDocuments(text, { ...yamlOptions, uniqueKeys: false, prettyErrors: false } as never)
  return [...documents] as Document[]
}

function keyText(pair: Pair): string {
  return String(isScalar(pair.key) ? pair.key.value : pair.key)
}

function startOf({ key }: Pair): number | undefined {
  return (key as { range?: Range } | null)?.range?.[0]
}

function endOf({ key, value }: Pair): number | undefined {
  const node = (value ?? key) as { range?: Range } | null
  return node?.range?.[1]
}

/** A value in one line: as JSON where the file is JSON, else as YAML that a person would write. */
function inline(value: unknown, json: boolean): string {
  if (json || value === '') {
    return JSON.stringify(value)
  }
  return typeof value === 'object' && value !== null
    ? stringify(value, { ...yamlStyle, collectionStyle: 'flow', flowCollectionPadding: false }).trimEnd()
    : oneLine(stringify(value, yamlStyle).trimEnd(), value)
}

/** A text of several lines is quoted where only one line has room. */
function oneLine(written: string, value: unknown): string {
  return written.includes('\n') ? JSON.stringify(value) : written
}

/** How a key or value is written: JSON has quotes around every key. */
interface Style {
  json: boolean
}

/** How far in a character stands on its line. */
function indentAt(text: string, offset: number): string {
  return ' '.repeat(offset - (text.lastIndexOf('\n', offset - 1) + 1))
}

function replaceNode(text: string, node: unknown, value: unknown, { json }: Style): Replacement | undefined {
  const range = (node as { range?: Range } | null | undefined)?.range
  if (!range || range[1] <= range[0]) {
    return undefined
  }
  const [start, end] = range
  if ((isMap(node) || isSeq(node)) && !node.flow && typeof value === 'object' && value !== null) {
    const written = stringify(value, yamlStyle)
      .trimEnd()
      .replaceAll('\n', `\n${indentAt(text, start)}`)
    return { start, end: text.slice(0, end).trimEnd().length, text: written }
  }
  // The last line's end belongs to a block of text.
  const isBlock = text[end - 1] === '\n'
  return { start, end: isBlock ? end - 1 : end, text: inline(value, json) }
}

function renameKey(pair: Pair, name: string, { json }: Style): Replacement | undefined {
  const range = (pair.key as { range?: Range } | null)?.range
  return range && { start: range[0], end: range[1], text: inline(name, json) }
}

/** A key with its value as a block, each line as far in as the key. */
function entryOf(key: string, value: unknown, indent: string): string {
  return stringify({ [key]: value }, yamlStyle)
    .trimEnd()
    .replaceAll('\n', `\n${indent}`)
}

/** Places a new key after the first one where that takes one line, else before it. */
function addKey(text: string, map: YAMLMap, [key, value]: [string, unknown], { json }: Style): Replacement | undefined {
  const [first] = map.items
  const inOneLine = `${inline(key, json)}: ${inline(value, json)}`
  if (!first) {
    const range = map.range!
    return { start: range[0], end: range[1], text: `{${inOneLine}}` }
  }
  const start = startOf(first)
  const end = endOf(first)
  if (start === undefined || end === undefined) {
    return undefined
  }
  if (map.flow) {
    return { start: end, end, text: `, ${inOneLine}` }
  }
  const indent = indentAt(text, start)
  const entry = entryOf(key, value, indent)
  const lineEnd = text.indexOf('\n', end)
  const takesOneLine = isScalar(first.value) && !text.slice(start, end).includes('\n')
  if (takesOneLine && lineEnd >= 0) {
    return { start: lineEnd, end: lineEnd, text: `\n${indent}${entry}` }
  }
  return { start, end: start, text: `${entry}\n${indent}` }
}

/** Places a new item behind the last one. */
function addItem(
  text: string,
  { items, flow, range }: YAMLSeq,
  value: unknown,
  { json }: Style
): Replacement | undefined {
  const last = (items.at(-1) as { range?: Range } | undefined)?.range
  if (!last) {
    return range ? { start: range[0], end: range[1], text: `[${inline(value, json)}]` } : undefined
  }
  if (flow) {
    return { start: last[1], end: last[1], text: `, ${inline(value, json)}` }
  }
  const dash = text.lastIndexOf('-', last[0] - 1)
  const indent = indentAt(text, dash)
  const entry = stringify([value], yamlStyle).trimEnd().replaceAll('\n', `\n${indent}`)
  const written = text.slice(0, last[1]).trimEnd().length
  const lineEnd = text.indexOf('\n', written)
  const end = lineEnd < 0 ? text.length : lineEnd
  return { start: end, end, text: `\n${indent}${entry}` }
}

/** A text that is YAML itself, such as a proxy configuration, with a change inside. */
function changeText(text: string, { value, type, range }: Scalar, change: Change): Replacement | undefined {
  const before = String(value)
  const after = applyChange(before, change)
  if (before === after || !range) {
    return undefined
  }
  const [start, end] = range
  const [header = '', ...lines] = text.slice(start, end).split('\n')
  if (type !== 'BLOCK_LITERAL') {
    return { start, end, text: inline(after, true) }
  }
  const indent = /^ */.exec(lines.find(line => line.trim() !== '') ?? '')![0]
  const written = after
    .replace(/\n$/, '')
    .split('\n')
    .map(line => (line === '' ? '' : indent + line))
  return { start, end, text: [header, ...written, ...(lines.at(-1) === '' ? [''] : [])].join('\n') }
}

function removeKey(text: string, map: YAMLMap, index: number): Replacement | undefined {
  const pair = map.items[index]!
  const start = startOf(pair)
  const end = endOf(pair)
  if (start === undefined || end === undefined) {
    return undefined
  }
  const lineEnd = text.indexOf('\n', text.slice(0, end).trimEnd().length)
  const afterLine = lineEnd < 0 ? text.length : lineEnd
  if (map.items.length === 1) {
    return map.flow ? { start, end, text: '' } : { start: map.range![0], end: afterLine, text: '{}' }
  }
  const lineStarts = text.lastIndexOf('\n', start - 1) + 1
  if (!map.flow && text.slice(lineStarts, start).trim() === '') {
    return { start: lineStarts, end: Math.min(afterLine + 1, text.length), text: '' }
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

/** What is set at a key that is not there yet, with all that its path asks for above it. */
function nest(path: Change['path'], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, step) => (typeof step === 'number' ? [inner] : { [step]: inner }), value)
}

function pairOf(map: YAMLMap, key: string | number): { index: number; pair: Pair | undefined } {
  const index = map.items.findLastIndex(item => isPair(item) && keyText(item) === String(key))
  return { index, pair: map.items[index] }
}

/** Writes the value of a key that has none: `annotations:` and the end of the line. */
function fillValue(text: string, pair: Pair, value: unknown, { json }: Style): Replacement | undefined {
  const key = (pair.key as { range?: Range } | null)?.range
  const colon = key ? text.indexOf(':', key[1]) + 1 : 0
  return colon > 0 ? { start: colon, end: colon, text: ` ${inline(value, json)}` } : undefined
}

function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null && node.source === '')
}

/** What one change does to the text; undefined where its key is not there, or stands behind an alias. */
function replacementOf(text: string, document: Document, change: Change): Replacement | undefined {
  const style: Style = { json: /^\s*[{[]/.test(text) && isJSON(text) }
  let holder: unknown = document.contents
  for (const [index, key] of change.path.entries()) {
    const rest = change.path.slice(index + 1)
    if (index > 0 && isScalar(holder) && typeof holder.value === 'string') {
      return changeText(text, holder, { ...change, path: change.path.slice(index) })
    }
    if (isSeq(holder)) {
      if ('value' in change && holder.items.length === key) {
        return addItem(text, holder, nest(rest, change.value), style)
      }
      holder = holder.items[Number(key)]
      if (rest.length === 0) {
        return 'value' in change ? replaceNode(text, holder, change.value, style) : undefined
      }
      continue
    }
    if (!isMap(holder)) {
      return undefined
    }
    const { index: place, pair } = pairOf(holder, key)
    if ('value' in change && (!pair || isEmpty(pair.value))) {
      if (rest.some(step => typeof step === 'number' && step > 0)) {
        return undefined
      }
      const value = nest(rest, change.value)
      return pair ? fillValue(text, pair, value, style) : addKey(text, holder, [String(key), value], style)
    }
    if (!pair) {
      return undefined
    }
    if (rest.length === 0) {
      return 'value' in change
        ? replaceNode(text, pair.value, change.value, style)
        : 'rename' in change
          ? renameKey(pair, change.rename, style)
          : removeKey(text, holder, place)
    }
    holder = pair.value
  }
  return undefined
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
function changeValue(value: unknown, change: Change): unknown {
  const [key, ...rest] = change.path as [string | number, ...(string | number)[]]
  if (typeof value === 'string') {
    return applyChange(value, change)
  }
  if (value === undefined || value === null) {
    return 'value' in change ? nest(change.path, change.value) : value
  }
  const holder = (Array.isArray(value) ? [...value] : { ...value }) as Mapping
  if (rest.length > 0) {
    holder[key] = changeValue(holder[key], { ...change, path: rest })
  } else if ('value' in change) {
    holder[key] = change.value
  } else {
    if ('rename' in change) {
      holder[change.rename] = holder[key]
    }
    delete holder[key]
  }
  return holder
}

/** The text of a document with a change. */
function applyChange(text: string, change: Change): string {
  const [document] = documentsOf(text)
  const replacement = document && document.errors.length === 0 ? replacementOf(text, document, change) : undefined
  if (!document || !replacement) {
    return text
  }
  const { start, end, text: inserted } = replacement
  const changed = text.slice(0, start) + inserted + text.slice(end)
  const expected = changeValue(document.toJS(), change)
  const [after] = documentsOf(changed)
  // Never a text that says anything else: what stands in anchors or odd layouts stays as it is.
  return after && after.errors.length === 0 && isDeepStrictEqual(after.toJS(), expected) ? changed : text
}

/** The text of a file with edits applied, one after the other; what does not fit the text any more is left out. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  return new EditableText(text).with(edits)
}

/** A text that is edited in several ways: what is edited by itself is told apart once, and nothing else of it is parsed again. */
export class EditableText {
  readonly #text: string
  #parts: TextParts | undefined

  constructor(text: string) {
    this.#text = text
  }

  /** As {@link applyEdits}. */
  with(edits: readonly Edit[]): string {
    this.#parts ??= partsOf(this.#text)
    const { find } = this.#parts
    const texts = [...this.#parts.texts]
    for (const { document, changes } of edits) {
      for (const change of changes) {
        const { index, path } = find(document, change.path)
        texts[index] &&= applyChange(texts[index], { ...change, path })
      }
    }
    return texts.join('')
  }
}
