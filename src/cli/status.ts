import { contextOf } from '../cluster/index.ts'
import { Api, type RunState, readClusterRun, readRuns } from '../controller/index.ts'
import { Failure, missingFailure } from '../failure.ts'
import { describeLoadBalancers } from '../report/index.ts'
import type { OutputOptions } from './options.ts'
import { print } from './print.ts'

export interface StatusOptions extends OutputOptions {
  name?: string
  context?: string
}

/** Prints the load balancers of the controllers that run. */
export async function status({ name, context = name && contextOf(name), output }: StatusOptions): Promise<void> {
  const here = readRuns().filter(run => context === undefined || run.context === context)
  const runs = here.length > 0 && context !== undefined ? here : [...here, ...(await inCluster(context))]
  if (runs.length === 0) {
    throw missingFailure({
      code: 'NOTHING_RUNS',
      message: context ? `no controller runs for the context ${context}` : 'no controller runs here or in the cluster',
      hint: 'start one with `istio-alb up`, or `istio-alb controller` for a cluster that is there'
    })
  }
  if (output === 'json') {
    print(`${JSON.stringify({ controllers: runs })}\n`)
    return
  }
  for (const { context, server, pid, startedAt, authorityFile, loadBalancers } of runs) {
    print(`controller of ${context} (${server}), process ID ${pid}, since ${startedAt}\n\n`)
    print(loadBalancers.length > 0 ? describeLoadBalancers(loadBalancers, { authorityFile }) : 'no load balancers\n')
  }
}

/** The controller inside the cluster of a context; without one, of the kubeconfig's current context. */
async function inCluster(context: string | undefined): Promise<RunState[]> {
  try {
    return [await readClusterRun(await Api.of({ context }))].filter(run => run !== undefined)
  } catch (error) {
    // Nobody asked for a cluster by name, or it is the one that a controller here says more about.
    if (error instanceof Failure) {
      return []
    }
    throw error
  }
}
