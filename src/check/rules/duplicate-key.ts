import { formatField } from '../../api-server/index.ts'
import { objectName, type Path } from '../../resources/index.ts'
import type { Rule } from '../rule.ts'

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, step) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[step] : undefined,
    value
  )
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** A key that stands in one mapping twice: kubectl takes the last value, and a strict reader refuses the file. */
export const duplicateKey: Rule = {
  code: 'DUPLICATE_KEY',
  severity: 'warning',
  *find({ resources, originOf }) {
    for (const object of resources.all()) {
      for (const { path, lines } of originOf(object)?.repeated ?? []) {
        const value = valueAt(object, path)
        yield {
          object,
          path,
          message: `${formatField(path)} of ${objectName(object)} is written ${lines.length === 2 ? 'twice' : `${lines.length} times`}, on lines ${lines.slice(0, -1).join(', ')} and ${lines.at(-1)}; kubectl takes the last, the others are lost`,
          expected: 'every key once',
          ...(value !== undefined && { actual: show(value) }),
          hint: `remove the lines that are not meant, or join their values in one`
        }
      }
    }
  }
}
