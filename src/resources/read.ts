import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { type Document, isMap, isPair, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml'
import { Failure, type Finding } from '../failure.ts'
import type { KubernetesObject } from './kubernetes.ts'
import type { Origin, Path, Position } from './origin.ts'
import { Resources } from './resources.ts'
import { describeShape } from './shape.ts'

/** A text with the name that positions in it carry. */
export interface ManifestText {
  text: string
  /** The file as the user named it. */
  file: string
}

const manifestExtensions = new Set(['.yaml', '.yml', '.json'])

/**
 * Scalars as kubectl reads them (sigs.k8s.io/yaml): YAML 1.1 booleans and octal numbers, but no timestamps, no base-60
 * numbers and no sets.
 */
const yamlOptions = {
  version: '1.1',
  merge: true,
  customTags: (tags: unknown[]) =>
    tags.filter(tag => {
      const { format, tag: name = '' } = (typeof tag === 'string' ? { tag } : tag) as { format?: string; tag?: string }
      return format !== 'TIME' && !/timestamp|:(set|omap|pairs)$/.test(name)
    })
} as const

class DocumentOrigin implements Origin {
  readonly file: string
  readonly #document: Document
  readonly #lines: LineCounter
  /** Path of the object inside its document: items of a List are deeper. */
  readonly #root: Path

  constructor(file: string, document: Document, lines: LineCounter, root: Path = []) {
    this.file = file
    this.#document = document
    this.#lines = lines
    this.#root = root
  }

  positionOf(path: Path): Position {
    let node: unknown = this.#document.contents
    let offset = (node as Node | null)?.range?.[0] ?? 0
    for (const step of [...this.#root, ...path]) {
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => String((key as { value?: unknown })?.value ?? key) === String(step))
        if (!isPair(pair)) break
        offset = (pair.key as Node).range?.[0] ?? offset
        node = pair.value
      } else if (isSeq(node) && typeof step === 'number' && node.items[step]) {
        node = node.items[step]
        offset = (node as Node).range?.[0] ?? offset
      } else break
    }
    const { line, col } = this.#lines.linePos(offset)
    return { file: this.file, line, column: col }
  }
}

/** The objects of a document: itself, or the items of a List of any kind. */
const objectsOf = (value: unknown, root: Path = []): { value: unknown; root: Path }[] => {
  const { kind, items } = (value ?? {}) as { kind?: unknown; items?: unknown }
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items))
    return items.flatMap((item, index) => objectsOf(item, [...root, 'items', index]))
  return [{ value, root }]
}

/**
 * Reads Kubernetes objects from YAML or JSON texts; every object knows where it stood.
 *
 * @throws Failure exit 2 with every problem of every text: `YAML_MALFORMED`, `MANIFEST_NOT_AN_OBJECT`, `MANIFEST_WRONG_TYPE`.
 */
export function parseManifests(texts: ManifestText[]): Resources {
  const findings: Finding[] = []
  const objects: KubernetesObject[] = []
  const origins = new Map<KubernetesObject, Origin>()
  for (const { text, file } of texts) {
    const lineCounter = new LineCounter()
    const documents = parseAllDocuments(text, { ...yamlOptions, lineCounter } as never) as Document.Parsed[]
    for (const document of documents) {
      if (document.errors.length > 0) {
        findings.push(
          ...document.errors.map(
            (error): Finding => ({
              code: 'YAML_MALFORMED',
              severity: 'error',
              // The library appends position and source line; the finding has them as fields.
              message: `not YAML: ${error.message.split(/ at line \d+/)[0]}`,
              file,
              line: error.linePos?.[0].line ?? 1,
              hint: 'mend the YAML; nothing of this file was read'
            })
          )
        )
        continue
      }
      let value: unknown
      try {
        // Bounded, so that aliases cannot make gigabytes of a small file.
        value = document.toJS({ maxAliasCount: 100 })
      } catch (error) {
        findings.push({
          code: 'YAML_MALFORMED',
          severity: 'error',
          message: `not readable: ${(error as Error).message}`,
          file,
          line: lineCounter.linePos(document.range[0]).line,
          hint: 'write the values out instead of repeating aliases'
        })
        continue
      }
      if (value === null || value === undefined) continue
      for (const { value: candidate, root } of objectsOf(value)) {
        const origin = new DocumentOrigin(file, document, lineCounter, root)
        const problems = describeShape(candidate).map(
          ({ code, path, message, expected, actual, hint }): Finding => ({
            code,
            severity: 'error',
            message,
            path: path.join('.'),
            file,
            line: origin.positionOf(path).line,
            expected,
            actual,
            hint
          })
        )
        findings.push(...problems)
        if (problems.length > 0) continue
        const object = candidate as KubernetesObject
        objects.push(object)
        origins.set(object, origin)
      }
    }
  }
  if (findings.length > 0) throw new Failure(2, findings)
  return new Resources(objects, origins)
}

/**
 * Reads manifests from files, folders (their `.yaml`, `.yml` and `.json` files, recursively, in name order) or `-`.
 *
 * @throws Failure exit 2: `FILE_UNREADABLE`, `FOLDER_WITHOUT_MANIFESTS`, and what {@link parseManifests} throws.
 */
export function readManifests(
  sources: string[],
  standardInput: () => string = () => readFileSync(0, 'utf8')
): Resources {
  const findings: Finding[] = []
  const read = (file: string): ManifestText[] => {
    try {
      return [{ file, text: readFileSync(file, 'utf8') }]
    } catch (error) {
      findings.push(unreadable(file, error))
      return []
    }
  }
  const texts = sources.flatMap((source): ManifestText[] => {
    if (source === '-') return [{ file: '<stdin>', text: standardInput() }]
    try {
      if (!statSync(source).isDirectory()) return read(source)
      const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
        .filter(file => manifestExtensions.has(extname(file)))
        .sort()
      if (files.length === 0)
        findings.push({
          code: 'FOLDER_WITHOUT_MANIFESTS',
          severity: 'error',
          message: `${source} holds no .yaml, .yml or .json file`,
          file: source,
          hint: 'name a folder with manifests, or a file'
        })
      return files.flatMap(file => read(join(source, file)))
    } catch (error) {
      findings.push(unreadable(source, error))
      return []
    }
  })
  if (findings.length > 0) throw new Failure(2, findings)
  return parseManifests(texts)
}

const unreadable = (file: string, error: unknown): Finding => ({
  code: 'FILE_UNREADABLE',
  severity: 'error',
  message: `cannot read ${file}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file or folder' : (error as Error).message}`,
  file,
  hint: 'name a file or folder with Kubernetes manifests, or - for standard input'
})
