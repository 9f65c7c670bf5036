import { clusterExists, contextOf, deleteCluster, requireTools } from '../cluster/index.ts'
import { readRuns, removeRun } from '../controller/index.ts'
import type { OutputOptions } from './options.ts'
import { print } from './print.ts'

export interface DownOptions extends OutputOptions {
  name: string
}

/** Removes the kind cluster of `up`. */
export async function down({ name, output }: DownOptions): Promise<void> {
  await requireTools(['docker', 'kind'])
  const existed = await clusterExists(name)
  await deleteCluster(name)
  const context = contextOf(name)
  const controller = readRuns().find(run => run.context === context)?.pid
  // A process that runs removes its own files; it goes on, and waits for the cluster, until somebody ends it.
  if (controller === undefined) {
    removeRun(context)
  }
  if (output === 'json') {
    print(`${JSON.stringify({ cluster: name, existed, controller })}\n`)
  } else {
    print(existed ? `removed the cluster ${name}\n` : `there is no cluster ${name}\n`)
    if (controller !== undefined) {
      print(`its controller still runs: end it with kill ${controller}\n`)
    }
  }
}
