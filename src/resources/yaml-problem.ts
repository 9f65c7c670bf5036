/**
 * What the YAML library says of a text, in words that name none of its functions.
 *
 * @module
 */

import type { Document, YAMLError } from 'yaml'

const tooDeep = 'not readable: it is nested too deeply'

/** What to do about a star without quotes, which begins an alias; undefined where what follows it may be an anchor's name. */
export function unquotedStar(name: string): { problem: string; hint: string } | undefined {
  // No anchor is called like the rest of a wildcard: *.example.com, */shop, *-internal.
  return name === '' || /^[./-]/.test(name)
    ? {
        problem: `not YAML: a star without quotes begins an alias, and *${name} is none`,
        hint: `put quotes around it: '*${name}'`
      }
    : undefined
}

/** Whether a problem is that of an alias without a name. */
function isLoneStar({ code, message }: Pick<YAMLError, 'code' | 'message'>): boolean {
  return code === 'BAD_ALIAS' && /empty string/.test(message)
}

/** Why a text is not the YAML that is read, without the position, which a finding has as fields. */
export function describeYAMLProblem({ code, message }: Pick<YAMLError, 'code' | 'message'>): string {
  if (code === 'MULTIPLE_DOCS') {
    return 'it holds several documents, divided by ---, and one is read'
  }
  if (code === 'DUPLICATE_KEY') {
    return 'not YAML: a key stands in one mapping twice'
  }
  if (isLoneStar({ code, message })) {
    return unquotedStar('')!.problem
  }
  if (isInsideOfValue({ code, message })) {
    return 'not YAML: a bracket or a brace stands inside of a value without quotes'
  }
  if (message.startsWith('Maximum call stack')) {
    return tooDeep
  }
  return `not YAML: ${message.split(/ at line \d+/)[0]}`
}

/** Whether a problem is that of a bracket in a value which stands in brackets itself: `{regex: /[^/]+}`. */
function isInsideOfValue({ code, message }: Pick<YAMLError, 'code' | 'message'>): boolean {
  return code === 'UNEXPECTED_TOKEN' && /^Unexpected flow-(seq|map)-start at node end/.test(message)
}

/** What to do about it. */
export function yamlHint(error: Pick<YAMLError, 'code' | 'message'>): string {
  return isLoneStar(error)
    ? unquotedStar('')!.hint
    : isInsideOfValue(error)
      ? 'put quotes around the value'
      : 'mend the YAML; nothing of this file was read'
}

/** Without what only follows from the first: behind it the parser may have left the document, and knows nothing of what comes. */
export function withoutLost<Problem extends Pick<YAMLError, 'message'>>(problems: readonly Problem[]): Problem[] {
  return problems.filter(({ message }, index) => index === 0 || !message.includes('in YAML stream'))
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
    const star = name === undefined ? undefined : unquotedStar(name)
    return {
      problem: star
        ? star.problem
        : name
          ? `not readable: *${name} has no anchor &${name} before it`
          : 'not readable: its aliases repeat too much to be written out'
    }
  }
}
