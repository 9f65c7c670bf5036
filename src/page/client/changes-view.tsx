import { useEffect } from 'preact/hooks'
import type { ChangeEntry } from '../contract.ts'
import { FindingCard } from './finding-card.tsx'
import { ScrollRegion, TextBlock } from './scroll-region.tsx'
import { changes, command, unseenChanges } from './store.ts'
import { clock } from './words.ts'

function Change({ change }: { change: ChangeEntry }) {
  const { date, title, appeared, gone, plan, text } = change
  const isNothing = appeared.length + gone.length + plan.changes.length + plan.blocked.length === 0
  return (
    <section class="panel">
      <header>
        <h2>{title}</h2>
        <span class="quiet-text">{clock(date)}</span>
      </header>
      {isNothing && <p class="empty">No change in the findings and the plan.</p>}
      {text && <TextBlock label="What changes in the plan" text={text} prose />}
      {appeared.map(finding => (
        <FindingCard key={finding.message} finding={finding} />
      ))}
      {gone.map(finding => (
        <FindingCard key={finding.message} finding={finding} gone />
      ))}
    </section>
  )
}

/** What saved files, or the cluster, changed. */
export function ChangesView() {
  useEffect(() => {
    unseenChanges.value = 0
  })
  return (
    <ScrollRegion label="Changes" class="page">
      {changes.value.length === 0 && (
        <p class="empty">
          Nothing has changed since this began.{' '}
          {command.value === 'simulate' ? (
            <>
              With <code>--watch</code>, a saved file is told here with what AWS would replace.
            </>
          ) : (
            `What ${command.value === 'aws' ? 'calls of the API change' : 'changes in the cluster'} while this page is open is told here.`
          )}
        </p>
      )}
      {changes.value.toReversed().map(change => (
        <Change key={change.date} change={change} />
      ))}
    </ScrollRegion>
  )
}
