import { type Command, InvalidArgumentError } from 'commander'
import type { LoadBalancerDescription } from '../alb/index.ts'
import { contextOf, edgeSteps, runSteps, type Step, type StepEvent } from '../cluster/index.ts'
import type { ControllerEvent } from '../controller/index.ts'
import { Failure } from '../failure.ts'
import { describeLoadBalancers } from '../report/index.ts'
import {
  addController,
  type ControllerOptions,
  eventLine,
  type RunningController,
  startController
} from './controller.ts'
import { sendFirstRequest } from './first-request.ts'
import { aborted, Interrupted, onInterrupt } from './interrupt.ts'
import { addInput, type InputOptions, integer } from './options.ts'

interface UpOptions extends InputOptions, ControllerOptions {
  name: string
  nodes: number
  retain?: boolean
}

/** How long targets may take until they are healthy, in milliseconds. */
const healthDeadline = 120_000

/** A name that kind and DNS take. */
export const clusterName = (value: string): string => {
  if (!/^[a-z0-9][a-z0-9.-]{0,49}$/.test(value))
    throw new InvalidArgumentError('expected lower-case letters, digits, dots and hyphens, at most 50.')
  return value
}

export function registerUp(program: Command): void {
  const command = program
    .command('up')
    .description('a kind cluster with Istio, the chart, a sample service and the mocked controller, until interrupted')
    .option('--name <name>', 'name of the kind cluster', clusterName, 'istio-alb')
    .option('--nodes <n>', 'nodes of the cluster', integer(1, 20), 1)
    .option('--retain', 'leave everything there at the end, and after a failure')
  addController(addInput(command, { manifests: false })).action(up)
}

async function up(options: UpOptions): Promise<void> {
  const signal = onInterrupt()
  const json = options.output === 'json'
  const start = performance.now()
  let ready = false
  const tell = (event: ControllerEvent | StepEvent | Ready): void => {
    if (event.type === 'step') process.stdout.write(json ? line(event) : describeStep(event))
    else if (event.type === 'ready') process.stdout.write(json ? line(event) : '')
    else if (json || (ready && event.type !== 'load-balancer')) process.stdout.write(eventLine(event, options.output))
  }

  let running: RunningController | undefined
  const changes = new EventTarget()
  const controllerSteps: Step[] = [
    {
      name: 'start the controller',
      run: async () => {
        running = await startController({ ...options, context: contextOf(options.name) }, event => {
          tell(event)
          changes.dispatchEvent(new Event('change'))
        })
        return undefined
      },
      undo: async () => running?.close()
    },
    {
      name: 'wait for healthy targets',
      run: signal => healthyTargets(() => running!.controller.describe(), changes, signal)
    }
  ]
  const { KIND_NODE_IMAGE: nodeImage, ISTIO_HUB: istioHub, ISTIO_TAG: istioTag } = process.env
  const steps = edgeSteps({ ...options, cluster: options.name, nodeImage, istioHub, istioTag })
  try {
    const undo = await runSteps([...steps, ...controllerSteps], { signal, retain: options.retain, onEvent: tell })
    try {
      const { controller, authority } = running!
      const loadBalancers = controller.describe()
      if (!json) process.stdout.write(`\n${describeLoadBalancers(loadBalancers, { authorityFile: authority.file })}`)
      const answer = await sendFirstRequest({ describe: () => controller.describe(), authority }, options.host[0])
      ready = true
      tell({ type: 'ready', milliseconds: performance.now() - start, authorityFile: authority.file, loadBalancers })
      if (!json) process.stdout.write(`${answer}\nfrom nothing to this answer: ${seconds(performance.now() - start)}\n`)
      if (!json) process.stdout.write(`\nserving until Ctrl-C${options.retain ? '' : ', which removes the cluster'}\n`)
      await aborted(signal)
    } finally {
      await undo()
      if (options.retain) await running?.close()
    }
  } catch (error) {
    if (options.retain) await running?.close()
    if (!(error instanceof Interrupted)) throw error
    process.exitCode = error.signal === 'SIGINT' ? 130 : 143
  }
}

interface Ready {
  type: 'ready'
  /** Since the command began. */
  milliseconds: number
  authorityFile: string
  loadBalancers: LoadBalancerDescription[]
}

const line = (event: object): string => `${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`

function describeStep({ name, state, detail, milliseconds = 0 }: StepEvent): string {
  const time = seconds(milliseconds)
  // On a terminal the step's own line stands there from its start, and is overwritten at its end.
  if (state === 'started') return process.stdout.isTTY ? `… ${name}` : ''
  const mark = { done: '✓', failed: '✗', undone: '↩ removed what this made:' }[state]
  return `${process.stdout.isTTY ? '\r' : ''}${mark} ${name}${detail ? ` (${detail})` : ''}  ${time}\n`
}

/** Waits until every target group has targets and all of them are healthy, told by the controller's events. */
async function healthyTargets(
  describe: () => LoadBalancerDescription[],
  changes: EventTarget,
  signal: AbortSignal
): Promise<string> {
  const targets = () => describe().flatMap(({ targetGroups }) => targetGroups.flatMap(group => group.targets))
  const isHealthy = (): boolean => {
    const groups = describe().flatMap(({ targetGroups }) => targetGroups)
    return describe().length > 0 && groups.every(({ targets }) => targets.some(({ state }) => state === 'healthy'))
  }
  const timeout = AbortSignal.timeout(healthDeadline)
  const either = AbortSignal.any([signal, timeout])
  while (!isHealthy() && !either.aborted)
    await new Promise<void>(resolve => {
      changes.addEventListener('change', () => resolve(), { once: true, signal: either })
      either.addEventListener('abort', () => resolve(), { once: true })
    })
  signal.throwIfAborted()
  if (!isHealthy())
    throw new Failure(1, {
      code: 'TARGETS_UNHEALTHY',
      severity: 'error',
      message: `after ${healthDeadline / 1000} s not every target group has a healthy target\n${describeLoadBalancers(describe())}`,
      hint: 'run again with --retain, then look with `istio-alb status` and `istio-alb check`'
    })
  return `${targets().filter(({ state }) => state === 'healthy').length} of ${targets().length}`
}
