import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { sendTo } from '../../../tests/cases/edge-client.ts'

export const command = fileURLToPath(new URL('../../../bin/istio-alb.js', import.meta.url))
/** The values of the guide that the chart comes from. */
export const article = fileURLToPath(
  new URL('../../../charts/istio-alb-ingress/ci/article-values.yaml', import.meta.url)
)
const host = 'bench.example.com'
const portOffset = 20_000 + (process.pid % 10_000)

/** The article's edge, on ports of this run's own. */
export const edgeFlags = ['--values', article, '--host', host, '--port-offset', String(portOffset)]

/** Sends to the edge that {@link edgeFlags} make. */
export function sendToEdge(scheme: 'http' | 'https', ca?: string) {
  return sendTo(`127.0.0.1:${(scheme === 'https' ? 443 : 80) + portOffset}`, host, { scheme, path: '/' }, ca)
}

export interface RunningUp {
  kubeconfig: string
  /** The certificate of the development CA. */
  authorityFile: string
  /** `performance.now()` at its start. */
  start: number
  steps: { name: string; milliseconds: number }[]
}

/** Runs `up` until the edge is ready, for as long as `use` takes; nothing is left of it afterwards. */
export async function runUp(use: (up: RunningUp) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'istio-alb-bench-'))
  const kubeconfig = join(folder, 'kubeconfig')
  const steps: RunningUp['steps'] = []
  const start = performance.now()
  const up = execa(
    process.execPath,
    [command, 'up', '--name', `istio-alb-bench-${process.pid}`, '--output', 'json', ...edgeFlags],
    {
      env: { KUBECONFIG: kubeconfig },
      reject: false,
      buffer: { stdout: false, stderr: true }
    }
  )
  try {
    for await (const line of createInterface({ input: up.stdout! })) {
      const { type, name, state, ...event } = JSON.parse(line) as {
        type: string
        name: string
        state: string
      } & Record<string, unknown>
      if (type === 'step' && state === 'done') {
        steps.push({ name, milliseconds: Number(event.milliseconds) })
      }
      if (type === 'ready') {
        return await use({ kubeconfig, authorityFile: String(event.authorityFile), start, steps })
      }
    }
    throw new Error(`up ended before it was ready: ${(await up).stderr}`)
  } finally {
    up.kill('SIGINT')
    await up
    rmSync(folder, { recursive: true, force: true })
  }
}
