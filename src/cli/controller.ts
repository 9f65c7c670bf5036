import { randomUUID } from 'node:crypto'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { type Command, InvalidArgumentError } from 'commander'
import { controllerName, controllerNamespace, createBindings, type PortRange } from '../cluster/index.ts'
import {
  Api,
  Controller,
  type ControllerEvent,
  ControllerMetrics,
  Lease,
  type ObjectName,
  openRun,
  readClusterRun,
  serveOperations,
  serveWebhooks
} from '../controller/index.ts'
import { missingFailure, usageFailure } from '../failure.ts'
import { createDevelopmentAuthority, systemClock } from '../load-balancer/index.ts'
import { eventLine } from './event-line.ts'
import { aborted, Interrupted, onInterrupt } from './interrupt.ts'
import {
  addEnvironment,
  addOutput,
  type EnvironmentOptions,
  integer,
  loadEnvironment,
  type OutputOptions,
  positiveNumber
} from './options.ts'

export interface ControllerOptions extends EnvironmentOptions, OutputOptions {
  kubeconfig?: string
  context?: string
  bind?: string
  ports?: PortRange
  portOffset?: number
  timeScale: number
  host: string[]
  faithfulGaps?: boolean
  dryRunPlan?: boolean
  /** Seconds. */
  drain: number
  operationsPort?: number
  leaderElection?: ObjectName
  webhook?: ObjectName
  webhookPort: number
}

/** A controller with everything around it that a command needs. */
export interface RunningController {
  controller: Controller
  /** The development CA: its certificate, PEM, and the file that has it. */
  authority: { certificate: string; file: string }
  /** Ends it, and removes what it keeps on disk. */
  close(): Promise<void>
}

/** `32080-32099`. */
export function portRange(value: string): PortRange {
  const [, first, last] = (/^(\d+)-(\d+)$/.exec(value) ?? []).map(Number)
  if (!first || !last || first > last || last > 65_535) {
    throw new InvalidArgumentError('expected the first and the last port: 32080-32099.')
  }
  return { first, last }
}

function objectName(value: string): ObjectName {
  const [namespace, name, ...more] = value.split('/')
  if (!namespace || !name || more.length > 0) {
    throw new InvalidArgumentError('expected NAMESPACE/NAME.')
  }
  return { namespace, name }
}

function address(value: string): string {
  if (isIP(value) === 0) {
    throw new InvalidArgumentError(`'${value}' is no IP address.`)
  }
  return value
}

/** Options of a controller, wherever it runs. */
export function addController(command: Command): Command {
  return addOutput(addEnvironment(command))
    .option(
      '--port-offset <n>',
      'added to listener ports (default: 8000 below 1024 where that may not be bound)',
      integer(0, 64511)
    )
    .option('--time-scale <x>', 'health checks run x times faster', positiveNumber, 1)
    .option(
      '--host <name>',
      'host name for development certificates, repeatable',
      (value: string, previous: string[]) => [...previous, value],
      []
    )
    .option('--faithful-gaps', 'reproduce the gaps that AWS has: a moved node port leaves no target for a while')
    .option(
      '--dry-run-plan',
      'write the plan on the first Ingress of each group, as the gate IngressPlanAnnotation does'
    )
    .option('--drain <seconds>', 'how long requests in flight may take at the end', integer(0, 3600), 10)
}

/**
 * Starts the mocked controller against a cluster. Where several are to be elected from, it stands by until it is; `signal`
 * ends that.
 *
 * @throws Failure exit 2 for a kubeconfig that leads nowhere, exit 3 `CLUSTER_SILENT` where no API server answers.
 */
export async function startController(
  options: ControllerOptions,
  tell: (event: ControllerEvent) => void,
  { signal, onLost }: { signal: AbortSignal; onLost?(holder: string): void }
): Promise<RunningController> {
  const environment = loadEnvironment(options)
  const api = await Api.of({ file: options.kubeconfig, context: options.context })
  await api.get('/version').catch((error: Error) => {
    throw missingFailure(
      {
        code: 'CLUSTER_SILENT',
        message: `the API server ${api.server} of context ${api.context} does not answer: ${error.message}`,
        hint: 'start the cluster, or name another with --kubeconfig or --context; `istio-alb up` starts one'
      },
      { cause: error }
    )
  })
  // Two that do not elect would each write what the other does not have.
  if (!options.leaderElection && (await readClusterRun(api))) {
    throw usageFailure({
      code: 'CONTROLLER_RUNS',
      message: `a controller runs already inside the cluster of context ${api.context}`,
      path: '--context',
      actual: api.context,
      hint: `end it first: kubectl --context ${api.context} -n ${controllerNamespace} scale deployment ${controllerName} --replicas=0`
    })
  }
  const authority = await createDevelopmentAuthority()
  const run = openRun(api.context, api.server, authority.certificate)
  const metrics = new ControllerMetrics()
  function onEvent(event: ControllerEvent): void {
    metrics.take(event)
    // Written first: who reads the line finds the state.
    if (event.type === 'load-balancer') {
      run.write(event.loadBalancer)
    }
    if (event.type === 'load-balancer-deleted') {
      run.remove(event.id)
    }
    tell(event)
  }
  const controller = new Controller({
    api,
    environment,
    authority,
    bindings: createBindings({ host: options.bind, portOffset: options.portOffset, range: options.ports }),
    hosts: options.host,
    timeScale: options.timeScale,
    faithfulGaps: options.faithfulGaps,
    planAnnotation: options.dryRunPlan,
    onEvent
  })
  /** What was started, to be ended in reverse order. */
  const started: (() => Promise<void> | void)[] = [run.close]
  async function close(): Promise<void> {
    for (let end = started.pop(); end; end = started.pop()) {
      await end()
    }
  }
  try {
    started.push(() => controller.close(options.drain * 1000))
    controller.start({ standBy: true })
    const { operationsPort, leaderElection, webhook } = options
    if (operationsPort !== undefined) {
      const operations = await serveOperations({
        host: options.bind ?? '127.0.0.1',
        port: operationsPort,
        isReady: () => controller.isReady,
        metrics: () =>
          metrics.text(
            { load_balancers: controller.describe().length, leader: controller.isReady ? 1 : 0 },
            controller.metrics()
          ),
        status: () => ({ ...run.read(), authority: authority.certificate })
      })
      started.push(operations.close)
    }
    if (webhook) {
      const served = await serveWebhooks({
        api,
        environment,
        authority,
        service: webhook,
        host: options.bind ?? '127.0.0.1',
        port: options.webhookPort,
        snapshot: () => controller.snapshot(),
        onEvent
      })
      started.push(served.close)
    }
    if (leaderElection) {
      const identity = `${hostname()}_${randomUUID()}`
      const lease = new Lease({
        // Of its own: a renewal that waits in line behind a thousand events comes too late.
        api: await Api.of({ file: options.kubeconfig, context: options.context }),
        clock: systemClock,
        ...leaderElection,
        identity,
        onLost: holder => onLost?.(holder)
      })
      started.push(() => lease.release())
      await lease.acquire(signal)
      tell({ type: 'elected', identity })
    }
    controller.lead()
  } catch (error) {
    await close()
    throw error
  }
  return { controller, authority: { certificate: authority.certificate, file: run.authorityFile }, close }
}

/**
 * Of a thousand Ingresses, V8 would keep three bytes of garbage for each byte in use. It collects earlier instead: the space for
 * what is new stays small, and what is old grows by a tenth between collections. That costs a few percent of a busy processor.
 */
function boundGarbage(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--heap-growing-percent=10')
}

export function registerController(program: Command): void {
  const command = program
    .command('controller')
    .description('run the mocked AWS Load Balancer Controller against a cluster, until interrupted')
    .option('--kubeconfig <file>', 'default: $KUBECONFIG, ~/.kube/config, the service account of the pod')
    .option('--context <name>', "default: the kubeconfig's current context")
    .option('--bind <address>', 'address that everything listens on (default: 127.0.0.1)', address)
    .option('--ports <first-last>', 'the only ports that listeners may take, whatever their own', portRange)
    .option('--operations-port <n>', 'answer /healthz, /readyz, /metrics and /status there', integer(0, 65535))
    .option('--leader-election <namespace/name>', 'work only while holding this Lease', objectName)
    .option('--webhook <namespace/name>', 'answer admission webhooks that are called by this Service', objectName)
    .option('--webhook-port <n>', 'where webhooks are answered', integer(0, 65535), 9443)
  addController(command).action(runController)
}

async function runController(options: ControllerOptions): Promise<void> {
  boundGarbage()
  const interrupt = onInterrupt()
  const ending = new AbortController()
  const end = AbortSignal.any([interrupt, ending.signal])
  const json = options.output === 'json'
  function tell(event: ControllerEvent): void {
    // People are told of a load balancer's parts as they change; the whole is for programs.
    if (json || event.type !== 'load-balancer') {
      process.stdout.write(eventLine(event, options.output))
    }
  }
  function say(type: string, fields: object, text: string): void {
    process.stdout.write(
      json ? `${JSON.stringify({ time: new Date().toISOString(), type, ...fields })}\n` : `${text}\n`
    )
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
    if (error instanceof Interrupted) {
      return
    }
    throw error
  }
  const { file: authorityFile } = running.authority
  say('started', { authorityFile }, `certificates are signed by ${authorityFile}`)
  try {
    await aborted(end)
  } finally {
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
