import { RE2JS } from 're2js'
import type { Path } from '../../resources/index.ts'
import type { HTTPMatch, StringMatch } from '../istio.ts'
import type { Refusal } from './refusal.ts'

/** Istio's own bound, for which it has no better measure than the length. */
const longestExpression = 1024

/** Why RE2 takes no such expression; undefined where it does. */
function whyNoExpression(text: string): string | undefined {
  if (text.length > longestExpression) {
    return `longer than ${longestExpression} characters`
  }
  try {
    RE2JS.compile(text)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

export function refuseExpression(text: string | undefined, path: Path): Refusal[] {
  if (text === undefined || text === '*') {
    return []
  }
  const why = text === '' ? 'it is empty' : whyNoExpression(text)
  return why === undefined
    ? []
    : [
        {
          path,
          message: `the regular expression ${text} is none that Istio takes (${why})`,
          expected: 'RE2 syntax',
          actual: text,
          hint: 'RE2 looks neither ahead nor behind; write a route for what is left out before this one instead'
        }
      ]
}

export function refuseMatch(match: StringMatch | undefined, path: Path, mayBeEmpty = false): Refusal[] {
  if (match?.prefix === '' && !mayBeEmpty) {
    return [
      { path: [...path, 'prefix'], message: 'a prefix must not be empty', hint: 'leave it out to match anything' }
    ]
  }
  return refuseExpression(match?.regex, [...path, 'regex'])
}

export function refuseMatches(matches: readonly HTTPMatch[] | undefined, path: Path): Refusal[] {
  return (matches ?? []).flatMap((match, index) => {
    const at = [...path, 'match', index]
    const named = (['headers', 'withoutHeaders', 'queryParams'] as const).flatMap(field =>
      Object.entries(match[field] ?? {}).flatMap(([name, value]) => refuseMatch(value, [...at, field, name]))
    )
    const plain = (['scheme', 'method', 'authority'] as const).flatMap(field =>
      refuseMatch(match[field], [...at, field])
    )
    return [...refuseMatch(match.uri, [...at, 'uri'], true), ...plain, ...named]
  })
}
