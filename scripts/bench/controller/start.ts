/**
 * The controller as a process of its own, the one file that its image runs, against an API server in this process, whose cost
 * is part of the figures.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import type { ControllerEvent } from '../../../src/controller/index.ts'
import type { Ingress } from '../../../src/resources/index.ts'
import { sendTo } from '../../../tests/cases/edge-client.ts'
import { ControllerRig, hosted, prefix } from '../../../tests/unit/controller/controller-rig.ts'

/** A running controller, its events as they come, and the most that it had in memory, in MB. */
function startController(bundle: string, kubeconfig: string, onEvent: (event: ControllerEvent) => void) {
  const flags = ['--kubeconfig', kubeconfig, '--ports', `${20_000 + (process.pid % 10_000)}-60000`, '--drain', '0']
  const controller = execa(process.execPath, [bundle, 'controller', ...flags, '--output', 'json'], {
    reject: false,
    buffer: { stdout: false, stderr: true }
  })
  createInterface({ input: controller.stdout! }).on('line', line => onEvent(JSON.parse(line) as ControllerEvent))
  let stopping = false
  return {
    /** Rejects where the process ends by itself. */
    ended: controller.then(({ exitCode, stderr }): void => {
      if (!stopping) {
        throw new Error(`the controller ended with exit code ${exitCode}: ${stderr}`)
      }
    }),
    memory: (): number | undefined => {
      try {
        const status = readFileSync(`/proc/${controller.pid}/status`, 'utf8')
        return Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1024)
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

function groupOf(index: number, groups: number) {
  return { [`${prefix}/group.name`]: `group-${index % groups}` }
}

function isProgrammed({ status }: Ingress): boolean {
  return status?.loadBalancer?.ingress !== undefined
}

/** From a new Ingress to the first answer through its load balancer; one after another, beside those that are there. */
export async function timeFirstAnswers(bundle: string, count: number): Promise<number[]> {
  const rig = new ControllerRig()
  await rig.start()
  const addresses = new Map<string, string>()
  const waiting = new Set<() => void>()
  const controller = startController(bundle, rig.server.kubeconfig, event => {
    if (event.type !== 'load-balancer') {
      return
    }
    const { id, listeners } = event.loadBalancer
    if (listeners[0]) {
      addresses.set(id, listeners[0].address)
    }
    for (const look of waiting) {
      look()
    }
  })
  function addressOf(id: string): Promise<string> {
    return new Promise(resolve => {
      function look(): void {
        const address = addresses.get(id)
        if (address === undefined) {
          return
        }
        waiting.delete(look)
        resolve(address)
      }
      waiting.add(look)
      look()
    })
  }
  try {
    rig.server.put(hosted('warm'))
    await Promise.race([addressOf('shop/warm'), controller.ended])
    const times: number[] = []
    for (let run = 0; run < count; run++) {
      const name = `web-${run}`
      const start = performance.now()
      rig.server.put(hosted(name))
      const address = await addressOf(`shop/${name}`)
      while ((await sendTo(address, `${name}.example.com`, { scheme: 'http', path: '/' })).status !== 200) {}
      times.push(performance.now() - start)
    }
    return times
  } finally {
    await controller.stop()
    await rig.stop()
  }
}

export interface Start {
  count: number
  groups: number
  milliseconds: number
  /** The most until then and for two seconds after, in MB; undefined where the system does not say. */
  memory: number | undefined
}

/** From the start of the process until every Ingress has its status. */
export async function timeStart(bundle: string, count: number, groups: number): Promise<Start> {
  const rig = new ControllerRig()
  await rig.start()
  const names = Array.from({ length: count }, (_, index) => `web-${index}`)
  rig.server.put(...names.map((name, index) => hosted(name, groupOf(index, groups))))
  let open = count
  const done = new Promise<void>(resolve => {
    const seen = new Set<string>()
    rig.server.onPut = object => {
      if (object.kind !== 'Ingress' || seen.has(object.metadata.name) || !isProgrammed(object as Ingress)) {
        return
      }
      seen.add(object.metadata.name)
      open--
      if (open === 0) {
        resolve()
      }
    }
  })
  const start = performance.now()
  const controller = startController(bundle, rig.server.kubeconfig, () => {})
  try {
    await Promise.race([done, controller.ended])
    const milliseconds = performance.now() - start
    // Events and health checks go on.
    await Promise.race([new Promise(resolve => setTimeout(resolve, 2_000)), controller.ended])
    return { count, groups, milliseconds, memory: controller.memory() }
  } finally {
    await controller.stop()
    await rig.stop()
  }
}
