/**
 * The figures as a page and a plot.
 *
 * @module
 */

import { type Goal, goalsTable } from '../figures.ts'
import type { Figures } from './load.ts'
import type { Protocol } from './proxies.ts'

export interface Row extends Figures {
  proxy: string
  protocol: Protocol
  rules: number
  /** Seconds of processor time a request. */
  cost: number
  /** Bytes. */
  memory: number
}

export interface Extras {
  /** p99 at 500 requests a second, without and with the load balancer, in milliseconds. */
  steady: { direct: number; through: number }
  /** 1,000 configurations under load. */
  swaps: { milliseconds: number; failed: number; requestsPerSecond: number }
  /** Bytes in memory after a load, with 100 rules and 1,000 targets. */
  memory: number
  /** Bytes by which the memory grew while a gigabyte passed. */
  download: number
  upload: number
}

export interface Setting {
  machine: string
  ours: string
  bare: string
  seconds: number
  rounds: number
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`
}
function milliseconds(figure: number): string {
  return `${figure.toFixed(2)} ms`
}

function goals(rows: Row[], extras: Extras, { ours, bare }: Setting): Goal[] {
  function of(proxy: string, protocol: Protocol, rules: number): Row | undefined {
    return rows.find(row => row.proxy === proxy && row.protocol === protocol && row.rules === rules)
  }
  const found: Goal[] = []
  for (const [protocol, other, least] of [
    ['HTTP/1.1', bare, 0.9],
    ['HTTPS', bare, 0.9],
    ['HTTP/1.1', 'Envoy', 0.95],
    ['HTTPS', 'Envoy', 0.95],
    ['HTTP/2', 'Envoy', 0.6],
    ['gRPC', 'Envoy', 0.45],
    ['HTTP/1.1', 'ministack', 10]
  ] as const) {
    const [own, theirs] = [of(ours, protocol, 1), of(other, protocol, 1)]
    if (own && theirs) {
      const ratio = theirs.cost / own.cost
      found.push({
        what: `${protocol}: requests a second of processor time, against ${other === bare ? `the ${bare}` : other}`,
        goal: `≥ ${least} of it`,
        found: ratio.toFixed(2),
        met: ratio >= least
      })
    }
  }
  const [busy, envoy] = [of(ours, 'HTTP/1.1', 1), of('Envoy', 'HTTP/1.1', 1)]
  if (busy && envoy) {
    found.push({
      what: `HTTP/1.1, as many requests as come back: p99, to ${milliseconds(envoy.p99)} of Envoy`,
      goal: '≤ 2 ×',
      found: milliseconds(busy.p99),
      met: busy.p99 <= 2 * envoy.p99
    })
  }
  const [one, hundred] = [of(ours, 'HTTP/1.1', 1), of(ours, 'HTTP/1.1', 100)]
  if (one && hundred) {
    const cost = (hundred.cost - one.cost) * 1e6
    found.push({
      what: '100 rules instead of 1, a request',
      goal: '≤ 50 µs',
      found: `${cost.toFixed(1)} µs`,
      met: cost <= 50
    })
  }
  const added = extras.steady.through - extras.steady.direct
  const { swaps } = extras
  return [
    ...found,
    {
      what: `p99 added at 500 requests a second, to ${milliseconds(extras.steady.direct)} without a proxy`,
      goal: '≤ 5 ms',
      found: milliseconds(added),
      met: added <= 5
    },
    {
      what: `1,000 configurations under load (${(swaps.milliseconds / 1000).toFixed(1)} s): failed requests`,
      goal: '0',
      found: String(swaps.failed),
      met: swaps.failed === 0
    },
    {
      what: '100 rules and 1,000 targets, after a load: memory',
      goal: '≤ 150 MiB',
      found: mebibytes(extras.memory),
      met: extras.memory <= 150 * 2 ** 20
    },
    ...(
      [
        ['download', extras.download],
        ['upload', extras.upload]
      ] as const
    ).map(([what, grown]) => ({
      what: `1 GB ${what}: memory grows by`,
      goal: '< 50 MB',
      found: mebibytes(grown),
      met: grown < 50e6
    }))
  ]
}

/** The load balancer's part of docs/performance.md. What holds a goal that is missed is written by hand, in docs/load-balancer.md. */
export function report(rows: Row[], extras: Extras, setting: Setting): string {
  function table(protocol: Protocol): string {
    return [
      `#### ${protocol}`,
      '',
      '| proxy | rules | requests/s | CPU a request | p50 | p99 | memory | failed |',
      '|---|---:|---:|---:|---:|---:|---:|---:|',
      ...rows
        .filter(row => row.protocol === protocol)
        .map(
          row =>
            `| ${row.proxy} | ${row.rules} | ${row.requestsPerSecond.toFixed(0)} | ${(row.cost * 1e6).toFixed(0)} µs | ${milliseconds(row.p50)} | ${milliseconds(row.p99)} | ${mebibytes(row.memory)} | ${row.failed} |`
        ),
      ''
    ].join('\n')
  }
  return `## The load balancer

Written by \`npm run bench alb\`: figures of one run on one machine, which is all that they say. Each proxy has one core, backend and load
generator share the other; every proxy is asked in turn, ${setting.rounds} times for ${setting.seconds} s, and the median counts. wrk keeps 32 connections busy over
HTTP/1.1, h2load 16 connections with 2 streams each over HTTP/2. The backend is nginx with 1 KiB (HTTP) or nghttpd (gRPC, over HTTP/2 in
clear text). Of 100 rules the last one matches. No proxy writes an access log. ministack is an emulator of AWS whose load balancers answer.
Other programs ran on the machine meanwhile: requests a second tell of them too, so that proxies are compared by the processor time that a
request costs them, whose inverse is what one core of their own would carry.

${setting.machine}.

![Requests a second by proxy and protocol](figures/alb-throughput.svg)

### Goals

${goalsTable(goals(rows, extras, setting))}

[What holds the ones that are missed](load-balancer.md#what-holds-the-throughput).

### Figures

${(['HTTP/1.1', 'HTTPS', 'HTTP/2', 'gRPC'] as const).map(table).join('\n')}`
}

const colours = ['#0969da', '#57606a', '#bf3989', '#1a7f37', '#9a6700', '#8250df']

/** Bars of requests a second at one rule, by protocol. */
export function plot(rows: Row[]): string {
  const protocols = [...new Set(rows.map(({ protocol }) => protocol))]
  const names = [...new Set(rows.map(({ proxy }) => proxy))]
  const [width, height, left, top, bottom] = [720, 360, 70, 40, 60]
  function figure({ cost }: Row): number {
    return 1 / cost
  }
  const most = Math.max(...rows.map(figure))
  const step = 10 ** Math.floor(Math.log10(most))
  const ceiling = Math.ceil(most / step) * step
  function y(value: number): number {
    return Number((height - bottom - (value / ceiling) * (height - top - bottom)).toFixed(1))
  }
  const group = (width - left - 20) / protocols.length
  const bar = (group - 30) / names.length
  const bars = rows
    .filter(({ rules }) => rules === 1)
    .map(row => {
      const x = left + protocols.indexOf(row.protocol) * group + 15 + names.indexOf(row.proxy) * bar
      const colour = colours[names.indexOf(row.proxy) % colours.length]
      return `<rect x="${x.toFixed(1)}" y="${y(figure(row))}" width="${(bar - 2).toFixed(1)}" height="${(height - bottom - y(figure(row))).toFixed(1)}" fill="${colour}"/>`
    })
  const grid = Array.from({ length: Math.round(ceiling / step) + 1 }, (_, index) => index * step).map(
    value =>
      `<line x1="${left}" x2="${width - 20}" y1="${y(value)}" y2="${y(value)}" stroke="#d0d7de"/><text x="${left - 8}" y="${y(value) + 4}" text-anchor="end">${value}</text>`
  )
  const labels = protocols.map(
    (protocol, index) =>
      `<text x="${left + index * group + group / 2}" y="${height - bottom + 18}" text-anchor="middle">${protocol}</text>`
  )
  const legend = names.map(
    (name, index) =>
      `<rect x="${left + index * 108}" y="${height - 24}" width="12" height="12" fill="${colours[index % colours.length]}"/><text x="${left + 17 + index * 108}" y="${height - 14}">${name}</text>`
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${left}" y="22" font-size="15">Requests a second of processor time, with one rule</text>
${[...grid, ...bars, ...labels, ...legend].join('\n')}
</svg>
`
}
