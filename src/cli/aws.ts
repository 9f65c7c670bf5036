import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AWSEndpoint, type AWSEvent, nodesOf } from '../aws/index.ts'
import { Api } from '../controller/index.ts'
import type { LoadBalancerEvent } from '../elbv2/index.ts'
import { missingFailure } from '../failure.ts'
import type { Environment } from '../model/index.ts'
import type { Page } from '../page/index.ts'
import { describeEvent } from '../report/index.ts'
import { type KubernetesObject, writeWhole } from '../resources/index.ts'
import { HostsFile } from './hosts-file.ts'
import { aborted, onInterrupt } from './interrupt.ts'
import { loadEnvironment } from './load-options.ts'
import type { EnvironmentOptions, HostsOptions, OutputOptions, PageOptions } from './options.ts'
import { describePage, openPage } from './page.ts'
import { printError, print as printText } from './print.ts'
import { keepRequestsYoung } from './young-requests.ts'

export interface AWSCommandOptions extends EnvironmentOptions, OutputOptions, PageOptions, HostsOptions {
  port: number
  bind?: string
  provisioning: number
  portOffset?: number
  timeScale: number
  podsReachable?: boolean
  state?: string
  kubeconfig?: string
  context?: string
}

/** An event in words. */
function describe(event: AWSEvent): string {
  switch (event.type) {
    case 'call':
      return `${event.service} ${event.action}${event.error === undefined ? '' : `: ${event.error}: ${event.message}`}\n`
    case 'load-balancer-created':
      return `${event.loadBalancer}: created, ${event.dnsName}\n`
    case 'load-balancer-deleted':
      return `${event.loadBalancer}: deleted\n`
    case 'not-listening':
      return `${event.loadBalancer}: ${event.reason}\n`
    case 'targets-refused':
      return `${event.loadBalancer}: ${event.message}; ${event.hint}\n`
    default:
      return describeEvent(event)
  }
}

/** People are not told of what only reads, which a controller does all the time. */
function isTold(event: AWSEvent): boolean {
  return event.type !== 'call' || event.error !== undefined || !/^(Describe|List|Get)/.test(event.action)
}

const nodes = { apiVersion: 'v1', kind: 'Node', path: '/api/v1/nodes' }

/** Milliseconds until a watch that failed is tried again. */
const watchPause = 5_000

/** What `--kubeconfig` and `--context` lead to; undefined where neither is given. */
async function clusterOf({ kubeconfig, context }: AWSCommandOptions): Promise<Api | undefined> {
  return kubeconfig === undefined && context === undefined
    ? undefined
    : Api.of({ ...(kubeconfig !== undefined && { file: kubeconfig }), ...(context !== undefined && { context }) })
}

/**
 * The account with the cluster's nodes among its instances.
 *
 * @throws Failure exit 3 `CLUSTER_SILENT` where no API server answers.
 */
async function withClusterNodes(environment: Environment, api: Api | undefined): Promise<Environment> {
  if (!api) {
    return environment
  }
  const { items } = await api.get<{ items: KubernetesObject[] }>(nodes.path).catch((error: Error) => {
    throw missingFailure(
      {
        code: 'CLUSTER_SILENT',
        message: `the API server ${api.server} of context ${api.context} does not tell its nodes: ${error.message}`,
        hint: 'start the cluster, or name another with --kubeconfig or --context'
      },
      { cause: error }
    )
  })
  return { ...environment, instances: [...(environment.instances ?? []), ...nodesOf(items)] }
}

/** Keeps the instances as the cluster's nodes are, until the signal fires. */
function watchNodes(
  api: Api,
  given: NonNullable<Environment['instances']>,
  endpoint: AWSEndpoint,
  end: AbortSignal
): void {
  const watch = api.watch(nodes, {
    changed() {
      const instances = [...given, ...nodesOf(watch.objects())]
      endpoint.setNodes(instances).catch((error: Error) => process.emitWarning(error))
    },
    expired() {},
    failed(error) {
      printError(`cannot watch nodes: ${error.message}; it is tried again\n`)
      setTimeout(() => !end.aborted && watchNodes(api, given, endpoint, end), watchPause).unref()
    }
  })
  end.addEventListener('abort', () => watch.stop(), { once: true })
}

/** Keeps the names of the load balancers that there are. */
function nameHosts(hosts: HostsFile, event: AWSEvent): void {
  if (event.type === 'load-balancer-created') {
    hosts.set(event.loadBalancer, event.dnsName)
  } else if (event.type === 'load-balancer-deleted') {
    hosts.delete(event.loadBalancer)
  }
}

/** What a page shows, once it is there. */
interface Shown {
  endpoint?: AWSEndpoint
  account?: import('./account-view.ts').AccountView
}

/** The page of what will run; undefined where none is served. @throws Failure exit 2 `PORT_BUSY`. */
function openAccountPage(options: AWSCommandOptions, shown: Shown): Promise<Page | undefined> {
  return openPage(options, {
    command: 'aws',
    timeScale: options.timeScale,
    view: () => shown.account?.view,
    describe: () => shown.endpoint?.look().describe() ?? [],
    metrics: () => shown.endpoint?.look().metrics() ?? [],
    get authority() {
      return shown.endpoint?.authority.certificate ?? ''
    }
  })
}

/** Answers the AWS APIs until interrupted. */
export async function aws(options: AWSCommandOptions): Promise<void> {
  keepRequestsYoung()
  const end = onInterrupt()
  const { port, bind, provisioning, portOffset, timeScale, podsReachable, state, output } = options
  const json = output === 'json'
  function print(event: AWSEvent): void {
    if (json) {
      printText(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`)
    } else if (isTold(event)) {
      printText(describe(event))
    }
  }
  // Until the first line is out, which says where the endpoint is.
  let early: AWSEvent[] | undefined = []
  const api = await clusterOf(options)
  const given = loadEnvironment(options)
  const environment = await withClusterNodes(given, api)
  // Made first: where they cannot be, nothing runs yet.
  const hosts = HostsFile.open(options.hosts, bind)
  const folder = mkdtempSync(join(tmpdir(), 'istio-alb-aws-'))
  function removeFolder(): void {
    rmSync(folder, { recursive: true, force: true })
    hosts?.close()
  }
  const shown: Shown = {}
  const page = await openAccountPage(options, shown).catch((error: unknown) => {
    removeFolder()
    throw error
  })
  const endpoint = await AWSEndpoint.start({
    environment,
    ...{ port, provisioning, timeScale },
    ...(bind !== undefined && { host: bind }),
    ...(portOffset !== undefined && { portOffset }),
    ...(podsReachable && { podsReachable }),
    ...(state !== undefined && { stateFile: state }),
    ...(page && { onExchange: page.onExchange, onHealthCheck: page.onHealthCheck }),
    onEvent: event => {
      if (hosts) {
        nameHosts(hosts, event)
      }
      shown.account?.onEvent(event)
      if (event.type !== 'call') {
        page?.onEvent(event as LoadBalancerEvent)
      }
      if (early) {
        early.push(event)
      } else {
        print(event)
      }
    }
  }).catch(async (error: unknown) => {
    await page?.close()
    removeFolder()
    throw error
  })
  shown.endpoint = endpoint
  try {
    if (page) {
      const { AccountView } = await import('./account-view.ts')
      shown.account = new AccountView(endpoint, environment, page)
    }
    const authorityFile = join(folder, 'ca.pem')
    writeWhole(authorityFile, endpoint.authority.certificate)
    printText(`${JSON.stringify({ endpoint: endpoint.url, ...(page && { page: page.url }) })}\n`)
    if (json) {
      printText(`${JSON.stringify({ type: 'authority', file: authorityFile })}\n`)
    } else {
      printText(
        `export AWS_ENDPOINT_URL=${endpoint.url} AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any\n` +
          `certificates are of the development CA ${authorityFile}\n${describePage(page)}serving until Ctrl-C\n`
      )
    }
    const told = early
    early = undefined
    for (const event of told) {
      print(event)
    }
    if (api) {
      watchNodes(api, given.instances ?? [], endpoint, end)
    }
    await aborted(end)
  } finally {
    await page?.close()
    await endpoint.close()
    removeFolder()
  }
}
