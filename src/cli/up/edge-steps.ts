import { defaultPorts, type EdgeOptions, edgeSteps, type Step } from '../../cluster/index.ts'
import { releaseNamespace } from '../../render/index.ts'
import type { UpOptions } from './up-options.ts'

/** The steps to the edge, with what the environment says of images. */
export function edgeStepsOf(options: UpOptions, more: Pick<EdgeOptions, 'providerID'> = {}): Step[] {
  const { KIND_NODE_IMAGE: nodeImage, ISTIO_HUB: istioHub, ISTIO_TAG } = process.env
  const { gateway, set = [] } = options
  return edgeSteps({
    ...options,
    ...more,
    namespace: options.namespace ?? releaseNamespace,
    set: gateway === undefined ? set : [...set, `gateway.provider=${gateway}`],
    cluster: options.name,
    nodeImage,
    istioHub,
    istioTag: options.istioVersion ?? ISTIO_TAG,
    ports: options.inCluster ? (options.ports ?? defaultPorts) : undefined
  })
}
