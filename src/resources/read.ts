import { readdirSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { Failure, type Finding } from '../failure.ts'
import { parseDocuments } from './document.ts'
import type { ManifestText } from './document-origin.ts'
import { decodeText, readInputFile, standardInput, unreadableReason } from './input-file.ts'
import type { KubernetesObject } from './kubernetes.ts'
import {
  kustomizationHint,
  kustomizeCommand,
  onceForEachKustomization,
  type SkippedFile,
  sortOut,
  whySkipped
} from './no-manifest.ts'
import { type DocumentText, editAt, type Origin, type Path } from './origin.ts'
import { renameKey } from './rename-key.ts'
import { objectName, Resources } from './resources.ts'
import { describeShape } from './shape.ts'
import { Templates } from './template-origin.ts'

const manifestExtensions = new Set(['.yaml', '.yml', '.json'])

/** What an item of a typed list leaves to it, `VirtualServiceList` to VirtualServices (apimachinery: decodeToList). */
function completeItem(item: unknown, { kind, apiVersion }: { kind: string; apiVersion: unknown }): void {
  const ofItems = kind.slice(0, -'List'.length)
  const own = item as Partial<KubernetesObject> | null
  const isMapping = typeof own === 'object' && own !== null && !Array.isArray(own)
  if (isMapping && ofItems !== '' && !own.kind && typeof apiVersion === 'string') {
    Object.assign(own, { apiVersion, kind: ofItems })
  }
}

/** The objects of a document: itself, or the items of a List of any kind. */
function objectsOf(value: unknown, root: Path = []): { value: unknown; root: Path }[] {
  const { kind, apiVersion, items } = (value ?? {}) as { kind?: unknown; apiVersion?: unknown; items?: unknown }
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
    return items.flatMap((item, index) => {
      completeItem(item, { kind, apiVersion })
      return objectsOf(item, [...root, 'items', index])
    })
  }
  return [{ value, root }]
}

/** What a document calls itself, if it says so much. */
function nameOf(value: unknown): string | undefined {
  const { kind, metadata } = (value ?? {}) as Partial<KubernetesObject>
  return typeof kind === 'string' && typeof metadata?.name === 'string'
    ? objectName({ apiVersion: '', kind, metadata })
    : undefined
}

/** What istioctl up to 1.23 called an operator that had no name of its own. */
export const unnamedOperator = 'installed-state'

/**
 * An IstioOperator is a file for istioctl, which asks for no metadata; other objects are what they are.
 */
function completeOperator(value: unknown): void {
  const { apiVersion, kind, metadata } = (value ?? {}) as Partial<KubernetesObject>
  if (kind !== 'IstioOperator' || !/^install\.istio\.io\//.test(String(apiVersion))) {
    return
  }
  if (metadata === undefined || metadata === null) {
    ;(value as KubernetesObject).metadata = { name: unnamedOperator }
  } else if (typeof metadata === 'object' && !Array.isArray(metadata) && (metadata.name ?? '') === '') {
    metadata.name = unnamedOperator
  }
}

/** What a Secret says in plain text the API server writes into its data. */
function encodeSecret(object: KubernetesObject): void {
  const { stringData } = object as { stringData?: unknown }
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1' || typeof stringData !== 'object' || stringData === null) {
    return
  }
  const texts = Object.entries(stringData).filter(([, text]) => typeof text === 'string')
  const encoded = texts.map(([key, text]) => [key, Buffer.from(text as string).toString('base64')])
  object.data = { ...(object.data as Record<string, string> | undefined), ...Object.fromEntries(encoded) }
}

export interface RenderedFrom {
  /** The folder of the chart that documents with a line `# Source:` were rendered from; default what is found by its name. */
  chart?: string
}

/**
 * Reads Kubernetes objects from YAML or JSON texts; every object knows where it stood, and what a chart rendered its template.
 *
 * @throws Failure exit 2 with every problem of every text: `YAML_MALFORMED`, `MANIFEST_NOT_AN_OBJECT`, `MANIFEST_WRONG_TYPE`.
 */
export function parseManifests(texts: ManifestText[], options: RenderedFrom = {}): Resources {
  return parseTexts(texts, [], options)
}

/** A text of a folder may hold what is no object: it is left out, and told. */
type FolderText = ManifestText & { ofFolder?: boolean }

function parseTexts(texts: FolderText[], skipped: SkippedFile[], { chart }: RenderedFrom): Resources {
  const templates = new Templates(chart)
  const findings: Finding[] = []
  const objects: KubernetesObject[] = []
  const origins = new Map<KubernetesObject, Origin>()
  for (const text of texts) {
    for (const document of parseDocuments(text)) {
      if ('problems' in document) {
        findings.push(...document.problems.map(problem => atTemplate(problem, document.document, templates)))
        continue
      }
      if (document.value === null || document.value === undefined) {
        continue
      }
      const why = text.ofFolder ? whySkipped(document.value, text.file) : undefined
      if (why) {
        skipped.push({ file: text.file, ...why })
        continue
      }
      for (const { value: candidate, root } of objectsOf(document.value)) {
        completeOperator(candidate)
        const written = document.originAt(root)
        const origin = templates.locate(written)
        const name = nameOf(candidate)
        const problems = describeShape(candidate, path => written.textAt?.(path)).map(
          ({ code, path, message, expected, actual, hint, misspelt }): Finding => {
            const edit = misspelt && editAt(origin, renameKey(candidate, misspelt, expected!) ?? [])
            return {
              code,
              severity: 'error',
              message,
              ...(name !== undefined && { object: name }),
              path: path.join('.'),
              file: origin.file,
              line: origin.positionOf(path).line,
              expected,
              actual,
              hint: (path.length === 0 ? kustomizationHint(origin.file) : undefined) ?? hint,
              ...(edit && { edit })
            }
          }
        )
        findings.push(...problems.sort((one, other) => one.line! - other.line!))
        if (problems.length > 0) {
          continue
        }
        const object = candidate as KubernetesObject
        encodeSecret(object)
        objects.push(object)
        origins.set(object, origin)
      }
    }
  }
  if (findings.length > 0) {
    throw new Failure(2, findings)
  }
  return new Resources(objects, origins, onceForEachKustomization(skipped))
}

/** A finding about a document's text, at its template. */
function atTemplate(finding: Finding, document: DocumentText | undefined, templates: Templates): Finding {
  const { file, line } = finding
  const place = document && file !== undefined && line !== undefined ? templates.placeOf(file, document) : undefined
  return place ? { ...finding, file: place.file, line: place.lineOf(line!) } : finding
}

/** Whether a link leads to a file, or nowhere, which is told when it is read: a pipe or a device might never end. */
function leadsToFile(link: string): boolean {
  try {
    return statSync(link).isFile()
  } catch {
    return true
  }
}

/** The manifests of a folder, recursively, in name order. What is no file, such as a pipe, is passed over. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => manifestExtensions.has(extname(entry.name)))
    .map(entry => ({ entry, file: join(entry.parentPath, entry.name) }))
    .filter(({ entry, file }) => entry.isFile() || (entry.isSymbolicLink() && leadsToFile(file)))
    .map(({ file }) => file)
    .sort()
}

/**
 * Reads manifests from files, folders (their `.yaml`, `.yml` and `.json` files, recursively, in name order) or `-`.
 *
 * @throws Failure exit 2: `FILE_UNREADABLE`, `FILE_TOO_LARGE`, `FILE_NOT_TEXT`, `FOLDER_WITHOUT_MANIFESTS`, `INPUT_EMPTY`, and
 * what {@link parseManifests} throws.
 */
export function readManifests(
  sources: string[],
  { input = standardInput, ...rendered }: RenderedFrom & { input?: () => Buffer | string } = {}
): Resources {
  const findings: Finding[] = []
  function attempt<Result>(name: string, read: () => Result[]): Result[] {
    try {
      return read()
    } catch (error) {
      findings.push(...(error instanceof Failure ? error.findings : [unreadable(name, error)]))
      return []
    }
  }
  const skipped: SkippedFile[] = []
  const hint = 'manifests are text in UTF-8, as YAML or JSON'
  function readFile(file: string): ManifestText[] {
    return attempt(file, () => [{ file, text: readInputFile(file, { hint: unreadableHint }) }])
  }
  const texts = sources.flatMap((source): FolderText[] => {
    if (source === '-') {
      return attempt('<stdin>', () => {
        const text = decodeText(Buffer.from(input()), '<stdin>', hint)
        return [{ file: '<stdin>', text }]
      })
    }
    return attempt(source, () => {
      if (!statSync(source).isDirectory()) {
        return readFile(source)
      }
      const all = filesOf(source)
      const { files, skipped: others } = sortOut(all, source)
      skipped.push(...others)
      if (all.length === 0) {
        findings.push({
          code: 'FOLDER_WITHOUT_MANIFESTS',
          severity: 'error',
          message: `${source} holds no .yaml, .yml or .json file`,
          file: source,
          hint: 'name a folder with manifests, or a file'
        })
      }
      return files.flatMap(readFile).map(text => ({ ...text, ofFolder: true }))
    })
  })
  if (findings.length === 0 && skipped.length === 0 && texts.every(({ text }) => text.trim() === '')) {
    findings.push({
      code: 'INPUT_EMPTY',
      severity: 'error',
      message: `${[...new Set(texts.map(({ file }) => file))].join(', ')} is empty`,
      ...(texts[0] && { file: texts[0].file, line: 1 }),
      hint: 'did the command that writes the manifests fail?'
    })
  }
  if (findings.length > 0) {
    throw new Failure(2, findings)
  }
  const resources = parseTexts(texts, skipped, rendered)
  if (resources.all().length === 0 && skipped.length > 0) {
    throw new Failure(2, resources.skipped.map(notAManifest))
  }
  return resources
}

/** Where nothing else is among the files, what they are is why there is nothing to look at. */
function notAManifest({ file, reason, kustomization }: SkippedFile): Finding {
  return {
    code: 'NO_MANIFEST',
    severity: 'error',
    message: `${file} holds no object of a cluster: ${reason}`,
    file,
    hint:
      kustomization === undefined
        ? 'name a file or folder with Kubernetes manifests, or render them first'
        : kustomizeCommand(kustomization)
  }
}

const unreadableHint = 'name a file or folder with Kubernetes manifests, or - for standard input'

function unreadable(file: string, error: unknown): Finding {
  return {
    code: 'FILE_UNREADABLE',
    severity: 'error',
    message: `cannot read ${file}: ${unreadableReason(error)}`,
    file,
    hint: unreadableHint
  }
}
