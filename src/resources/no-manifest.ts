/**
 * Files of a folder that hold no objects of a cluster: what other tools read, each with the way in for what they make.
 *
 * @module
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize, relative, sep } from 'node:path'
import { parse } from 'yaml'

/** A file that is not read, and what to do instead. */
export interface SkippedFile {
  file: string
  /** One sentence: what it is, and the way out. */
  reason: string
  /** The folder of the kustomization that it is a part of. */
  kustomization?: string
}

/** The chart that a file belongs to: the outermost folder with a Chart.yaml from the folder that was named on. */
function chartOf(file: string, folder: string): string | undefined {
  const steps = relative(folder, dirname(file)).split(sep).filter(Boolean)
  const folders = [folder, ...steps.map((_, index) => join(folder, ...steps.slice(0, index + 1)))]
  return folders.find(candidate => existsSync(join(candidate, 'Chart.yaml')))
}

const kustomizationNames = /^kustomization\.ya?ml$/i

/** Paths among the items of a field of a kustomization: the items themselves, or their `path`. */
function pathsOf(items: unknown): string[] {
  return (Array.isArray(items) ? items : []).flatMap((item: unknown) => {
    const path = isMapping(item) ? item.path : item
    return typeof path === 'string' && !path.includes('\n') ? [path] : []
  })
}

/** The files that a kustomization lays over its resources: each holds a part of an object, and none by itself. */
function patchesOf(kustomization: string): string[] {
  try {
    const found: unknown = parse(readFileSync(kustomization, 'utf8'))
    const { patches, patchesStrategicMerge, patchesJson6902, replacements } = isMapping(found) ? found : {}
    return [patches, patchesStrategicMerge, patchesJson6902, replacements]
      .flatMap(pathsOf)
      .map(path => normalize(join(dirname(kustomization), path)))
  } catch {
    // What cannot be read is kustomize's to tell.
    return []
  }
}

/** Files of one folder by their names: those to read, and those that other tools read. */
export function sortOut(files: readonly string[], folder: string): { files: string[]; skipped: SkippedFile[] } {
  const skipped: SkippedFile[] = []
  const ofCharts = new Set<string>()
  const patches = new Map(
    files
      .filter(file => kustomizationNames.test(basename(file)))
      .flatMap(kustomization => patchesOf(kustomization).map(patch => [patch, dirname(kustomization)] as const))
  )
  const read = files.filter(file => {
    const chart = chartOf(file, folder)
    if (chart !== undefined) {
      const inner = relative(chart, file).split(sep)
      if (inner.length > 1) {
        // The templates of a chart are no YAML before they are rendered; one line is enough for all of them.
        const place = join(chart, inner[0]!)
        if (!ofCharts.has(place)) {
          ofCharts.add(place)
          skipped.push({
            file: place,
            reason: `part of the chart ${chart}: istio-alb check --chart ${chart} renders it`
          })
        }
        return false
      }
      skipped.push({ file, reason: reasonInChart(file, chart) })
      return false
    }
    const name = basename(file)
    if (kustomizationNames.test(name)) {
      skipped.push({ file, ...partOfKustomization(dirname(file)) })
      return false
    }
    const patched = patches.get(normalize(file))
    if (patched !== undefined) {
      skipped.push({ file, ...partOfKustomization(patched) })
      return false
    }
    return true
  })
  return { files: read, skipped }
}

function reasonInChart(file: string, chart: string): string {
  const name = basename(file)
  if (/^Chart\.ya?ml$/.test(name)) {
    return `a chart: istio-alb check --chart ${chart} renders it`
  }
  return /values/i.test(name)
    ? `values of the chart ${chart}: istio-alb check --chart ${chart} --values ${file} renders them`
    : `part of the chart ${chart}: istio-alb check --chart ${chart} renders it`
}

/** What makes the objects of a kustomization, and looks at them. */
export function kustomizeCommand(folder: string): string {
  return `kubectl kustomize ${folder} | istio-alb check -`
}

/** What to do with a file that was named itself, and is kustomize's by its name. */
export function kustomizationHint(file: string): string | undefined {
  return kustomizationNames.test(basename(file))
    ? `it is for kustomize: ${kustomizeCommand(dirname(file))} looks at what that makes`
    : undefined
}

/** Names that are told of the parts of one kustomization. */
const mostParts = 3

/** @param parts other files of the kustomization, which the same is said of. */
function partOfKustomization(folder: string, parts: readonly string[] = []): Omit<SkippedFile, 'file'> {
  const told = parts.slice(0, mostParts).map(part => relative(folder, part))
  const names = [...told, ...(parts.length > mostParts ? [`${parts.length - mostParts} more`] : [])].join(', ')
  const what = names === '' ? 'for kustomize' : `for kustomize, as ${names}`
  return { reason: `${what}: ${kustomizeCommand(folder)} reads what it makes`, kustomization: folder }
}

/** The folder of a file, where it holds a kustomization. */
function kustomizationOf(file: string): string | undefined {
  const folder = dirname(file)
  return readdirSync(folder).some(name => kustomizationNames.test(name)) ? folder : undefined
}

/** Each kustomization once, whatever of its files there are: what to do about them is one thing. */
export function onceForEachKustomization(skipped: readonly SkippedFile[]): SkippedFile[] {
  const groups = Map.groupBy(skipped, ({ file, kustomization }) => kustomization ?? file)
  return [...groups.values()].map(group => {
    const first = group.find(({ file }) => kustomizationNames.test(basename(file))) ?? group[0]!
    const { file, kustomization } = first
    const others = [...new Set(group.map(one => one.file))].filter(other => other !== file)
    return kustomization === undefined ? first : { file, ...partOfKustomization(kustomization, others) }
  })
}

/** Kinds of files for tools, which no API server knows. */
const toolGroups: [apiVersion: RegExp, tool: string][] = [
  [/^kind\.x-k8s\.io\//, 'a configuration of kind'],
  [/^skaffold\//, 'a configuration of skaffold'],
  [
    /^(client|kubeadm|kubelet|apiserver|audit)\.(config\.|authentication\.)?k8s\.io\//,
    'a configuration of Kubernetes itself'
  ]
]

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * What a document of a folder is where it cannot be meant as an object: nothing that names an apiVersion and a kind, or a
 * file for a tool; undefined for objects, and for what was meant as one.
 */
export function whySkipped(value: unknown, file: string): Omit<SkippedFile, 'file'> | undefined {
  function ofKustomization(otherwise = 'a patch, and no kustomization beside it'): Omit<SkippedFile, 'file'> {
    const folder = kustomizationOf(file)
    return folder === undefined ? { reason: otherwise } : partOfKustomization(folder)
  }
  if (Array.isArray(value)) {
    const isPatch = value.length > 0 && value.every(item => isMapping(item) && 'op' in item && 'path' in item)
    return isPatch ? ofKustomization() : undefined
  }
  if (!isMapping(value)) {
    return undefined
  }
  const { apiVersion, kind, metadata } = value
  if (apiVersion === undefined && kind === undefined && metadata === undefined) {
    return ofKustomization(
      /values/i.test(basename(file))
        ? `values of a chart: istio-alb check --chart CHART --values ${file} renders them`
        : 'it has no apiVersion and no kind, so it is no object of a cluster'
    )
  }
  if (typeof apiVersion !== 'string') {
    return undefined
  }
  if (/^kustomize\.config\.k8s\.io\//.test(apiVersion)) {
    return partOfKustomization(dirname(file))
  }
  const [, reason] = toolGroups.find(([group]) => group.test(apiVersion)) ?? []
  return reason === undefined ? undefined : { reason }
}
