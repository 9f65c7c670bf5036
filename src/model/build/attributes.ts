import { sortedStrings } from '../go/format.ts'
import type { KeyValue } from '../stack/stack.ts'

/** Attributes of a load balancer or listener: as a sorted list, undefined where there are none. */
export function attributeList(attributes: ReadonlyMap<string, string>): KeyValue[] | undefined {
  return attributes.size === 0
    ? undefined
    : sortedStrings(attributes.keys()).map(key => ({ key, value: attributes.get(key)! }))
}
