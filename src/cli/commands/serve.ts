/** The commands that run something, and those that look after what runs. */
import { isIP } from 'node:net'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { ObjectName } from '../../controller/index.ts'
import { controllerImage } from '../../defaults.ts'
import type { AWSCommandOptions } from '../aws.ts'
import type { DownOptions } from '../down.ts'
import {
  addDrain,
  addEnvironment,
  addExamples,
  addHosts,
  addInput,
  addOutput,
  addPage,
  address,
  addWatch,
  clusterName,
  collect,
  integer,
  portRange,
  positiveNumber
} from '../options.ts'
import type { SimulateOptions } from '../simulate.ts'
import type { ControllerOptions } from '../start-controller.ts'
import type { StatusOptions } from '../status.ts'
import type { UpOptions } from '../up/up-options.ts'
import { declareSnapshot } from './account.ts'
import { loadFor } from './load.ts'

const portOffsetHelp = 'added to listener ports (default: 8000 below 1024 where that may not be bound)'

function addresses(value: string): string[] {
  const list = value.split(',').map(address => address.trim())
  const wrong = list.find(address => isIP(address) === 0)
  if (wrong !== undefined) {
    throw new InvalidArgumentError(`'${wrong}' is no IP address.`)
  }
  return list
}

/**
 * Adds `simulate`.
 *
 * @param served what stands behind `--` on the command line: a command to run while the load balancers serve. Undefined without `--`.
 */
export function declareSimulate(program: Command, served?: readonly string[]): void {
  const command = program
    .command('simulate')
    .description('run the load balancers of the objects on loopback, until interrupted or a command has ended')
    .usage('[options] [manifests...] [-- COMMAND]')
  addHosts(addPage(addDrain(addWatch(addOutput(addEnvironment(addInput(command)))))))
    .option(
      '--nodes <addresses>',
      'nodes that really answer, separated by commas (default: an embedded cluster)',
      addresses
    )
    .option('--port-offset <n>', portOffsetHelp, integer(0, 65534))
    .option('--time-scale <x>', 'health checks run x times faster', positiveNumber, 1)
    .option('--host <name>', 'host name for development certificates and the first request, repeatable', collect, [])
    .option(
      '--pods-reachable',
      'pods of EndpointSlices can be reached from here, wherever they are (default: on loopback alone)'
    )
    .action(async (manifests: string[], options: SimulateOptions) =>
      (await loadFor(manifests, options, () => import('../simulate.ts'))).simulate(manifests, {
        ...options,
        command: served
      })
    )
  addExamples(command, [
    'simulate manifests/',
    'simulate --values values.yaml --watch',
    'simulate manifests/ -- npm test'
  ])
}

/** What the chart's `gateway.provider` takes. */
const gatewayProviders = ['istio-operator', 'injected', 'gateway-api', 'existing']

export function declareUp(program: Command): void {
  const command = program
    .command('up')
    .description(
      "a kind cluster with Istio, the chart, a sample service and a controller, the mocked one or AWS's own, until interrupted"
    )
    .option('--name <name>', 'name of the kind cluster', clusterName, 'istio-alb')
    .option('--nodes <n>', 'nodes of the cluster', integer(1, 20), 1)
    .option('--istio-version <version>', "tag of Istio's images (default: $ISTIO_TAG, istioctl's own version)")
    .addOption(
      new Option('--gateway <provider>', 'who runs the gateway: --set gateway.provider=…').choices(gatewayProviders)
    )
    .addOption(
      new Option(
        '--controller <which>',
        "the mocked controller, or AWS's own against AWS's APIs that are answered here"
      )
        .choices(['mocked', 'aws'])
        .default('mocked')
    )
    .option('--controller-image <name>', "image of AWS's own controller, for --controller aws (default: its chart's)")
    .option('--controller-chart <chart>', "chart of AWS's own controller (default: 3.5.0 of AWS's repository)")
    .option('--in-cluster', 'run the controller in the cluster, leave everything there, and end')
    .option('--image <name>', "the controller's image, for --in-cluster; built where it is missing", controllerImage)
    .option('--ports <first-last>', 'node ports for listeners, for --in-cluster (default: 32080-32099)', portRange)
    .option('--service-mutator-webhook', "new LoadBalancer Services get the controller's class, for --in-cluster")
    .option('--retain', 'leave everything there at the end, and after a failure')
  addPage(addController(addInput(command, { manifests: false }))).action(async (options: UpOptions) =>
    (await import('../up/up.ts')).up(options)
  )
  addExamples(command, ['up --values values.yaml', 'up --in-cluster --nodes 3'])
}

export function declareDown(program: Command): void {
  const command = program
    .command('down')
    .description('remove the kind cluster of `up`, whether or not it is there')
    .option('--name <name>', 'name of the kind cluster', clusterName, 'istio-alb')
  addOutput(command).action(async (options: DownOptions) => (await import('../down.ts')).down(options))
  addExamples(command, ['down', 'down --name staging'])
}

export function declareStatus(program: Command): void {
  const command = program
    .command('status')
    .description('the load balancers of the controllers that run here and in the cluster, with URLs and target health')
    .option('--name <name>', 'of one kind cluster only', clusterName)
    .option('--context <name>', 'of one kubeconfig context only')
  addOutput(command).action(async (options: StatusOptions) => (await import('../status.ts')).status(options))
  addExamples(command, ['status', 'status --context kind-istio-alb -o json'])
}

/** Options of a controller, wherever it runs. */
function addController(command: Command): Command {
  return addDrain(addOutput(addEnvironment(command)))
    .option('--port-offset <n>', portOffsetHelp, integer(0, 64511))
    .option('--time-scale <x>', 'health checks run x times faster', positiveNumber, 1)
    .option('--host <name>', 'host name for development certificates, repeatable', collect, [])
    .option('--faithful-gaps', 'reproduce the gaps that AWS has: a moved node port leaves no target for a while')
    .option(
      '--dry-run-plan',
      'write the plan on the first Ingress of each group, as the gate IngressPlanAnnotation does'
    )
    .option('--pods-reachable', 'pods can be reached from here: connect to ip targets that are not on loopback')
}

function objectName(value: string): ObjectName {
  const [namespace, name, ...more] = value.split('/')
  if (!namespace || !name || more.length > 0) {
    throw new InvalidArgumentError('expected NAMESPACE/NAME.')
  }
  return { namespace, name }
}

/**
 * Adds `controller`.
 *
 * @param page whether it can serve a page: what has the program alone has no browser's code to serve.
 */
export function declareController(program: Command, { page = true } = {}): void {
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
    .option('--cloud-provider', 'make the load balancers of the cloud provider, too, in a cluster that has none')
  if (page) {
    addPage(command)
  }
  addHosts(addController(command)).action(async (options: ControllerOptions) =>
    (await import('../controller.ts')).runController(page ? options : { ...options, page: 'off' })
  )
  addExamples(command, ['controller --context kind-istio-alb', 'controller --kubeconfig ~/.kube/test -o json'])
}

/** The port that other endpoints for AWS's clients have, and scripts therefore name. */
const defaultPort = 4566

function seconds(value: string): number {
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number) || number < 0) {
    throw new InvalidArgumentError('expected a number of seconds.')
  }
  return number
}

export function declareAWS(program: Command): void {
  const command = program
    .command('aws')
    .description('answer the AWS APIs on loopback, and run the load balancers that are made through them')
  addHosts(addPage(addOutput(addEnvironment(command))))
    .option('--port <n>', 'port of the endpoint; 0 lets the system choose', integer(0, 65_535), defaultPort)
    .option('--bind <address>', 'address that everything listens on (default: 127.0.0.1)', address)
    .option('--provisioning <seconds>', 'how long a new load balancer is provisioning', seconds, 0)
    .option('--port-offset <n>', portOffsetHelp, integer(0, 64_511))
    .option('--time-scale <x>', 'health checks run x times faster', positiveNumber, 1)
    .option('--pods-reachable', 'ip targets can be reached from here, wherever they are (default: on loopback alone)')
    .option('--kubeconfig <file>', 'the nodes of that cluster are the instances, as they come and go')
    .option('--context <name>', 'of the kubeconfig (default: its current one)')
    .option('--state <file>', 'keep the accounts in a file, and begin with what it has')
    .action(async (options: AWSCommandOptions) => (await import('../aws.ts')).aws(options))
  addExamples(command, [
    'aws',
    'aws --aws aws.yaml --port 0 -o json',
    'aws --kubeconfig ~/.kube/config --state account.json'
  ])
  declareSnapshot(command)
}
