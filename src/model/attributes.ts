import { sortedStrings } from './go-format.ts'
import { ModelError } from './model-error.ts'
import type { KeyValue } from './stack.ts'
import { mergeMaps } from './tags.ts'

/** Attributes of a load balancer or listener: as a sorted list, undefined where there are none. */
export const attributeList = (attributes: ReadonlyMap<string, string>): KeyValue[] | undefined =>
  attributes.size === 0
    ? undefined
    : sortedStrings(attributes.keys()).map(key => ({ key, value: attributes.get(key)! }))

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
      if (existing !== undefined && existing !== value && !ofClass.has(key))
        throw new ModelError(describeConflict(key, `${existing} | ${value}`, source))
      merged.set(key, value)
    }
  }
  return mergeMaps(ofClass, merged)
}
