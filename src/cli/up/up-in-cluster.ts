import { readFileSync } from 'node:fs'
import { contextOf, defaultPorts, inClusterSteps, runSteps, type Step } from '../../cluster/index.ts'
import { Api, type RunState, readClusterRun, readRuns } from '../../controller/index.ts'
import { usageFailure } from '../../failure.ts'
import { describeLoadBalancers } from '../../report/index.ts'
import { sendFirstRequest } from '../first-request.ts'
import { Interrupted, onInterrupt } from '../interrupt.ts'
import { print } from '../print.ts'
import { edgeStepsOf } from './edge-steps.ts'
import { jsonLine, seconds, stepLine } from './step-line.ts'
import { areHealthy, healthDeadline, requireHealth } from './target-health.ts'
import type { UpOptions } from './up-options.ts'

/**
 * Milliseconds for which the first request is sent again: the controller's pod is ready before kube-proxy leads the listeners'
 * node ports to it, and until then the engine accepts a connection and closes it.
 */
const reachDeadline = 30_000

/** Milliseconds between two looks at the controller's status: this command's own, the controller needs none. */
const look = 500

/** Brings the edge up with the controller inside the cluster, and leaves all of it there. */
export async function upInCluster(options: UpOptions): Promise<void> {
  const signal = onInterrupt()
  const start = performance.now()
  const { name, output } = options
  if (typeof options.page === 'number') {
    throw usageFailure({
      code: 'PAGE_NOT_IN_CLUSTER',
      message: 'a controller in the cluster serves no page',
      path: '--page',
      actual: String(options.page),
      hint: 'leave --in-cluster out: the controller then runs here, with a page; or leave --page out'
    })
  }
  const other = readRuns().find(({ context }) => context === contextOf(name))
  if (other) {
    throw usageFailure({
      code: 'CONTROLLER_RUNS',
      message: `a controller for the context ${other.context} runs already on this machine, with process ID ${other.pid}`,
      path: '--in-cluster',
      hint: `end it first: kill ${other.pid}`
    })
  }
  let state: RunState | undefined
  const steps: Step[] = [
    ...edgeStepsOf(options),
    ...inClusterSteps({
      cluster: name,
      image: options.image,
      ports: options.ports ?? defaultPorts,
      flags: flagsOf(options),
      serviceMutatorWebhook: options.serviceMutatorWebhook ?? false
    }),
    {
      name: 'wait for healthy targets',
      run: async signal => {
        const api = await Api.of({ context: contextOf(name) })
        const deadline = AbortSignal.timeout(healthDeadline)
        while (!deadline.aborted) {
          signal.throwIfAborted()
          state = await readClusterRun(api)
          if (state && areHealthy(state.loadBalancers)) {
            break
          }
          await new Promise(resolve => setTimeout(resolve, look))
        }
        return requireHealth(state?.loadBalancers ?? [])
      }
    }
  ]
  try {
    await runSteps(steps, {
      signal,
      retain: options.retain,
      onEvent: event => print(stepLine(event, output))
    })
  } catch (error) {
    if (!(error instanceof Interrupted)) {
      throw error
    }
    process.exitCode = error.exitCode
    return
  }
  const { authorityFile, loadBalancers } = state!
  const milliseconds = performance.now() - start
  if (output === 'json') {
    print(jsonLine({ type: 'ready', milliseconds, authorityFile, loadBalancers }))
  } else {
    const running = { describe: () => loadBalancers, authority: { certificate: readFileSync(authorityFile, 'utf8') } }
    const answer = await sendFirstRequest(running, options.host[0], reachDeadline)
    print(`\n${describeLoadBalancers(loadBalancers, { authorityFile })}${answer}`)
    print(`\nfrom nothing to this answer: ${seconds(performance.now() - start)}\n`)
    print(`it stays; \`istio-alb status\` shows it, \`istio-alb down --name ${name}\` removes it\n`)
  }
}

/** What the controller in the cluster is told of this command's options. */
function flagsOf({ clusterName, region, timeScale, host, faithfulGaps, dryRunPlan, drain }: UpOptions): string[] {
  return [
    ...(clusterName ? ['--cluster-name', clusterName] : []),
    ...(region ? ['--region', region] : []),
    ...(timeScale === 1 ? [] : ['--time-scale', String(timeScale)]),
    ...host.flatMap(each => ['--host', each]),
    ...(faithfulGaps ? ['--faithful-gaps'] : []),
    ...(dryRunPlan ? ['--dry-run-plan'] : []),
    // No cluster in kind has one of its own.
    '--cloud-provider',
    ...['--drain', String(drain)]
  ]
}
