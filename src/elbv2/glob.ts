/**
 * AWS's wildcards: `*` stands for any run of characters, `/` included, `?` for exactly one, and the whole text has to
 * match. There are no character classes. (User guide: "Condition types for listener rules".)
 *
 * @module
 */

/** Whether a text matches the pattern that the matcher was compiled from. */
export type TextMatcher = (text: string) => boolean

/** What stands for any one character inside a compiled piece: a lone surrogate, which no header can hold. */
const any = '\udc00'

/** How a pattern is read. */
export interface GlobOptions {
  /** Compare without regard to the case of letters. */
  ignoreCase?: boolean
  /** A backslash takes the meaning from the `*`, `?` or backslash behind it: query-string conditions only. */
  escapes?: boolean
}

/** Compiles a pattern. The matcher takes time linear in the text for each piece between two stars. */
export function compileGlob(pattern: string, options: GlobOptions = {}): TextMatcher {
  const pieces = split(options.ignoreCase ? pattern.toLowerCase() : pattern, options.escapes ?? false)
  const matches = matcherOf(pieces)
  return options.ignoreCase ? text => matches(text.toLowerCase()) : matches
}

/** The pieces between the stars, with every `?` replaced by ANY. */
function split(pattern: string, escapes: boolean): string[] {
  const pieces = ['']
  for (let at = 0; at < pattern.length; at++) {
    let character = pattern[at]!
    if (escapes && character === '\\' && /[*?\\]/.test(pattern[at + 1] ?? '')) {
      at += 1
      character = pattern[at]!
    } else if (character === '*') {
      pieces.push('')
      continue
    } else if (character === '?') {
      character = any
    }
    pieces[pieces.length - 1] += character
  }
  return pieces
}

function matcherOf(pieces: string[]): TextMatcher {
  const first = pieces[0]!
  if (pieces.length === 1) {
    return first.includes(any)
      ? text => text.length === first.length && standsAt(first, text, 0)
      : text => text === first
  }
  const last = pieces[pieces.length - 1]!
  const middle = pieces.slice(1, -1).filter(piece => piece !== '')
  return text => {
    const end = text.length - last.length
    if (end < first.length || !standsAt(first, text, 0) || !standsAt(last, text, end)) {
      return false
    }
    let from = first.length
    // Taking each piece at its leftmost place never rules out a match of the pieces behind it.
    for (const piece of middle) {
      const at = find(piece, text, from, end)
      if (at < 0) {
        return false
      }
      from = at + piece.length
    }
    return true
  }
}

function find(piece: string, text: string, from: number, end: number): number {
  if (!piece.includes(any)) {
    const at = text.indexOf(piece, from)
    return at >= 0 && at + piece.length <= end ? at : -1
  }
  for (let at = from; at + piece.length <= end; at++) {
    if (standsAt(piece, text, at)) {
      return at
    }
  }
  return -1
}

function standsAt(piece: string, text: string, at: number): boolean {
  if (!piece.includes(any)) {
    return text.startsWith(piece, at)
  }
  for (let index = 0; index < piece.length; index++) {
    if (piece[index] !== any && piece[index] !== text[at + index]) {
      return false
    }
  }
  return true
}
