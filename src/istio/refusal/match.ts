import { RE2JS } from 're2js'
import type { Path } from '../../resources/index.ts'
import type { HTTPMatch, StringMatch } from '../istio.ts'
import { refuseHeaderName } from './headers.ts'
import { isLabel, refuseGatewayName, refusePort } from './name.ts'
import { type Refusal, refuseEach, refuseIf } from './refusal.ts'

/** Istio's own bound, for which it has no better measure than the length. */
const longestExpression = 1024

/** Why RE2 takes no such expression; undefined where it does. */
function whyNoExpression(text: string): string | undefined {
  if (text === '') {
    return 'it is empty'
  }
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
  const why = text === undefined ? undefined : whyNoExpression(text)
  return refuseIf(why !== undefined, {
    path,
    message: `the regular expression ${text} is none that Istio takes (${why})`,
    expected: 'RE2 syntax',
    actual: text!,
    hint: 'RE2 looks neither ahead nor behind; write a route for what is left out before this one instead'
  })
}

/** One match; of exact, prefix and regex the API server takes one. */
export function refuseMatch(match: StringMatch | undefined, path: Path, { mayBeEmpty = false } = {}): Refusal[] {
  const named = (['exact', 'prefix', 'regex'] as const).filter(name => match?.[name] !== undefined)
  return [
    ...refuseIf(named.length > 1, {
      path,
      message: `a match is one of exact, prefix and regex, and this one is ${named.join(' and ')}`,
      expected: 'one of exact, prefix, regex',
      hint: 'make a match of each'
    }),
    ...refuseIf(match?.prefix === '' && !mayBeEmpty, {
      path: [...path, 'prefix'],
      message: 'a prefix must not be empty',
      hint: 'leave it out to match anything'
    }),
    ...refuseExpression(match?.regex, [...path, 'regex'])
  ]
}

/** A claim of a token stands for a header (Istio: pilot/pkg/util/jwt). */
function refuseMatchedHeader(name: string, path: Path): Refusal[] {
  const isClaim = name.startsWith('@request.auth.claims')
  const isPseudo = [':method', ':scheme', ':authority', ':path', ':status'].includes(name)
  return isClaim || isPseudo ? [] : refuseHeaderName(name, path)
}

function refuseNamed(match: HTTPMatch, field: 'headers' | 'withoutHeaders' | 'queryParams', path: Path): Refusal[] {
  return Object.entries(match[field] ?? {}).flatMap(([name, value]) => {
    const at = [...path, field, name]
    // The star alone, which is no expression, asks whether the header is there; it is taken here only.
    const isPresence = field === 'withoutHeaders' && value?.regex === '*'
    return [
      ...(field === 'queryParams' ? [] : refuseMatchedHeader(name, at)),
      ...(isPresence ? [] : refuseMatch(value, at))
    ]
  })
}

/** The matches of an HTTP route (Istio: validateHTTPRouteMatchRequest). */
export function refuseMatches(matches: readonly HTTPMatch[] | undefined, path: Path): Refusal[] {
  return refuseEach(matches, [...path, 'match'], (match, at) => [
    ...refuseMatch(match.uri, [...at, 'uri'], { mayBeEmpty: true }),
    ...(['scheme', 'method', 'authority'] as const).flatMap(field => refuseMatch(match[field], [...at, field])),
    ...(['headers', 'withoutHeaders', 'queryParams'] as const).flatMap(field => refuseNamed(match, field, at)),
    ...(match.port ? refusePort(match.port, [...at, 'port']) : []),
    ...refuseEach(match.gateways, [...at, 'gateways'], refuseGatewayName),
    ...refuseIf(match.sourceNamespace && !isLabel(match.sourceNamespace), {
      path: [...at, 'sourceNamespace'],
      message: `${match.sourceNamespace} is no namespace`,
      hint: 'name a namespace'
    })
  ])
}
