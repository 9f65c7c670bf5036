import { defaultPorts, edgeSteps, type Step } from '../cluster/index.ts'
import type { UpOptions } from './up.ts'

/** The steps to the edge, with what the environment says of images. */
export const edgeStepsOf = (options: UpOptions): Step[] => {
  const { KIND_NODE_IMAGE: nodeImage, ISTIO_HUB: istioHub, ISTIO_TAG } = process.env
  return edgeSteps({
    ...options,
    cluster: options.name,
    nodeImage,
    istioHub,
    istioTag: options.istioVersion ?? ISTIO_TAG,
    ports: options.inCluster ? (options.ports ?? defaultPorts) : undefined
  })
}
