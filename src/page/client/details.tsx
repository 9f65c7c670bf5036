import { useEffect } from 'preact/hooks'
import type { MapNode } from '../contract.ts'
import { Fact, FindingCard } from './finding-card.tsx'
import { HealthBadge } from './health-badge.tsx'
import { CheckHistory } from './health-view.tsx'
import { ScrollRegion, TextBlock } from './scroll-region.tsx'
import { failingOpen, healthOf, map } from './store.ts'
import { plural, titleOf } from './words.ts'

/** What is known of the selected place. */
export function Details({ node, onClose }: { node: MapNode; onClose(): void }) {
  useEffect(() => {
    function close(event: KeyboardEvent): void {
      if (event.key === 'Escape') {
        onClose()
        document.querySelector<HTMLElement>(`[data-node="${CSS.escape(node.id)}"]`)?.focus()
      }
    }
    addEventListener('keydown', close)
    return () => removeEventListener('keydown', close)
  }, [])
  const health = healthOf(node)
  const findings = node.findings.map(index => map.value.findings[index]!)
  const manifest = node.object === undefined ? undefined : map.value.manifests[node.object]
  return (
    <ScrollRegion class="details" label={`${titleOf(node.column)} ${node.title}`}>
      <header>
        <div>
          <div class="label">{titleOf(node.column)}</div>
          <h2>{node.title}</h2>
        </div>
        <button type="button" class="icon" aria-label="Close" onClick={onClose}>
          ×
        </button>
      </header>
      {node.mark && (
        <p class={`note ${node.mark.kind === 'error' ? 'bad' : 'warn'}`}>
          <strong>{node.mark.code ?? node.mark.kind}</strong> {node.mark.text}
        </p>
      )}
      {health && (
        <p>
          <HealthBadge health={health} /> {health.reason && <code>{health.reason}</code>} {health.description}
        </p>
      )}
      {node.column === 'target-group' && failingOpen.value.has(node.title) && (
        <p class="note bad">
          <strong>fail-open</strong> No target is healthy, so that requests go to all of them. On AWS it is the same: it
          looks as if it worked.
        </p>
      )}
      <dl class="facts">
        {node.facts.map(([label, value], index) => (
          <Fact key={`${label} ${index}`} label={label} value={value} />
        ))}
        {node.object && <Fact label="object" value={node.object} />}
        {node.place && <Fact label="written at" value={`${node.place.file}:${node.place.line}`} />}
      </dl>
      {node.column === 'target' && <CheckHistory id={node.id} />}
      {findings.length > 0 && <h3>{plural(findings.length, 'finding')}</h3>}
      {findings.map(finding => (
        <FindingCard key={`${finding.code} ${finding.message}`} finding={finding} />
      ))}
      {node.values.length > 0 && (
        <>
          <h3>Where each value came from</h3>
          <ul class="values">
            {node.values.map(({ field, value, key, object, place }, index) => (
              <li key={`${field} ${index}`}>
                <div>
                  <code>{field}</code> <span class="value">{value}</span>
                </div>
                <div class="quiet-text">
                  {key}
                  {object && ` of ${object}`}
                  {place && (
                    <span class="place">
                      {' '}
                      {place.file}:{place.line}
                    </span>
                  )}
                </div>
              </li>
            ))}
          </ul>
        </>
      )}
      {manifest && (
        <details open>
          <summary>Manifest of {node.object}</summary>
          <TextBlock label={`Manifest of ${node.object}`} text={manifest} />
        </details>
      )}
    </ScrollRegion>
  )
}
