import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { jest } from '@jest/globals'
import { execa, type ResultPromise } from 'execa'
import { main } from '../../../src/cli/main.ts'

const istioALB = fileURLToPath(new URL('../../../bin/istio-alb.js', import.meta.url))

/** Away from what a person's own run listens on, and from other test files; beyond 10080, the last port that `fetch` refuses. */
export const portOffset = 11_000 + (process.pid % 19_000)

/** Runs of the command with a folder for temporary files of their own. */
export class Commands {
  readonly folder = mkdtempSync(join(tmpdir(), 'istio-alb-cli-'))
  readonly #temporary = mkdtempSync(join(tmpdir(), 'istio-alb-cli-tmp-'))
  readonly #running = new Set<ResultPromise>()

  start(...arguments_: string[]): ResultPromise<{ reject: false }> {
    return this.#startWith({}, arguments_)
  }

  #startWith(environment: NodeJS.ProcessEnv, arguments_: string[]): ResultPromise<{ reject: false }> {
    const running = execa(process.execPath, [istioALB, ...arguments_], {
      reject: false,
      // Jest asks for colours in its workers where it runs in a terminal.
      env: { TMPDIR: this.#temporary, NO_COLOR: '1', FORCE_COLOR: '0', ...environment }
    })
    this.#running.add(running)
    void running.finally(() => this.#running.delete(running))
    return running
  }

  /** Runs to the end. */
  async run(...arguments_: string[]): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }> {
    return this.runWith({}, ...arguments_)
  }

  /** The same with variables of the environment; undefined takes one away. */
  async runWith(
    environment: NodeJS.ProcessEnv,
    ...arguments_: string[]
  ): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }> {
    const { exitCode, stdout, stderr } = await this.#startWith(environment, arguments_)
    return { exitCode, stdout: String(stdout), stderr: String(stderr) }
  }

  /** What the runs left of temporary files. */
  leftovers(): string[] {
    return readdirSync(this.#temporary)
  }

  async close(): Promise<void> {
    for (const running of this.#running) {
      running.kill('SIGKILL')
    }
    await Promise.all(this.#running)
    for (const folder of [this.folder, this.#temporary]) {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** Resolves with the standard output so far as soon as it fulfils the condition; rejects when the command ends before. */
export function printed(
  running: ResultPromise<{ reject: false }>,
  condition: (output: string) => boolean
): Promise<string> {
  let output = ''
  return new Promise((resolve, reject) => {
    function look(chunk: Buffer): void {
      output += chunk
      if (!condition(output)) {
        return
      }
      running.stdout.off('data', look)
      resolve(output)
    }
    running.stdout.on('data', look)
    void running.then(({ stderr }) => reject(new Error(`it ended: ${output}${stderr}`)))
  })
}

/** Runs a command line in this process, which is quicker: for what ends by itself. */
export async function runHere(...arguments_: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map(stream =>
    jest.spyOn(process[stream], 'write').mockImplementation(chunk => {
      written[stream] += chunk
      return true
    })
  )
  const before = process.exitCode
  process.exitCode = 0
  try {
    await main(arguments_)
    return { exitCode: Number(process.exitCode), ...written }
  } finally {
    process.exitCode = before
    for (const spy of spies) {
      spy.mockRestore()
    }
  }
}
