import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml'
import { Failure, type Finding, usageFailure } from '../failure.ts'
import {
  describeYAMLProblem,
  documentValue,
  firstOfLines,
  readInputFile,
  readStandardInput
} from '../resources/index.ts'

export type Values = Record<string, unknown>

/** A place in a values file. */
export interface ValuesPosition {
  file: string
  /** From 1. */
  line: number
}

interface ValuesFile {
  file: string
  document: Document
  lines: LineCounter
}

/** What stands for standard input where a values file is named. */
export const standardInput = '-'

/** Whether a value has keys: no list, no scalar. */
export function isMapping(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Merges as Helm coalesces values files: mappings key by key, anything else replaces; a null deletes the key below it. */
export function mergeValues(below: Values, above: Values): Values {
  // Of a map, since a key may be called `__proto__`.
  const merged = new Map(Object.entries(below))
  for (const [key, value] of Object.entries(above)) {
    const under = merged.get(key)
    if (value === null) {
      merged.delete(key)
    } else {
      merged.set(key, isMapping(value) ? mergeValues(isMapping(under) ? under : {}, value) : value)
    }
  }
  return Object.fromEntries(merged)
}

/** A file of no values is one; standard input without any is what is left of a command that failed. */
function requireContent(text: string, path: string): void {
  if (path === standardInput && text.trim() === '') {
    throw usageFailure({
      code: 'INPUT_EMPTY',
      message: '<stdin> is empty',
      file: '<stdin>',
      line: 1,
      hint: 'did the command that writes the values fail?'
    })
  }
}

/** Values files in their order, later ones on top, with the position of every key. */
export class ValuesFiles {
  readonly #files: ValuesFile[]
  /** Those that somebody named, the chart's own not among them. */
  readonly given: readonly string[]

  constructor(files: ValuesFile[], given: readonly string[] = []) {
    this.#files = files
    this.given = given
  }

  /**
   * @param given later ones on top.
   * @param own the chart's own, below all others.
   * @throws Failure exit 2 with every file that cannot be read (`FILE_UNREADABLE`), holds manifests
   * (`MANIFESTS_AS_VALUES`) or is not a YAML mapping (`YAML_MALFORMED`).
   */
  static read(given: string[], own: string[] = []): ValuesFiles {
    const findings: Finding[] = []
    const hint = 'name a values file'
    const files = [...own, ...given].flatMap((path): ValuesFile[] => {
      const file = path === standardInput ? '<stdin>' : path
      let text: string
      try {
        text = path === standardInput ? readStandardInput(hint) : readInputFile(file, { hint })
        requireContent(text, path)
      } catch (error) {
        if (!(error instanceof Failure)) {
          throw error
        }
        findings.push(...error.findings)
        return []
      }
      const lines = new LineCounter()
      const document = parseDocument(text, { lineCounter: lines, merge: true, logLevel: 'error' })
      if (isManifest(document)) {
        findings.push({
          code: 'MANIFESTS_AS_VALUES',
          severity: 'error',
          message: `${file} holds manifests, and --values names values of the chart`,
          file,
          line: 1,
          expected: 'keys of the chart: gateway, ingress',
          actual: 'apiVersion, kind, metadata',
          hint: 'name manifests without -f, --values, or name a values file'
        })
        return []
      }
      findings.push(
        ...firstOfLines(problemsOf(document, lines)).map(
          ({ message, line }): Finding => ({
            code: 'YAML_MALFORMED',
            severity: 'error',
            message,
            file,
            line,
            hint: 'mend the YAML; nothing was rendered'
          })
        )
      )
      return [{ file, document, lines }]
    })
    if (findings.length > 0) {
      throw new Failure(2, findings)
    }
    return new ValuesFiles(files, given)
  }

  /** All files merged as Helm merges them. */
  merged(): Values {
    return this.#files.reduce<Values>(
      (below, { document }) => mergeValues(below, (document.toJS() ?? {}) as Values),
      {}
    )
  }

  /** The file that was named last, whose values count. */
  get topmost(): string | undefined {
    return this.given.at(-1)
  }

  /** The topmost file that sets a key. */
  holderOf(path: readonly string[]): string | undefined {
    return this.#files.findLast(({ document }) => offsetOf(document, path) !== undefined)?.file
  }

  /** Whether any of the files sets a key. */
  has(path: readonly string[]): boolean {
    return this.#files.some(({ document }) => offsetOf(document, path) !== undefined)
  }

  /** Where a key is set: in the topmost file that has it; where none has, the topmost that has its nearest parent. */
  positionOf(path: readonly string[]): ValuesPosition | undefined {
    for (let length = path.length; length > 0; length--) {
      for (const { file, document, lines } of this.#files.toReversed()) {
        const offset = offsetOf(document, path.slice(0, length))
        if (offset !== undefined) {
          return { file, line: lines.linePos(offset).line }
        }
      }
    }
    return undefined
  }
}

/** Whether a document is an object of a cluster: kubectl names those with -f too. */
function isManifest({ contents }: Document): boolean {
  return isMap(contents) && ['apiVersion', 'kind', 'metadata'].every(key => contents.has(key))
}

/** Why a document is no values file. Like Helm, takes one that says nothing, or null, for an empty mapping. */
function problemsOf(document: Document, lines: LineCounter): { message: string; line: number }[] {
  const { errors, contents } = document
  if (errors.length > 0) {
    return errors.map(error => ({
      message: describeYAMLProblem(error),
      line: error.linePos?.[0].line ?? 1
    }))
  }
  if (contents !== null && !isMap(contents) && !(isScalar(contents) && contents.value === null)) {
    return [{ message: 'a values file is a mapping of keys to values', line: 1 }]
  }
  const problems: { message: string; line: number }[] = []
  // The parser leaves aliases to whoever reads the values.
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) === undefined) {
        problems.push({
          message: `not YAML: no anchor &${alias.source} stands before *${alias.source}`,
          line: lines.linePos(alias.range?.[0] ?? 0).line
        })
      }
    }
  })
  const read = problems.length === 0 ? documentValue(document) : undefined
  return read && 'problem' in read ? [{ message: read.problem, line: 1 }] : problems
}

function offsetOf(document: Document, path: readonly string[]): number | undefined {
  let node: unknown = document.contents
  let offset: number | undefined
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String((key as { value?: unknown }).value) === step)
      if (!pair) {
        return undefined
      }
      offset = (pair.key as { range?: [number, number, number] }).range?.[0]
      node = pair.value
    } else if (isSeq(node) && node.items[Number(step)]) {
      node = node.items[Number(step)]
      offset = (node as { range?: [number, number, number] }).range?.[0]
    } else {
      return undefined
    }
  }
  return offset
}
