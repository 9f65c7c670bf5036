import type { MapNode } from '../contract.ts'
import { HealthBadge } from './health-badge.tsx'
import { ScrollRegion } from './scroll-region.tsx'
import { checks, failingOpen, figures, go, healthOf, map, nodesByID } from './store.ts'
import { clock, plural } from './words.ts'

function groupOf(id: string): MapNode | undefined {
  const link = map.value.links.find(({ to, from }) => to === id && from.startsWith('target-group '))
  return link && nodesByID.value.get(link.from)
}

/** How many of the last checks came to the same, from the newest back. */
function streakOf(passed: readonly boolean[]): number {
  const last = passed.at(-1)
  const reversed = passed.toReversed()
  const end = reversed.findIndex(one => one !== last)
  return end < 0 ? reversed.length : end
}

/** What the checks of a target have counted, and when the next one comes. */
function progressOf(id: string): string {
  const history = checks.value.get(id) ?? []
  const terms = groupOf(id)?.healthCheck
  const last = history.at(-1)
  if (!last || !terms) {
    return 'no check yet'
  }
  const streak = streakOf(history.map(({ passed }) => passed))
  const threshold = last.passed ? terms.healthyThreshold : terms.unhealthyThreshold
  const counted = `${Math.min(streak, threshold)} of ${threshold} ${last.passed ? 'passed' : 'failed'}`
  // The seconds of the figures are the clock that the page is told.
  const now = Math.max(figures.value.at(-1)?.second ?? 0, Math.floor(Date.now() / 1000)) * 1000
  const left = Math.max(0, Date.parse(last.time) + terms.interval - now)
  return `${counted}, next in ${left < 1000 ? '<1' : Math.round(left / 1000)} s`
}

/** The checks of a target over time. */
export function CheckHistory({ id }: { id: string }) {
  const history = checks.value.get(id) ?? []
  if (history.length === 0) {
    return null
  }
  const failed = history.filter(({ passed }) => !passed).length
  const last = history.findLast(({ passed }) => !passed)
  return (
    <div class="history">
      <div
        class="ticks"
        role="img"
        aria-label={`the last ${plural(history.length, 'check')}: ${failed} failed. ${progressOf(id)}`}
      >
        {history.map(({ time, passed, reason, code, state }) => (
          <span
            key={time}
            class={passed ? 'tick good' : 'tick bad'}
            title={`${clock(Date.parse(time))} ${passed ? 'passed' : `failed: ${reason}${code ? ` (${code})` : ''}`}, ${state}`}
          />
        ))}
      </div>
      <div class="quiet-text">
        {progressOf(id)}
        {last &&
          `; last failed at ${clock(Date.parse(last.time))}: ${last.reason}${last.code ? ` (${last.code})` : ''}`}
      </div>
    </div>
  )
}

function Target({ node }: { node: MapNode }) {
  const health = healthOf(node)
  return (
    <tr>
      <td>
        <button type="button" class="link" onClick={() => go('map', node.id)}>
          {node.title}
        </button>
        <div class="quiet-text">{node.text}</div>
      </td>
      <td>
        {health && <HealthBadge health={health} />}
        {health?.reason && (
          <div class="quiet-text">
            {health.reason}: {health.description}
          </div>
        )}
      </td>
      <td>
        <CheckHistory id={node.id} />
      </td>
    </tr>
  )
}

/** Each target's health checks over time. */
export function HealthView() {
  const groups = map.value.nodes.filter(({ column }) => column === 'target-group')
  return (
    <ScrollRegion label="Health" class="page">
      {groups.map(group => {
        const ids = new Set(map.value.links.filter(({ from }) => from === group.id).map(({ to }) => to))
        const targets = map.value.nodes.filter(({ id, column }) => column === 'target' && ids.has(id))
        return (
          <section key={group.id} class="panel">
            <header>
              <h2>{group.title}</h2>
              {failingOpen.value.has(group.title) && <span class="badge bad">fail-open</span>}
              <span class="quiet-text">{group.healthCheck?.text}</span>
            </header>
            {targets.length === 0 ? (
              <p class="empty">No targets are registered.</p>
            ) : (
              <table>
                <thead>
                  <tr>
                    <th scope="col">Target</th>
                    <th scope="col">State</th>
                    <th scope="col">Checks, the newest at the right</th>
                  </tr>
                </thead>
                <tbody>
                  {targets.map(node => (
                    <Target key={node.id} node={node} />
                  ))}
                </tbody>
              </table>
            )}
          </section>
        )
      })}
      {groups.length === 0 && <p class="empty">No target group is planned.</p>}
    </ScrollRegion>
  )
}
