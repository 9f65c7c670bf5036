import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { Failure, type Finding } from '../failure.ts'
import { type ManifestText, parseDocuments } from './document.ts'
import type { KubernetesObject } from './kubernetes.ts'
import type { Origin, Path } from './origin.ts'
import { Resources } from './resources.ts'
import { describeShape } from './shape.ts'

const manifestExtensions = new Set(['.yaml', '.yml', '.json'])

/** Bytes of one input; what is larger is no set of manifests, and would take gigabytes to read. */
const largestInput = 32 * 2 ** 20

/** The objects of a document: itself, or the items of a List of any kind. */
const objectsOf = (value: unknown, root: Path = []): { value: unknown; root: Path }[] => {
  const { kind, items } = (value ?? {}) as { kind?: unknown; items?: unknown }
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items))
    return items.flatMap((item, index) => objectsOf(item, [...root, 'items', index]))
  return [{ value, root }]
}

/** What a document calls itself, if it says so much. */
const nameOf = (value: unknown): string | undefined => {
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
  for (const text of texts)
    for (const document of parseDocuments(text)) {
      if ('problems' in document) {
        findings.push(...document.problems)
        continue
      }
      if (document.value === null || document.value === undefined) continue
      for (const { value: candidate, root } of objectsOf(document.value)) {
        const origin = document.originAt(root)
        const problems = describeShape(candidate).map(
          ({ code, path, message, expected, actual, hint }): Finding => ({
            code,
            severity: 'error',
            message,
            path: path.join('.'),
            file: text.file,
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
