import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { usageFailure } from '../failure.ts'
import { nearestName } from '../nearest-name.ts'
import { ownFile } from '../own-file.ts'
import type { OutputOptions } from './options.ts'
import { print } from './print.ts'

export type ExplainOptions = OutputOptions

/** A page for each code of `check`, beside the sources and in the package. */
function pages(): string {
  return ownFile('docs/findings')
}

/** The codes that have a page. */
function codes(): string[] {
  return readdirSync(pages())
    .filter(name => name.endsWith('.md'))
    .map(name => name.slice(0, -'.md'.length))
    .sort()
}

/**
 * The page of a finding's code, as it stands in the docs.
 *
 * @throws Failure exit 2 `CODE_UNKNOWN` with the nearest code.
 */
function pageOf(typed: string): { code: string; page: string } {
  const code = typed.toUpperCase().replaceAll('-', '_')
  const file = join(pages(), `${code}.md`)
  if (/^[A-Z0-9_]+$/.test(code) && existsSync(file)) {
    return { code, page: readFileSync(file, 'utf8') }
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

/** Prints the page of a code, or the codes. */
export function explain(code: string | undefined, { output }: ExplainOptions): void {
  const found = code === undefined ? codes() : pageOf(code)
  if (output === 'json') {
    print(`${JSON.stringify(found, undefined, 2)}\n`)
  } else {
    print('page' in found ? found.page : `${found.join('\n')}\n`)
  }
}
