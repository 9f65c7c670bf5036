import type { HTTPRouteMatch, PathModifier } from '../../resources/index.ts'
import { nilDereference } from '../model-error.ts'
import type { Rewrite, Transform } from '../stack/stack.ts'
import type { RankedRule } from './precedence.ts'

const wholePath = '^([^?]*)'
const wholeHost = '.*'

/**
 * LBC: generatePrefixReplacementRegex. The slash behind the prefix is put back unless the replacement ends in one, and a path
 * never becomes empty.
 */
function prefixRewrite({ path }: HTTPRouteMatch, replacement: string): Rewrite {
  if (path?.value === undefined) {
    throw nilDereference()
  }
  const replace = replacement === '' ? '/' : replacement.endsWith('/') ? replacement : `${replacement}$2`
  return { regex: `(^${path.value}(/)?)`, replace }
}

/** LBC: generateURLRewritePathTransform. An unknown type rewrites nothing. */
function pathTransform({ type, replaceFullPath, replacePrefixMatch }: PathModifier, match: HTTPRouteMatch): Transform {
  function rewrite(): Rewrite {
    if (type === 'ReplaceFullPath' && replaceFullPath !== undefined) {
      return { regex: wholePath, replace: replaceFullPath }
    }
    if (type === 'ReplacePrefixMatch' && replacePrefixMatch !== undefined) {
      return prefixRewrite(match, replacePrefixMatch)
    }
    if (type === 'ReplaceFullPath' || type === 'ReplacePrefixMatch') {
      throw nilDereference()
    }
    return { regex: '', replace: '' }
  }
  return { type: 'url-rewrite', urlRewriteConfig: { rewrites: [rewrite()] } }
}

/** The transforms of a rule, whatever its action (LBC: buildHTTPRuleTransforms). GRPCRoutes have none. @throws ModelError */
export function buildTransforms({ route, rule, match }: RankedRule): Transform[] {
  if (route.kind !== 'HTTPRoute') {
    return []
  }
  return (rule.rule.filters ?? []).flatMap(({ urlRewrite, requestRedirect }): Transform[] => [
    ...(urlRewrite?.path ? [pathTransform(urlRewrite.path, match)] : []),
    ...(urlRewrite?.hostname === undefined
      ? []
      : [
          {
            type: 'host-header-rewrite',
            hostHeaderRewriteConfig: { rewrites: [{ regex: wholeHost, replace: urlRewrite.hostname }] }
          } satisfies Transform
        ]),
    ...(requestRedirect?.path?.replacePrefixMatch === undefined ? [] : [pathTransform(requestRedirect.path, match)])
  ])
}
