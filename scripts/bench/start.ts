/**
 * What people feel of the published package before anything else: how long it takes to start, and what is installed. Whole
 * processes, in rounds in which each runs once, so that a busy machine is busy for all of them; beside Node's own start and the
 * tools that are used for the same. Writes its part of docs/performance.md.
 *
 * @module
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { findHelm, ownChart } from '../../src/render/index.ts'
import { timeSimulate } from './edge/simulate.ts'
import { article } from './edge/up.ts'
import { writePart } from './figures.ts'
import { firstAnswerOfClone, firstAnswerOfPackage } from './start/first-answer.ts'
import { type Installed, installPackage } from './start/install.ts'
import { canWork, type Program, timeProgram } from './start/program.ts'
import { report, type StartFigures } from './start/report.ts'

const rounds = 15

/** Peers by name; what a machine does not have is named as absent. */
function peersOf(manifests: string): Program[] {
  return [
    {
      name: 'kubeconform, of the rendered article',
      command: 'kubeconform',
      args: ['-ignore-missing-schemas', manifests],
      // It fetches them anew in each run.
      lacks: 'failed downloading schema'
    },
    {
      name: 'istioctl analyze, of the rendered article',
      command: 'istioctl',
      // Findings are its answer, too.
      args: ['analyze', '--use-kube=false', '--failure-threshold=Error', manifests]
    }
  ]
}

async function programsOf(installed: Installed, folder: string): Promise<Program[]> {
  const helm = await findHelm()
  const template = ['template', 'edge', ownChart, '--values', article]
  const manifests = join(folder, 'article.yaml')
  writeFileSync(manifests, (await execa(helm.command, template)).stdout)
  const withoutCache = { NODE_DISABLE_COMPILE_CACHE: '1' }
  function own(name: string, args: string[], env?: NodeJS.ProcessEnv): Program {
    return { name, command: process.execPath, args: [installed.program, ...args], ...(env && { env }) }
  }
  return [
    { name: 'node -e 0', command: process.execPath, args: ['-e', '0'] },
    own('--help', ['--help']),
    own('check, of the rendered article', ['check', manifests]),
    own('the same without compile cache', ['check', manifests], withoutCache),
    own('check, with the chart', ['check', '--values', article]),
    own('the same without compile cache', ['check', '--values', article], withoutCache),
    { name: `helm template (${helm.version})`, command: helm.command, args: template },
    ...peersOf(manifests)
  ]
}

const folder = mkdtempSync(join(tmpdir(), 'istio-alb-bench-'))
try {
  const installed = await installPackage(folder)
  // Before anything else runs of them: the first run is the one without caches.
  const ways = [await firstAnswerOfClone(folder), await firstAnswerOfPackage(installed)]
  const all = await programsOf(installed, folder)
  const present = await Promise.all(all.map(canWork))
  const programs = all.filter((_, index) => present[index])
  const figures: StartFigures = {
    installed,
    rounds,
    programs: programs.map(({ name }) => ({ name, milliseconds: [], processor: [] })),
    firstAnswers: [],
    ways,
    absent: all.filter((_, index) => !present[index]).map(({ name }) => name)
  }
  // The first run of each fills the caches.
  for (let round = -1; round < rounds; round++) {
    for (const [index, program] of programs.entries()) {
      const { milliseconds, processor } = await timeProgram(program)
      if (round >= 0) {
        figures.programs[index]!.milliseconds.push(milliseconds)
        figures.programs[index]!.processor.push(processor)
      }
    }
    if (round >= 0) {
      figures.firstAnswers.push(await timeSimulate(installed.program))
    }
  }
  const text = report(figures)
  writePart('start', text)
  console.log(text)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
