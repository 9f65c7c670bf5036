import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { Failure, type Finding } from '../failure.ts'
import { type ManifestText, parseDocuments } from './document.ts'
import type { KubernetesObject } from './kubernetes.ts'
import type { Origin, Path } from './origin.ts'
import { objectName, Resources } from './resources.ts'
import { describeShape } from './shape.ts'

const manifestExtensions = new Set(['.yaml', '.yml', '.json'])

/** Bytes of one input; what is larger is no set of manifests, and would take gigabytes to read. */
const largestInput = 32 * 2 ** 20

/** The objects of a document: itself, or the items of a List of any kind. */
function objectsOf(value: unknown, root: Path = []): { value: unknown; root: Path }[] {
  const { kind, items } = (value ?? {}) as { kind?: unknown; items?: unknown }
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
    return items.flatMap((item, index) => objectsOf(item, [...root, 'items', index]))
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

/**
 * Reads Kubernetes objects from YAML or JSON texts; every object knows where it stood.
 *
 * @throws Failure exit 2 with every problem of every text: `YAML_MALFORMED`, `MANIFEST_NOT_AN_OBJECT`, `MANIFEST_WRONG_TYPE`.
 */
export function parseManifests(texts: ManifestText[]): Resources {
  const findings: Finding[] = []
  const objects: KubernetesObject[] = []
  const origins = new Map<KubernetesObject, Origin>()
  for (const text of texts) {
    for (const document of parseDocuments(text)) {
      if ('problems' in document) {
        findings.push(...document.problems)
        continue
      }
      if (document.value === null || document.value === undefined) {
        continue
      }
      for (const { value: candidate, root } of objectsOf(document.value)) {
        const origin = document.originAt(root)
        const name = nameOf(candidate)
        const problems = describeShape(candidate).map(
          ({ code, path, message, expected, actual, hint }): Finding => ({
            code,
            severity: 'error',
            message,
            ...(name !== undefined && { object: name }),
            path: path.join('.'),
            file: text.file,
            line: origin.positionOf(path).line,
            expected,
            actual,
            hint
          })
        )
        findings.push(...problems.sort((one, other) => one.line! - other.line!))
        if (problems.length > 0) {
          continue
        }
        const object = candidate as KubernetesObject
        objects.push(object)
        origins.set(object, origin)
      }
    }
  }
  if (findings.length > 0) {
    throw new Failure(2, findings)
  }
  return new Resources(objects, origins)
}

/** One input as text. @throws Failure exit 2: `FILE_TOO_LARGE`, `FILE_NOT_TEXT`. */
function decode(bytes: Buffer, file: string): ManifestText {
  function refuse(code: string, message: string, hint: string): Failure {
    return new Failure(2, { code, severity: 'error', message, file, line: 1, hint })
  }
  if (bytes.length > largestInput) {
    throw refuse(
      'FILE_TOO_LARGE',
      `${file} has ${Math.round(bytes.length / 2 ** 20)} MiB, and no more than ${largestInput / 2 ** 20} are read`,
      'name the files that hold the Ingresses, Services and Gateways'
    )
  }
  const hint = 'manifests are text in UTF-8, as YAML or JSON'
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    const zero = text.indexOf('\0')
    if (zero < 0) {
      return { file, text }
    }
    throw refuse('FILE_NOT_TEXT', `${file} is no text: it has a zero byte at ${zero}`, hint)
  } catch (error) {
    if (error instanceof Failure) {
      throw error
    }
    throw refuse('FILE_NOT_TEXT', `${file} is no text in UTF-8`, hint)
  }
}

/** The manifests of a folder, recursively, in name order. What is no file, such as a pipe, is passed over. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => manifestExtensions.has(extname(entry.name)) && (entry.isFile() || entry.isSymbolicLink()))
    .map(entry => join(entry.parentPath, entry.name))
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
  standardInput: () => Buffer | string = () => readFileSync(0)
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
  function readFile(file: string): ManifestText[] {
    return attempt(file, () => [decode(readFileSync(file), file)])
  }
  const texts = sources.flatMap((source): ManifestText[] => {
    if (source === '-') {
      return attempt('<stdin>', () => [decode(Buffer.from(standardInput()), '<stdin>')])
    }
    return attempt(source, () => {
      if (!statSync(source).isDirectory()) {
        return readFile(source)
      }
      const files = filesOf(source)
      if (files.length === 0) {
        findings.push({
          code: 'FOLDER_WITHOUT_MANIFESTS',
          severity: 'error',
          message: `${source} holds no .yaml, .yml or .json file`,
          file: source,
          hint: 'name a folder with manifests, or a file'
        })
      }
      return files.flatMap(readFile)
    })
  })
  if (findings.length === 0 && texts.every(({ text }) => text.trim() === '')) {
    findings.push({
      code: 'INPUT_EMPTY',
      severity: 'error',
      message: `${texts.map(({ file }) => file).join(', ')} is empty`,
      ...(texts[0] && { file: texts[0].file, line: 1 }),
      hint: 'did the command that writes the manifests fail?'
    })
  }
  if (findings.length > 0) {
    throw new Failure(2, findings)
  }
  return parseManifests(texts)
}

function unreadable(file: string, error: unknown): Finding {
  return {
    code: 'FILE_UNREADABLE',
    severity: 'error',
    message: `cannot read ${file}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file or folder' : (error as Error).message}`,
    file,
    hint: 'name a file or folder with Kubernetes manifests, or - for standard input'
  }
}
