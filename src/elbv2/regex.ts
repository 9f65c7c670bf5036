/**
 * Regular expressions of conditions and transforms. AWS's dialect runs in linear time: no lookaround, no
 * backreferences, no possessive quantifiers, no recursion, and no Unicode classes. RE2 is that dialect but for the last.
 *
 * @module
 */

import { RE2JS } from 're2js'
import type { TextMatcher } from './glob.ts'
import { RefusedError } from './refused-error.ts'

/** Whether a regular expression has to match the whole text. AWS's examples anchor themselves, so: any part. */
const regexMatchesWholeText = false

/**
 * Compiles an expression.
 *
 * @throws {RefusedError} for what the dialect does not know.
 */
export function compileRegex(expression: string, options: { ignoreCase?: boolean } = {}): RE2JS {
  // An even number of backslashes before `\p` would be a literal backslash followed by a p.
  if (/(^|[^\\])(\\\\)*\\[pP]/.test(expression)) {
    throw new RefusedError(`Unicode classes are not supported: ${expression}`)
  }
  try {
    return RE2JS.compile(expression, options.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0)
  } catch (error) {
    throw new RefusedError(`invalid regular expression ${JSON.stringify(expression)}: ${(error as Error).message}`)
  }
}

/** The expression as a matcher of texts. */
export function regexMatcher(expression: string, options: { ignoreCase?: boolean } = {}): TextMatcher {
  const compiled = compileRegex(expression, options)
  return regexMatchesWholeText ? text => compiled.matches(text) : text => compiled.matcher(text).find()
}
