/**
 * What a record holds under a name that somebody else has written; undefined for what every object has, such as `constructor`
 * and `__proto__`.
 */
export function ownEntry<Value>(record: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined
}
