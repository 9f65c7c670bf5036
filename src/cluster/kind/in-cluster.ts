import type { KubernetesObject } from '../../resources/index.ts'
import { type RunOptions, runTool } from '../tool.ts'
import { buildControllerImage } from './controller-image.ts'
import {
  type ControllerObjectsOptions,
  controllerName,
  controllerNamespace,
  controllerObjects
} from './controller-objects.ts'
import { contextOf, loadImages, presentImages } from './kind.ts'
import { applyObjects, rolledOut } from './kubectl.ts'
import type { Step } from './steps.ts'

export interface InClusterOptions extends ControllerObjectsOptions {
  /** The kind cluster. */
  cluster: string
}

/** Milliseconds: what a node's kube-proxy may take to lead to a Service's new pod, and between two tries. */
const patience = 30_000
const pause = 200

/** An Ingress that nobody makes, to ask the webhooks about. */
const probe: KubernetesObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'probe', namespace: controllerNamespace },
  spec: { ingressClassName: 'alb', defaultBackend: { service: { name: 'probe', port: { number: 80 } } } }
}

/**
 * Waits until the API server reaches the webhooks, which refuse every Ingress while they cannot be reached: the pod is ready
 * before the nodes lead to it.
 */
async function reachWebhooks(context: string, { signal }: RunOptions): Promise<void> {
  const ask = ['--context', context, 'create', '--dry-run=server', '--filename', '-']
  const deadline = AbortSignal.timeout(patience)
  for (;;) {
    try {
      return void (await runTool('kubectl', ask, { signal, input: JSON.stringify(probe) }))
    } catch (error) {
      if (deadline.aborted || !(error as Error).message.includes('failed calling webhook')) {
        throw error
      }
      await new Promise(resolve => setTimeout(resolve, pause))
    }
  }
}

/** The steps that put the controller into a kind cluster. */
export function inClusterSteps({ cluster, ...options }: InClusterOptions): Step[] {
  const { image } = options
  return [
    {
      name: "build the controller's image",
      run: async signal => {
        if ((await presentImages([image])).present.length > 0) {
          return 'it is there already'
        }
        await buildControllerImage(image, { signal })
        return image
      }
    },
    {
      name: 'install the controller',
      run: async signal => {
        await loadImages(cluster, [image], { signal })
        await applyObjects(contextOf(cluster), controllerObjects(options), { signal })
        const deployment = { namespace: controllerNamespace, workload: `deployment/${controllerName}`, seconds: 120 }
        await rolledOut(contextOf(cluster), deployment, { signal })
        await reachWebhooks(contextOf(cluster), { signal })
        return undefined
      }
    }
  ]
}
