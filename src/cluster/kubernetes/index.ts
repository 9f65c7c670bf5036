export { buildControllerImage, bundleController, controllerImage } from './controller-image.ts'
export {
  type ControllerObjectsOptions,
  controllerName,
  controllerNamespace,
  controllerObjects,
  defaultPorts
} from './controller-objects.ts'
export { type EdgeOptions, edgeSteps } from './edge.ts'
export { type InClusterOptions, inClusterSteps } from './in-cluster.ts'
export { clusterExists, contextOf, createCluster, deleteCluster, loadImages } from './kind.ts'
export { readCluster } from './live-objects.ts'
export { sampleImage, sampleName, sampleService } from './sample.ts'
export { type RunStepsOptions, runSteps, type Step, type StepEvent } from './steps.ts'
