import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { edgeFlags, sendToEdge } from './up.ts'

/** From the start of the process to the first answer of the service behind the load balancer, in milliseconds. */
export async function timeSimulate(program: string, env: NodeJS.ProcessEnv = {}): Promise<number> {
  const start = performance.now()
  const simulate = execa(process.execPath, [program, 'simulate', '--output', 'json', ...edgeFlags], {
    reject: false,
    buffer: false,
    env
  })
  try {
    for await (const line of createInterface({ input: simulate.stdout! })) {
      const { type, state } = JSON.parse(line) as { type?: string; state?: string }
      if (type !== 'target-health' || state !== 'healthy') {
        continue
      }
      // Whose certificate it is does not matter here; the development CA of this run is in a folder of its own.
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
      const { status } = await sendToEdge('https')
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
      if (status !== 200) {
        throw new Error(`the first answer was ${status}`)
      }
      return performance.now() - start
    }
    throw new Error('simulate ended without a healthy target')
  } finally {
    simulate.kill('SIGINT')
    await simulate
  }
}
