import { RE2JS } from 're2js'
import type { StringMatch } from './istio.ts'

/** A compiled match with its words: `prefix /api`. */
export interface TextMatcher {
  text: string
  matches(value: string): boolean
  /** True where any value will do: the thing has only to be there. */
  presence: boolean
}

/**
 * Compiles a match. A regular expression has to match the whole value; `*` alone, which is none, asks for presence
 * (Istio: canBeConvertedToPresentMatch). One that RE2 does not know matches nothing: what holds it was refused before.
 */
export function compileMatch({ exact, prefix, regex }: StringMatch, { ignoreCase = false } = {}): TextMatcher {
  function folded(value: string): string {
    return ignoreCase ? value.toLowerCase() : value
  }
  if (exact !== undefined) {
    return { text: `exact ${exact}`, matches: value => folded(value) === folded(exact), presence: false }
  }
  if (prefix !== undefined) {
    return { text: `prefix ${prefix}`, matches: value => folded(value).startsWith(folded(prefix)), presence: false }
  }
  if (regex === undefined || regex === '*') {
    return { text: 'present', matches: () => true, presence: true }
  }
  const text = `regex ${regex}`
  try {
    // Envoy's own expressions heed no ignoreUriCase.
    const expression = RE2JS.compile(regex)
    return { text, matches: value => expression.matches(value), presence: false }
  } catch {
    return { text, matches: () => false, presence: false }
  }
}
