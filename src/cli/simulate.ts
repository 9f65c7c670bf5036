import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bindingOf, Simulation } from '../cluster/index.ts'
import type { Edge } from '../edge.ts'
import type { LoadBalancerDescription, LoadBalancerEvent } from '../elbv2/index.ts'
import { Failure, type Finding, usageFailure } from '../failure.ts'
import { hasLoadBalancer, planFailures, stackPlansOf } from '../model/index.ts'
import type { Page, View } from '../page/index.ts'
import {
  describeAssumptions,
  describeEvent,
  describeLoadBalancers,
  describePlan,
  formatFindings
} from '../report/index.ts'
import { writeWhole } from '../resources/index.ts'
import { assumedOfTargets } from '../targets/index.ts'
import { sendFirstRequest } from './first-request.ts'
import { HostsFile } from './hosts-file.ts'
import { aborted, onInterrupt } from './interrupt.ts'
import { tellNotLookedAt } from './load-options.ts'
import type {
  EnvironmentOptions,
  HostsOptions,
  InputOptions,
  OutputOptions,
  PageOptions,
  WatchOptions
} from './options.ts'
import { changeOf, describePage, failureOf, openPage } from './page.ts'
import { print, printError } from './print.ts'
import { runServed } from './served-command.ts'
import { type EdgeChanges, readEdge, requireWatchable, sourceText, watchEdge } from './watch/index.ts'
import { keepRequestsYoung } from './young-requests.ts'

export interface SimulateOptions
  extends InputOptions,
    EnvironmentOptions,
    OutputOptions,
    WatchOptions,
    PageOptions,
    HostsOptions {
  nodes?: string[]
  portOffset?: number
  timeScale?: number
  host: string[]
  podsReachable?: boolean
  /** Seconds. */
  drain: number
  /** Of `-- COMMAND`: it and its arguments. */
  command: readonly string[] | undefined
}

/** The contract's line: what a script needs to send requests. */
function readyLine(loadBalancers: LoadBalancerDescription[], page: Page | undefined) {
  return {
    loadBalancers: loadBalancers.map(({ name, type, dnsName, listeners }) => ({ name, type, dnsName, listeners })),
    ...(page && { page: page.url })
  }
}

/** Where what is told goes: to standard error where a command has standard output. */
type Write = (text: string) => void

const standInSentence =
  "stand-ins: nodes and pods are addresses on loopback, and the gateway among them answers as Istio's would\n"

/** What is known before anything runs. @throws Failure exit 1 where nothing can. */
function tellEdge(edge: Edge, { output, nodes }: SimulateOptions, write: Write): void {
  const { plan } = edge
  const failures = planFailures(plan)
  const plans = stackPlansOf(plan)
  const runs = plans.some(hasLoadBalancer)
  if (output === 'json') {
    for (const { message } of failures) {
      write(`${JSON.stringify({ error: message })}\n`)
    }
  } else {
    const { findings, assumptions } = edge
    write(findings.length === 0 ? 'checked: nothing to say\n\n' : `${formatFindings(findings, 'text', sourceText)}\n`)
    if (runs) {
      write(describePlan(plan))
    }
    const { resources } = edge
    const pods = plans.flatMap(({ stack }) => (stack ? assumedOfTargets(stack, resources) : []))
    const standIns = nodes ? [] : [...edge.assumedRoutes, ...pods]
    write(describeAssumptions([...new Set([...assumptions, ...standIns])]))
    if (!nodes && runs) {
      write(standInSentence)
    }
  }
  if (!runs) {
    throw new Failure(1, failures)
  }
}

/** What is shown in the description of the load balancers; told as events it would be there twice. */
function isDescribed({ type }: LoadBalancerEvent): boolean {
  return type === 'listener-opened' || type === 'target-health'
}

/** The listeners that are not where they would be, as somebody else is there. */
function describeMoved(loadBalancers: LoadBalancerDescription[], portOffset?: number): string {
  return loadBalancers
    .flatMap(({ name, listeners }) =>
      listeners.flatMap(listener => {
        const { port } = bindingOf(listener, { portOffset })
        return listener.address.endsWith(`:${port}`)
          ? []
          : `port ${port} is taken: listener ${listener.protocol}:${listener.port} of ${name} is on ${listener.address}\n`
      })
    )
    .join('')
}

/** What a page shows, once it is there. */
interface Shown {
  simulation?: Simulation
  view?: View
}

/** The page of what will run; undefined where none is served. @throws Failure exit 2 `PORT_BUSY`. */
function openSimulationPage(options: SimulateOptions, shown: Shown): Promise<Page | undefined> {
  return openPage(options, {
    command: 'simulate',
    timeScale: options.timeScale ?? 1,
    view: () => shown.view,
    describe: () => shown.simulation?.describe() ?? [],
    metrics: () => shown.simulation?.metrics() ?? [],
    get authority() {
      return shown.simulation?.authority.certificate ?? ''
    }
  })
}

/** Milliseconds that the first checks on loopback may take. */
const firstChecks = 300

/** Runs the load balancers until the end that is asked for. */
export async function simulate(manifests: string[], options: SimulateOptions): Promise<void> {
  keepRequestsYoung()
  const end = onInterrupt()
  const serves = options.command !== undefined
  function write(text: string): void {
    ;(serves ? printError : print)(text)
  }
  if (options.command?.length === 0) {
    throw usageFailure({
      code: 'COMMAND_MISSING',
      message: 'nothing stands behind --',
      path: '-- COMMAND',
      hint: 'name a command to run while the load balancers serve, or leave the -- out to serve until Ctrl-C'
    })
  }
  if (serves && options.watch) {
    throw usageFailure({
      code: 'WATCH_AND_COMMAND',
      message: 'simulate ends with the command behind --, and --watch would go on',
      path: '--watch',
      hint: 'leave one of them out'
    })
  }
  requireWatchable(manifests, options)
  const edge = await readEdge(manifests, options)
  tellNotLookedAt(edge)
  tellEdge(edge, options, write)
  if (end.aborted) {
    return
  }
  const json = options.output === 'json'
  function tell(event: LoadBalancerEvent): void {
    write(json ? `${JSON.stringify(event)}\n` : describeEvent(event))
  }
  // Until the ready line is out, which has to be the first.
  let early: LoadBalancerEvent[] | undefined = []
  // Made first: where it cannot be, nothing runs yet.
  const folder = mkdtempSync(join(tmpdir(), 'istio-alb-simulate-'))
  function removeFolder(): void {
    rmSync(folder, { recursive: true, force: true })
  }
  const shown: Shown = {}
  const page = await openSimulationPage(options, shown).catch((error: unknown) => {
    removeFolder()
    throw error
  })
  async function show(next: Edge): Promise<void> {
    if (page) {
      const { viewOf } = await import('../page/index.ts')
      shown.view = viewOf(next, simulation.resources)
    }
  }
  const simulation = await Simulation.create({
    environment: edge.environment,
    nodes: options.nodes,
    portOffset: options.portOffset,
    timeScale: options.timeScale,
    hosts: options.host,
    podsReachable: options.podsReachable,
    ...(page && { onExchange: page.onExchange, onHealthCheck: page.onHealthCheck }),
    onEvent: event => {
      page?.onEvent(event)
      if (early) {
        early.push(event)
      } else {
        tell(event)
      }
    }
  }).catch(async (error: unknown) => {
    await page?.close()
    removeFolder()
    throw error
  })
  shown.simulation = simulation
  let hosts: HostsFile | undefined
  function nameHosts(): void {
    hosts?.replace(simulation.describe().map(({ id, dnsName }) => [id, dnsName]))
  }
  try {
    hosts = HostsFile.open(options.hosts)
    const authorityFile = join(folder, 'ca.pem')
    writeWhole(authorityFile, simulation.authority.certificate)
    await simulation.apply(edge.resources, edge.plan)
    nameHosts()
    await show(edge)
    if (json) {
      write(`${JSON.stringify(readyLine(simulation.describe(), page))}\n`)
    }
    // People are shown what the first checks came to, and then only what changes; a target that fails them is not waited for.
    else {
      await Promise.race([simulation.whenChecked(firstChecks), aborted(end)])
    }
    const told = early
    early = undefined
    if (!json) {
      const described = simulation.describe()
      const host = options.host[0]
      write(`\n${describeLoadBalancers(described, { authorityFile, hostOf: id => host ?? simulation.hostOf(id) })}`)
      write(describeMoved(described, options.portOffset))
      write(describePage(page))
    }
    for (const event of told) {
      if (json || !isDescribed(event)) {
        tell(event)
      }
    }
    if (options.command) {
      await Promise.race([simulation.whenChecked(), aborted(end)])
      const served = { loadBalancers: simulation.describe(), authorityFile }
      process.exitCode = await runServed(options.command, served, end)
      return
    }
    if (!json) {
      const [first] = simulation.describe()
      const host = options.host[0] ?? (first && simulation.hostOf(first.id))
      if (!end.aborted) {
        write(await sendFirstRequest(simulation, host))
      }
      write('\nserving until Ctrl-C\n')
    }
    function ready(): void {
      if (!json) {
        write('watching for saved files\n')
      }
    }
    async function apply(next: Edge): Promise<void> {
      await simulation.apply(next.resources, next.plan)
      nameHosts()
      await show(next)
    }
    if (options.watch) {
      const told = {
        changed: (path: string, changes: EdgeChanges) => page?.onChange(changeOf(`${path} saved`, changes)),
        failed: (path: string, findings: Finding[]) => page?.onChange(failureOf(path, findings))
      }
      await watchEdge(manifests, options, edge, { shown: ['findings', 'plan'], ready, apply, ...told }, end)
    } else {
      await aborted(end)
    }
  } finally {
    await page?.close()
    hosts?.close()
    await simulation.close(options.drain * 1000)
    removeFolder()
  }
}
