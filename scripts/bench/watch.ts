/**
 * How long a person waits from saving a values file to the changes on the terminal, split by step. Another file is saved each
 * time, so that there is always something to show.
 *
 * @module
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { printTimes } from './figures.ts'

const command = fileURLToPath(new URL('../../bin/istio-alb.js', import.meta.url))
const article = fileURLToPath(new URL('../../charts/istio-alb-ingress/ci/article-values.yaml', import.meta.url))
const saves = 20

interface Changes {
  steps: { render: number; check: number; plan: number }
}

/** Times of one command's watch, by step; the rest is the notice of the save, the comparison and the output. */
async function timeSaves(name: 'check' | 'plan'): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'istio-alb-bench-'))
  const values = join(folder, 'values.yaml')
  const text = readFileSync(article, 'utf8')
  function save(run: number): void {
    writeFileSync(values, text.replace('31804', String(31804 + (run % 2))))
  }
  save(0)
  const watch = execa(process.execPath, [command, name, '--watch', '--output', 'json', '--values', values], {
    reject: false,
    buffer: false
  })
  const figures = new Map<string, number[]>()
  try {
    let start: number | undefined
    let run = 0
    for await (const line of createInterface({ input: watch.stdout! })) {
      const seen = performance.now()
      // The first output is the findings or the plan; it is whole once its last line is there.
      if (start === undefined) {
        if (!/^[\]}]|^\[\]/.test(line)) {
          continue
        }
      } else {
        const { steps } = JSON.parse(line) as Changes
        const total = seen - start
        const rest = total - Object.values(steps).reduce((sum, time) => sum + time, 0)
        for (const [step, time] of Object.entries({ ...steps, rest, total })) {
          figures.set(step, [...(figures.get(step) ?? []), time])
        }
      }
      run += 1
      if (run > saves) {
        break
      }
      start = performance.now()
      save(run)
    }
  } finally {
    watch.kill('SIGINT')
    await watch
    rmSync(folder, { recursive: true, force: true })
  }
  const total = figures.get('total') ?? []
  printTimes(`${name} --watch, from a save to its output`, total, '500 ms')
  for (const step of ['render', 'check', 'plan', 'rest']) {
    printTimes(`  ${step}`, figures.get(step) ?? [])
  }
}

for (const name of ['check', 'plan'] as const) {
  await timeSaves(name)
}
