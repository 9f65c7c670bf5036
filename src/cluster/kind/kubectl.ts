import type { KubernetesObject } from '../../resources/index.ts'
import { type RunOptions, runTool } from '../tool.ts'

/** Applies objects in one go. */
export async function applyObjects(
  context: string,
  objects: readonly KubernetesObject[],
  options: RunOptions = {}
): Promise<void> {
  return void (await runTool('kubectl', ['--context', context, 'apply', '--filename', '-'], {
    ...options,
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  }))
}

/** Waits, by a watch, until a workload, `kind/name`, runs what it should. */
export async function rolledOut(
  context: string,
  { namespace, workload, seconds }: { namespace: string; workload: string; seconds: number },
  options: RunOptions = {}
): Promise<void> {
  return void (await runTool(
    'kubectl',
    ['--context', context, '--namespace', namespace, 'rollout', 'status', workload, `--timeout=${seconds}s`],
    options
  ))
}

/** What `kubectl get` finds, parsed; undefined where nothing has that name and `--ignore-not-found` is among the words. */
export async function getJSON<Found>(context: string, words: string[], options: RunOptions = {}): Promise<Found> {
  const text = await runTool('kubectl', ['--context', context, 'get', ...words, '--output', 'json'], options)
  return (text === '' ? undefined : JSON.parse(text)) as Found
}
