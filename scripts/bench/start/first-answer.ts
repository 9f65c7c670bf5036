/**
 * From nothing to the first answer of the article's service, split by step: of a clone of this checkout, and of the package. Each
 * is measured once, as it happens once on a machine.
 *
 * @module
 */

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { timeSimulate } from '../edge/simulate.ts'
import type { Installed } from './install.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

export interface Step {
  name: string
  milliseconds: number
}

/** A way to the first answer, step by step. */
export interface FirstAnswer {
  from: string
  steps: Step[]
}

async function timeStep(name: string, work: () => Promise<unknown>): Promise<Step> {
  const start = performance.now()
  await work()
  return { name, milliseconds: performance.now() - start }
}

async function timeFirstRun(program: string): Promise<Step> {
  return { name: '`simulate` with the chart, for the first time', milliseconds: await timeSimulate(program) }
}

/** A clone has what is committed, and finds of its dependencies whatever npm's cache holds. */
export async function firstAnswerOfClone(folder: string): Promise<FirstAnswer> {
  const clone = join(folder, 'clone')
  return {
    from: '`git clone`',
    steps: [
      await timeStep('`git clone`, from the same disk', () => execa('git', ['clone', '--quiet', root, clone])),
      await timeStep('`npm ci --prefer-offline`', () =>
        execa('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: clone })
      ),
      await timeFirstRun(join(clone, 'bin', 'istio-alb.js'))
    ]
  }
}

/** What `npx` does with an empty cache, but for the download of the package itself. */
export async function firstAnswerOfPackage({ program, duration }: Installed): Promise<FirstAnswer> {
  return {
    from: 'the package',
    steps: [{ name: '`npm install`, with an empty cache', milliseconds: duration }, await timeFirstRun(program)]
  }
}
