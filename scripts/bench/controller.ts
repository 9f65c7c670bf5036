/**
 * The mocked controller: from a new Ingress to its first answer, a thousand Ingresses from the start to the last status, requests
 * while the cluster changes, and `up` by step. The last two need a container engine. Writes its part of docs/performance.md.
 *
 * @module
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleController, missingTools } from '../../src/cluster/index.ts'
import { timeChanges } from './controller/changes.ts'
import { type ControllerFigures, report } from './controller/report.ts'
import { type Start, timeFirstAnswers, timeStart } from './controller/start.ts'
import { runUp, sendToEdge } from './edge/up.ts'
import { plotGrowth, printTimes, writePart } from './figures.ts'

/** From nothing to the first answer in kind. */
async function timeUp(): Promise<ControllerFigures['up']> {
  let found: ControllerFigures['up']
  await runUp(async ({ start, steps }) => {
    const { status } = await sendToEdge('http')
    if (status >= 500) {
      throw new Error(`the first answer was ${status}`)
    }
    found = { steps, milliseconds: performance.now() - start }
  })
  return found
}

/** A figure that needs tools; without them they are named. One that fails leaves the others. */
async function where<Figure>(
  what: string,
  tools: Parameters<typeof missingTools>[0],
  measure: () => Promise<Figure>
): Promise<Figure | undefined> {
  const missing = await missingTools(tools)
  for (const { message, hint } of missing) {
    console.log(`no figures of ${what}: ${message}: ${hint}`)
  }
  if (missing.length > 0) {
    return undefined
  }
  return measure().catch((error: Error) => {
    console.error(`no figures of ${what}: ${error.stack}`)
    process.exitCode = 1
    return undefined
  })
}

const folder = mkdtempSync(join(tmpdir(), 'istio-alb-bench-'))
try {
  const bundle = join(folder, 'controller.mjs')
  await bundleController(bundle)
  const firstAnswers = await timeFirstAnswers(bundle, 100)
  printTimes('from a new Ingress to its first answer', firstAnswers, '100 ms')
  const starts: Start[] = []
  for (const [count, groups] of [
    [10, 5],
    [100, 10],
    [1000, 50]
  ] as const) {
    const start = await timeStart(bundle, count, groups)
    starts.push(start)
    printTimes(`${count} Ingresses in ${groups} groups, from the start to the last status`, [start.milliseconds])
  }
  const changes = await where('changes under load', ['docker', 'kind', 'kubectl'], () => timeChanges(1000))
  const up = await where('`up`', ['docker', 'kind', 'kubectl', 'istioctl'], timeUp)
  const text = report({ firstAnswers, starts, changes, up })
  writePart('controller', text)
  function points(pick: (start: Start) => number | undefined) {
    return starts.flatMap(start => {
      const figure = pick(start)
      return figure === undefined ? [] : [[start.count, figure] as [number, number]]
    })
  }
  writeFileSync(
    new URL('../../docs/figures/controller-growth.svg', import.meta.url),
    plotGrowth('The controller: start to last status, most memory', 'Ingresses', 'ms, MB', [
      { name: 'time, ms', points: points(({ milliseconds }) => milliseconds) },
      { name: 'memory, MB', points: points(({ memory }) => memory) }
    ])
  )
  console.log(text)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
