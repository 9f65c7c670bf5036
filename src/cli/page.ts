import type { Finding } from '../failure.ts'
import type { ChangeEntry, Page, Source } from '../page/index.ts'
import { describeDiff } from '../report/index.ts'
import type { OutputOptions, PageOptions } from './options.ts'
import type { EdgeChanges } from './watch/index.ts'

/**
 * The page that a command serves; undefined where it serves none, which loads nothing of it. A person in front of a terminal
 * gets one unasked.
 *
 * @throws Failure exit 2 `PORT_BUSY`.
 */
export async function openPage(
  { page, output }: PageOptions & OutputOptions,
  source: Source
): Promise<Page | undefined> {
  const isInteractive = output === 'text' && process.stdout.isTTY
  const port = page ?? (isInteractive ? 0 : 'off')
  if (port === 'off') {
    return undefined
  }
  const { startPage } = await import('../page/index.ts')
  return startPage(port, source)
}

/** The line that tells people of a page. */
export function describePage(page: Page | undefined): string {
  return page ? `page: ${page.url}\n` : ''
}

type Change = Omit<ChangeEntry, 'date'>

/** What a saved file, or a cluster, changed. */
export function changeOf(title: string, changes: EdgeChanges): Change {
  const { plan } = changes
  const text = plan.changes.length > 0 || plan.blocked.length > 0 ? describeDiff(plan) : ''
  return { title, ...changes, text }
}

/** A saved file that could not be followed. */
export function failureOf(path: string, findings: Finding[]): Change {
  const nothing = { gone: [], plan: { changes: [], unchanged: 0, blocked: [] }, text: '' }
  return { title: `${path} saved, and what was before stays`, appeared: findings, ...nothing }
}
