import type { KubernetesObject } from '../../resources/index.ts'
import { type RunOptions, runTool } from '../tool.ts'

/** Applies objects in one go. */
export const applyObjects = async (
  context: string,
  objects: readonly KubernetesObject[],
  options: RunOptions = {}
): Promise<void> =>
  void (await runTool('kubectl', ['--context', context, 'apply', '--filename', '-'], {
    ...options,
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  }))

/** Waits, by a watch, until a Deployment runs what it should. */
export const rolledOut = async (
  context: string,
  { namespace, name, seconds }: { namespace: string; name: string; seconds: number },
  options: RunOptions = {}
): Promise<void> =>
  void (await runTool(
    'kubectl',
    [
      '--context',
      context,
      '--namespace',
      namespace,
      'rollout',
      'status',
      `deployment/${name}`,
      `--timeout=${seconds}s`
    ],
    options
  ))
