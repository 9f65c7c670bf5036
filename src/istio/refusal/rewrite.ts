import { RE2JS } from 're2js'
import type { Path } from '../../resources/index.ts'
import type { HTTPRouteSpec } from '../istio.ts'
import { refuseExpression } from './match.ts'
import { type Refusal, refuseIf } from './refusal.ts'

/** A rewrite (Istio: validateHTTPRewrite); a substitution must refer to groups that its expression has, else Envoy refuses it. */
export function refuseRewrite({ rewrite }: HTTPRouteSpec, path: Path): Refusal[] {
  if (!rewrite) {
    return []
  }
  const at = [...path, 'rewrite']
  const { uri, authority, uriRegexRewrite } = rewrite
  if (!uri && !authority && !uriRegexRewrite) {
    return [{ path: at, message: 'the rewrite changes nothing', hint: 'add uri, uriRegexRewrite or authority' }]
  }
  if (!uriRegexRewrite) {
    return []
  }
  const { match = '', rewrite: substitution = '' } = uriRegexRewrite
  const here = [...at, 'uriRegexRewrite']
  const refused = [
    ...refuseIf(uri, {
      path: at,
      message: 'a rewrite cannot have both uri and uriRegexRewrite',
      hint: 'leave one of them out'
    }),
    ...refuseExpression(match, [...here, 'match']),
    ...refuseIf(substitution === '', {
      path: here,
      message: 'the substitution is empty',
      hint: 'name what takes the place of the match'
    })
  ]
  if (refused.length > 0) {
    return refused
  }
  const groups = RE2JS.compile(match).groupCount()
  const highest = Math.max(0, ...[...substitution.matchAll(/\\(\d)/g)].map(([, digit]) => Number(digit)))
  return refuseIf(highest > groups, {
    path: [...here, 'rewrite'],
    message: `the substitution ${substitution} refers to group ${highest}, and ${match} has ${groups}`,
    hint: 'put what is to be kept into parentheses'
  })
}
