export { type EdgeOptions, edgeSteps } from './edge.ts'
export { clusterExists, contextOf, deleteCluster } from './kind.ts'
export { sampleName } from './sample.ts'
export { type RunStepsOptions, runSteps, type Step, type StepEvent } from './steps.ts'
