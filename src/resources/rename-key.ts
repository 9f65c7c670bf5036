import type { Change } from '../failure.ts'
import type { Path } from './origin.ts'
import { describeShape } from './shape.ts'

/** An object with what becomes of it where a key of one of its mappings has another name. */
function renamed(object: unknown, path: Path, name: string, value: (old: unknown) => unknown): unknown {
  const copy = structuredClone(object)
  const parent = path.slice(0, -1).reduce((node, step) => (node as Record<string, unknown>)[step], copy)
  const mapping = parent as Record<string, unknown>
  const key = path.at(-1)!
  mapping[name] = value(mapping[key])
  delete mapping[key]
  return copy
}

function leadsTo(path: Path, place: Path): boolean {
  return place.every((step, index) => path[index] === step)
}

/**
 * What gives a key the name that was meant, tried by the shape of the object's kind: its value as it is, or as the only item of a
 * list, as `parentRef` for `parentRefs` has it; undefined where neither is of the type that stands there.
 */
export function renameKey(object: unknown, path: Path, name: string): Change[] | undefined {
  const place = [...path.slice(0, -1), name]
  function fitsWith(value: (old: unknown) => unknown): boolean {
    return describeShape(renamed(object, path, name, value)).every(problem => !leadsTo(problem.path, place))
  }
  if (fitsWith(old => old)) {
    return [{ path, rename: name }]
  }
  const old = path.reduce((node, step) => (node as Record<string, unknown>)[step], object)
  return fitsWith(one => [one])
    ? [
        { path, remove: true },
        { path: place, value: [old] }
      ]
    : undefined
}
