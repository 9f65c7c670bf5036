import { readStringMap } from '../annotation/parser.ts'
import { mergeMaps } from '../build/tags.ts'
import { explain, fromAnnotation, fromField } from '../build/task.ts'
import { sortedStrings } from '../go/format.ts'
import { ModelError } from '../model-error.ts'
import type { ValueSource } from '../value-source.ts'
import type { BuildTask } from './task.ts'

/**
 * Merges what members set, key by key. Two values for one key are a conflict, unless IngressClassParams set that key, which
 * wins anyway (LBC: buildIngressGroupLoadBalancerAttributes, buildIngressGroupListenerAttributes).
 *
 * @throws ModelError `conflict` with the key and both values in it.
 */
export function mergeAttributes<Source>(
  ofClass: ReadonlyMap<string, string>,
  sources: Source[],
  read: (source: Source) => ReadonlyMap<string, string> | undefined,
  describeConflict: (key: string, values: string, source: Source) => string
): ReadonlyMap<string, string> {
  const merged = new Map<string, string>()
  for (const source of sources) {
    const own = read(source)
    for (const key of sortedStrings(own?.keys() ?? [])) {
      const value = own!.get(key)!
      const existing = merged.get(key)
      if (existing !== undefined && existing !== value && !ofClass.has(key)) {
        throw new ModelError(describeConflict(key, `${existing} | ${value}`, source))
      }
      merged.set(key, value)
    }
  }
  return mergeMaps(ofClass, merged)
}

/** Whose map a key of a merged one comes from: IngressClassParams', else the first member's that has it, else a flag's. */
export function explainMap(
  task: BuildTask,
  resource: string,
  field: string,
  values: Iterable<[key: string, value: string]>,
  {
    suffix,
    ofClass,
    path,
    otherwise
  }: { suffix: string; ofClass: ReadonlySet<string>; path: string; otherwise: ValueSource }
): void {
  if (!task.explanations) {
    return
  }
  const [first] = task.group.members
  for (const [key, value] of values) {
    const [annotation] = task.group.members.flatMap(({ ingress }) => {
      const map = readStringMap(suffix, ingress)
      return map?.value.has(key) ? map : []
    })
    const source = ofClass.has(key)
      ? fromField(first!.params!, path)
      : annotation
        ? fromAnnotation(annotation)
        : otherwise
    explain(task, resource, `${field}.${key}`, value, source)
  }
}
