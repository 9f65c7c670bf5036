import type { Transform as TransformSpec } from '../model/index.ts'
import { compileRegex } from './regex.ts'

/** A compiled transform: rewrites the Host header, or path and query, of what is forwarded. */
export interface Transform {
  type: TransformSpec['type']
  /** The rewritten text; undefined where no expression matches. */
  rewrite(text: string): string | undefined
}

/** A transform matched, and what it made cannot be sent: the load balancer answers 500. */
export class TransformError extends Error {}

/**
 * Compiles a transform. `$1` to `$9…` in the replacement stand for the groups of the expression.
 *
 * @throws {RefusedError} for an expression that AWS's dialect does not know.
 */
export function compileTransform(transform: TransformSpec): Transform {
  const rewrites = (transform.hostHeaderRewriteConfig ?? transform.urlRewriteConfig)?.rewrites ?? []
  const compiled = rewrites.map(({ regex, replace }) => ({ expression: compileRegex(regex), replace }))
  return {
    type: transform.type,
    rewrite(text) {
      for (const { expression, replace } of compiled) {
        const matcher = expression.matcher(text)
        if (!matcher.find()) {
          continue
        }
        const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, number) => matcher.group(number) ?? '')
        const replaced = replace.replace(/\$(\d)(\d?)/g, (_, first: string, second: string) => {
          const both = groups[Number(first + second)]
          // `$10` with fewer than ten groups is the first one, and a zero behind it.
          return both ?? `${groups[Number(first)] ?? ''}${second}`
        })
        const result = text.slice(0, matcher.start()) + replaced + text.slice(matcher.end())
        check(transform.type, result)
        return result
      }
      return undefined
    }
  }
}

function check(type: TransformSpec['type'], result: string): void {
  const allowed = type === 'url-rewrite' ? /^\/[\x21-\x7e]*$/ : /^[A-Za-z0-9.\-_:[\]]+$/
  if (!allowed.test(result)) {
    throw new TransformError(`the ${type} makes ${JSON.stringify(result)}`)
  }
}
