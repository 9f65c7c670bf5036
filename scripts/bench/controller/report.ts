/**
 * The controller's part of docs/performance.md.
 *
 * @module
 */

import type { RunningUp } from '../edge/up.ts'
import { type Goal, goalsTable, machine, percentile } from '../figures.ts'
import type { Changes, Load } from './changes.ts'
import type { Start } from './start.ts'

export interface ControllerFigures {
  firstAnswers: number[]
  starts: Start[]
  /** Undefined where there is no container engine. */
  changes: Changes | undefined
  up: { steps: RunningUp['steps']; milliseconds: number } | undefined
}

function milliseconds(figure: number): string {
  return `${figure.toFixed(figure < 10 ? 1 : 0)} ms`
}
function seconds(figure: number): string {
  return `${(figure / 1000).toFixed(1)} s`
}
function failed({ failures }: Load): number {
  return [...failures.values()].reduce((sum, count) => sum + count, 0)
}

function goals({ firstAnswers, starts, changes, up }: ControllerFigures): Goal[] {
  const [p50, p99] = [percentile(firstAnswers, 0.5), percentile(firstAnswers, 0.99)]
  const { count, groups, milliseconds: start, memory } = starts.at(-1)!
  const found: Goal[] = [
    {
      what: `from a new Ingress to its first answer, p50 of ${firstAnswers.length}`,
      goal: '≤ 100 ms',
      found: milliseconds(p50),
      met: p50 <= 100
    },
    { what: 'the same, p99', goal: '≤ 100 ms', found: milliseconds(p99), met: p99 <= 100 },
    {
      what: `${count} Ingresses in ${groups} groups, from the start to the last status`,
      goal: '≤ 10 s',
      found: seconds(start),
      met: start <= 10_000
    }
  ]
  if (memory !== undefined) {
    found.push({ what: 'most memory meanwhile', goal: '≤ 200 MB', found: `${memory} MB`, met: memory <= 200 })
  }
  if (changes) {
    const { changing } = changes
    found.push({
      what: `500 requests a second through kind during 1,000 changes (${changing.seconds.toFixed(1)} s): failed of ${changing.requests}`,
      goal: '0',
      found: String(failed(changing)),
      met: failed(changing) === 0
    })
  }
  if (up) {
    found.push({
      what: '`up`, from nothing to the first answer, images present',
      goal: '≤ 90 s',
      found: seconds(up.milliseconds),
      met: up.milliseconds <= 90_000
    })
  }
  return found
}

function table(heads: string[], rows: string[][]): string {
  return [heads, ['---', ...heads.slice(1).map(() => '---:')], ...rows].map(row => `| ${row.join(' | ')} |`).join('\n')
}

export function report(figures: ControllerFigures): string {
  const { starts, changes, up } = figures
  const parts = [
    `## The controller

Written by \`npm run bench controller\`: figures of one run on one machine. The controller is the one file that its image runs. What comes before
kind runs against an API server in the benchmark's own process, whose cost is part of it; memory is the most that the process had until two
seconds after the last status.

${machine()}.`,
    goalsTable(goals(figures)),
    `### Growth

![Time and memory by number of Ingresses](figures/controller-growth.svg)

${table(
  ['Ingresses', 'groups', 'start to last status', 'most memory'],
  starts.map(({ count, groups, milliseconds: start, memory }) => [
    String(count),
    String(groups),
    milliseconds(start),
    memory === undefined ? '' : `${memory} MB`
  ])
)}`
  ]
  if (changes) {
    parts.push(`### Changes under load

500 requests a second, one due every 2 ms, through kind's port and the load balancer of the controller in the cluster to two pods. The changes are made one
after the other, as fast as the API server takes them: rules, hosts and attributes of the Ingress that is asked, members of its group that come and go, other
groups, the Service behind all of them.

${table(
  ['', 'requests', 'counted by the load balancer', 'p50', 'p99', 'failed'],
  (
    [
      ['no changes', changes.quiet],
      ['1,000 changes', changes.changing]
    ] as const
  ).map(([what, load]) => [
    what,
    String(load.requests),
    String(load.counted),
    milliseconds(load.p50),
    milliseconds(load.p99),
    [failed(load), ...[...load.failures].map(([why, count]) => `${count} × ${why}`)].join('; ')
  ])
)}`)
  }
  if (up) {
    parts.push(`### \`up\` by step

${table(
  ['step', 'time'],
  up.steps.map(({ name, milliseconds: time }) => [name, seconds(time)])
)}`)
  }
  return parts.join('\n\n')
}
