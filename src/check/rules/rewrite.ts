import { type HTTPRouteSpec, virtualServices } from '../../istio/index.ts'
import { objectName } from '../../resources/index.ts'
import type { Rule } from '../rule.ts'

/** The rewrite with an expression in the place of its text. */
function withExpression(rewrite: HTTPRouteSpec['rewrite'], match: string): HTTPRouteSpec['rewrite'] {
  const { uri = '', ...rest } = rewrite ?? {}
  return { ...rest, uriRegexRewrite: { match, rewrite: uri } }
}

/**
 * A rewrite takes the place of the prefix and of nothing more (Envoy: prefix_rewrite), so that a slash at its end meets the one
 * behind a prefix without: `/cart/1` becomes `//1` (istio/istio#26828, istio/istio#8076).
 */
export const rewriteSlashes: Rule = {
  code: 'REWRITE_DOUBLES_SLASH',
  severity: 'info',
  *find({ resources }) {
    for (const virtualService of virtualServices(resources)) {
      const before = new Set<string>()
      for (const [index, { match = [], rewrite }] of (virtualService.spec?.http ?? []).entries()) {
        const { uri } = rewrite ?? {}
        for (const prefix of match.flatMap(one => one.uri?.prefix ?? [])) {
          before.add(prefix)
          if (!uri?.endsWith('/') || prefix.endsWith('/') || before.has(`${prefix}/`)) {
            continue
          }
          const expression = `^${prefix.replaceAll(/[.*+?()[\]{}|^$\\]/g, '\\$&')}/?`
          yield {
            object: virtualService,
            path: ['spec', 'http', index, 'rewrite', 'uri'],
            message: `${objectName(virtualService)} puts ${uri} in the place of ${prefix} and keeps what follows: ${prefix}/x becomes ${uri}/x, which few services know`,
            expected: `a match of ${prefix}/ before, or a rewrite that takes the slash too`,
            actual: `prefix: ${prefix}, rewrite: ${uri}`,
            hint: `match the prefix ${prefix}/ before ${prefix}, or rewrite by uriRegexRewrite: { match: ${expression}, rewrite: ${uri} }`,
            ...(match.length === 1 && {
              changes: [{ path: ['spec', 'http', index, 'rewrite'], value: withExpression(rewrite, expression) }]
            })
          }
        }
      }
    }
  }
}
