/**
 * The mocked controller as a process of its own, against an API server in this one: from a new Ingress to its first answer, and
 * a thousand Ingresses from the start to the last status. What the API server itself costs is part of it.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import type { ControllerEvent } from '../../src/controller/index.ts'
import type { Ingress } from '../../src/resources/index.ts'
import { sendTo } from '../../tests/cases/edge-client.ts'
import { ControllerRig, hosted, prefix } from '../../tests/unit/controller/controller-rig.ts'
import { printTimes } from './figures.ts'

const command = fileURLToPath(new URL('../../bin/istio-alb.js', import.meta.url))

/** A running controller, its events as they come, and what it holds in memory, in MB. */
function startController(kubeconfig: string, onEvent: (event: ControllerEvent) => void) {
  const flags = ['--kubeconfig', kubeconfig, '--ports', `${20_000 + (process.pid % 10_000)}-60000`, '--drain', '0']
  const controller = execa(process.execPath, [command, 'controller', ...flags, '--output', 'json'], {
    reject: false,
    buffer: { stdout: false, stderr: true }
  })
  createInterface({ input: controller.stdout! }).on('line', line => onEvent(JSON.parse(line) as ControllerEvent))
  let stopping = false
  return {
    /** Rejects where the process ends by itself. */
    ended: controller.then(({ exitCode, stderr }): void => {
      if (!stopping) throw new Error(`the controller ended with exit code ${exitCode}: ${stderr}`)
    }),
    memory: (): number | undefined => {
      try {
        const status = readFileSync(`/proc/${controller.pid}/status`, 'utf8')
        return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024)
      } catch {
        // Only Linux says so here.
        return undefined
      }
    },
    stop: async () => {
      stopping = true
      controller.kill('SIGINT')
      await controller
    }
  }
}

const groupOf = (index: number, groups: number) => ({ [`${prefix}/group.name`]: `group-${index % groups}` })

const isProgrammed = ({ status }: Ingress): boolean => status?.loadBalancer?.ingress !== undefined

/** From a new Ingress to the first answer through its load balancer; one after another, beside those that are there. */
async function timeFirstAnswers(count: number): Promise<number[]> {
  const rig = new ControllerRig()
  await rig.start()
  const addresses = new Map<string, string>()
  const waiting = new Set<() => void>()
  const controller = startController(rig.server.kubeconfig, event => {
    if (event.type !== 'load-balancer') return
    const { id, listeners } = event.loadBalancer
    if (listeners[0]) addresses.set(id, listeners[0].address)
    for (const look of waiting) look()
  })
  const addressOf = (id: string): Promise<string> =>
    new Promise(resolve => {
      const look = (): void => {
        const address = addresses.get(id)
        if (address === undefined) return
        waiting.delete(look)
        resolve(address)
      }
      waiting.add(look)
      look()
    })
  try {
    rig.server.put(hosted('warm'))
    await Promise.race([addressOf('shop/warm'), controller.ended])
    const times: number[] = []
    for (let run = 0; run < count; run++) {
      const name = `web-${run}`
      const start = performance.now()
      rig.server.put(hosted(name))
      const address = await addressOf(`shop/${name}`)
      while ((await sendTo(address, `${name}.example.com`, { scheme: 'http', path: '/' })).status !== 200);
      times.push(performance.now() - start)
    }
    return times
  } finally {
    await controller.stop()
    await rig.stop()
  }
}

/** From the start of the process until every Ingress has its status. */
async function timeStart(count: number, groups: number): Promise<{ milliseconds: number; memory: number | undefined }> {
  const rig = new ControllerRig()
  await rig.start()
  const names = Array.from({ length: count }, (_, index) => `web-${index}`)
  rig.server.put(...names.map((name, index) => hosted(name, groupOf(index, groups))))
  let open = count
  const done = new Promise<void>(resolve => {
    const seen = new Set<string>()
    rig.server.onPut = object => {
      if (object.kind !== 'Ingress' || seen.has(object.metadata.name) || !isProgrammed(object as Ingress)) return
      seen.add(object.metadata.name)
      open--
      if (open === 0) resolve()
    }
  })
  const start = performance.now()
  const controller = startController(rig.server.kubeconfig, () => {})
  try {
    await Promise.race([done, controller.ended])
    return { milliseconds: performance.now() - start, memory: controller.memory() }
  } finally {
    await controller.stop()
    await rig.stop()
  }
}

printTimes('from a new Ingress to its first answer', await timeFirstAnswers(50), '100 ms')
for (const [count, groups] of [
  [10, 5],
  [100, 10],
  [1000, 50]
] as const) {
  const { milliseconds, memory } = await timeStart(count, groups)
  const goal = count === 1000 ? '10 s' : undefined
  printTimes(`${count} Ingresses in ${groups} groups, from the start to the last status`, [milliseconds], goal)
  if (memory !== undefined)
    console.log(`  memory of the controller's process: ${memory} MB${goal ? ' (goal 200 MB)' : ''}`)
}
