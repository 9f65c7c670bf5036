/**
 * What the figures of flows say: tables in Markdown, and the goals.
 *
 * @module
 */

import { type Goal, goalsTable } from '../figures.ts'

/** Of one proxy over one transport. */
export interface Figures {
  /** A second. */
  connections: number
  bytes: number
  /** Milliseconds of an echo. */
  p99: number
  /** Bytes of memory for each of the idle flows; undefined where not all of them were there. */
  idle: number | undefined
}

export interface Row extends Figures {
  proxy: string
  transport: 'TCP' | 'TLS'
  /** Milliseconds of p99 beyond an echo without a proxy. */
  added: number
}

/** Datagrams there and back. */
export interface Packets {
  proxy: string
  perSecond: number
}

const ours = 'istio-alb'
const goals = [
  { other: 'bare pipe', least: 0.9 },
  { other: 'Envoy', least: 0.7 }
]

/** A row of the table. */
export function lineOf({ proxy, transport, connections, bytes, added, idle }: Row): string {
  const each = idle === undefined ? 'not all were there' : `${(idle / 1024).toFixed(1)} KiB`
  return `| ${proxy} | ${transport} | ${connections.toFixed(0)} | ${(bytes / 2 ** 20).toFixed(0)} MiB | ${added.toFixed(2)} ms | ${each} |`
}

/** Those of the goals whose figures are there. */
function goalsOf(rows: readonly Row[]): Goal[] {
  return rows
    .filter(({ proxy }) => proxy === ours)
    .flatMap(own =>
      goals.flatMap(({ other, least }) => {
        const beside = rows.find(({ proxy, transport }) => proxy === other && transport === own.transport)
        return (['connections', 'bytes'] as const).flatMap(figure =>
          beside
            ? {
                what: `${own.transport}: ${figure} a second, against ${other === 'Envoy' ? other : `the ${other}`}`,
                goal: `≥ ${least} of it`,
                found: (own[figure] / beside[figure]).toFixed(2),
                met: own[figure] >= least * beside[figure]
              }
            : []
        )
      })
    )
}

/** The benchmark's part of docs/performance.md. */
export function report(
  rows: readonly Row[],
  packets: readonly Packets[],
  { machine, seconds, idleFlows }: { machine: string; seconds: number; idleFlows: number }
): string {
  return [
    '## The Network Load Balancer',
    '',
    'Written by `npm run bench nlb`: figures of one run on one machine. Each proxy has one core, backend and load the other;',
    `each is loaded for ${seconds} s: 32 clients that open connection after connection with one echo each (in turns, the median of three), four that are sent bytes`,
    `without end, one echo after the other, and ${idleFlows.toLocaleString('en')} flows over which nothing passes.`,
    '',
    `${machine}.`,
    '',
    goalsTable(goalsOf(rows)),
    '',
    '| proxy | over | connections/s | bytes/s | p99 added | memory of an idle flow |',
    '|---|---|---:|---:|---:|---:|',
    ...rows.map(lineOf),
    '',
    '| proxy | datagrams of 64 bytes there and back a second, 64 on their way |',
    '|---|---:|',
    ...packets.map(({ proxy, perSecond }) => `| ${proxy} | ${perSecond.toFixed(0)} |`)
  ].join('\n')
}
