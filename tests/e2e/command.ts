import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

export const istioALB = fileURLToPath(new URL('../../bin/istio-alb.js', import.meta.url))

export interface Ended {
  exitCode: number | undefined
  stdout: string
  stderr: string
}

/** Runs this project's command to its end, on the Node.js that runs the tests. */
export async function run(
  arguments_: string[],
  { input, environment }: { input?: string; environment?: NodeJS.ProcessEnv } = {}
): Promise<Ended> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [istioALB, ...arguments_], {
    reject: false,
    ...(input !== undefined && { input }),
    ...(environment && { env: environment })
  })
  return { exitCode, stdout, stderr }
}
