import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { usageFailure } from '../failure.ts'
import { nearestName } from '../nearest-name.ts'

/** A page for each code of `check`, beside the sources and in the package. */
const pages = fileURLToPath(new URL('../../docs/findings', import.meta.url))

/** The codes that have a page. */
function codes(): string[] {
  return readdirSync(pages)
    .filter(name => name.endsWith('.md'))
    .map(name => name.slice(0, -'.md'.length))
    .sort()
}

/**
 * The page of a finding's code, as it stands in the docs.
 *
 * @throws Failure exit 2 `CODE_UNKNOWN` with the nearest code.
 */
function pageOf(typed: string): string {
  const code = typed.toUpperCase().replaceAll('-', '_')
  const file = join(pages, `${code}.md`)
  if (/^[A-Z0-9_]+$/.test(code) && existsSync(file)) {
    return readFileSync(file, 'utf8')
  }
  const nearest = nearestName(code, codes())
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
      process.stdout.write(code === undefined ? `${codes().join('\n')}\n` : pageOf(code))
    })
}
