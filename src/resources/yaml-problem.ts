/**
 * What the YAML library says of a text, in words that name none of its functions.
 *
 * @module
 */

import type { Document, YAMLError } from 'yaml'

const tooDeep = 'not readable: it is nested too deeply'

/** Why a text is not the YAML that is read, without the position, which a finding has as fields. */
export function describeYAMLProblem({ code, message }: Pick<YAMLError, 'code' | 'message'>): string {
  if (code === 'MULTIPLE_DOCS') {
    return 'it holds several documents, divided by ---, and one is read'
  }
  if (code === 'DUPLICATE_KEY') {
    return 'not YAML: a key stands in one mapping twice'
  }
  if (message.startsWith('Maximum call stack')) {
    return tooDeep
  }
  return `not YAML: ${message.split(/ at line \d+/)[0]}`
}

/** The first problem of each line: where a text stops being YAML, the parser stumbles over the rest of the line too. */
export function firstOfLines<Problem extends { line?: number }>(problems: readonly Problem[]): Problem[] {
  return [...Map.groupBy(problems, ({ line }) => line).values()].map(([first]) => first!)
}

/** Whether a value holds itself, as an alias inside of what its anchor names makes it. */
function holdsItself(value: unknown, above: unknown[] = []): boolean {
  if (typeof value !== 'object' || value === null) {
    return false
  }
  return above.includes(value) || Object.values(value).some(child => holdsItself(child, [...above, value]))
}

/** The value of a document, or why it has none: an alias without its anchor, or one that never ends. */
export function documentValue(document: Document): { value: unknown } | { problem: string } {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 10_000 })
    return holdsItself(value) ? { problem: 'not readable: an alias stands inside of what its anchor names' } : { value }
  } catch (error) {
    if (error instanceof RangeError) {
      return { problem: tooDeep }
    }
    const [, name] = /Unresolved alias.*: (\S+)$/.exec((error as Error).message) ?? []
    return {
      problem: name
        ? `not readable: *${name} has no anchor &${name} before it`
        : 'not readable: its aliases repeat too much to be written out'
    }
  }
}
