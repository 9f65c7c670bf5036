/**
 * Documents of YAML and JSON: their values at once, the positions of their keys when somebody asks.
 *
 * @module
 */

import { Composer, type Document, isMap, isPair, isScalar, isSeq, type Node, Parser, visit, type YAMLError } from 'yaml'
import type { Finding } from '../failure.ts'
import { DocumentOrigin, documentText, LateOrigin, type ManifestText, Region, Source } from './document-origin.ts'
import { itemRanges, repeatsKeys } from './json-text.ts'
import type { DocumentText, Origin, Path, RepeatedKey } from './origin.ts'
import { optionsFor } from './yaml-options.ts'
import { describeYAMLProblem, firstOfLines, unquotedStar, withoutLost, yamlHint } from './yaml-problem.ts'

/** Aliases that may be written out: more than any manifest has, too few to make gigabytes of a small file. */
const mostAliases = 10_000

/** One document, or why it is none. */
export type ParsedDocument =
  | { value: unknown; originAt(root: Path): Origin }
  | { problems: Finding[]; document?: DocumentText }

function malformed(source: Source, offset: number, message: string, hint: string): Finding {
  return {
    code: 'YAML_MALFORMED',
    severity: 'error',
    message,
    file: source.file,
    line: source.positionAt(offset).line,
    hint
  }
}

function tooDeep(source: Source, offset: number): Finding {
  return malformed(source, offset, 'not readable: it is nested too deeply', 'no Kubernetes object is nested like that')
}

/** The offset of an alias that stands inside what it repeats, which no value can. */
function offsetOfCycle(document: Document): number | undefined {
  let found: number | undefined
  visit(document, {
    Alias(_key, node, ancestors) {
      const anchored = node.resolve(document)
      if (!anchored || !ancestors.includes(anchored)) {
        return undefined
      }
      found = node.range?.[0] ?? 0
      return visit.BREAK
    }
  })
  return found
}

/** The keys of a document that stand in one mapping twice, given the offsets of the later ones. */
function repeatedKeys(document: Document, offsets: number[], source: Source): RepeatedKey[] {
  const later = new Set(offsets)
  const found: RepeatedKey[] = []
  visit(document, {
    Pair(_key, pair, ancestors) {
      const key = pair.key as Node | undefined
      const map = ancestors.at(-1)
      if (!isScalar(key) || !key.range || !later.has(key.range[0]) || !isMap(map)) {
        return
      }
      const [offset] = key.range
      const lines = map.items
        .flatMap(({ key: other }) =>
          isScalar(other) && other.value === key.value && other.range ? [other.range[0]] : []
        )
        .filter(other => other <= offset)
        .map(other => source.positionAt(other).line)
      found.push({ path: [...stepsTo(ancestors), String(key.value)], lines })
    }
  })
  // A key that stands there three times is told once, with every line.
  return [...new Map(found.map(repeated => [JSON.stringify(repeated.path), repeated])).values()]
}

/** The path of the innermost of some nested nodes. */
function stepsTo(ancestors: readonly unknown[]): Path {
  return ancestors.flatMap((node, index): Path => {
    if (isPair(node)) {
      return [String(isScalar(node.key) ? node.key.value : node.key)]
    }
    const inner = ancestors[index + 1]
    return isSeq(node) && inner !== undefined ? [node.items.indexOf(inner)] : []
  })
}

/** The value of a document, with aliases and merges written out. */
function readDocument(
  document: Document,
  { source, start, index }: { source: Source; start: number; index: number },
  repeated: RepeatedKey[]
): ParsedDocument {
  try {
    const hasAnchors = source.text.slice(start, document.range![2]).includes('&')
    const cycle = hasAnchors ? offsetOfCycle(document) : undefined
    if (cycle !== undefined) {
      return {
        problems: [
          malformed(
            source,
            cycle,
            'not readable: what an anchor names holds an alias of itself, so it would never end',
            'write the value out instead of the alias'
          )
        ]
      }
    }
    const value: unknown = document.toJS({ maxAliasCount: mostAliases })
    const region = new Region(source, start, document.range![2], index)
    return { value, originAt: root => new DocumentOrigin(region, root, repeated) }
  } catch (error) {
    const at = document.range![0]
    if (error instanceof RangeError) {
      return { problems: [tooDeep(source, at)] }
    }
    let dangling: { name: string; offset: number } | undefined
    visit(document, {
      Alias(_key, node) {
        if (node.resolve(document)) {
          return undefined
        }
        dangling = { name: node.source, offset: node.range?.[0] ?? at }
        return visit.BREAK
      }
    })
    const star = dangling && unquotedStar(dangling.name)
    return {
      problems: [
        star
          ? malformed(source, dangling!.offset, star.problem, star.hint)
          : dangling
            ? malformed(
                source,
                dangling.offset,
                `not readable: *${dangling.name} has no anchor &${dangling.name} before it`,
                'an anchor counts in its own document, up to the next ---'
              )
            : malformed(
                source,
                at,
                `not readable: ${(error as Error).message}`,
                'write the values out instead of repeating aliases'
              )
      ]
    }
  }
}

/** What is no YAML, in words that name no function of the parser. */
function describeErrors(errors: readonly YAMLError[], source: Source): Finding[] {
  const template = errors.find(({ pos: [offset] }) => {
    const line = source.text.slice(source.text.lastIndexOf('\n', offset - 1) + 1).split('\n', 1)[0]!
    return line.includes('{{')
  })
  if (template) {
    // What comes after it, in this document and the next ones, is a template too.
    const isTold = source.isTemplate
    source.isTemplate = true
    return isTold
      ? []
      : [
          malformed(
            source,
            template.pos[0],
            'not YAML: a template of Helm, {{ … }}, stands where a value must be',
            'render the chart first: istio-alb check --chart CHART, or pipe helm template into istio-alb check -'
          )
        ]
  }
  const findings = withoutLost(errors.filter(({ code }) => code !== 'DUPLICATE_KEY')).map(
    ({ code, message, pos: [offset] }) => {
      return code === 'NON_STRING_KEY'
        ? malformed(
            source,
            offset,
            'not readable: a list or a mapping stands where a key must be',
            'put quotes around the key, or write the mapping out'
          )
        : malformed(source, offset, describeYAMLProblem({ code, message }), yamlHint({ code, message }))
    }
  )
  return firstOfLines(findings)
}

/** JSON is read by the engine's own parser; undefined for what is none, which may still be YAML. */
function readJSON(source: Source): ParsedDocument | undefined {
  if (!/^\s*[{[]/.test(source.text)) {
    return undefined
  }
  try {
    const value: unknown = JSON.parse(source.text)
    // The YAML parser tells which, with their lines.
    if (repeatsKeys(source.text, value)) {
      return undefined
    }
    const whole = new Region(source, 0, source.text.length)
    let items: Region[] | undefined
    return {
      value,
      originAt(root) {
        const [list, index, ...rest] = root
        return new LateOrigin(source.file, root, () => {
          items ??= itemRanges(source.text).map(([start, end]) => new Region(source, start, end))
          const item = list === 'items' && typeof index === 'number' ? items[index] : undefined
          return item ? new DocumentOrigin(item, rest) : new DocumentOrigin(whole, root)
        })
      }
    }
  } catch {
    return undefined
  }
}

/** Reads the documents of a text one after the other, and keeps the nodes of none. */
export function* parseDocuments(text: ManifestText): Generator<ParsedDocument> {
  const source = new Source(text)
  const json = readJSON(source)
  if (json) {
    yield json
    return
  }
  let start = 0
  let index = -1
  try {
    const composer = new Composer(optionsFor(source.text) as never)
    for (const document of composer.compose(new Parser().parse(source.text))) {
      index++
      if (document.errors.some(({ message }) => /call stack|stack overflow/i.test(message))) {
        yield { problems: [tooDeep(source, start)], document: documentText(source, start, document.range[2]) }
        start = document.range[2]
        continue
      }
      const repetitions = document.errors.filter(({ code }) => code === 'DUPLICATE_KEY')
      if (document.errors.length > repetitions.length) {
        yield {
          problems: describeErrors(document.errors, source),
          document: documentText(source, start, document.range[2])
        }
      } else {
        const read = document as unknown as Document
        const repeated =
          repetitions.length === 0
            ? []
            : repeatedKeys(
                read,
                repetitions.map(({ pos }) => pos[0]),
                source
              )
        yield readDocument(read, { source, start, index }, repeated)
      }
      start = document.range[2]
    }
  } catch (error) {
    if (!(error instanceof RangeError)) {
      throw error
    }
    yield { problems: [tooDeep(source, start)] }
  }
}
