/**
 * What a `--set` text assigns, read as Helm reads it (helm/pkg/strvals, parser.go): several assignments separated by commas, keys
 * by dots, items of lists in brackets, a list as value in braces, and a backslash before whatever shall mean itself.
 *
 * @module
 */

/** The characters up to one that ends them, without the backslashes that take a character's meaning. */
interface Run {
  text: string
  /** The character that ended it; undefined at the end of the text. */
  end: string | undefined
  /** Where what follows starts. */
  next: number
}

function runUntil(text: string, start: number, ends: string): Run {
  let read = ''
  for (let index = start; index < text.length; index++) {
    const character = text[index]!
    if (character === '\\') {
      index += 1
      read += text[index] ?? ''
    } else if (ends.includes(character)) {
      return { text: read, end: character, next: index + 1 }
    } else {
      read += character
    }
  }
  return { text: read, end: undefined, next: text.length }
}

/** A key up to its `=`, step by step; an item of a list by its number. */
function readKey(text: string, start: number): { path: string[]; end: string | undefined; next: number } {
  const path: string[] = []
  let next = start
  for (;;) {
    const step = runUntil(text, next, '.[=,')
    // Behind an item's bracket comes no name of its own.
    if (step.text !== '' || path.length === 0) {
      path.push(step.text)
    }
    next = step.next
    if (step.end === '[') {
      const item = runUntil(text, next, ']')
      path.push(item.text)
      next = item.next
    } else if (step.end !== '.') {
      return { path, end: step.end, next }
    }
  }
}

/** Where what follows a value starts: a list in braces has commas of its own. */
function endOfValue(text: string, start: number): number {
  if (text[start] !== '{') {
    return runUntil(text, start, ',').next
  }
  const { next } = runUntil(text, start + 1, '}')
  return text[next] === ',' ? next + 1 : next
}

/** The keys that a `--set` text assigns, in order, each step by step: `a.b[0]=1,c=2` is `a`, `b`, `0` and `c`. */
export function assignedKeys(text: string): string[][] {
  const keys: string[][] = []
  for (let start = 0; start < text.length; ) {
    const { path, end, next } = readKey(text, start)
    keys.push(path)
    start = end === '=' ? endOfValue(text, next) : next
  }
  return keys
}

/** Dotted, with a dot at the end: of two keys one then stands above the other where its text starts the other's. */
function dottedKey(path: readonly string[]): string {
  return path.map(step => `${step}.`).join('')
}

/** Values that a command line assigns, by the flag that does. */
export interface Assignments {
  /** `--set-json`: values are JSON; or the whole is one object. */
  setJson?: string[]
  /** `--set`: words such as `true` and digits are read as such. */
  set?: string[]
  /** `--set-string`: every value is a string. */
  setString?: string[]
  /** `--set-file`: every value is the content of the file that is named. */
  setFile?: string[]
}

/** The flags in the order in which Helm applies them, whatever the command line's (helm/pkg/cli/values, MergeValues). */
export const assignmentFlags = [
  ['setJson', '--set-json'],
  ['set', '--set'],
  ['setString', '--set-string'],
  ['setFile', '--set-file']
] as const satisfies [keyof Assignments, string][]

/** The keys at the top of a `--set-json` text that is one object. */
function keysOfObject(text: string): string[][] {
  try {
    return Object.keys(JSON.parse(text) as object).map(key => [key])
  } catch {
    // Helm says what is wrong with it.
    return []
  }
}

function keysOf(flag: string, text: string): string[][] {
  return flag === '--set-json' && text.trimStart().startsWith('{') ? keysOfObject(text) : assignedKeys(text)
}

/**
 * The flag with its text that a value comes from: the last that assigns it, a part of it, or what it is a part of.
 *
 * @param path the value's key; of the whole of the values nothing is told. A step may hold dots, and a key that was split at
 * them is the same key.
 * @returns as it would be typed: `--set a.b=1`.
 */
export function lastAssignment(assignments: Assignments, path: readonly string[]): string | undefined {
  if (path.length === 0) {
    return undefined
  }
  const wanted = dottedKey(path)
  return assignmentFlags
    .flatMap(([name, flag]) => (assignments[name] ?? []).map(text => [flag, text] as const))
    .findLast(([flag, text]) =>
      keysOf(flag, text).some(key => {
        const assigned = dottedKey(key)
        return assigned.startsWith(wanted) || wanted.startsWith(assigned)
      })
    )
    ?.join(' ')
}
