import { isDeepStrictEqual } from 'node:util'

export interface FieldChange {
  /** `healthCheckConfig.path`, `loadBalancerAttributes.idle_timeout.timeout_seconds`, `tags.team`. */
  path: string
  old?: unknown
  new?: unknown
  /** Why the controller does not carry the change out; absent where it does. */
  kept?: string
}

function isPair(value: unknown): value is Record<string, string> {
  return value !== null && typeof value === 'object' && ('key' in value || 'Key' in value)
}

/**
 * The values of a spec by path. Attributes and tags have a path each; any other list is one value, and so is a reference.
 */
export function flatten(value: unknown, path = ''): [path: string, value: unknown][] {
  if (value === undefined) {
    return []
  }
  if (Array.isArray(value) && value.length > 0 && value.every(isPair)) {
    return value.map(pair => [`${path}.${pair.key ?? pair.Key}`, pair.value ?? pair.Value])
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value) || '$ref' in value) {
    return [[path, value]]
  }
  return Object.entries(value).flatMap(([key, child]) => flatten(child, path === '' ? key : `${path}.${key}`))
}

/** A value with the keys of its objects in order, as text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, child: unknown) =>
    child !== null && typeof child === 'object' && !Array.isArray(child)
      ? Object.fromEntries(Object.entries(child).sort(([left], [right]) => (left < right ? -1 : 1)))
      : child
  )
}

/** Permissions of a security group have no order: the controller makes them of a map. */
function isSame(path: string, old: unknown, next: unknown): boolean {
  return path === 'ingress' && Array.isArray(old) && Array.isArray(next)
    ? isDeepStrictEqual(old.map(canonical).sort(), next.map(canonical).sort())
    : isDeepStrictEqual(old, next)
}

/** The values in which two specs of a resource differ. */
export function compareSpecs(old: unknown, next: unknown): FieldChange[] {
  const before = new Map(flatten(old))
  const after = new Map(flatten(next))
  return [...new Set([...before.keys(), ...after.keys()])].flatMap(path =>
    isSame(path, before.get(path), after.get(path))
      ? []
      : [
          {
            path,
            ...(before.has(path) && { old: before.get(path) }),
            ...(after.has(path) && { new: after.get(path) })
          }
        ]
  )
}
