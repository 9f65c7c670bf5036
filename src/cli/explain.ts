import { usageFailure } from '../failure.ts'
import { nearestName } from '../nearest-name.ts'
import { findingCodes, findingPage } from '../report/index.ts'
import type { OutputOptions } from './options.ts'
import { print } from './print.ts'

export type ExplainOptions = OutputOptions

/**
 * The page of a finding's code, as it stands in the docs.
 *
 * @throws Failure exit 2 `CODE_UNKNOWN` with the nearest code.
 */
function pageOf(typed: string): { code: string; page: string } {
  const code = typed.toUpperCase().replaceAll('-', '_')
  const page = findingPage(code)
  if (page !== undefined) {
    return { code, page }
  }
  const nearest = nearestName(code, findingCodes())
  throw usageFailure({
    code: 'CODE_UNKNOWN',
    message: `no finding of check has the code ${typed}`,
    path: 'CODE',
    actual: typed,
    hint: nearest ? `did you mean ${nearest}?` : '`istio-alb explain` lists them all'
  })
}

/** Prints the page of a code, or the codes. */
export function explain(code: string | undefined, { output }: ExplainOptions): void {
  const found = code === undefined ? findingCodes() : pageOf(code)
  if (output === 'json') {
    print(`${JSON.stringify(found, undefined, 2)}\n`)
  } else {
    print('page' in found ? found.page : `${found.join('\n')}\n`)
  }
}
