import type { PortRange } from '../bindings.ts'
import { buildControllerImage } from './controller-image.ts'
import { controllerName, controllerNamespace, controllerObjects } from './controller-objects.ts'
import { contextOf, loadImages, presentImages } from './kind.ts'
import { applyObjects, rolledOut } from './kubectl.ts'
import type { Step } from './steps.ts'

export interface InClusterOptions {
  /** The kind cluster. */
  cluster: string
  image: string
  ports: PortRange
  /** Arguments for `istio-alb controller`. */
  flags: readonly string[]
}

/** The steps that put the controller into a kind cluster. */
export const inClusterSteps = ({ cluster, image, ports, flags }: InClusterOptions): Step[] => [
  {
    name: "build the controller's image",
    run: async signal => {
      if ((await presentImages([image])).present.length > 0) return 'it is there already'
      await buildControllerImage(image, { signal })
      return image
    }
  },
  {
    name: 'install the controller',
    run: async signal => {
      await loadImages(cluster, [image], { signal })
      await applyObjects(contextOf(cluster), controllerObjects({ image, ports, flags }), { signal })
      const deployment = { namespace: controllerNamespace, workload: `deployment/${controllerName}`, seconds: 120 }
      await rolledOut(contextOf(cluster), deployment, { signal })
      return undefined
    }
  }
]
