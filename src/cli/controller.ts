import { isIP } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { type Command, InvalidArgumentError } from 'commander'
import type { PortRange } from '../cluster/index.ts'
import type { ControllerEvent, ObjectName } from '../controller/index.ts'
import { missingFailure } from '../failure.ts'
import { eventLine } from './event-line.ts'
import { aborted, Interrupted, onInterrupt } from './interrupt.ts'
import { addDrain, addEnvironment, addOutput, integer, positiveNumber } from './options.ts'
import { addPage } from './page.ts'
import { print } from './print.ts'
import { type ControllerOptions, type RunningController, startController } from './start-controller.ts'

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
  return addDrain(addOutput(addEnvironment(command)))
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
    .option('--pods-reachable', 'pods can be reached from here: connect to ip targets that are not on loopback')
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
  addPage(addController(command)).action(runController)
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
