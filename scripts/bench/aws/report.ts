/**
 * The part of docs/performance.md on AWS's APIs.
 *
 * @module
 */

import { machine, percentile } from '../figures.ts'
import type { EdgeFigures } from './edge.ts'
import type { GrowthFigures } from './growth.ts'

export interface AWSFigures {
  name: string
  edge: EdgeFigures
  growth: GrowthFigures
}

function milliseconds(figures: number[]): string {
  return figures.length === 0 ? 'never' : `${percentile(figures, 0.5).toFixed(0)} ms`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`
}

function rows(all: readonly AWSFigures[]): [what: string, ...figures: string[]][] {
  function row(what: string, tell: (figures: AWSFigures) => string): [string, ...string[]] {
    return [what, ...all.map(tell)]
  }
  const { calls } = all[0]!.edge
  const { count } = all[0]!.growth
  const groups = count.toLocaleString('en')
  return [
    row(`the article’s edge, ${calls} calls of the controller`, ({ edge }) => milliseconds(edge.created)),
    row('of these, refused', ({ edge }) => edge.refused.join(', ') || 'none'),
    row('to the first answer through the load balancer', ({ edge }) => milliseconds(edge.answered)),
    row(`${groups} target groups, each with a rule`, ({ growth }) => `${(growth.milliseconds / 1000).toFixed(1)} s`),
    row('processor time of one of the first hundred', ({ growth }) => `${growth.first.toFixed(1)} ms`),
    row('processor time of one of the last hundred', ({ growth }) => `${growth.last.toFixed(1)} ms`),
    row('calls a second that read, 16 at a time', ({ growth }) => growth.reads.toFixed(0)),
    row('processor time of one of them', ({ growth }) => `${growth.readCost.toFixed(2)} ms`),
    row('memory before them', ({ growth }) => megabytes(growth.memory[0])),
    row('memory after them', ({ growth }) => megabytes(growth.memory[1]))
  ]
}

/** The figures as Markdown. */
export function report(all: readonly AWSFigures[], rounds: number, absent: readonly string[]): string {
  const lines = [['what', ...all.map(({ name }) => name)], ['---', ...all.map(() => '---:')], ...rows(all)]
  return [
    '## The AWS APIs',
    '',
    'Written by `npm run bench aws`: figures of one run on one machine. Each server is a process of its own on one core, and the client, which',
    `is the same for all, has the other. The edge is created ${rounds} times in an empty account, and the median counts. Rules stand in load balancers of`,
    '100, which is AWS’s quota. Nothing that moto makes listens, and its account does not have the web ACL. Other programs ran on the machine',
    'meanwhile, so that processor time tells more than the clock.',
    '',
    `${machine()}.`,
    '',
    ...lines.map(cells => `| ${cells.join(' | ')} |`),
    ...(absent.length > 0 ? ['', `Not on PATH, and so not measured: ${absent.join('; ')}.`] : [])
  ].join('\n')
}
