import { FindingCard } from './finding-card.tsx'
import { ScrollRegion } from './scroll-region.tsx'
import { map } from './store.ts'
import { plural } from './words.ts'

/** Everything that will not work on AWS, the worst first. */
export function FindingsView() {
  const { findings, failures, assumptions } = map.value
  return (
    <ScrollRegion label="Findings" class="page">
      {findings.length + failures.length === 0 && <p class="empty">Checked: nothing to say.</p>}
      {[...failures, ...findings].map((finding, index) => (
        <FindingCard key={`${finding.code} ${index}`} finding={finding} />
      ))}
      {assumptions.length > 0 && (
        <section class="panel">
          <header>
            <h2>{plural(assumptions.length, 'assumption')}</h2>
          </header>
          <ul class="plain">
            {assumptions.map(text => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </section>
      )}
    </ScrollRegion>
  )
}
