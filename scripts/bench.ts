/**
 * Prints figures; asserts none. `--kind` adds those that need a container engine.
 *
 * @module
 */

import { cpus, release, totalmem } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { findHelm } from '../src/render/index.ts'
import { sendTo } from '../tests/cases/edge-client.ts'

const command = fileURLToPath(new URL('../bin/istio-alb.js', import.meta.url))
const articleValues = fileURLToPath(new URL('../charts/istio-alb-ingress/ci/article-values.yaml', import.meta.url))

const milliseconds = (figure: number): string => `${figure.toFixed(0)} ms`

function row(what: string, figures: number[], goal?: string): void {
  const sorted = figures.toSorted((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)]!
  console.log(
    `${what}: median ${milliseconds(median)} of ${sorted.length} (${milliseconds(sorted[0]!)} to ${milliseconds(sorted.at(-1)!)})${goal ? `; goal ${goal}` : ''}`
  )
}

/** From the start of the process to the first answer of the service behind the load balancer. */
async function timeFirstAnswer(): Promise<number> {
  const start = performance.now()
  const portOffset = 20_000 + Math.floor(start % 20_000)
  const simulate = execa(
    process.execPath,
    [
      command,
      'simulate',
      '-o',
      'json',
      '--values',
      articleValues,
      '--host',
      'bench.example.com',
      '--port-offset',
      `${portOffset}`
    ],
    { reject: false, buffer: false }
  )
  try {
    for await (const line of createInterface({ input: simulate.stdout! })) {
      const { type, state, loadBalancers } = JSON.parse(line)
      if (loadBalancers) continue
      if (type !== 'target-health' || state !== 'healthy') continue
      // Plain HTTP is answered by the redirect; the service's own answer comes through the HTTPS listener.
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
      const answer = await sendTo(`127.0.0.1:${443 + portOffset}`, 'bench.example.com', { scheme: 'https', path: '/' })
      if (answer.status !== 200) throw new Error(`the first answer was ${answer.status}`)
      return performance.now() - start
    }
    throw new Error('simulate ended without a healthy target')
  } finally {
    simulate.kill('SIGINT')
    await simulate
  }
}

const helm = await findHelm()
console.log(
  `${cpus().length} × ${cpus()[0]!.model}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${process.platform} ${release()}; Node ${process.version}, helm ${helm.version}`
)

const runs: number[] = []
for (let run = 0; run < 5; run++) runs.push(await timeFirstAnswer())
row('simulate, from its start to the first answer', runs, '2000 ms')
