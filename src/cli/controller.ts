import { setFlagsFromString } from 'node:v8'
import type { ControllerEvent } from '../controller/index.ts'
import { missingFailure } from '../failure.ts'
import { eventLine } from './event-line.ts'
import { HostsFile } from './hosts-file.ts'
import { aborted, Interrupted, onInterrupt } from './interrupt.ts'
import type { HostsOptions } from './options.ts'
import { print } from './print.ts'
import { type ControllerOptions, type RunningController, startController } from './start-controller.ts'

/**
 * Of a thousand Ingresses, V8 would keep three bytes of garbage for each byte in use. It collects earlier instead: the space for
 * what is new stays small, and what is old grows by a tenth between collections. That costs a few percent of a busy processor.
 */
function boundGarbage(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--heap-growing-percent=10')
}

/** Runs the mocked controller until interrupted. */
export async function runController(options: ControllerOptions & HostsOptions): Promise<void> {
  boundGarbage()
  const hosts = HostsFile.open(options.hosts, options.bind)
  const interrupt = onInterrupt()
  const ending = new AbortController()
  const end = AbortSignal.any([interrupt, ending.signal])
  const json = options.output === 'json'
  function tell(event: ControllerEvent): void {
    if (event.type === 'load-balancer') {
      hosts?.set(event.loadBalancer.id, event.loadBalancer.dnsName)
    } else if (event.type === 'load-balancer-deleted') {
      hosts?.delete(event.id)
    }
    // People are told of a load balancer's parts as they change; the whole is for programs.
    if (json || event.type !== 'load-balancer') {
      print(eventLine(event, options.output))
    }
  }
  function say(type: string, fields: object, text: string): void {
    print(json ? `${JSON.stringify({ time: new Date().toISOString(), type, ...fields })}\n` : `${text}\n`)
  }
  let successor: string | undefined
  let running: RunningController
  try {
    running = await startController(options, tell, {
      signal: end,
      onLost: holder => {
        successor = holder
        ending.abort()
      }
    })
  } catch (error) {
    hosts?.close()
    if (error instanceof Interrupted) {
      return
    }
    throw error
  }
  const { page } = running
  const { file: authorityFile } = running.authority
  say(
    'started',
    { authorityFile, ...(page && { page: page.url }) },
    `certificates are signed by ${authorityFile}${page ? `\npage: ${page.url}` : ''}`
  )
  try {
    await aborted(end)
  } finally {
    hosts?.close()
    await running.close()
  }
  const message = 'finalizers and status stay as they are, as the real controller leaves them; start it again to delete'
  say('stopped', { message }, `stopped: ${message}`)
  if (successor !== undefined) {
    throw missingFailure({
      code: 'LEADER_LOST',
      message: `${successor} was elected while this controller could not renew its Lease`,
      path: '--leader-election',
      hint: 'start it again: it stands by until it is elected'
    })
  }
}
