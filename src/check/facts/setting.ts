import type { Change } from '../../failure.ts'
import type { KubernetesObject } from '../../resources/index.ts'

/** The change that sets a key of an object, with the mappings above it that are not there yet. */
export function settingOf(object: KubernetesObject, path: Change['path'], value: unknown): Change {
  let at: unknown = object
  for (const [depth, step] of path.entries()) {
    const next = typeof at === 'object' && at !== null ? (at as Record<string | number, unknown>)[step] : undefined
    if (next === undefined || next === null) {
      const below = path.slice(depth + 1).reduceRight((inner: unknown, key) => ({ [key]: inner }), value)
      return { path: path.slice(0, depth + 1), value: below }
    }
    at = next
  }
  return { path, value }
}
