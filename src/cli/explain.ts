import type { Command } from 'commander'
import { usageFailure } from '../failure.ts'
import { nearestName } from '../nearest-name.ts'
import { findingCodes, findingPage } from '../report/index.ts'
import { print } from './print.ts'

/**
 * The page of a finding's code, as it stands in the docs.
 *
 * @throws Failure exit 2 `CODE_UNKNOWN` with the nearest code.
 */
function pageOf(typed: string): string {
  const code = typed.toUpperCase().replaceAll('-', '_')
  const page = findingPage(code)
  if (page !== undefined) {
    return page
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

export function registerExplain(program: Command): void {
  program
    .command('explain')
    .description('what a finding of check means: why, how to fix it, how to see it on AWS')
    .argument('[code]', 'code of the finding (default: list them all)')
    .action((code?: string) => {
      print(code === undefined ? `${findingCodes().join('\n')}\n` : pageOf(code))
    })
}
