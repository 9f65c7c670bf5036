import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownFile } from '../own-file.ts'

/** A page for each code of `check`, beside the sources and in the package. */
function pages(): string {
  return ownFile('docs/findings')
}

/** The codes that have a page. */
export function findingCodes(): string[] {
  return readdirSync(pages())
    .filter(name => name.endsWith('.md'))
    .map(name => name.slice(0, -'.md'.length))
    .sort()
}

/** The page of a finding's code, as it stands in the docs; undefined where there is none. */
export function findingPage(code: string): string | undefined {
  const file = join(pages(), `${code}.md`)
  return /^[A-Z0-9_]+$/.test(code) && existsSync(file) ? readFileSync(file, 'utf8') : undefined
}
