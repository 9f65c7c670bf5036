import type { Path } from '../resources/index.ts'

/** Whether a path is another one, or leads into it. */
export function leadsInto(inner: Path, outer: Path): boolean {
  return outer.every((step, index) => inner[index] === step)
}
