import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { controllerName, controllerNamespace, createBindings, type PortRange } from '../cluster/index.ts'
import {
  Api,
  Controller,
  type ControllerEvent,
  ControllerMetrics,
  Lease,
  type ObjectName,
  openRun,
  type Run,
  readClusterRun,
  serveOperations,
  serveWebhooks
} from '../controller/index.ts'
import type { LoadBalancerEvent } from '../elbv2/index.ts'
import { missingFailure, usageFailure } from '../failure.ts'
import { createDevelopmentAuthority, type DevelopmentAuthority, systemClock } from '../load-balancer/index.ts'
import type { Environment } from '../model/index.ts'
import type { Page } from '../page/index.ts'
import { unreadableReason } from '../resources/index.ts'
import { loadEnvironment } from './load-options.ts'
import type { EnvironmentOptions, OutputOptions, PageOptions } from './options.ts'
import { openPage } from './page.ts'
import { keepRequestsYoung } from './young-requests.ts'

export interface ControllerOptions extends EnvironmentOptions, OutputOptions, PageOptions {
  kubeconfig?: string
  context?: string
  bind?: string
  ports?: PortRange
  portOffset?: number
  timeScale: number
  host: string[]
  faithfulGaps?: boolean
  dryRunPlan?: boolean
  podsReachable?: boolean
  cloudProvider?: boolean
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
  /** Where a page of it is served. */
  page?: Page
  /** Ends it, and removes what it keeps on disk. */
  close(): Promise<void>
}

/** @throws Failure exit 2 for a kubeconfig that leads nowhere, exit 3 `CLUSTER_SILENT` where no API server answers. */
async function connect({ kubeconfig, context }: ControllerOptions): Promise<Api> {
  const api = await Api.of({ file: kubeconfig, context })
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
  return api
}

/**
 * Two that do not elect would each write what the other does not have.
 *
 * @throws Failure exit 2 `CONTROLLER_RUNS` where one runs inside the cluster.
 */
async function requireNoOther(api: Api): Promise<void> {
  if (await readClusterRun(api)) {
    throw usageFailure({
      code: 'CONTROLLER_RUNS',
      message: `a controller runs already inside the cluster of context ${api.context}`,
      path: '--context',
      actual: api.context,
      hint: `end it first: kubectl --context ${api.context} -n ${controllerNamespace} scale deployment ${controllerName} --replicas=0`
    })
  }
}

/** What belongs to one controller while it starts and runs. */
interface Surroundings {
  options: ControllerOptions
  api: Api
  environment: Environment
  authority: DevelopmentAuthority
  run: Run
  metrics: ControllerMetrics
  controller: Controller
  onEvent(event: ControllerEvent): void
  page: Page | undefined
  closePage(): Promise<void>
}

/** Where the operations port is asked for, answers there. Resolves to what ends that. */
async function startOperations({ options, ...around }: Surroundings): Promise<() => Promise<void>> {
  const { controller, metrics, run, authority } = around
  const { operationsPort: port, bind: host = '127.0.0.1' } = options
  if (port === undefined) {
    return async () => {}
  }
  const operations = await serveOperations({
    host,
    port,
    isReady: () => controller.isReady,
    metrics: () =>
      metrics.text(
        { load_balancers: controller.describe().length, leader: controller.isReady ? 1 : 0 },
        controller.metrics()
      ),
    status: () => ({ ...run.read(), authority: authority.certificate })
  })
  return operations.close
}

/** Where webhooks are asked for, answers them. Resolves to what ends that. */
async function startWebhooks({ options, ...around }: Surroundings): Promise<() => Promise<void>> {
  const { api, environment, authority, controller, onEvent } = around
  const { webhook: service, webhookPort: port, bind: host = '127.0.0.1' } = options
  if (!service) {
    return async () => {}
  }
  const served = await serveWebhooks({
    api,
    environment,
    authority,
    service,
    host,
    port,
    snapshot: () => controller.snapshot(),
    onEvent
  })
  return served.close
}

/** The Lease to be held before the work, where several are to be elected from. */
async function leaseOf(
  { kubeconfig, context, leaderElection }: ControllerOptions,
  identity: string,
  onLost: (holder: string) => void
): Promise<Lease | undefined> {
  if (!leaderElection) {
    return undefined
  }
  // An API client of its own: a renewal that waits in line behind a thousand events comes too late.
  const api = await Api.of({ file: kubeconfig, context })
  return new Lease({ api, clock: systemClock, ...leaderElection, identity, onLost })
}

/** Takes note of events: in the metrics, and in what a run keeps on disk. Written first: who reads the line finds the state. */
function noteEvents(metrics: ControllerMetrics, run: Run, tell: (event: ControllerEvent) => void) {
  let isKept = true
  function keep(event: ControllerEvent): void {
    if (event.type === 'load-balancer') {
      run.write(event.loadBalancer, event.inFront)
      isKept = true
    }
    if (event.type === 'load-balancer-deleted') {
      run.remove(event.id)
    }
  }
  return (event: ControllerEvent): void => {
    metrics.take(event)
    // A full disk is told once, and ends no load balancer.
    try {
      keep(event)
    } catch (error) {
      if (isKept) {
        isKept = false
        tell({ type: 'error', message: `what istio-alb status shows cannot be written: ${unreadableReason(error)}` })
      }
    }
    tell(event)
  }
}

/** A page of the controller, where one is asked for; it looks at the controller that it is given later. */
interface ControllerPage {
  controller: Controller | undefined
  page: Page | undefined
  closePage(): Promise<void>
}

async function surroundPage(
  options: ControllerOptions,
  { api, environment, authority }: Pick<Surroundings, 'api' | 'environment' | 'authority'>
): Promise<ControllerPage> {
  const looked: ControllerPage = { controller: undefined, page: undefined, closePage: async () => {} }
  let cluster: import('./cluster-view.ts').ClusterView | undefined
  const page = await openPage(options, {
    command: 'controller',
    timeScale: options.timeScale,
    view: () => cluster?.view,
    describe: () => looked.controller?.describe() ?? [],
    metrics: () => looked.controller?.metrics() ?? [],
    authority: authority.certificate
  })
  if (page) {
    const { ClusterView } = await import('./cluster-view.ts')
    cluster = new ClusterView(api, environment, page, () => looked.controller?.snapshot())
    looked.page = page
    looked.closePage = async () => {
      cluster?.stop()
      await page.close()
    }
  }
  return looked
}

/** Everything that a controller needs, and the controller, which does nothing yet. */
async function surround(options: ControllerOptions, tell: (event: ControllerEvent) => void): Promise<Surroundings> {
  const environment = loadEnvironment(options)
  const api = await connect(options)
  if (!options.leaderElection) {
    await requireNoOther(api)
  }
  const authority = await createDevelopmentAuthority()
  const run = openRun(api.context, api.server, authority.certificate)
  const metrics = new ControllerMetrics()
  const looked = await surroundPage(options, { api, environment, authority }).catch(async (error: unknown) => {
    await run.close()
    throw error
  })
  const { page, closePage } = looked
  const noted = noteEvents(metrics, run, tell)
  function onEvent(event: ControllerEvent): void {
    page?.onEvent(event as LoadBalancerEvent)
    noted(event)
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
    podsReachable: options.podsReachable,
    cloudProvider: options.cloudProvider,
    ...(page && { onExchange: page.onExchange, onHealthCheck: page.onHealthCheck }),
    onEvent
  })
  looked.controller = controller
  return { options, api, environment, authority, run, metrics, controller, onEvent, page, closePage }
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
  keepRequestsYoung()
  const surroundings = await surround(options, tell)
  const { controller, run, authority } = surroundings
  /** What was started, to be ended in reverse order. */
  const started: (() => Promise<void> | void)[] = [run.close, surroundings.closePage]
  async function close(): Promise<void> {
    for (let end = started.pop(); end; end = started.pop()) {
      await end()
    }
  }
  try {
    started.push(() => controller.close(options.drain * 1000))
    controller.start({ standBy: true })
    started.push(await startOperations(surroundings))
    started.push(await startWebhooks(surroundings))
    const identity = `${hostname()}_${randomUUID()}`
    const lease = await leaseOf(options, identity, holder => onLost?.(holder))
    if (lease) {
      started.push(() => lease.release())
      await lease.acquire(signal)
      tell({ type: 'elected', identity })
    }
    controller.lead()
  } catch (error) {
    await close()
    throw error
  }
  const { page } = surroundings
  return {
    controller,
    authority: { certificate: authority.certificate, file: run.authorityFile },
    ...(page && { page }),
    close
  }
}
