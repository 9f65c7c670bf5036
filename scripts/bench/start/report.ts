/**
 * The part of docs/performance.md on the start.
 *
 * @module
 */

import { type Goal, goalsTable, machine, percentile } from '../figures.ts'
import type { FirstAnswer } from './first-answer.ts'
import type { Installed } from './install.ts'

export interface StartFigures {
  installed: Installed
  rounds: number
  /** Milliseconds of each run, of the clock and of the processor; Node's own start is the first, then help, and `check` without the chart. */
  programs: { name: string; milliseconds: number[]; processor: number[] }[]
  firstAnswers: number[]
  /** From nothing to the first answer. */
  ways: FirstAnswer[]
  absent: string[]
}

function median(figures: number[]): number {
  return percentile(figures, 0.5)
}

function mean(figures: number[]): number {
  return figures.reduce((sum, figure) => sum + figure, 0) / figures.length
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`
}

function goals({ installed, programs }: StartFigures): Goal[] {
  const [node, help, , check] = programs
  // Each against the start of Node in the same round.
  const ratio = median(help!.milliseconds.map((figure, round) => figure / node!.milliseconds[round]!))
  const checked = median(check!.milliseconds)
  const { packageSize, size, packages } = installed
  return [
    { what: '`--help`, against Node’s own start', goal: '≤ 3 ×', found: `${ratio.toFixed(1)} ×`, met: ratio <= 3 },
    {
      what: '`check` of the article without any cache',
      goal: '≤ 350 ms',
      found: `${checked.toFixed(0)} ms`,
      met: checked <= 350
    },
    { what: 'the package, unpacked', goal: '≤ 5 MB', found: megabytes(packageSize), met: packageSize <= 5e6 },
    { what: 'what `check` installs', goal: '≤ 25 MB', found: megabytes(size), met: size <= 25e6 },
    { what: 'packages that `check` installs', goal: '≤ 30', found: String(packages), met: packages <= 30 }
  ]
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}

function stepRows({ from, steps }: FirstAnswer): string[] {
  const total = steps.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  return [
    ...steps.map(({ name, milliseconds }) => `| ${from} | ${name} | ${seconds(milliseconds)} |`),
    `| ${from} | all of it | ${seconds(total)} |`
  ]
}

/** The figures as Markdown. */
export function report(figures: StartFigures): string {
  const { rounds, programs, firstAnswers, ways, absent } = figures
  const rows = [
    ...programs,
    { name: 'simulate with the chart, to the first answer', milliseconds: firstAnswers, processor: [] }
  ]
  return [
    '## The start',
    '',
    'Written by `npm run bench start`: figures of one run on one machine. Whole processes of the installed package and of others,',
    `each once a round, ${rounds} rounds; the median of each, the least, and the processor time, which other programs on the machine`,
    'change least.',
    '',
    `${machine()}.`,
    '',
    goalsTable(goals(figures)),
    '',
    '| process | median | least | processor time |',
    '| --- | ---: | ---: | ---: |',
    ...rows.map(({ name, milliseconds, processor }) => {
      const spent = processor.length > 0 && !Number.isNaN(mean(processor)) ? `${mean(processor).toFixed(0)} ms` : ''
      return `| ${name} | ${median(milliseconds).toFixed(0)} ms | ${Math.min(...milliseconds).toFixed(0)} ms | ${spent} |`
    }),
    '',
    '### To the first answer',
    '',
    '| from | step | time |',
    '| --- | --- | ---: |',
    ...ways.flatMap(stepRows),
    ...(absent.length > 0
      ? ['', `Not on PATH, or without the network that it needs, and so not measured: ${absent.join('; ')}.`]
      : [])
  ].join('\n')
}
