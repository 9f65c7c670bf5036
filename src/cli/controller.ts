import type { Command } from 'commander'
import { createDevelopmentAuthority } from '../alb/index.ts'
import { createBindings } from '../cluster/index.ts'
import { Api, Controller, type ControllerEvent, openRun } from '../controller/index.ts'
import { missingFailure } from '../failure.ts'
import { describeEvent, describeLoadBalancers } from '../report/index.ts'
import { aborted, onInterrupt } from './interrupt.ts'
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
  portOffset?: number
  timeScale: number
  host: string[]
}

/** A controller with everything around it that a command needs. */
export interface RunningController {
  controller: Controller
  /** The development CA: its certificate, PEM, and the file that has it. */
  authority: { certificate: string; file: string }
  /** Ends it, and removes what it keeps on disk. */
  close(): Promise<void>
}

export const addController = (command: Command): Command =>
  addOutput(addEnvironment(command))
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

/**
 * Starts the mocked controller against a cluster.
 *
 * @throws Failure exit 2 for a kubeconfig that leads nowhere, exit 3 `CLUSTER_SILENT` where no API server answers.
 */
export async function startController(
  options: ControllerOptions,
  tell: (event: ControllerEvent) => void
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
  const authority = await createDevelopmentAuthority()
  const run = openRun(api.context, api.server, authority.certificate)
  const controller = new Controller({
    api,
    environment,
    authority,
    bindings: createBindings({ portOffset: options.portOffset }),
    hosts: options.host,
    timeScale: options.timeScale,
    onEvent: event => {
      // Written first: who reads the line finds the state.
      if (event.type === 'load-balancer' || event.type === 'load-balancer-deleted')
        run.write({ loadBalancers: controller.describe() })
      tell(event)
    }
  })
  controller.start()
  return {
    controller,
    authority: { certificate: authority.certificate, file: run.authorityFile },
    close: async () => {
      await controller.close()
      run.close()
    }
  }
}

/** One event as one line: JSON with its time, or text for people. */
export const eventLine = (event: ControllerEvent, output: OutputOptions['output'], now = new Date()): string =>
  output === 'json'
    ? `${JSON.stringify({ time: now.toISOString(), ...event })}\n`
    : `${now.toTimeString().slice(0, 8)} ${describeControllerEvent(event)}`

function describeControllerEvent(event: ControllerEvent): string {
  switch (event.type) {
    case 'synced':
      return `watching ${event.server}: ${event.ingresses} ${event.ingresses === 1 ? 'Ingress' : 'Ingresses'}\n`
    case 'api-lost':
      return `the API server ${event.server} is away (${event.message}); load balancers go on, and it is tried again\n`
    case 'api-restored':
      return `the API server ${event.server} is back\n`
    case 'watch-failed':
      return `cannot watch ${event.kind}: ${event.message}; it is tried again\n`
    case 'watch-restored':
      return `watching ${event.kind} again\n`
    case 'event':
      return `${event.object}: ${event.reason}: ${event.message}\n`
    case 'error':
      return `${event.group ? `group ${event.group}: ` : ''}${event.message}\n`
    case 'load-balancer':
      return `\n${describeLoadBalancers([event.loadBalancer])}\n`
    case 'load-balancer-deleted':
      return `the load balancer of ${event.id} is deleted\n`
    default:
      return describeEvent(event)
  }
}

export function registerController(program: Command): void {
  const command = program
    .command('controller')
    .description('run the mocked AWS Load Balancer Controller against a cluster, until interrupted')
    .option('--kubeconfig <file>', 'default: $KUBECONFIG, ~/.kube/config')
    .option('--context <name>', "default: the kubeconfig's current context")
  addController(command).action(async (options: ControllerOptions) => {
    const end = onInterrupt()
    const json = options.output === 'json'
    const tell = (event: ControllerEvent): void => {
      // People are told of a load balancer's parts as they change; the whole is for programs.
      if (json || event.type !== 'load-balancer') process.stdout.write(eventLine(event, options.output))
    }
    const running = await startController(options, tell)
    const { file } = running.authority
    process.stdout.write(
      json
        ? `${JSON.stringify({ time: new Date().toISOString(), type: 'started', authorityFile: file })}\n`
        : `certificates are signed by ${file}\n`
    )
    try {
      await aborted(end)
    } finally {
      await running.close()
    }
    const message =
      'finalizers and status stay as they are, as the real controller leaves them; start it again to delete'
    process.stdout.write(
      json
        ? `${JSON.stringify({ time: new Date().toISOString(), type: 'stopped', message })}\n`
        : `stopped: ${message}\n`
    )
  })
}
